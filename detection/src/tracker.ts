import { damaged, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { type EventPhase, Events } from "./event.ts";
import type { Judgement, Options, SeriesDetector, StreamMethod } from "./method.ts";
import type { Normal } from "./normals.ts";
import { Trigger } from "./trigger.ts";

/** How a series is tracked: what a stream's first request asks for. */
export type TrackerSettings = {
  method: StreamMethod;
  options: Options;
  trigger: { k: number; n: number };
};

/** The verdicts on some samples of a series. */
export type Tracked = {
  judgement: Judgement;
  /** Positions of the outliers that count, and where each is in its event. */
  outliers: readonly number[];
  phases: readonly EventPhase[];
  isEventOpen: boolean;
};

const ANY_TIME = { min: -1e18, max: 1e18 };
const LENGTH_BYTES = 2;

/**
 * One series of a stream: what has been learnt of it, which outliers count, and how they add up to
 * events. Its checkpoint holds all of that.
 */
export class SeriesTracker {
  readonly #detector: SeriesDetector;
  readonly #trigger: Trigger;
  readonly #events = new Events();
  #lastTimeMs = Number.NEGATIVE_INFINITY;

  constructor({ method, options, trigger }: TrackerSettings, detector = method.start(options)) {
    this.#detector = detector;
    this.#trigger = new Trigger(trigger);
  }

  /**
   * The tracker that a checkpoint was taken of.
   * @throws {CheckpointError} when it is damaged, or made with other settings
   */
  static restored(settings: TrackerSettings, checkpoint: Uint8Array): SeriesTracker {
    const { method, options } = settings;
    if (checkpoint.length < LENGTH_BYTES) throw damaged(`it has ${checkpoint.length} bytes`);
    const view = new DataView(checkpoint.buffer, checkpoint.byteOffset, checkpoint.length);
    const end = LENGTH_BYTES + view.getUint16(0);
    const detector = method.restore(options, checkpoint.subarray(end));
    const tracker = new SeriesTracker(settings, detector);
    readCheckpoint(checkpoint.subarray(LENGTH_BYTES, end), (fields) => {
      tracker.#lastTimeMs = fields.number(tracker.#lastTimeMs, ANY_TIME);
      tracker.#trigger.fields(fields);
      tracker.#events.fields(fields);
    });
    return tracker;
  }

  /** When the last sample was taken; minus infinity before the first one. */
  get lastTimeMs(): number {
    return this.#lastTimeMs;
  }

  get normals(): readonly Normal[] {
    return this.#detector.normals;
  }

  /**
   * Takes the next samples.
   * @param timesMs since the Unix epoch, rising, after `lastTimeMs`
   * @param values finite
   */
  judge(timesMs: Float64Array, values: Float64Array): Tracked {
    const judgement = this.#detector.judge(timesMs, values);
    const outliers = this.#trigger.filter(judgement.outliers, values.length);
    const { intervalMs } = this.#detector;
    const phases = this.#events.push(outliers, values.length, intervalMs);
    this.#lastTimeMs = timesMs.at(-1) ?? this.#lastTimeMs;
    return { judgement, outliers, phases, isEventOpen: this.#events.isUnderWay(intervalMs) };
  }

  /** @see SeriesDetector.learnNormal */
  learnNormal(id: string, timesMs: Float64Array, values: Float64Array): void {
    this.#detector.learnNormal(id, timesMs, values);
  }

  /** @see SeriesDetector.forgetNormal */
  forgetNormal(id: string): boolean {
    return this.#detector.forgetNormal(id);
  }

  /** All that `restored` needs; undefined before the first sample. */
  checkpoint(): Uint8Array | undefined {
    if (this.#lastTimeMs === Number.NEGATIVE_INFINITY) return undefined;
    const own = writeCheckpoint((fields) => {
      fields.number(this.#lastTimeMs, ANY_TIME);
      this.#trigger.fields(fields);
      this.#events.fields(fields);
    });
    const learnt = this.#detector.checkpoint();
    const bytes = new Uint8Array(LENGTH_BYTES + own.length + learnt.length);
    new DataView(bytes.buffer).setUint16(0, own.length);
    bytes.set(own, LENGTH_BYTES);
    bytes.set(learnt, LENGTH_BYTES + own.length);
    return bytes;
  }
}
