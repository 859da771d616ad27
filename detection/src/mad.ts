import { DistanceJudgement, type Estimate } from "./distance.ts";
import type { WindowMethod } from "./method.ts";
import { mean } from "./stats/mean.ts";
import { median } from "./stats/median.ts";

const DEFAULT_THRESHOLD = 3.5;
// What makes each spread estimate the standard deviation of normal data.
const MAD_TO_SIGMA = 0.6745;
const MEAN_AD_TO_SIGMA = 1.253314;

function estimate(values: Float64Array): Estimate {
  const center = median(values);
  const deviations = values.map((value) => Math.abs(value - center));
  const spread = median(deviations) / MAD_TO_SIGMA || mean(deviations) * MEAN_AD_TO_SIGMA;
  return { center, spread };
}

/**
 * The modified z-score: |0.6745 · (x − median) / MAD| > threshold, with MAD the median absolute
 * deviation from the median. When MAD is 0 (over half of the values are equal), the mean absolute
 * deviation takes its place: |(x − median) / (1.253314 · MeanAD)|. Up to half of the values may be
 * outliers before they hide each other.
 * @see Iglewicz and Hoaglin (1993), How to Detect and Handle Outliers, ASQC Quality Press
 */
export const mad: WindowMethod = {
  name: "mad",
  judge(values, options) {
    const describe = (multiple: string): string =>
      `a modified z-score of ${multiple} from the window's median`;
    const threshold = options.threshold || DEFAULT_THRESHOLD;
    return new DistanceJudgement(values, { estimate, threshold, describe }, options);
  },
};
