import type {
  Direction as DetectionDirection,
  Method as DetectionMethod,
  Options,
} from "@outliers/detection/method";
import { type MethodName, methodNames, methods } from "@outliers/detection/methods";
import { type DecodedRequest, Direction, Method, OutliersClient } from "@outliers/proto";
import { isTimeZone } from "@outliers/service/time-zone";
import protobuf from "protobufjs";
import { quoted, RequestError } from "./errors.ts";
import type { RequestDecoder } from "./wire/request-decoder.ts";

/** What a request has of one name, and where in the request each value stands. */
export type WindowSeries = {
  name: string;
  values: Float64Array;
  /** Milliseconds since the Unix epoch; NaN where there is no time. */
  timesMs: Float64Array;
  positions: Int32Array;
};

/** How a window is to be judged. */
export type Settings = {
  method: DetectionMethod;
  options: Options;
  trigger: { k: number; n: number };
  includeScores: boolean;
};

/** A window of its own, or one of a stream, which needs times and has another default method. */
export type Use = "window" | "stream";

/**
 * A request that has been checked: it can be judged without a further look. Its series are in
 * memory of its decoder, which the next request fills again.
 */
export type Window = {
  series: readonly WindowSeries[];
  points: number;
  settings: Settings;
  /** Of a stream: states to go on from, what is normal, and whose checkpoints are asked for. */
  checkpoints: readonly { name: string; state: Uint8Array }[];
  normals: readonly { id: string; series: WindowSeries }[];
  checkpointNames: readonly string[];
  /** Whether the request carries options, and not just takes the defaults. */
  hasOptions: boolean;
};

/** The number of a method in the contract. */
const numberOf = (name: MethodName): number => {
  const { [`METHOD_${name.toUpperCase()}`]: number = Number.NaN }: Record<string, number> = Method;
  return number;
};

const methodsByNumber = new Map<number, DetectionMethod>(
  methodNames.map((name) => [numberOf(name), methods[name]]),
);

const directions = new Map<number, DetectionDirection>([
  [Direction.DIRECTION_UNSPECIFIED, "both"],
  [Direction.DIRECTION_BOTH, "both"],
  [Direction.DIRECTION_UP, "up"],
  [Direction.DIRECTION_DOWN, "down"],
]);

const MAX_TRIGGER = 1000;

/** Of `options.sample_interval`: a millisecond, and what a Duration can be, 10,000 years. */
const MIN_INTERVAL_MS = 1;
const MAX_INTERVAL_MS = 315_576_000_000_000;
const MAX_NANOS = 999_999_999;

/** `OutliersRequest.options` on the wire: field 2, length-delimited. */
const OPTIONS_TAG = (2 << 3) | 2;

/**
 * Decodes and checks the bytes of an OutliersRequest.
 * @param maxPoints the most metrics that a request may hold
 * @throws RequestError
 */
export function decodeWindow(
  decoder: RequestDecoder,
  bytes: Buffer,
  maxPoints: number,
  use: Use = "window",
): Window {
  const request = readable(() => decoder.decode(bytes, maxPoints, use === "stream"));
  const { points, series } = request;
  if (points > maxPoints) {
    throw new RequestError(
      "over_limit",
      `the request has ${points} metrics, the limit is ${maxPoints} (MAX_POINTS): send a smaller window`,
    );
  }
  if (request.fault) throw new RequestError("invalid", request.fault);
  for (const one of series) checkFinite(one);
  const options = readable(() => decodeOptions(request.options));
  const rare = use === "stream" ? readable(() => decodeRare(request.rare)) : undefined;
  return {
    checkpoints: rare?.checkpoints ?? [],
    normals: rare?.normals.map((one, at) => checkedNormal(one, at, maxPoints)) ?? [],
    checkpointNames: rare?.checkpointNames ?? [],
    series,
    points,
    settings: options ? toSettings(options, defaultMethod[use]) : defaultSettings[use],
    hasOptions: options !== undefined,
  };
}

/** Options are few and the same each time: the library decodes them, as a request of their own. */
function decodeOptions(options: Uint8Array | undefined): DecodedRequest["options"] | undefined {
  if (!options) return undefined;
  const request = protobuf.Writer.create().uint32(OPTIONS_TAG).bytes(options).finish();
  return (
    OutliersClient.service.Detect.requestDeserialize(Buffer.from(request)).options ?? undefined
  );
}

/** So are the fields that few requests have. */
function decodeRare(fields: Buffer | undefined): DecodedRequest | undefined {
  return fields && OutliersClient.service.Detect.requestDeserialize(fields);
}

function checkedNormal(
  { id, name, metrics }: DecodedRequest["normals"][number],
  at: number,
  maxPoints: number,
): { id: string; series: WindowSeries } {
  const where = `normals[${at}] (series ${quoted(name)})`;
  if (metrics.length > maxPoints) {
    throw new RequestError(
      "over_limit",
      `${where} has ${metrics.length} metrics, the limit is ${maxPoints} (MAX_POINTS): send a shorter stretch`,
    );
  }
  const series = {
    name,
    values: Float64Array.from(metrics, ({ value }) => value),
    timesMs: Float64Array.from(metrics, ({ time }) =>
      time ? time.seconds * 1000 + time.nanos / 1e6 : Number.NaN,
    ),
    positions: Int32Array.from(metrics, (_, position) => position),
  };
  for (const [position, timeMs] of series.timesMs.entries()) {
    const before = series.timesMs[position - 1] ?? Number.NEGATIVE_INFINITY;
    if (timeMs > before && Number.isFinite(series.values[position])) continue;
    throw new RequestError(
      "invalid",
      `${where}: metrics[${position}] must have a finite value, and a time after the one before it`,
    );
  }
  return { id, series };
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RequestError("invalid", `the body is not a pb.OutliersRequest: ${reason}`);
  }
}

function checkFinite({ name, values, positions }: WindowSeries): void {
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at])) continue;
    throw new RequestError(
      "invalid",
      `metrics[${positions[at]}].value is ${values[at]} (series ${quoted(name)}), it must be a finite number`,
    );
  }
}

function toSettings(
  given: DecodedRequest["options"] | undefined,
  defaultMethod: DetectionMethod,
): Settings {
  return {
    method: given?.method ? known("method", methodsByNumber, Method, given.method) : defaultMethod,
    options: {
      threshold: positiveOrDefault("threshold", given?.threshold),
      sensitivity: positiveOrDefault("sensitivity", given?.sensitivity),
      sampleIntervalMs: intervalMs(given?.sampleInterval),
      direction: known("direction", directions, Direction, given?.direction ?? 0),
      minDeviation: positiveOrDefault("min_deviation", given?.minDeviation),
      minRelativeDeviation: positiveOrDefault(
        "min_relative_deviation",
        given?.minRelativeDeviation,
      ),
      timeZone: checkedTimeZone(given?.timeZone),
    },
    trigger: checkedTrigger(given?.trigger),
    includeScores: given?.includeScores ?? false,
  };
}

const defaultMethod = { window: methods.sigma, stream: methods.adaptive } as const;

/** Those of requests without options, which are most: made once. */
const defaultSettings: Readonly<Record<Use, Settings>> = {
  window: toSettings(undefined, defaultMethod.window),
  stream: toSettings(undefined, defaultMethod.stream),
};

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

function checkedTimeZone(name = ""): string {
  if (name === "" || isTimeZone(name)) return name || "UTC";
  throw new RequestError(
    "invalid",
    `options.time_zone ${quoted(name)} is unknown, it must be an IANA name such as "Europe/Berlin", or empty for UTC`,
  );
}

function intervalMs(interval: { seconds: number; nanos: number } | null | undefined): number {
  if (!interval) return 0;
  const { seconds, nanos } = interval;
  if (Math.abs(nanos) > MAX_NANOS || seconds * nanos < 0) {
    throw new RequestError(
      "invalid",
      `options.sample_interval has seconds ${seconds} and nanos ${nanos}, nanos must be at most ${MAX_NANOS} and of the same sign`,
    );
  }
  const ms = seconds * 1000 + nanos / 1e6;
  if (ms >= MIN_INTERVAL_MS && ms <= MAX_INTERVAL_MS) return ms;
  throw new RequestError(
    "invalid",
    `options.sample_interval is ${seconds + nanos / 1e9} s, it must be positive, from ${MIN_INTERVAL_MS / 1000} s to ${MAX_INTERVAL_MS / 1000} s`,
  );
}
