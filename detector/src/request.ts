import { type DecodedRequest, Direction, Method, OutliersClient } from "@outliers/proto";
import protobuf from "protobufjs";
import { adaptive } from "./detection/adaptive.ts";
import { mad } from "./detection/mad.ts";
import type {
  Direction as DetectionDirection,
  Method as DetectionMethod,
  Options,
} from "./detection/method.ts";
import { sigma } from "./detection/sigma.ts";
import { RequestError } from "./errors.ts";

/** What a request has of one name, and where in the request each value stands. */
export type Series = {
  name: string;
  values: Float64Array;
  /** Milliseconds since the Unix epoch; NaN where there is no time. */
  timesMs: Float64Array;
  positions: readonly number[];
};

/** How a window is to be judged. */
export type Settings = {
  method: DetectionMethod;
  options: Options;
  trigger: { k: number; n: number };
  includeScores: boolean;
};

/** A request that has been checked: it can be judged without a further look. */
export type Window = {
  series: readonly Series[];
  points: number;
  settings: Settings;
  /** Whether the request carries options, and not just takes the defaults. */
  hasOptions: boolean;
};

/** Every method by its number in the contract: adding one is one file and one line here. */
const methods = new Map<number, DetectionMethod>([
  [Method.METHOD_SIGMA, sigma],
  [Method.METHOD_MAD, mad],
  [Method.METHOD_ADAPTIVE, adaptive],
]);

const directions = new Map<number, DetectionDirection>([
  [Direction.DIRECTION_UNSPECIFIED, "both"],
  [Direction.DIRECTION_BOTH, "both"],
  [Direction.DIRECTION_UP, "up"],
  [Direction.DIRECTION_DOWN, "down"],
]);

const MAX_TRIGGER = 1000;

/** The field number of `OutliersRequest.metrics`. */
const METRICS_FIELD = 1;

/**
 * Decodes and checks the bytes of an OutliersRequest.
 * @param maxPoints the most metrics that a request may hold
 * @param defaultMethod what METHOD_UNSPECIFIED means
 * @throws RequestError
 */
export function decodeRequest(
  bytes: Buffer,
  maxPoints: number,
  defaultMethod: DetectionMethod = sigma,
): Window {
  const points = readable(countMetrics, bytes);
  if (points > maxPoints) {
    throw new RequestError(
      "over_limit",
      `the request has ${points} metrics, the limit is ${maxPoints} (MAX_POINTS): send a smaller window`,
    );
  }
  return toWindow(readable(OutliersClient.service.Detect.requestDeserialize, bytes), defaultMethod);
}

/**
 * Counts the metrics without decoding them: an empty one takes two bytes on the wire and a hundred
 * times that in memory, so that a message within its limit could exhaust the process's.
 */
function countMetrics(bytes: Buffer): number {
  const reader = protobuf.Reader.create(bytes);
  let count = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === METRICS_FIELD) count++;
    reader.skipType(tag & 7);
  }
  return count;
}

function readable<T>(read: (bytes: Buffer) => T, bytes: Buffer): T {
  try {
    return read(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RequestError("invalid", `the body is not a pb.OutliersRequest: ${reason}`);
  }
}

function toWindow({ metrics, options }: DecodedRequest, defaultMethod: DetectionMethod): Window {
  const given = options ?? undefined;
  return {
    series: bySeries(metrics),
    points: metrics.length,
    settings: {
      method: given?.method ? known("method", methods, Method, given.method) : defaultMethod,
      options: {
        threshold: positiveOrDefault("threshold", given?.threshold),
        sensitivity: positiveOrDefault("sensitivity", given?.sensitivity),
        sampleIntervalMs: intervalMs(given?.sampleInterval),
        direction: known("direction", directions, Direction, given?.direction ?? 0),
        minDeviation: positiveOrDefault("min_deviation", given?.minDeviation),
      },
      trigger: checkedTrigger(given?.trigger),
      includeScores: given?.includeScores ?? false,
    },
    hasOptions: given !== undefined,
  };
}

/** What an enum's number stands for. */
function known<T>(
  name: string,
  meanings: ReadonlyMap<number, T>,
  names: Readonly<Record<string, number>>,
  number: number,
): T {
  const meaning = meanings.get(number);
  if (meaning !== undefined) return meaning;
  const allowed = Object.entries(names).map(([one, value]) => `${one} (${value})`);
  throw new RequestError(
    "invalid",
    `options.${name} ${number} is unknown, it must be one of ${allowed.join(", ")}`,
  );
}

function checkedTrigger(trigger: { k: number; n: number } | null | undefined) {
  if (!trigger) return { k: 1, n: 1 };
  const { k, n } = trigger;
  if (k >= 1 && k <= n && n <= MAX_TRIGGER) return { k, n };
  throw new RequestError(
    "invalid",
    `options.trigger is ${k} of the last ${n} values, it must be 1 <= k <= n <= ${MAX_TRIGGER}`,
  );
}

/** proto3 can't tell an absent number from 0, so 0 asks for the method's default. */
function positiveOrDefault(name: string, value = 0): number {
  if (value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new RequestError(
    "invalid",
    `options.${name} is ${value}, it must be a positive number, or 0 for the default`,
  );
}

function intervalMs(interval: { seconds: number; nanos: number } | null | undefined): number {
  if (!interval) return 0;
  const ms = toMs(interval);
  if (ms > 0) return ms;
  throw new RequestError(
    "invalid",
    `options.sample_interval is ${ms / 1000} s, it must be positive`,
  );
}

function bySeries(metrics: DecodedRequest["metrics"]): Series[] {
  const positions = new Map<string, number[]>();
  for (const [position, { name, value }] of metrics.entries()) {
    if (!Number.isFinite(value)) {
      throw new RequestError(
        "invalid",
        `metrics[${position}].value is ${value} (series ${JSON.stringify(name)}), it must be a finite number`,
      );
    }
    const series = positions.get(name);
    if (series) series.push(position);
    else positions.set(name, [position]);
  }
  return [...positions].map(([name, at]) => ({
    name,
    positions: at,
    values: Float64Array.from(at, (position) => metrics[position]?.value ?? 0),
    timesMs: Float64Array.from(at, (position) => toMs(metrics[position]?.time)),
  }));
}

const toMs = (time: { seconds: number; nanos: number } | null | undefined): number =>
  time ? time.seconds * 1000 + time.nanos / 1e6 : Number.NaN;
