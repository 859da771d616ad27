import { z } from "zod";
import { hostSourceNames } from "../host-source-names.ts";
import { parseDuration } from "./duration.ts";

const HTTP_TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;
const QUERY_NAME = /^[a-zA-Z_][\w.:-]{0,99}$/;

/** Checked even when something else is wrong, so that all errors are reported at once. */
const when = () => true;

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** A mapping without unknown keys. */
const mapping = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: ({ code }) => {
      const fields = Object.keys(shape).join(", ");
      return code === "unrecognized_keys"
        ? `unknown field, expected one of ${fields}`
        : `expected a mapping with some of ${fields}`;
    },
  });

const text = (what: string) => z.string(`expected ${what}`).trim().min(1, `expected ${what}`);
const path = text("the path of a file");

const number = (what: string, isAllowed: (value: number) => boolean) =>
  z.number(`expected ${what}`).refine(isAllowed, `expected ${what}`);

const whole = (min: number, max: number) =>
  number(
    `a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(value) && value >= min && value <= max,
  );

function duration(min: string, max: string) {
  const what = `a duration such as 15s, 5m or 1h30m, from ${min} to ${max}`;
  const [minMs = 0, maxMs = 0] = [parseDuration(min), parseDuration(max)];
  return z.string(`expected ${what}`).transform((given, context) => {
    const value = parseDuration(given);
    if (value !== undefined && value >= minMs && value <= maxMs) return value;
    context.addIssue(`expected ${what}`);
    return z.NEVER;
  });
}

const choice = <const T extends string>(...words: readonly [T, ...T[]]) =>
  z.enum(words, `expected ${words.join(" or ")}`);

const labelNames = z
  .array(text("the name of a label"), "expected a list of label names")
  .min(1, "expected a list of label names");

const httpConfig = mapping({
  basic_auth: mapping({
    username: text("a user name"),
    password: text("a password").optional(),
    password_file: path.optional(),
  })
    .refine((auth) => !(auth.password && auth.password_file), {
      message: "expected password or password_file, not both",
    })
    .optional(),
  authorization: mapping({
    type: text("a type of credentials such as Bearer").default("Bearer"),
    credentials: text("credentials").optional(),
    credentials_file: path.optional(),
  })
    .refine((auth) => Boolean(auth.credentials) !== Boolean(auth.credentials_file), {
      message: "expected either credentials or credentials_file",
    })
    .optional(),
  tls_config: mapping({
    ca_file: path.optional(),
    cert_file: path.optional(),
    key_file: path.optional(),
    server_name: text("the name in the server's certificate").optional(),
    insecure_skip_verify: z.boolean("expected true or false").optional(),
  })
    .refine((tls) => (tls.cert_file === undefined) === (tls.key_file === undefined), {
      message: "expected both cert_file and key_file, or neither",
    })
    .optional(),
  headers: z
    .record(
      z.string().regex(HTTP_TOKEN, "expected the name of an HTTP header"),
      z.string("expected text").regex(HEADER_VALUE, "expected printable ASCII"),
      "expected a mapping of header names to values",
    )
    .optional(),
  http_headers: z
    .record(
      z.string().regex(HTTP_TOKEN, "expected the name of an HTTP header"),
      mapping({
        values: z.array(z.string("expected text"), "expected a list of values").optional(),
        secrets: z.array(z.string("expected text"), "expected a list of values").optional(),
        files: z.array(path, "expected a list of paths").optional(),
      }),
      "expected a mapping of header names to their values, secrets or files",
    )
    .optional(),
}).refine((http) => !(http.basic_auth && http.authorization), {
  message: "expected basic_auth or authorization, not both",
});

const query = mapping({
  name: z
    .string("expected a name")
    .regex(
      QUERY_NAME,
      "expected a name of up to 100 letters, digits, _, -, . and :, beginning with a letter",
    )
    .refine((name) => !hostSourceNames.some((source) => source === name), {
      message: `${hostSourceNames.join(", ")} are the host's own sources`,
    }),
  expr: text("a PromQL expression"),
  interval: duration("1s", "1h").prefault("1m"),
  sensitivity: number(
    "a number above 0, up to 1000 (false positives per series and day)",
    (value) => value > 0 && value <= 1000,
  ).optional(),
  direction: choice("both", "up", "down").optional(),
  min_deviation: mapping({
    absolute: number("a number of at least 0", (value) => value >= 0).default(0),
    relative: number(
      "a share of the expected value such as 0.1",
      (value) => value >= 0 && value <= 1000,
    ).default(0),
  }).prefault({}),
  range: mapping({
    min: z.number("expected a number").default(Number.NEGATIVE_INFINITY),
    max: z.number("expected a number").default(Number.POSITIVE_INFINITY),
  })
    .refine(({ min, max }) => min < max, { message: "expected a min below max" })
    .prefault({}),
  labels: mapping({ keep: labelNames.optional(), drop: labelNames.optional() })
    .refine(({ keep, drop }) => (keep === undefined) !== (drop === undefined), {
      message: "expected either keep or drop",
    })
    .optional(),
  peers: mapping({ by: labelNames.optional() }).optional(),
  offset: duration("0s", "1d").prefault("0s"),
  limit: whole(1, 10_000).default(1000),
  absent: choice("state", "event").default("state"),
}).refine(({ peers, min_deviation }) => !(peers && min_deviation.relative > 0), {
  path: ["min_deviation", "relative"],
  message:
    "expected 0: with peers, the difference from their median is scored, and absolute bounds it",
});

const queryList = z.array(query, "expected a list of queries").superRefine(
  (queries, context) => {
    if (!Array.isArray(queries)) return;
    const names = queries.map((one) => (one instanceof Object ? one.name : undefined));
    for (const [at, name] of names.entries()) {
      if (name === undefined || names.indexOf(name) === at) continue;
      context.addIssue({
        code: "custom",
        path: [at, "name"],
        message: "expected a name of its own",
      });
    }
  },
  { when },
);

/** Each is a file in `collector/presets/`. */
export const presetNames = ["node", "grpc", "prometheus", "kubernetes"] as const;

/** The content of `queries.yml`. */
export const queriesSchema = mapping({
  url: text("the http or https URL of a Prometheus")
    .refine((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ""), {
      message: "expected the http or https URL of a Prometheus",
    })
    .refine((url) => !URL.parse(url)?.username, {
      message: "expected a URL without credentials: use basic_auth",
    })
    .optional(),
  http_config: httpConfig.prefault({}),
  presets: z
    .array(choice(...presetNames), `expected a list of ${presetNames.join(", ")}`)
    .default([]),
  syntax: choice("promql", "any").default("promql"),
  queries: queryList.prefault([]),
}).refine(
  ({ url, queries, presets }) => url !== undefined || queries.length + presets.length === 0,
  {
    path: ["url"],
    message: "expected the http or https URL of a Prometheus",
    when: ({ value }) =>
      isMapping(value) &&
      value.url === undefined &&
      Array.isArray(value.queries) &&
      Array.isArray(value.presets),
  },
);

export type PresetName = (typeof presetNames)[number];
/** A query and how its series are watched. */
export type Query = z.output<typeof query>;
/** How to connect, spelled as Prometheus spells it. */
export type HttpConfig = z.output<typeof httpConfig>;
