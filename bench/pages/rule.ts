// The alerts that Prometheus would send, as prometheus/rules/outliers.yml has them.

const EVALUATION_SECONDS = 15;
/** ACTIVE_HOLD: how long a flag keeps its series active. */
const HOLD_SECONDS = 30;

export type AlertRule = {
  forSeconds: number;
  /** Whether it holds, for so many active series of so many. */
  holds: (active: number, series: number) => boolean;
};

/** HostOutlier and HostOutlierIncident. */
export const hostRules: readonly AlertRule[] = [
  { forSeconds: 120, holds: (active) => active >= 1 },
  { forSeconds: 60, holds: (active, series) => active >= 3 && active >= series / 2 },
];

/** An alert on the bare metric, as one writes it first. */
export const atOnce: readonly AlertRule[] = [{ forSeconds: 0, holds: (active) => active >= 1 }];

/**
 * When someone is paged: each time that an alert of the host begins to fire while none other does.
 * @param flags by second, a bit for each series that is flagged
 * @returns the seconds
 */
export function pages(flags: Uint8Array, series: number, rules: readonly AlertRule[]): number[] {
  const lastFlagAt: number[] = [];
  const since: (number | undefined)[] = rules.map(() => undefined);
  const paged: number[] = [];
  let isFiring = false;
  for (const [second, row] of flags.entries()) {
    for (let one = 0; one < series; one++) if ((row >> one) & 1) lastFlagAt[one] = second;
    if (second % EVALUATION_SECONDS !== 0) continue;
    const active = lastFlagAt.filter((at) => second - at < HOLD_SECONDS).length;
    const fires = rules.map(({ forSeconds, holds }, at) => {
      since[at] = holds(active, series) ? (since[at] ?? second) : undefined;
      return second - (since[at] ?? second + 1) >= forSeconds;
    });
    if (fires.includes(true) && !isFiring) paged.push(second);
    isFiring = fires.includes(true);
  }
  return paged;
}
