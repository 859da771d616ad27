import { mean } from "../stats/mean.ts";
import { standardDeviation } from "../stats/standard-deviation.ts";
import { judgeByDistance, type Method } from "./method.ts";

const DEFAULT_THRESHOLD = 2;

/**
 * The sigma rule: |x − mean| > threshold · population standard deviation. The same verdicts, to
 * the last bit, as NumPy's `abs(x - x.mean()) > threshold * x.std()`. Outliers inflate the
 * deviation that they are measured by, so many of them hide each other.
 * @see https://en.wikipedia.org/wiki/68%E2%80%9395%E2%80%9399.7_rule
 */
export const sigma: Method = {
  name: "sigma",
  judge(values, { threshold }) {
    const center = mean(values);
    const deviation = standardDeviation(values, center);
    return judgeByDistance(values, center, (threshold || DEFAULT_THRESHOLD) * deviation);
  },
};
