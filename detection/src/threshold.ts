import type { Fields } from "./checkpoint.ts";
import { DAY_MS } from "./durations.ts";

/** So many samples are a block. */
const BLOCK = 100;
/** The greatest scores of blocks, by tenths of a decade. */
const BINS = 64;
const PER_DECADE = 10;
/** Counts are kept in sixteenths, so that they fade and still take few bytes. */
const PARTS = 16;
const MAX_BLOCKS = 2 ** 20;
/** How far a score above the threshold counts, at most: a fault is not the noise. */
const MAX_EXCESS = 1;
/** The share of the blocks that tells of the tail, how many of them there are at least, and of all. */
const TAIL_SHARE = 0.01;
const MIN_TAIL = 20;
const MIN_BLOCKS = 200;
/** The mean excess of what is rare by chance: a decade is a tenth as often. And how many blocks it counts as. */
const CHANCE = Math.LOG10E;
const CHANCE_BLOCKS = 10;
/** How far the blocks may take the threshold from where it begins, and where it stays in any case. */
const UP = 1.75;
const DOWN = 1;
const LEAST = 0.3;
const MOST = 4.5;
/** What an event adds for a while, halved in so long: until the blocks tell, and then. */
const STEP = 0.15;
const YOUNG_DAYS = 2;
const YOUNG_SAMPLES = 20_000;
const DAYS = 1;
/** But not for longer than events are apart. */
const EVENTS = 0.5;

/** The threshold, in decades, that a series starts with. */
function firstThreshold(samplesPerEvent: number): number {
  const decades = Math.log10(samplesPerEvent);
  // Fitted at 1 s and at 5 min; between them, the greater. See docs/detection.md.
  return Math.min(MOST, Math.max(LEAST, 0.3 * decades, 0.7 * decades - 1.4));
}

/**
 * The score that comes as seldom as events are asked for: peaks over threshold of the greatest scores
 * of blocks of samples, and what the last events add. 300 bytes.
 * @see Siffer, Fouque, Termier and Largouet (2017), Anomaly Detection in Streams with Extreme Value Theory
 */
export class Threshold {
  readonly #perDay: number;
  #samplesPerEvent = 1;
  #intervalMs = DAY_MS;
  readonly #counts = new Float32Array(BINS);
  #total = 0;
  /** Where it began, by the blocks, and what events add. */
  #first = 0;
  #base = 0;
  #boost = 0;
  #isLearnt = false;
  #block = { samples: 0, max: 0, begins: false };

  /** @param perDay how many events are asked for */
  constructor(perDay: number) {
    this.#perDay = perDay;
  }

  /** Has to be told before anything else. */
  set intervalMs(intervalMs: number) {
    this.#intervalMs = intervalMs;
    this.#samplesPerEvent = DAY_MS / intervalMs / this.#perDay;
    const first = firstThreshold(this.#samplesPerEvent);
    if (first === this.#first) return;
    this.#first = first;
    if (!this.#isLearnt) this.#base = first;
  }

  get value(): number {
    return Math.min(this.#base + this.#boost, Math.max(this.#base, MOST));
  }

  /**
   * Learns from the score of a sample.
   * @param begins whether it begins an event
   * @param isUnderWay whether an event goes on
   */
  update(score: number, begins: boolean, isUnderWay: boolean): void {
    this.#boost *= 1 - (Math.LN2 * this.#intervalMs) / this.#halfLifeMs;
    if (this.#boost < 1e-6) this.#boost = 0;
    if (begins) this.#boost = Math.min(MOST, this.#boost + STEP);
    const block = this.#block;
    block.samples += 1;
    block.max = Math.max(block.max, score);
    block.begins ||= begins;
    if (block.samples < BLOCK) return;
    // What goes on after an event's first block says nothing new.
    if (block.begins || !isUnderWay) this.#add(Math.min(block.max, this.#base + MAX_EXCESS));
    this.#block = { samples: 0, max: 0, begins: false };
    this.#learn();
  }

  /** What came so far counts less. */
  fade(factor: number): void {
    this.#total = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const count = Math.round((this.#counts[bin] ?? 0) * factor * PARTS) / PARTS;
      this.#counts[bin] = count;
      this.#total += count;
    }
  }

  get #halfLifeMs(): number {
    return this.#isLearnt
      ? Math.min(DAYS, EVENTS / this.#perDay) * DAY_MS
      : Math.max(YOUNG_DAYS * DAY_MS, YOUNG_SAMPLES * this.#intervalMs);
  }

  #add(score: number): void {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(score * PER_DECADE)));
    if (this.#total >= MAX_BLOCKS) this.fade(0.5);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    this.#total += 1;
  }

  #learn(): void {
    this.#isLearnt = this.#total >= MIN_BLOCKS;
    if (!this.#isLearnt) return;
    const asked = BLOCK / this.#samplesPerEvent;
    const wanted = Math.max(Math.max(TAIL_SHARE, asked) * this.#total, MIN_TAIL);
    let first = BINS;
    let count = 0;
    let excess = 0;
    while (first > 0 && count + (this.#counts[first - 1] ?? 0) <= wanted) {
      first -= 1;
      const here = this.#counts[first] ?? 0;
      // Those of the bins above are farther by one bin.
      excess += count / PER_DECADE + here / PER_DECADE / 2;
      count += here;
    }
    const mean = (excess + CHANCE_BLOCKS * CHANCE) / (count + CHANCE_BLOCKS);
    const timesAsOften = count / this.#total / asked;
    const learnt = first / PER_DECADE + mean * Math.log(Math.max(1, timesAsOften));
    this.#base = Math.min(this.#first + UP, Math.max(this.#first - DOWN, LEAST, learnt));
  }

  fields(fields: Fields): void {
    const decades = { min: 0, max: 100 };
    this.#first = fields.number(this.#first, decades);
    this.#base = fields.number(this.#base, decades);
    this.#boost = fields.number(this.#boost, decades);
    this.#isLearnt = fields.flag(this.#isLearnt);
    this.#block = {
      samples: fields.integer(this.#block.samples, BLOCK - 1),
      max: fields.number(this.#block.max, decades),
      begins: fields.flag(this.#block.begins),
    };
    this.#total = 0;
    for (let bin = 0; bin < BINS; bin++) {
      this.#counts[bin] = fields.integer((this.#counts[bin] ?? 0) * PARTS, MAX_COUNT) / PARTS;
      this.#total += this.#counts[bin] ?? 0;
    }
  }
}

const MAX_COUNT = 2 * MAX_BLOCKS * PARTS;
