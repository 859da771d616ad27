import { Adaptive, adaptiveDefaults } from "@outliers/detection/adaptive";
import { erfc } from "./erfc.ts";

/** Takes the samples of a series one by one and gives each its anomaly score. */
export type Detector = (value: number, timeMs: number) => number;

/** NAB counts each detection: one says all about so many samples. */
const REFRACTORY = 100;

/** The adaptive method with its defaults: its outliers at its own threshold, one of a hundred samples. */
function adaptive(): Detector {
  const series = new Adaptive(adaptiveDefaults);
  let since = REFRACTORY;
  return (value, timeMs) => {
    const { isOutlier, score } = series.update(timeMs, value);
    since += 1;
    if (!isOutlier || since <= REFRACTORY) return 0;
    since = 0;
    return score;
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const deviationOf = (values: readonly number[], mean: number): number =>
  Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** A rule over the values of a trailing window, the one that is judged not among them. */
function trailing(length: number, rule: (value: number, window: readonly number[]) => number) {
  return (): Detector => {
    const window: number[] = [];
    return (value) => {
      const score = window.length < 20 ? 0 : rule(value, window);
      window.push(value);
      if (window.length > length) window.shift();
      return score;
    };
  };
}

const zScore = trailing(300, (value, window) => {
  const mean = meanOf(window);
  return Math.abs(value - mean) / (deviationOf(window, mean) || 1e-9);
});

const modifiedZScore = trailing(300, (value, window) => {
  const median = medianOf(window);
  const spread = medianOf(window.map((one) => Math.abs(one - median)));
  return Math.abs(value - median) / (spread || 1e-9);
});

/** @see Roberts (1959), Control Chart Tests Based on Geometric Moving Averages */
function ewmaChart(): Detector {
  const weight = 0.02;
  let mean = Number.NaN;
  let variance = 0;
  return (value) => {
    if (Number.isNaN(mean)) mean = value;
    const error = value - mean;
    const score = Math.abs(error) / (Math.sqrt(variance) || 1e-9);
    mean += weight * error;
    variance = (1 - weight) * (variance + weight * error ** 2);
    return score;
  };
}

/**
 * As NAB's own: a window of 6400 that moves on by 100, and 1 minus the normal tail's probability.
 * @see NAB, nab/detectors/gaussian/windowedGaussian_detector.py
 */
function windowedGaussian(): Detector {
  let window: number[] = [];
  let step: number[] = [];
  let mean = 0;
  let deviation = 1;
  const update = () => {
    mean = meanOf(window);
    deviation = deviationOf(window, mean) || 1e-6;
  };
  return (value) => {
    const z = Math.abs(value - mean) / deviation;
    // The published results have 12 significant digits: far out, all values score 1.
    const tail = erfc(z / Math.SQRT2) / 2;
    const score = window.length === 0 ? 0 : Number((1 - tail).toPrecision(12));
    if (window.length < 6400) {
      window.push(value);
      update();
    } else {
      step.push(value);
      if (step.length === 100) {
        window = [...window.slice(100), ...step];
        step = [];
        update();
      }
    }
    return score;
  };
}

/** Every detector that the bench runs, by the name of its results. */
export const detectors: readonly { name: string; create: () => Detector }[] = [
  { name: "adaptive", create: adaptive },
  { name: "windowed-gaussian", create: windowedGaussian },
  { name: "z-score-300", create: zScore },
  { name: "ewma-chart", create: ewmaChart },
  { name: "mad-300", create: modifiedZScore },
];
