import { type DecodedRequest, Method, OutliersClient } from "@outliers/proto";
import protobuf from "protobufjs";
import { adaptive } from "./detection/adaptive.ts";
import { mad } from "./detection/mad.ts";
import type { Method as DetectionMethod, Options } from "./detection/method.ts";
import { sigma } from "./detection/sigma.ts";
import { RequestError } from "./errors.ts";

/** The values of one name in a request, and where in the request each of them stands. */
type Series = { name: string; values: Float64Array; positions: readonly number[] };

/** A request that has been checked: it can be judged without a further look. */
export type Window = {
  series: readonly Series[];
  points: number;
  method: DetectionMethod;
  options: Options;
  includeScores: boolean;
};

/** Every method by its number in the contract: adding one is one file and one line here. */
const methods = new Map<number, DetectionMethod>([
  [Method.METHOD_UNSPECIFIED, sigma],
  [Method.METHOD_SIGMA, sigma],
  [Method.METHOD_MAD, mad],
  [Method.METHOD_ADAPTIVE, adaptive],
]);

/** The field number of `OutliersRequest.metrics`. */
const METRICS_FIELD = 1;

/**
 * Decodes and checks the bytes of an OutliersRequest.
 * @param maxPoints the most metrics that a request may hold
 * @throws RequestError
 */
export function decodeRequest(bytes: Buffer, maxPoints: number): Window {
  const points = readable(countMetrics, bytes);
  if (points > maxPoints) {
    throw new RequestError(
      "over_limit",
      `the request has ${points} metrics, the limit is ${maxPoints} (MAX_POINTS): send a smaller window`,
    );
  }
  return toWindow(readable(OutliersClient.service.Detect.requestDeserialize, bytes));
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

function toWindow({ metrics, options }: DecodedRequest): Window {
  const number = options?.method ?? Method.METHOD_UNSPECIFIED;
  const method = methods.get(number);
  if (!method) {
    const known = Object.entries(Method).map(([name, value]) => `${name} (${value})`);
    throw new RequestError(
      "invalid",
      `options.method ${number} is unknown, it must be one of ${known.join(", ")}`,
    );
  }
  const checked = {
    threshold: positiveOrDefault("threshold", options?.threshold),
    sensitivity: positiveOrDefault("sensitivity", options?.sensitivity),
    sampleIntervalMs: intervalMs(options?.sampleInterval),
  };
  return {
    series: bySeries(metrics),
    points: metrics.length,
    method,
    options: checked,
    includeScores: options?.includeScores ?? false,
  };
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
  const { seconds, nanos } = interval;
  const ms = seconds * 1000 + nanos / 1e6;
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
  }));
}
