// Textbook methods that know the time of day, to compare with.
const DAY_MS = 86_400_000;
const SLOTS = 96;

/** Says of each sample in turn whether it is an outlier. */
export type Judge = (timeMs: number, value: number) => boolean;

const slotOf = (timeMs: number): number => Math.floor(((timeMs % DAY_MS) / DAY_MS) * SLOTS);

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The medians of the quarter hours of the last 14 days, and six scaled median deviations from them. */
export function seasonalNaive(): Judge {
  const days: number[][] = Array.from({ length: SLOTS }, () => []);
  const errors: number[] = [];
  let slot = -1;
  let here: number[] = [];
  let expected = Number.NaN;
  let spread = Number.NaN;
  return (timeMs, value) => {
    const now = slotOf(timeMs);
    if (now !== slot) {
      if (here.length > 0) {
        const of = days[slot] ?? [];
        of.push(medianOf(here));
        if (of.length > 14) of.shift();
      }
      slot = now;
      here = [];
      const of = days[now] ?? [];
      expected = of.length > 0 ? medianOf(of) : Number.NaN;
      spread = errors.length > 0 ? 1.4826 * medianOf(errors) : Number.NaN;
    }
    here.push(value);
    if (Number.isNaN(expected)) return false;
    const error = Math.abs(value - expected);
    // One of a minute is enough to tell the spread of two days.
    if (timeMs % 60_000 === 0) {
      errors.push(error);
      if (errors.length > 2880) errors.shift();
    }
    return error > 6 * spread;
  };
}

/**
 * Additive Holt-Winters without a trend over quarters of an hour of a day, and six smoothed absolute deviations.
 * @see Winters (1960), Brutlag (2000)
 */
export function holtWinters(): Judge {
  const seasons = new Float64Array(SLOTS).fill(Number.NaN);
  const deviations = new Float64Array(SLOTS).fill(Number.NaN);
  let level = Number.NaN;
  let lastMs = Number.NaN;
  return (timeMs, value) => {
    const slot = slotOf(timeMs);
    const interval = Number.isNaN(lastMs) ? 0 : timeMs - lastMs;
    lastMs = timeMs;
    if (Number.isNaN(level)) level = value;
    const season = seasons[slot] ?? Number.NaN;
    const deviation = deviations[slot] ?? Number.NaN;
    const expected = level + (Number.isNaN(season) ? 0 : season);
    const error = value - expected;
    const ofSlot = Math.min(1, interval / (DAY_MS / SLOTS));
    level += Math.min(1, interval / DAY_MS) * error;
    seasons[slot] = Number.isNaN(season) ? value - level : season + 0.3 * ofSlot * error;
    deviations[slot] = Number.isNaN(deviation)
      ? Math.abs(error)
      : deviation + 0.3 * ofSlot * (Math.abs(error) - deviation);
    return Math.abs(error) > 6 * deviation;
  };
}
