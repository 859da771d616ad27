import { methodNames } from "@outliers/detection/methods";
import { choice, duration, grpcTarget, nonNegative, positive } from "@outliers/service/env";
import { type Command, InvalidArgumentError, Option } from "commander";
import { IANAZone, type Zone } from "luxon";
import type { z } from "zod";
import { streamingNames, windowNames } from "./detection/detector.ts";
import { parseEndpoint } from "./endpoint.ts";
import type { Endpoint } from "./http.ts";
import type { CsvOptions } from "./input/csv.ts";
import { parseTime, TIME_FORMATS } from "./input/time.ts";
import type { DecimalMark } from "./input/value.ts";
import { OUTPUTS } from "./output/records.ts";

/** An argument's parser, from one of the settings' schemas: the same words, and the same errors. */
function parserOf<T>(schema: z.ZodType<T>): (text: string) => T {
  return (given) => {
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join("; "));
  };
}

const option = <T>(flags: string, what: string, schema: z.ZodType<T>): Option =>
  new Option(flags, what).argParser(parserOf(schema));

export const COLLECTOR_URL = "http://localhost:9464";
const PROMETHEUS_URL = "http://localhost:9090";

const endpoint =
  (flag: string) =>
  (given: string): Endpoint =>
    parseEndpoint(flag, given);

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A time, or one before now: `-1h`, `-1d12h`, `now-30m`, `now`. */
function time(given: string): number {
  const [isRelative, before = ""] =
    /^(?:now)?(?:-((?:\d+(?:\.\d+)?(?:ms|[smhdw]))+))?$/.exec(given) ?? [];
  if (isRelative) {
    const parts = before.matchAll(/([\d.]+)(ms|[smhdw])/g);
    return [...parts].reduce(
      (ms, [, number, unit = ""]) => ms - Number(number) * (UNIT_MS[unit] ?? 0),
      Date.now(),
    );
  }
  const timeMs = parseTime(given);
  if (timeMs !== undefined) return timeMs;
  throw new InvalidArgumentError(`expected ${TIME_FORMATS}, or a time before now such as -1h`);
}

const zone = (given: string): Zone => {
  if (IANAZone.isValidZone(given)) return IANAZone.create(given);
  throw new InvalidArgumentError("expected a time zone such as UTC or Europe/Berlin");
};

const NAMED_DELIMITERS: ReadonlyMap<string, string> = new Map([
  ["\\t", "\t"],
  ["tab", "\t"],
]);

const delimiter = (given: string): string => {
  const found = NAMED_DELIMITERS.get(given) ?? given;
  if (found.length === 1 && !/["\r\n]/.test(found)) return found;
  throw new InvalidArgumentError("expected one character, or tab");
};

const several = (given: string, before: readonly string[]): string[] => [...before, given];

/** What `inputOptions` give. */
export type InputOptions = {
  time?: string;
  value: string;
  series: readonly string[];
  interval?: number;
  delimiter?: string;
  decimal: DecimalMark;
  timeFormat?: string;
  timezone: Zone;
};

/** How CSV is to be read, of the options. */
export const csvOptions = (options: InputOptions): CsvOptions => ({
  time: options.time,
  value: options.value,
  series: options.series,
  delimiter: options.delimiter,
  decimal: options.decimal,
  times: { format: options.timeFormat, zone: options.timezone },
});

/** How to read a file. */
export const inputOptions = (): Option[] => [
  new Option("--time <column>", "the column of times (default: timestamp, or time)"),
  new Option("--value <column>", "the column of values").default("value"),
  new Option(
    "--series <column>",
    "a column that tells the series apart; repeat it for more columns",
  )
    .argParser(several)
    .default([], "none"),
  option(
    "--interval <duration>",
    "time between two samples, such as 1s (default: that of the data)",
    duration("1s", "1ms", "365d"),
  ),
  new Option(
    "--delimiter <character>",
    "what separates columns (default: that of the header: , ; | or tab)",
  ).argParser(delimiter),
  option("--decimal <mark>", "the decimal mark of values: . or ,", choice(".", [".", ","])).default(
    ".",
  ),
  new Option(
    "--time-format <format>",
    "s, ms, us, ns (Unix time), excel, or a pattern such as 'dd/MM/yyyy HH:mm:ss' (default: recognised)",
  ),
  new Option("--timezone <name>", "the zone of times that name none, such as Europe/Berlin")
    .argParser(zone)
    .default(IANAZone.create("UTC"), "UTC"),
];

/** What counts as an outlier, of every method. */
export const commonOptions = (): Option[] => [
  option(
    "--sensitivity <number>",
    `${streamingNames.join(", ")}: false events to expect per series and day`,
    positive(0.1, "false events per series and day", 1000),
  ).default(0.1),
  option(
    "--direction <side>",
    "which outliers count: both, up or down",
    choice("both", ["both", "up", "down"]),
  ).default("both"),
  option(
    "--min-deviation <number>",
    "the minimum difference of an outlier from what is expected",
    nonNegative(0, "in the unit of the series"),
  ).default(0),
];

export const methodOptions = (): Option[] => [
  option("--method <name>", methodNames.join(", "), choice("adaptive", methodNames)).default(
    "adaptive",
  ),
  ...commonOptions(),
  option(
    "--threshold <number>",
    `${windowNames.join(", ")}: the method's score above which a value is an outlier; 0: its default`,
    nonNegative(0, "0: the method's default"),
  ).default(0),
];

export const addressOption = (): Option =>
  new Option(
    "--address <host:port>",
    "a detector to ask (default: detect in this process)",
  ).argParser(address);

/** How to print the result; without it, a table. */
export const outputOption = (): Option =>
  option("--output <format>", OUTPUTS.join(", "), choice("table", OUTPUTS)).default("table");

/** The same; without it, what suits where stdout goes. */
export const streamedOutputOption = (): Option =>
  option(
    "--output <format>",
    `${OUTPUTS.join(", ")} (default: table on a terminal, else csv)`,
    choice("table", OUTPUTS),
  );

/** A detector's address. */
const address = parserOf(grpcTarget("localhost:9999"));

/** How Prometheus is told who asks. */
const credentialOptions = (): Option[] => [
  new Option("--user <name:password>", "for basic authentication (or PROMETHEUS_USER)"),
  new Option("--bearer-token <token>", "for Prometheus (or PROMETHEUS_BEARER_TOKEN)"),
  new Option("--header <header>", "sent to Prometheus, as 'Name: value'; may be repeated")
    .argParser(several)
    .default([], "none"),
  new Option("--ca <file>", "a PEM file of CAs to trust in addition"),
];

export const rangeOptions = (): Option[] => [
  new Option("--prometheus <url>", "query this server instead of reading a file").argParser(
    endpoint("--prometheus"),
  ),
  new Option("--query <promql>", "what to ask Prometheus"),
  new Option("--start <time>", "the first time, such as 2026-11-23T08:00:00Z or -1h").argParser(
    time,
  ),
  new Option("--end <time>", "the last time (default: now)").argParser(time),
  option("--step <duration>", "time between two samples", duration("5s", "1ms", "365d")).default(
    5000,
    "5s",
  ),
  ...credentialOptions(),
];

/** What was normal, and who says so. */
export const markOptions = (): Option[] => [
  new Option("--from <time>", "when it began, such as 2026-11-23T08:00:00Z or -30m").argParser(
    time,
  ),
  new Option("--to <time>", "when it ended (default: now)").argParser(time),
  new Option("--series <id>", "a series; repeat it for more (default: all of the collector)")
    .argParser(several)
    .default([], "all"),
  new Option("--note <text>", "what it was, such as 'nightly backup'").default(""),
  new Option("--by <name>", "who says so (default: the user)"),
];

export const deploymentOptions = (): Option[] => [
  new Option("--collector <url>", "the collector")
    .argParser(endpoint("--collector"))
    .default({ url: COLLECTOR_URL, headers: {} }, COLLECTOR_URL),
  new Option(
    "--detector <host:port>",
    "the detector (default: localhost:9999, if it answers)",
  ).argParser(address),
  new Option("--prometheus <url>", "Prometheus")
    .argParser(endpoint("--prometheus"))
    .default({ url: PROMETHEUS_URL, headers: {} }, PROMETHEUS_URL),
  new Option("--no-prometheus", "there is none, as with `make start`"),
  ...credentialOptions(),
];

/** A command with these options. */
export function withOptions(command: Command, options: readonly Option[]): Command {
  for (const one of options) command.addOption(one);
  return command;
}
