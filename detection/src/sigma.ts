import { DistanceJudgement, type Estimate } from "./distance.ts";
import type { WindowMethod } from "./method.ts";
import { mean } from "./stats/mean.ts";
import { standardDeviation } from "./stats/standard-deviation.ts";

const DEFAULT_THRESHOLD = 2;

function estimate(values: Float64Array): Estimate {
  const center = mean(values);
  return { center, spread: standardDeviation(values, center) };
}

/**
 * The sigma rule: |x − mean| > threshold · population standard deviation. The same verdicts, to
 * the last bit, as NumPy's `abs(x - x.mean()) > threshold * x.std()`. Outliers inflate the
 * deviation that they are measured by, so many of them hide each other.
 * @see https://en.wikipedia.org/wiki/68%E2%80%9395%E2%80%9399.7_rule
 */
export const sigma: WindowMethod = {
  name: "sigma",
  judge(values, options) {
    const describe = (multiple: string): string =>
      `${multiple} standard deviations from the window's mean`;
    const threshold = options.threshold || DEFAULT_THRESHOLD;
    return new DistanceJudgement(values, { estimate, threshold, describe }, options);
  },
};
