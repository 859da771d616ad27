/** Work that is done in steps: each is short, and says whether there is more to do. */
type Job = () => boolean;

/** How long a turn of the event loop may go on with jobs before it looks for what has arrived. */
const TURN_MS = 5;
const SHORT_MS = 1;
/** What a lane used is half as much after so long. */
const HALF_LIFE_MS = 10_000;
/** In which next to nothing of it fades. */
const NO_TIME_MS = 100;

/** The jobs of one client, which are done in order. */
export type Lane = { add(job: Job): void };

/**
 * Shares the one thread among clients. What comes while there is time is done at once; else those go
 * first that used the least of it lately: who sends little is not kept waiting by who sends much.
 */
export class Turns {
  /** Those with jobs, in order of their last step. */
  readonly #waiting: FairLane[] = [];
  #usedMs = 0;
  #isScheduled = false;

  /** @param handicapMs what a new lane counts as having used already, so that new ones don't go first */
  lane(handicapMs: number): Lane {
    const lane = new FairLane(handicapMs);
    return {
      add: (job) => {
        lane.jobs.push(job);
        if (lane.jobs.length > 1) return;
        if (this.#waiting.length === 0 && this.#usedMs < TURN_MS) this.#step(lane);
        if (lane.jobs.length > 0) this.#waiting.push(lane);
        // Short jobs add up to something first: to have the loop turn once more costs as much as one.
        if (this.#waiting.length > 0 || this.#usedMs > SHORT_MS) this.#schedule();
      },
    };
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    this.#usedMs = 0;
    while (this.#usedMs < TURN_MS) {
      const lane = this.#next();
      if (!lane) return;
      this.#step(lane);
      if (lane.jobs.length > 0) this.#waiting.push(lane);
    }
    this.#schedule();
  }

  /** Takes the lane that used the least. */
  #next(): FairLane | undefined {
    const nowMs = performance.now();
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (const [at, lane] of this.#waiting.entries()) {
      const used = lane.usedMs(nowMs);
      if (used >= least) continue;
      best = at;
      least = used;
    }
    return this.#waiting.splice(best, 1)[0];
  }

  #step(lane: FairLane): void {
    const startMs = performance.now();
    const hasMore = lane.jobs[0]?.();
    const endMs = performance.now();
    lane.use(endMs - startMs, endMs);
    this.#usedMs += endMs - startMs;
    if (!hasMore) lane.jobs.shift();
  }
}

class FairLane {
  readonly jobs: Job[] = [];
  #usedMs: number;
  #asOfMs = performance.now();

  constructor(usedMs: number) {
    this.#usedMs = usedMs;
  }

  usedMs(nowMs: number): number {
    // Most steps follow each other closely, and a power costs as much as a small one.
    if (nowMs - this.#asOfMs < NO_TIME_MS) return this.#usedMs;
    return this.#usedMs * 2 ** ((this.#asOfMs - nowMs) / HALF_LIFE_MS);
  }

  use(ms: number, nowMs: number): void {
    const faded = this.usedMs(nowMs);
    if (faded !== this.#usedMs) this.#asOfMs = nowMs;
    this.#usedMs = faded + ms;
  }
}
