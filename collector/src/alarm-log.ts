import type { Flag } from "./series.ts";

/** Flags of a series that follow each other closely: to people one event, however long. */
export type Alarm = {
  /** How many alarms began before it. */
  id: number;
  series: string;
  /** When its first and its last sample were taken. */
  sinceMs: number;
  untilMs: number;
  /** How many samples were flagged. */
  flags: number;
  /** The flag that was furthest from what was expected, the first of them. */
  peak: Flag;
};

type Entry = { alarm: Alarm; lastFlag: number };

/** The newest alarms of all series; each flag has a number, by which readers go on. */
export class AlarmLog {
  readonly #capacity: number;
  readonly #gapMs: number;
  /** In order of their last flags. */
  readonly #entries: Entry[] = [];
  #flags = 0;
  #begun = 0;

  /** @param gapMs flags of a series that are further apart are of two alarms */
  constructor(capacity: number, gapMs: number) {
    this.#capacity = capacity;
    this.#gapMs = gapMs;
  }

  /** How many flags there ever were: the number of the next one. */
  get flags(): number {
    return this.#flags;
  }

  /** Takes the next flag of a series. */
  push(series: string, flag: Flag): void {
    const alarm = this.#take(series, flag.sample.timeMs) ?? this.#begin(series, flag);
    alarm.flags += 1;
    alarm.untilMs = flag.sample.timeMs;
    if (distance(flag) > distance(alarm.peak)) alarm.peak = flag;
    this.#entries.push({ alarm, lastFlag: this.#flags });
    if (this.#entries.length > this.#capacity) this.#entries.shift();
    this.#flags += 1;
  }

  /** Takes out the alarm that goes on at a time. */
  #take(series: string, timeMs: number): Alarm | undefined {
    const at = this.#entries.findIndex(
      ({ alarm }) => alarm.series === series && timeMs - alarm.untilMs <= this.#gapMs,
    );
    return at < 0 ? undefined : this.#entries.splice(at, 1)[0]?.alarm;
  }

  #begin(series: string, flag: Flag): Alarm {
    const { timeMs } = flag.sample;
    const id = this.#begun;
    this.#begun += 1;
    return { id, series, sinceMs: timeMs, untilMs: timeMs, flags: 0, peak: flag };
  }

  /** The alarms that have a flag from a number on, as far as they are still held, oldest first. */
  since(number: number): Alarm[] {
    return this.#entries
      .filter(({ lastFlag }) => lastFlag >= number)
      .map(({ alarm }) => alarm)
      .sort((a, b) => a.id - b.id);
  }
}

const distance = ({ sample, verdict }: Flag): number => Math.abs(sample.value - verdict.expected);
