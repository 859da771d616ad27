import type { Fields } from "../checkpoint.ts";

// Four bins an octave, from 2^-32 to 2^32; bin 0 counts zeros and what is smaller.
const BINS_PER_OCTAVE = 4;
const BINS = 256;
/** The tail's share of all values at most, and how many of them it holds at least. */
const MAX_TAIL_SHARE = 0.1;
const MIN_TAIL_COUNT = 50;
/** Counts are kept in sixteenths, so that they fade and still take few bytes. */
const PARTS = 16;
const MAX_COUNT = 2 ** 24 / PARTS;

const binOf = (value: number): number => {
  if (value <= 0) return 0;
  const bin = Math.floor(Math.log2(value) * BINS_PER_OCTAVE) + BINS / 2;
  return Math.min(BINS - 1, Math.max(1, bin));
};

/** Where the tail begins, its −log10 p, and by how much the tail exceeds it. */
type Tail = { from: number; decades: number; meanExcess: number };

const lowerEdge = (bin: number): number =>
  bin === 0 ? 0 : 2 ** ((bin - BINS / 2) / BINS_PER_OCTAVE);

const middles = Float64Array.from({ length: BINS }, (_, bin) =>
  bin === 0 ? 0 : 2 ** ((bin + 0.5 - BINS / 2) / BINS_PER_OCTAVE),
);

/**
 * How rare a value of at least 0 is against those seen before, as −log10 of its tail probability
 * (decades: 3 means that one in a thousand is as large). Up to where the tail begins it counts;
 * above, it continues by the exponential tail that the mean excess over a high threshold gives
 * (Pickands 1975, Balkema and de Haan 1974). What was added long ago fades. 1 KiB.
 */
export class Rarity {
  #tailShare = MAX_TAIL_SHARE;
  readonly #counts = new Float32Array(BINS);
  #total = 0;
  /** The bins of the least value above 0 and of the greatest one: none outside has a count. */
  #lowest = BINS;
  #highest = 0;
  /** Until the next value is added. */
  #cachedTail: Tail | undefined;

  /** Which share of the values is the tail: small where it has to tell of rare ones. */
  set tailShare(tailShare: number) {
    this.#tailShare = Math.min(MAX_TAIL_SHARE, tailShare);
    this.#cachedTail = undefined;
  }

  get total(): number {
    return this.#total;
  }

  add(value: number): void {
    const bin = binOf(value);
    const count = this.#counts[bin] ?? 0;
    if (count >= MAX_COUNT) this.fade(0.5);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    this.#total += 1;
    if (bin > this.#highest) this.#highest = bin;
    if (bin > 0 && bin < this.#lowest) this.#lowest = bin;
    this.#cachedTail = undefined;
  }

  /** All that was added so far counts less; of few, nothing is left at last. */
  fade(factor: number): void {
    for (let bin = 0; bin < BINS; bin++)
      this.#counts[bin] = Math.round((this.#counts[bin] ?? 0) * factor * PARTS) / PARTS;
    this.#recount();
  }

  decades(value: number): number {
    const tail = this.#tail();
    if (value > tail.from)
      return tail.decades + ((value - tail.from) / tail.meanExcess) * Math.LOG10E;
    const from = binOf(value);
    if (from === 0) return 0;
    let atLeast = 0;
    for (let bin = Math.max(from, this.#lowest); bin <= this.#highest; bin++)
      atLeast += this.#counts[bin] ?? 0;
    return this.#decadesOf(atLeast);
  }

  /** The least value above the tail's start that is as rare as this. */
  valueAt(decades: number): number {
    const tail = this.#tail();
    return tail.from + (Math.max(0, decades - tail.decades) * tail.meanExcess) / Math.LOG10E;
  }

  fields(fields: Fields): void {
    const first = fields.integer(this.#lowest, BINS);
    const last = fields.integer(this.#highest, BINS - 1);
    for (let bin = 0; bin <= last; bin++) {
      if (bin > 0 && bin < first) continue;
      const count = fields.integer((this.#counts[bin] ?? 0) * PARTS, 2 ** 24 + PARTS);
      this.#counts[bin] = count / PARTS;
    }
    this.#recount();
  }

  #recount(): void {
    this.#total = 0;
    this.#lowest = BINS;
    this.#highest = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const count = this.#counts[bin] ?? 0;
      if (count === 0) continue;
      this.#total += count;
      this.#highest = bin;
      if (bin > 0 && bin < this.#lowest) this.#lowest = bin;
    }
    this.#cachedTail = undefined;
  }

  #tail(): Tail {
    this.#cachedTail ??= this.#fitTail();
    return this.#cachedTail;
  }

  #fitTail(): Tail {
    const atLeast = Math.min(MIN_TAIL_COUNT, MAX_TAIL_SHARE * this.#total);
    const wanted = Math.max(atLeast, this.#tailShare * this.#total);
    let first = this.#highest;
    let count = this.#counts[first] ?? 0;
    while (first > 0 && count < wanted) {
      // Below the least value above 0 there are only zeros.
      const next = first > this.#lowest ? first - 1 : 0;
      const here = this.#counts[next] ?? 0;
      if (count + here > wanted) break;
      count += here;
      first = next;
    }
    const from = lowerEdge(first);
    let excess = 0;
    for (let bin = Math.max(first, this.#lowest); bin <= this.#highest; bin++) {
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
