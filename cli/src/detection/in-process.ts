import type {
  Judgement,
  Options,
  SeriesDetector,
  State,
  StreamMethod,
  WindowMethod,
} from "@outliers/detection/method";
import { methods } from "@outliers/detection/methods";
import type { Sample } from "../sample.ts";
import { type Detector, directionOf, type Outlier, optionsOf, type Settings } from "./detector.ts";
import { Windows } from "./windows.ts";

/** Detects without a detector, by its own code: the verdicts are the same. */
export function createInProcessDetector(settings: Settings): Detector {
  const method = methods[settings.method];
  const options = optionsOf(settings);
  return "start" in method ? streaming(method, options) : windowed(method, options);
}

function streaming(method: StreamMethod, options: Options): Detector {
  const all = new Map<string, { detector: SeriesDetector; state: State }>();
  return {
    async detect(samples) {
      const found: { at: number; outlier: Outlier }[] = [];
      for (const [series, positions] of positionsBySeries(samples)) {
        const one = all.get(series) ?? { detector: method.start(options), state: "warming_up" };
        all.set(series, one);
        const own = positions.flatMap((at) => samples[at] ?? []);
        const verdicts = scoreAll(one.detector, own);
        one.state = verdicts.state;
        for (const position of verdicts.outliers) {
          const [at, sample] = [positions[position], own[position]];
          if (at === undefined || !sample) continue;
          found.push({ at, outlier: outlierOf(sample, verdicts, position) });
        }
      }
      return found.sort((a, b) => a.at - b.at).map(({ outlier }) => outlier);
    },
    warmingUp: () => [...all.values()].filter(({ state }) => state === "warming_up").length,
    close() {},
  };
}

/** Has the next samples of one series scored. */
export const scoreAll = (detector: SeriesDetector, samples: readonly Sample[]): Judgement =>
  detector.judge(
    Float64Array.from(samples, ({ timeMs }) => timeMs),
    Float64Array.from(samples, ({ value }) => value),
  );

/** Where the samples of each series are among those of all. */
const positionsBySeries = (samples: readonly Sample[]): Map<string, number[]> =>
  Map.groupBy(samples.keys(), (at) => samples[at]?.series ?? "");

function windowed(method: WindowMethod, options: Options): Detector {
  const windows = new Windows();
  return {
    detect: async (samples) =>
      samples.flatMap((sample) => {
        const window = windows.push(sample.series, sample.value);
        if (!window) return [];
        const verdicts = method.judge(Float64Array.from(window), options);
        const last = window.length - 1;
        return verdicts.outliers.at(-1) === last ? [outlierOf(sample, verdicts, last)] : [];
      }),
    warmingUp: () => windows.tooShort(),
    close() {},
  };
}

function outlierOf(sample: Sample, verdicts: Judgement, position: number): Outlier {
  const expected = verdicts.expected(position);
  return {
    ...sample,
    score: verdicts.score(position),
    expected,
    lower: verdicts.lower(position),
    upper: verdicts.upper(position),
    direction: directionOf(sample.value, expected),
    reason: verdicts.reason(position),
  };
}
