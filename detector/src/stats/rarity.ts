// Four bins an octave, from 2^-64 to 2^64; bin 0 counts zeros and what is smaller.
const BINS_PER_OCTAVE = 4;
const BINS = 512;
const TAIL_SHARE = 0.1;
const binOf = (value: number): number => {
  if (value <= 0) return 0;
  const bin = Math.floor(Math.log2(value) * BINS_PER_OCTAVE) + BINS / 2;
  return Math.min(BINS - 1, Math.max(1, bin));
};

const lowerEdge = (bin: number): number =>
  bin === 0 ? 0 : 2 ** ((bin - BINS / 2) / BINS_PER_OCTAVE);

const middles = Float64Array.from({ length: BINS }, (_, bin) =>
  bin === 0 ? 0 : 2 ** ((bin + 0.5 - BINS / 2) / BINS_PER_OCTAVE),
);

/**
 * How rare a value of at least 0 is against those seen before, in decades: 3 means that one in a
 * thousand is as large. Up to the 0.9 quantile it counts; above, it continues by the exponential
 * tail that the mean excess over a high threshold gives (Pickands 1975, Balkema and de Haan 1974).
 * 4 KiB.
 */
export class Rarity {
  readonly #counts = new Float64Array(BINS);
  #total = 0;
  /** No bin above this one has a count. */
  #highest = 0;

  get total(): number {
    return this.#total;
  }

  add(value: number): void {
    const bin = binOf(value);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    this.#total += 1;
    this.#highest = Math.max(this.#highest, bin);
  }

  decades(value: number): number {
    const tail = this.#tail();
    if (value > tail.from)
      return tail.decades + ((value - tail.from) / tail.meanExcess) * Math.LOG10E;
    const from = binOf(value);
    let atLeast = 0;
    for (let bin = this.#highest; bin >= from; bin--) atLeast += this.#counts[bin] ?? 0;
    return this.#decadesOf(atLeast);
  }

  /** The least value above the tail's start that is as rare as this. */
  valueAt(decades: number): number {
    const tail = this.#tail();
    return tail.from + (Math.max(0, decades - tail.decades) * tail.meanExcess) / Math.LOG10E;
  }

  #tail(): { from: number; decades: number; meanExcess: number } {
    const wanted = TAIL_SHARE * this.#total;
    let first = this.#highest;
    let count = 0;
    for (; first >= 0; first--) {
      const here = this.#counts[first] ?? 0;
      if (count > 0 && count + here > wanted) break;
      count += here;
      if (count < wanted) continue;
      first -= 1;
      break;
    }
    first += 1;
    const from = lowerEdge(first);
    let excess = 0;
    for (let bin = first; bin <= this.#highest; bin++) {
      excess += (this.#counts[bin] ?? 0) * ((middles[bin] ?? 0) - from);
    }
    // Not 0, so that a value above a tail of equal ones is very rare, but finitely.
    const meanExcess = Math.max(excess / Math.max(count, 1), 1e-6 * from, 1e-12);
    return { from, decades: this.#decadesOf(count), meanExcess };
  }

  #decadesOf(count: number): number {
    return Math.log10((this.#total + 1) / (count + 1));
  }
}
