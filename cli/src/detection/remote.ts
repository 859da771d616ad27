import type { ChannelCredentials } from "@grpc/grpc-js";
import { createDetectorClient, type DetectorClient } from "@outliers/client/detector-client";
import { hasScores } from "@outliers/client/whole-response";
import type { MethodName } from "@outliers/detection/methods";
import {
  type DecodedResponse,
  type DetectionOptions,
  Direction,
  Method,
  type Metric,
  State,
} from "@outliers/proto";
import { InputError, reasonOf } from "../errors.ts";
import type { Sample } from "../sample.ts";
import {
  type Detector,
  directionOf,
  isStreaming,
  type Outlier,
  type Settings,
} from "./detector.ts";
import { Windows } from "./windows.ts";

/** Small enough that a file of hours doesn't keep a detector from its other clients. */
const STREAM_METRICS = 2000;
/** Well within the detector's default limits of points and of bytes. */
const WINDOW_METRICS = 20_000;
const DEADLINE_MS = 30_000;

const FIRST_CONTRACT =
  "it knows only the first version of the contract, which has neither series nor scores; leave --address out to detect in this process";

const directions = {
  both: Direction.DIRECTION_BOTH,
  up: Direction.DIRECTION_UP,
  down: Direction.DIRECTION_DOWN,
} as const;

/**
 * Has samples scored by a detector: over one stream, or window by window for the other methods.
 * @param address `host:port`, or any gRPC target
 */
export function createRemoteDetector(
  address: string,
  settings: Settings,
  credentials: ChannelCredentials,
): Detector {
  const client = createDetectorClient(address, DEADLINE_MS, credentials);
  const options = wireOptions(settings);
  const { detect, warmingUp } = isStreaming(settings.method)
    ? streaming(client, options)
    : windowed(client, options);
  return {
    async detect(samples) {
      try {
        return await detect(samples);
      } catch (error) {
        throw new InputError(`the detector at ${address} gives no verdicts: ${reasonOf(error)}`);
      }
    },
    warmingUp,
    close: () => client.close(),
  };
}

function wireOptions(settings: Settings): DetectionOptions {
  const { intervalMs } = settings;
  const seconds = Math.floor(intervalMs / 1000);
  const name = settings.method.toUpperCase() as Uppercase<MethodName>;
  return {
    method: Method[`METHOD_${name}`],
    threshold: settings.threshold,
    sensitivity: settings.sensitivity,
    sampleInterval: { seconds, nanos: Math.round((intervalMs - seconds * 1000) * 1e6) },
    includeScores: true,
    direction: directions[settings.direction],
    minDeviation: settings.minDeviation,
  };
}

type Detection = Omit<Detector, "close">;

function streaming(client: DetectorClient, options: DetectionOptions): Detection {
  const stream = client.openStream(options);
  const states = new Map<string, State | undefined>();
  return {
    async detect(samples) {
      const outliers: Outlier[] = [];
      for (let from = 0; from < samples.length; from += STREAM_METRICS) {
        const part = samples.slice(from, from + STREAM_METRICS);
        const response = await stream.send({ metrics: part.map(metricOf) });
        outliers.push(...outliersOf(response, (index) => part[index]));
        for (const { name, state } of response.series) states.set(name, state);
      }
      return outliers;
    },
    warmingUp: () => [...states.values()].filter((one) => one === State.STATE_WARMING_UP).length,
  };
}

function metricOf({ series, timeMs, value }: Sample): Metric {
  const seconds = Math.floor(timeMs / 1000);
  const nanos = (timeMs - seconds * 1000) * 1e6;
  return { time: { seconds, nanos }, name: series, value };
}

/** Many windows go into one request, as series of their own; what counts is the last value of each. */
function windowed(client: DetectorClient, options: DetectionOptions): Detection {
  const windows = new Windows();
  return {
    async detect(samples) {
      const outliers: Outlier[] = [];
      let metrics: Metric[] = [];
      let ends = new Map<number, Sample>();
      const send = async (): Promise<void> => {
        if (ends.size === 0) return;
        const sent = ends;
        const response = await client.detect(metrics, options);
        // It would also take all the windows of a request for one.
        if (!hasScores(response)) throw new Error(FIRST_CONTRACT);
        outliers.push(...outliersOf(response, (index) => sent.get(index)));
        metrics = [];
        ends = new Map();
      };
      for (const sample of samples) {
        const window = windows.push(sample.series, sample.value);
        if (!window) continue;
        if (metrics.length + window.length > WINDOW_METRICS) await send();
        const name = String(ends.size);
        for (const value of window) metrics.push({ name, value });
        ends.set(metrics.length - 1, sample);
      }
      await send();
      return outliers;
    },
    warmingUp: () => windows.tooShort(),
  };
}

/** The outliers of a response, by the samples that its positions stand for, where they do. */
function outliersOf(
  { explanations }: DecodedResponse,
  sampleAt: (index: number) => Sample | undefined,
): Outlier[] {
  return explanations.flatMap(({ index, score, expected, lower, upper, reason }) => {
    const sample = sampleAt(index);
    if (!sample) return [];
    const direction = directionOf(sample.value, expected);
    return [{ ...sample, score, expected, lower, upper, direction, reason }];
  });
}
