import ms from "ms";
import { z } from "zod";
import { parseGrpcTarget } from "./grpc-target.ts";
import { isTimeZone } from "./time-zone.ts";

/** A host and port to listen on; an empty host means all interfaces, as in `:9464`. */
export type ListenAddress = { host: string; port: number };

/** An address as text, for clients and servers: `127.0.0.1:9999`, `[::1]:9999`. */
export const hostPort = ({ host, port }: ListenAddress): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** The address of a server for clients on its own host: loopback if it listens on all interfaces. */
export const reachable = ({ host, port }: ListenAddress): ListenAddress => ({
  host: ["", "0.0.0.0", "::"].includes(host) ? "127.0.0.1" : host,
  port,
});

/** The environment doesn't hold a valid configuration; the message has a line per error. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** What the documentation says of a setting, apart from its description. */
export type SettingMeta = { default: string; allowed: string };

/**
 * A variable with a default, parsed from text. Its metadata is a `SettingMeta`.
 * @param fallback the value, as text, of a variable that is unset or empty
 * @param allowed what the variable may hold, to complete "expected …"
 * @param parse returns undefined for text that is not allowed
 * @param documented what it may hold, where the documentation says it in fewer words
 */
function variable<T>(
  fallback: string,
  allowed: string,
  parse: (text: string) => T | undefined,
  documented = allowed,
) {
  return z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const value = parse(text.trim());
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message: `expected ${allowed}` });
      return z.NEVER;
    })
    .meta({ default: fallback, allowed: documented } satisfies SettingMeta);
}

type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const isDuration = (text: string): text is Duration => /^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text);

/** A duration such as `500ms`, `1s` or `5m`, in milliseconds. */
export function duration(fallback: Duration, min: Duration, max: Duration) {
  const allowed = `a duration with its unit, such as 500ms, 1s or 5m, from ${min} to ${max}`;
  function parse(text: string): number | undefined {
    if (!isDuration(text)) return undefined;
    const value = ms(text);
    return value >= ms(min) && value <= ms(max) ? value : undefined;
  }
  return variable(fallback, allowed, parse, `a duration from ${min} to ${max}`);
}

/** A whole number in [min, max]. */
export function integer(fallback: number, min: number, max: number) {
  return variable(String(fallback), `a whole number from ${min} to ${max}`, (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

/** A finite number of at least 0. */
export function nonNegative(fallback: number, meaning: string) {
  return variable(String(fallback), `a number of at least 0 (${meaning})`, (text) => {
    const value = text === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) && value >= 0 ? value : undefined;
  });
}

/** A number above 0, of at most `max`. */
export function positive(fallback: number, meaning: string, max: number) {
  return variable(String(fallback), `a number above 0, up to ${max} (${meaning})`, (text) => {
    const value = text === "" ? Number.NaN : Number(text);
    return value > 0 && value <= max ? value : undefined;
  });
}

/** `k/n`, as in 3/5: three of the last five. */
export function trigger(fallback: string, max: number) {
  const allowed = `k/n, as in 3/5 for 3 of the last 5 samples, k from 1 to n, n up to ${max}`;
  return variable(fallback, allowed, (text) => {
    const [k = 0, n = 0] = /^\d+\/\d+$/.test(text) ? text.split("/").map(Number) : [];
    return k >= 1 && k <= n && n <= max ? { k, n } : undefined;
  });
}

/** One of a few words. */
export function choice<const T extends string>(fallback: T, words: readonly T[]) {
  return variable(fallback, `one of ${words.join(", ")}`, (text) => words.find((w) => w === text));
}

/**
 * `name=value` pairs, separated by commas; a comma in a value is written as %2C, as in
 * OTEL_EXPORTER_OTLP_HEADERS.
 * @param isAllowed whether a name may have a value
 * @param example two pairs
 */
export function pairs(
  fallback: string,
  isAllowed: (name: string, value: string) => boolean,
  example: string,
) {
  const allowed = `name=value pairs, separated by commas, such as ${example}`;
  function parse(text: string): Record<string, string> | undefined {
    const found = new Map<string, string>();
    for (const pair of text.split(",")) {
      const [name = "", ...rest] = pair.split("=");
      const value = rest.length > 0 ? decoded(rest.join("=").trim()) : undefined;
      const isNew = !found.has(name.trim());
      if (value === undefined || !isNew || !isAllowed(name.trim(), value)) return undefined;
      found.set(name.trim(), value);
    }
    return Object.fromEntries(found);
  }
  const escapes = "with %2C for a comma in a value and %25 for a percent sign";
  return variable(fallback, `${allowed}, ${escapes}`, parse, allowed);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** One or more of a few words, separated by commas, or `none`; all of them by default. */
export function list<const T extends string>(words: readonly T[]) {
  const allowed = `one or more of ${words.join(", ")}, separated by commas, or none`;
  return variable(words.join(","), allowed, (text) => {
    if (text === "none") return [];
    const given = text.split(",").map((word) => word.trim());
    const found = words.filter((word) => given.includes(word));
    return found.length === given.length ? found : undefined;
  });
}

/** `true` or `false`. */
export function boolean(fallback: boolean) {
  const words = new Map([
    ["true", true],
    ["false", false],
  ]);
  return variable(String(fallback), "true or false", (text) => words.get(text));
}

/** Text that is not empty. */
export function text(fallback: string, allowed: string) {
  return variable(fallback, allowed, (value) => (value === "" ? undefined : value));
}

/** The name of a host, as it may be written into a file of Prometheus' targets. */
export function hostName() {
  const allowed = "a name of letters, digits, dots, hyphens and underscores, such as web-1";
  return variable("", allowed, (text) => (/^[\w.-]+$/.test(text) ? text : undefined));
}

/** An `http:` or `https:` URL; undefined when unset. */
export function httpUrl() {
  return z
    .string()
    .trim()
    .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ""), {
      message: "expected an http or https URL",
    })
    .optional()
    .meta({ default: "", allowed: "an http or https URL" } satisfies SettingMeta);
}

/** `host:port`, `[ipv6]:port` or `:port`, like the listen addresses of Prometheus' servers. */
export function listenAddress(fallback: string) {
  return variable(fallback, "an address such as 127.0.0.1:9464, [::1]:9464 or :9464", (text) => {
    const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
    const port = Number(match?.[3] ?? Number.NaN);
    return port <= 65535 ? { host: match?.[1] ?? match?.[2] ?? "", port } : undefined;
  });
}

/** A time zone by its name in the IANA database. */
export function timeZone(fallback: string) {
  return variable(fallback, "a time zone such as UTC or Europe/Berlin", (text) =>
    isTimeZone(text) ? text : undefined,
  );
}

/** A variable without a default: undefined if it is unset. */
export const optional = <T>(schema: z.ZodType<T, string | undefined>) =>
  z
    .string()
    .optional()
    .transform((text, context): T | undefined => {
      if (text === undefined) return undefined;
      const parsed = schema.safeParse(text);
      if (parsed.success) return parsed.data;
      for (const { message } of parsed.error.issues) {
        context.addIssue({ code: "custom", message });
      }
      return z.NEVER;
    })
    .meta({ ...schema.meta(), default: "" });

/** A gRPC target, as `parseGrpcTarget` takes it. */
export function grpcTarget(fallback: string) {
  const allowed =
    "a host and port, or a gRPC target, such as detector:9999 or dns:///detector:9999 (no http://)";
  return variable(fallback, allowed, (text) => (parseGrpcTarget(text) ? text : undefined));
}

/** The minimum level of the log lines that a process writes. */
export const logLevel = () =>
  choice("info", ["debug", "info", "warn", "error"]).describe("Minimum level of log lines.");

/** How long a process may take to stop. */
export const shutdownTimeout = () =>
  duration("8s", "100ms", "10m").describe(
    "How long a service may take to finish calls in flight when it is stopped.",
  );

/**
 * Parses the environment, reporting every error at once.
 * @throws ConfigError that names every invalid variable, its value, and what is allowed
 */
export function parseEnv<T extends z.ZodType>(schema: T, env: NodeJS.ProcessEnv): z.output<T> {
  // Compose passes a variable without a value as an empty string: it counts as unset.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return `  ${name}=${JSON.stringify(given[name] ?? "")}: ${issue.message}`;
  });
  throw new ConfigError(`invalid configuration:\n${lines.join("\n")}`);
}
