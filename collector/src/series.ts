import type { Direction } from "@outliers/detection/method";
import type { SampleBudget } from "./sample-budget.ts";
import { type Sample, SampleBuffer } from "./sample-buffer.ts";

type Labels = Readonly<Record<string, string>>;

/** A series as its source describes it. Nothing is inferred from its name. */
export type SeriesDescription = {
  name: string;
  /** What distinguishes it from other series of the same name. */
  labels: Labels;
  /** The name that people see. */
  title: string;
  unit: "percent" | "none";
  /** The range of possible values. */
  min: number;
  max: number;
  /** How far a value must be from the expected one to be an outlier: in the unit, and relatively. */
  minDeviation: number;
  minRelativeDeviation: number;
  /** Which outliers count. */
  direction: Direction;
  /** False positives to accept per series and day, if not as many as for all series. */
  sensitivity?: number;
  /** The time between two samples. */
  intervalMs: number;
  /**
   * Of a series that is compared with its peers: the typical one of its group, which is scored, too, but
   * shown to nobody. A new member goes on from what was learned of it.
   */
  typical?: SeriesDescription;
  isHidden?: boolean;
};

/**
 * The identity of a series in Prometheus' notation: `load1`, `cpu{core="3"}`. It is the name that
 * the detector gets.
 */
export function seriesId(described: Pick<SeriesDescription, "name" | "labels">): string {
  let id = ids.get(described);
  if (id === undefined) {
    id = idOf(described);
    ids.set(described, id);
  }
  return id;
}

/** Descriptions are shared by millions of samples. */
const ids = new WeakMap<Pick<SeriesDescription, "name" | "labels">, string>();

function idOf({ name, labels }: Pick<SeriesDescription, "name" | "labels">): string {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (pairs.length === 0) return name;
  return `${name}{${pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}

/** The state of a series in the detector as of one of its samples; opaque. */
export type Checkpoint = {
  state: Uint8Array;
  timeMs: number;
  /** The ids of the periods that it knows to be normal. */
  normals: readonly string[];
};

/** How many samples of a series are kept: in all, and of those in its checkpoint. */
export type Room = Pick<SampleBudget, "capacity" | "kept">;

/** The samples of a series, and how far they have been scored. */
export class Series {
  readonly description: SeriesDescription;
  readonly id: string;
  readonly samples: SampleBuffer;
  readonly #room: Room;
  #scored = 0;
  #newest: Sample;
  #checkpoint: Checkpoint | undefined;

  /** Samples before this time are history: they are learned from, and no outlier among them counts. */
  readonly liveFromMs: number;

  /**
   * @param liveFromMs when it is watched from, if not from its first sample
   */
  constructor(description: SeriesDescription, first: Sample, room: Room, liveFromMs?: number) {
    this.description = description;
    this.liveFromMs = liveFromMs ?? first.timeMs;
    this.id = seriesId(description);
    this.#room = room;
    this.samples = new SampleBuffer(room);
    this.samples.push(first);
    this.#newest = first;
  }

  /**
   * A series that goes on from before a restart.
   * @param samples those since the checkpoint, at least one
   * @param scored how many of them have had their verdicts
   */
  static restored(
    description: SeriesDescription,
    [first, ...samples]: readonly [Sample, ...Sample[]],
    scored: number,
    room: Room,
  ): Series {
    const series = new Series(description, first, room);
    for (const sample of samples) series.push(sample);
    series.advance(scored);
    return series;
  }

  /** The newest one: with the samples since, a detector goes on where the last one was. */
  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  /** Undefined drops the one that no detector takes. */
  set checkpoint(checkpoint: Checkpoint | undefined) {
    this.#checkpoint = checkpoint;
    if (!checkpoint) return;
    const since = this.samples.after(checkpoint.timeMs);
    this.samples.trim(Math.min(since, this.samples.pushed - this.#room.kept));
  }

  /** Whether history is still to be scored. */
  get isInHistory(): boolean {
    const next = this.backlog > 0 ? this.samples.at(this.#scored) : this.#newest;
    return next.timeMs < this.liveFromMs;
  }

  get newest(): Sample {
    return this.#newest;
  }

  /** The sequence number of the first sample without a verdict. */
  get scored(): number {
    return this.#scored;
  }

  /** How many samples have no verdict yet. */
  get backlog(): number {
    return this.samples.pushed - this.#scored;
  }

  /** @returns how many samples were dropped without a verdict */
  push(sample: Sample): number {
    this.samples.push(sample);
    this.#newest = sample;
    const dropped = Math.max(0, this.samples.oldest - this.#scored);
    this.#scored += dropped;
    return dropped;
  }

  /** Records that the samples before a sequence number have got their verdicts. */
  advance(sequence: number): void {
    this.#scored = Math.max(this.#scored, sequence);
  }
}
