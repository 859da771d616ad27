import { z } from "zod";
import type { Sample } from "../sample-buffer.ts";
import type { Series } from "../series.ts";
import { type Detected, type Outlier, outlierSchema, type Sink, sampleSchema } from "../sink.ts";

/** Samples kept of an event: enough for every mean that the detector looks at. */
const EVENT_SAMPLES = 100;
/** Samples kept of all incidents before the newest; the oldest go first. */
const MAX_SAMPLES = 20_000;

/** Outliers of one series that belong together, as the detector groups them. */
const eventSchema = z.strictObject({
  /** The id, title and unit of its series. */
  series: z.string(),
  title: z.string(),
  unit: z.enum(["percent", "none"]),
  /** When its first and its last outlier were sampled. */
  sinceMs: z.number(),
  untilMs: z.number(),
  outliers: z.int().min(1),
  /** The first of them, and those that went further: what it takes to learn that they were normal. */
  samples: z
    .array(sampleSchema)
    .max(2 * EVENT_SAMPLES)
    .default(() => []),
  /** The outlier furthest from the expected value; the first one if there are several. */
  peak: outlierSchema,
  isOpen: z.boolean(),
});
export type Event = z.output<typeof eventSchema>;

/** Events of several series that began together: one thing that happened. */
export const incidentSchema = z.strictObject({
  /** The number of incidents before it. */
  id: z.int().min(0),
  sinceMs: z.number(),
  untilMs: z.number(),
  /** In the order in which they began. */
  events: z.array(eventSchema).min(1),
  isOpen: z.boolean(),
});
export type Incident = z.output<typeof incidentSchema>;

/** Called when incidents begin, grow and end. */
export type IncidentListener = {
  onEventBegins(incident: Incident, event: Event): void;
  onIncidentEnds(incident: Incident): void;
};

type Entry = { incident: Incident; lastBeganMs: number; changed: number };

/** An event that begins this soon after the previous one belongs to the same incident. */
const TOGETHER_MS = 60_000;
/** An event from before a restart ends when its series has not come back for so long. */
const MISSING_MS = 3_600_000;
/** At long sampling intervals: within this many samples. */
const TOGETHER_INTERVALS = 2;

/** The latest incidents. Changes are numbered, so that readers can ask for those they missed. */
export class Incidents implements Sink {
  readonly #capacity: number;
  readonly #listener: IncidentListener;
  /** Oldest first. */
  readonly #entries: Entry[] = [];
  readonly #open = new Map<string, { entry: Entry; event: Event }>();
  /** The series of events from before a restart that have not come back yet. */
  readonly #missing = new Set<string>();
  #missingUntilMs: number | undefined;
  #changes = 0;
  #begun = 0;

  /** @param capacity how many incidents are kept; open ones always are */
  constructor(capacity: number, listener: IncidentListener) {
    this.#capacity = capacity;
    this.#listener = listener;
  }

  /** How many changes there have been: the number of the next one. */
  get changes(): number {
    return this.#changes;
  }

  /** Goes on from what was stored: what was open still is. */
  restore(incidents: readonly Incident[]): void {
    for (const incident of incidents) {
      const lastBeganMs = Math.max(...incident.events.map(({ sinceMs }) => sinceMs));
      const entry = { incident, lastBeganMs, changed: this.#changes };
      this.#entries.push(entry);
      this.#changes += 1;
      this.#begun = Math.max(this.#begun, incident.id + 1);
      for (const event of incident.events)
        if (event.isOpen) this.#open.set(event.series, { entry, event });
    }
    for (const id of this.#open.keys()) this.#missing.add(id);
  }

  onVerdicts(series: Series, { outliers, isEventOpen }: Detected, nowMs: number): void {
    if (this.#missing.size > 0) this.#endMissing(series, nowMs);
    for (const outlier of outliers) {
      const open = this.#open.get(series.id);
      if (open && outlier.phase === "continues") this.#extend(open.entry, open.event, outlier);
      else {
        if (open) this.#end(series.id);
        this.#begin(series, outlier);
      }
    }
    if (!isEventOpen) this.#end(series.id);
  }

  #endMissing(back: Series, nowMs: number): void {
    this.#missing.delete(back.id);
    this.#missingUntilMs ??= nowMs + MISSING_MS;
    if (nowMs < this.#missingUntilMs) return;
    for (const id of this.#missing) this.#end(id);
    this.#missing.clear();
  }

  /** Ends the event of a series that has disappeared. */
  forget(series: Series): void {
    this.#end(series.id);
  }

  /** The incidents kept that have changed since a change number, oldest first. */
  since(change: number): Incident[] {
    return this.#entries.filter(({ changed }) => changed >= change).map(({ incident }) => incident);
  }

  /** The outliers of a series in a time, as far as they are kept. */
  samplesOf(seriesId: string, fromMs: number, toMs: number): Sample[] {
    return this.#entries
      .flatMap(({ incident }) => incident.events)
      .filter(({ series }) => series === seriesId)
      .flatMap(({ samples }) => samples)
      .filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  }

  #begin({ id, description }: Series, peak: Outlier): void {
    const { timeMs } = peak.sample;
    const event: Event = {
      series: id,
      title: description.title,
      unit: description.unit,
      sinceMs: timeMs,
      untilMs: timeMs,
      outliers: 1,
      samples: [peak.sample],
      peak,
      isOpen: true,
    };
    const togetherMs = Math.max(TOGETHER_MS, TOGETHER_INTERVALS * description.intervalMs);
    const entry =
      this.#entries.findLast(
        ({ incident, lastBeganMs }) =>
          incident.isOpen && Math.abs(timeMs - lastBeganMs) <= togetherMs,
      ) ?? this.#add(timeMs);
    entry.incident.events.push(event);
    entry.lastBeganMs = timeMs;
    this.#open.set(id, { entry, event });
    this.#touch(entry, timeMs);
    this.#listener.onEventBegins(entry.incident, event);
  }

  #add(sinceMs: number): Entry {
    const incident: Incident = {
      id: this.#begun,
      sinceMs,
      untilMs: sinceMs,
      events: [],
      isOpen: true,
    };
    const entry = { incident, lastBeganMs: sinceMs, changed: this.#changes };
    this.#begun += 1;
    this.#entries.push(entry);
    const oldest = this.#entries[0];
    if (this.#entries.length > this.#capacity && oldest?.incident.isOpen === false)
      this.#entries.shift();
    this.#trim();
    return entry;
  }

  #trim(): void {
    let kept = 0;
    for (const { incident } of this.#entries.toReversed()) {
      for (const event of incident.events) {
        kept += event.samples.length;
        if (kept > MAX_SAMPLES) event.samples = [];
      }
    }
  }

  #extend(entry: Entry, event: Event, outlier: Outlier): void {
    event.outliers += 1;
    event.untilMs = outlier.sample.timeMs;
    const isFurther = distance(outlier) > distance(event.peak);
    const { length } = event.samples;
    if (length < EVENT_SAMPLES || (isFurther && length < 2 * EVENT_SAMPLES))
      event.samples.push(outlier.sample);
    if (isFurther) event.peak = outlier;
    this.#touch(entry, outlier.sample.timeMs);
  }

  #end(seriesId: string): void {
    const open = this.#open.get(seriesId);
    if (!open) return;
    this.#open.delete(seriesId);
    open.event.isOpen = false;
    const { incident } = open.entry;
    incident.isOpen = incident.events.some(({ isOpen }) => isOpen);
    this.#touch(open.entry, incident.untilMs);
    if (!incident.isOpen) this.#listener.onIncidentEnds(incident);
  }

  #touch(entry: Entry, untilMs: number): void {
    entry.incident.untilMs = Math.max(entry.incident.untilMs, untilMs);
    entry.changed = this.#changes;
    this.#changes += 1;
  }
}

/** NaN, from a detector that doesn't report expected values, counts as no distance. */
const distance = ({ sample, verdict }: Outlier): number =>
  Math.abs(sample.value - verdict.expected) || 0;
