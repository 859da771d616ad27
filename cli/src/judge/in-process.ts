import { judgementOf } from "@outliers/detection/adaptive";
import { AdaptiveSeries } from "@outliers/detection/adaptive-series";
import { mad } from "@outliers/detection/mad";
import type { Judgement } from "@outliers/detection/method";
import { sigma } from "@outliers/detection/sigma";
import type { Sample } from "../sample.ts";
import { directionOf, type Flag, type Judge, optionsOf, type Settings } from "./judge.ts";
import { Windows } from "./windows.ts";

/** Judges without a detector, by its own code: the verdicts are the same. */
export function createInProcessJudge(settings: Settings): Judge {
  const judgeOne = settings.method === "adaptive" ? adaptiveJudge(settings) : windowJudge(settings);
  return {
    judge: async (samples) =>
      samples.flatMap((sample) => {
        const flag = judgeOne(sample);
        return flag ? [flag] : [];
      }),
    close() {},
  };
}

function adaptiveJudge(settings: Settings): (sample: Sample) => Flag | undefined {
  const options = optionsOf(settings);
  const states = new Map<string, AdaptiveSeries>();
  return (sample) => {
    let state = states.get(sample.series);
    if (!state) {
      state = new AdaptiveSeries(options);
      states.set(sample.series, state);
    }
    const point = state.update(sample.timeMs, sample.value);
    if (!point.isOutlier) return undefined;
    return flagOf(sample, judgementOf([point], Float64Array.of(sample.value)), 0);
  };
}

function windowJudge(settings: Settings): (sample: Sample) => Flag | undefined {
  const options = optionsOf(settings);
  const method = settings.method === "mad" ? mad : sigma;
  const windows = new Windows();
  return (sample) => {
    const window = windows.push(sample.series, sample.value);
    if (!window) return undefined;
    const judgement = method.judge(Float64Array.from(window), options);
    const last = window.length - 1;
    return judgement.outliers.at(-1) === last ? flagOf(sample, judgement, last) : undefined;
  };
}

function flagOf(sample: Sample, judgement: Judgement, at: number): Flag {
  const expected = judgement.expected(at);
  return {
    ...sample,
    score: judgement.score(at),
    expected,
    lower: judgement.lower(at),
    upper: judgement.upper(at),
    direction: directionOf(sample.value, expected),
    reason: judgement.reason(at),
  };
}
