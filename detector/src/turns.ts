/** Work that is done in steps: each is short, and says whether there is more to do. */
type Job = () => boolean;

type Queued = { job: Job; isLong: boolean };

/** How long a turn of the event loop may go on with jobs before it looks for what has arrived. */
const TURN_MS = 5;
const SHORT_MS = 1;
/** What a lane used is half as much after so long. */
const HALF_LIFE_MS = 10_000;
/** In which next to nothing of it fades. */
const NO_TIME_MS = 100;
/** What long jobs count as having used together at first. */
const LONG_HANDICAP_MS = 1000;

/** The jobs of one client, which are done in order. */
export type Lane = {
  /** @param isLong whether it takes many steps, or a step takes long */
  add(job: Job, isLong?: boolean): void;
};

/**
 * Shares the one thread among clients. What comes while there is time is done at once; else those go
 * first that used the least of it lately: who sends little is not kept waiting by who sends much.
 * Long jobs are done one after the other and count as one client's: many that shared the time evenly
 * would all be done late.
 */
export class Turns {
  /** Those with jobs: first the one whose long job is under way, then in order of their last step. */
  readonly #waiting: FairLane[] = [];
  readonly #long = new Usage(LONG_HANDICAP_MS);
  #usedMs = 0;
  #isScheduled = false;

  /** @param handicapMs what a new lane counts as having used already, so that new ones don't go first */
  lane(handicapMs: number): Lane {
    const lane = new FairLane(handicapMs);
    return {
      add: (job, isLong = false) => {
        lane.jobs.push({ job, isLong });
        if (lane.jobs.length > 1) return;
        if (this.#waiting.length === 0 && this.#usedMs < TURN_MS) this.#step(lane);
        else this.#waiting.push(lane);
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
    }
    this.#schedule();
  }

  /** Takes the lane that used the least. */
  #next(): FairLane | undefined {
    const nowMs = performance.now();
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (const [at, lane] of this.#waiting.entries()) {
      const used = this.#usageOf(lane).usedMs(nowMs);
      if (used >= least) continue;
      best = at;
      least = used;
    }
    return this.#waiting.splice(best, 1)[0];
  }

  #usageOf({ jobs, usage }: FairLane): Usage {
    return jobs[0]?.isLong ? this.#long : usage;
  }

  /** Does a step of the lane's first job, and has the lane wait if it has more. */
  #step(lane: FairLane): void {
    const [first] = lane.jobs;
    if (!first) return;
    const usage = this.#usageOf(lane);
    const startMs = performance.now();
    const hasMore = first.job();
    const endMs = performance.now();
    usage.use(endMs - startMs, endMs);
    this.#usedMs += endMs - startMs;
    if (hasMore && first.isLong) {
      this.#waiting.unshift(lane);
      return;
    }
    if (!hasMore) lane.jobs.shift();
    if (lane.jobs.length > 0) this.#waiting.push(lane);
  }
}

/** The jobs of a client, and what the short ones have used. */
class FairLane {
  readonly jobs: Queued[] = [];
  readonly usage: Usage;

  constructor(handicapMs: number) {
    this.usage = new Usage(handicapMs);
  }
}

/** How much time was used lately. */
class Usage {
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
