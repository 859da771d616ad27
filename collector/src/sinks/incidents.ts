import type { Series, SeriesDescription } from "../series.ts";
import type { Detected, Outlier, Sink } from "../sink.ts";

/** Outliers of one series that belong together, as the detector groups them. */
export type Event = {
  /** The id and the description of its series. */
  series: string;
  description: SeriesDescription;
  /** When its first and its last outlier were sampled. */
  sinceMs: number;
  untilMs: number;
  outliers: number;
  /** The outlier furthest from the expected value; the first one if there are several. */
  peak: Outlier;
  isOpen: boolean;
};

/** Events of several series that began together: one thing that happened. */
export type Incident = {
  /** The number of incidents before it. */
  id: number;
  sinceMs: number;
  untilMs: number;
  /** In the order in which they began. */
  events: readonly Event[];
  isOpen: boolean;
};

/** Called when incidents begin, grow and end. */
export type IncidentListener = {
  onEventBegins(incident: Incident, event: Event): void;
  onIncidentEnds(incident: Incident): void;
};

type Entry = { incident: Incident; events: Event[]; lastBeganMs: number; changed: number };

/** An event that begins this soon after the previous one belongs to the same incident. */
const TOGETHER_MS = 60_000;
/** At long sampling intervals: within this many samples. */
const TOGETHER_INTERVALS = 2;

/** The latest incidents. Changes are numbered, so that readers can ask for those they missed. */
export class Incidents implements Sink {
  readonly #capacity: number;
  readonly #listener: IncidentListener;
  /** Oldest first. */
  readonly #entries: Entry[] = [];
  readonly #open = new Map<string, { entry: Entry; event: Event }>();
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

  onVerdicts(series: Series, { outliers, isEventOpen }: Detected): void {
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

  /** Ends the event of a series that has disappeared. */
  forget(series: Series): void {
    this.#end(series.id);
  }

  /** The incidents kept that have changed since a change number, oldest first. */
  since(change: number): Incident[] {
    return this.#entries.filter(({ changed }) => changed >= change).map(({ incident }) => incident);
  }

  #begin({ id, description }: Series, peak: Outlier): void {
    const { timeMs } = peak.sample;
    const event: Event = {
      series: id,
      description,
      sinceMs: timeMs,
      untilMs: timeMs,
      outliers: 1,
      peak,
      isOpen: true,
    };
    const togetherMs = Math.max(TOGETHER_MS, TOGETHER_INTERVALS * description.intervalMs);
    const entry =
      this.#entries.findLast(
        ({ incident, lastBeganMs }) =>
          incident.isOpen && Math.abs(timeMs - lastBeganMs) <= togetherMs,
      ) ?? this.#add(timeMs);
    entry.events.push(event);
    entry.lastBeganMs = timeMs;
    this.#open.set(id, { entry, event });
    this.#touch(entry, timeMs);
    this.#listener.onEventBegins(entry.incident, event);
  }

  #add(sinceMs: number): Entry {
    const events: Event[] = [];
    const incident = { id: this.#begun, sinceMs, untilMs: sinceMs, events, isOpen: true };
    const entry = { incident, events, lastBeganMs: sinceMs, changed: this.#changes };
    this.#begun += 1;
    this.#entries.push(entry);
    const oldest = this.#entries[0];
    if (this.#entries.length > this.#capacity && oldest?.incident.isOpen === false)
      this.#entries.shift();
    return entry;
  }

  #extend(entry: Entry, event: Event, outlier: Outlier): void {
    event.outliers += 1;
    event.untilMs = outlier.sample.timeMs;
    if (distance(outlier) > distance(event.peak)) event.peak = outlier;
    this.#touch(entry, outlier.sample.timeMs);
  }

  #end(seriesId: string): void {
    const open = this.#open.get(seriesId);
    if (!open) return;
    this.#open.delete(seriesId);
    open.event.isOpen = false;
    const { incident, events } = open.entry;
    incident.isOpen = events.some(({ isOpen }) => isOpen);
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
