import { mean } from "../stats/mean.ts";
import { standardDeviation } from "../stats/standard-deviation.ts";
import { type Method, positionsWhere } from "./method.ts";

/**
 * The sigma rule: |x − mean| > threshold · population standard deviation. The same verdicts, to
 * the last bit, as NumPy's `abs(x - x.mean()) > threshold * x.std()`. Outliers inflate the
 * deviation that they are measured by, so many of them hide each other.
 * @see https://en.wikipedia.org/wiki/68%E2%80%9395%E2%80%9399.7_rule
 */
export const sigma: Method = {
  name: "sigma",
  defaultThreshold: 2,
  detect(values, threshold) {
    const center = mean(values);
    const limit = threshold * standardDeviation(values, center);
    return positionsWhere(values, (value) => Math.abs(value - center) > limit);
  },
};
