// A simulated host that serves requests, minute by minute: for what needs many of them.
import { normalFrom, randomFrom } from "./random.ts";

/** What a monitoring system knows of a host in a minute. */
export type HostSample = {
  latencySeconds: number;
  cpuPercent: number;
  memoryUsedPercent: number;
  requestsPerSecond: number;
};

/** What is wrong with a host. */
export type HostFault = {
  latencyFactor?: number;
  /** It reports what it reported last. */
  isCpuStuck?: boolean;
  leakPercentPerMinute?: number;
  /** It reports nothing any more. */
  isGone?: boolean;
};

export type HostOptions = {
  seed: number;
  /** When it begins, since the midnight of a Monday. */
  fromMinute?: number;
  /** Whether it is as busy at any time: what remains is noise from minute to minute. */
  isSteady?: boolean;
};

const DAY_MINUTES = 1440;
const BACKUP = { fromMinute: 120, minutes: 20, cpuPercent: 25 };
/** Once a day on average. */
const BURST = { probability: 1 / DAY_MINUTES, maxMinutes: 3 };
const SPREAD = { traffic: 0.06, memory: 0.8, latency: 0.1 };
/** How much of a deviation is left a minute later; of that of the traffic, a third after an hour. */
const KEPT = { traffic: 0.98, memory: 0.95, latency: 0.5 };

/** A stationary AR(1) with a standard deviation of 1. */
function autoregressive(kept: number, normal: () => number): () => number {
  const fresh = Math.sqrt(1 - kept ** 2);
  let state = normal();
  return () => {
    state = kept * state + fresh * normal();
    return state;
  };
}

const within = (percent: number): number => Math.min(100, Math.max(0, percent));

/**
 * A host with a share of the requests, hardware and software of its own: busy by day, quiet at night
 * and on weekends. Half of such hosts have a nightly backup; about once a day, a burst of requests
 * takes up to three minutes.
 */
export class SimulatedHost {
  readonly #normal: () => number;
  readonly #random: () => number;
  readonly #traffic: () => number;
  readonly #memory: () => number;
  readonly #latency: () => number;
  readonly #isSteady: boolean;
  readonly #usual;
  #minute: number;
  #burst = { minutes: 0, share: 0 };
  #cache = 0;
  #lastCpu = 0;
  #fault: HostFault = {};
  #faultyMinutes = 0;

  constructor({ seed, fromMinute = 0, isSteady = false }: HostOptions) {
    this.#normal = normalFrom(seed);
    this.#random = randomFrom(seed + 1);
    // The first numbers of neighbouring seeds are alike.
    for (let n = 0; n < 10; n++) this.#random();
    const between = (min: number, max: number) => min + (max - min) * this.#random();
    this.#minute = fromMinute;
    this.#isSteady = isSteady;
    this.#traffic = autoregressive(KEPT.traffic, this.#normal);
    this.#memory = autoregressive(KEPT.memory, this.#normal);
    this.#latency = autoregressive(KEPT.latency, this.#normal);
    this.#usual = {
      requestsPerSecond: between(50, 500),
      atNight: between(0.2, 0.5),
      peakMinute: between(12 * 60, 16 * 60),
      idleCpuPercent: between(2, 6),
      cpuPercent: between(20, 50),
      latencySeconds: between(0.05, 0.3),
      memoryPercent: between(30, 60),
      hasBackup: this.#random() < 0.5,
    };
  }

  /** Something is wrong from the next minute on. */
  fail(fault: HostFault): void {
    this.#fault = fault;
    this.#faultyMinutes = 0;
  }

  /** Whether the last minute was part of a burst of requests. */
  get isBurst(): boolean {
    return this.#burst.share > 0;
  }

  /** The next minute; undefined if the host is gone. */
  next(): HostSample | undefined {
    const usual = this.#usual;
    const traffic = this.#isSteady ? 1 : this.#nextTraffic();
    const cpuPercent = within(
      usual.idleCpuPercent +
        usual.cpuPercent * traffic +
        this.#backupCpu() +
        (0.5 + traffic) * this.#normal(),
    );
    // Grows with the requests, and is emptied when it is large.
    this.#cache = this.#cache > 4 + this.#random() ? 0 : this.#cache + 0.01 * traffic;
    const sample = {
      latencySeconds:
        usual.latencySeconds *
        (1 + 0.3 * traffic ** 2) *
        Math.exp(SPREAD.latency * this.#latency()),
      cpuPercent,
      memoryUsedPercent:
        usual.memoryPercent + 3 * traffic + this.#cache + SPREAD.memory * this.#memory(),
      requestsPerSecond: usual.requestsPerSecond * traffic * (1 + 0.03 * this.#normal()),
    };
    this.#minute += 1;
    return this.#withFault(sample);
  }

  #withFault(sample: HostSample): HostSample | undefined {
    const { latencyFactor = 1, leakPercentPerMinute = 0, isCpuStuck, isGone } = this.#fault;
    this.#faultyMinutes += 1;
    if (!isCpuStuck) this.#lastCpu = sample.cpuPercent;
    if (isGone) return undefined;
    return {
      ...sample,
      latencySeconds: latencyFactor * sample.latencySeconds,
      cpuPercent: this.#lastCpu,
      memoryUsedPercent: within(
        sample.memoryUsedPercent + leakPercentPerMinute * this.#faultyMinutes,
      ),
    };
  }

  /** As a share of what is usual at the peak of a working day. */
  #nextTraffic(): number {
    const { atNight, peakMinute } = this.#usual;
    const ofDay = (this.#minute - peakMinute) / DAY_MINUTES;
    const byTime = atNight + (1 - atNight) * (0.5 + 0.5 * Math.cos(2 * Math.PI * ofDay));
    const isWeekend = Math.floor(this.#minute / DAY_MINUTES) % 7 >= 5;
    const share = 1 + SPREAD.traffic * this.#traffic() + this.#nextBurst();
    return byTime * (isWeekend ? 0.6 : 1) * share;
  }

  /** What a burst adds. */
  #nextBurst(): number {
    if (this.#burst.minutes > 0) this.#burst.minutes -= 1;
    else if (this.#random() < BURST.probability)
      this.#burst = {
        minutes: Math.floor(BURST.maxMinutes * this.#random()),
        share: 0.2 + 0.4 * this.#random(),
      };
    else this.#burst.share = 0;
    return this.#burst.share;
  }

  #backupCpu(): number {
    const since = (this.#minute % DAY_MINUTES) - BACKUP.fromMinute;
    const isUnderWay = since >= 0 && since < BACKUP.minutes;
    if (!this.#usual.hasBackup || !isUnderWay || this.#isSteady) return 0;
    return BACKUP.cpuPercent * (1 + 0.1 * this.#normal());
  }
}
