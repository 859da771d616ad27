import type { ChannelCredentials } from "@grpc/grpc-js";
import { createDetectorClient, type DetectorClient } from "@outliers/client/detector-client";
import { hasScores } from "@outliers/client/whole-response";
import {
  type DecodedResponse,
  type DetectionOptions,
  Direction,
  Method,
  type Metric,
} from "@outliers/proto";
import { InputError, reasonOf } from "../errors.ts";
import type { Sample } from "../sample.ts";
import { directionOf, type Flag, type Judge, type Settings } from "./judge.ts";
import { Windows } from "./windows.ts";

/** Small enough that a file of hours doesn't keep a detector from its other clients. */
const STREAM_METRICS = 2000;
/** Well within the detector's default limits of points and of bytes. */
const WINDOW_METRICS = 20_000;
const DEADLINE_MS = 30_000;

const FIRST_CONTRACT =
  "it knows the first version of the contract alone, which has neither series nor scores; leave --address out to have the samples judged here";

const methods = {
  adaptive: Method.METHOD_ADAPTIVE,
  sigma: Method.METHOD_SIGMA,
  mad: Method.METHOD_MAD,
} as const;

const directions = {
  both: Direction.DIRECTION_BOTH,
  up: Direction.DIRECTION_UP,
  down: Direction.DIRECTION_DOWN,
} as const;

/**
 * Has samples judged by a detector: over one stream, or window by window for sigma and mad.
 * @param address `host:port`, or any gRPC target
 */
export function createRemoteJudge(
  address: string,
  settings: Settings,
  credentials: ChannelCredentials,
): Judge {
  const client = createDetectorClient(address, DEADLINE_MS, credentials);
  const options = wireOptions(settings);
  const judge =
    settings.method === "adaptive" ? streamJudge(client, options) : windowJudge(client, options);
  return {
    async judge(samples) {
      try {
        return await judge(samples);
      } catch (error) {
        throw new InputError(`the detector at ${address} gives no verdicts: ${reasonOf(error)}`);
      }
    },
    close: () => client.close(),
  };
}

function wireOptions(settings: Settings): DetectionOptions {
  const { intervalMs } = settings;
  const seconds = Math.floor(intervalMs / 1000);
  return {
    method: methods[settings.method],
    threshold: settings.threshold,
    sensitivity: settings.sensitivity,
    sampleInterval: { seconds, nanos: Math.round((intervalMs - seconds * 1000) * 1e6) },
    includeScores: true,
    direction: directions[settings.direction],
    minDeviation: settings.minDeviation,
  };
}

type JudgeSamples = (samples: readonly Sample[]) => Promise<Flag[]>;

function streamJudge(client: DetectorClient, options: DetectionOptions): JudgeSamples {
  const stream = client.openStream(options);
  return async (samples) => {
    const flags: Flag[] = [];
    for (let from = 0; from < samples.length; from += STREAM_METRICS) {
      const part = samples.slice(from, from + STREAM_METRICS);
      const response = await stream.send(part.map(metricOf));
      flags.push(...flagsOf(response, (index) => part[index]));
    }
    return flags;
  };
}

function metricOf({ series, timeMs, value }: Sample): Metric {
  const seconds = Math.floor(timeMs / 1000);
  const nanos = (timeMs - seconds * 1000) * 1e6;
  return { time: { seconds, nanos }, name: series, value };
}

/** Many windows go into one request, as series of their own; what counts is the last value of each. */
function windowJudge(client: DetectorClient, options: DetectionOptions): JudgeSamples {
  const windows = new Windows();
  return async (samples) => {
    const flags: Flag[] = [];
    let metrics: Metric[] = [];
    let ends = new Map<number, Sample>();
    const send = async (): Promise<void> => {
      if (ends.size === 0) return;
      const judged = ends;
      const response = await client.detect(metrics, options);
      // It would also take all the windows of a request for one.
      if (!hasScores(response)) throw new Error(FIRST_CONTRACT);
      flags.push(...flagsOf(response, (index) => judged.get(index)));
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
    return flags;
  };
}

/** The outliers of a response, by the samples that its positions stand for, where they do. */
function flagsOf(
  { explanations }: DecodedResponse,
  sampleAt: (index: number) => Sample | undefined,
): Flag[] {
  return explanations.flatMap(({ index, score, expected, lower, upper, reason }) => {
    const sample = sampleAt(index);
    if (!sample) return [];
    const direction = directionOf(sample.value, expected);
    return [{ ...sample, score, expected, lower, upper, direction, reason }];
  });
}
