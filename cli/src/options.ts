import { choice, duration, grpcTarget, nonNegative, positive } from "@outliers/service/env";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { z } from "zod";
import type { Columns } from "./input/csv.ts";
import { parseTime, TIME_FORMATS } from "./input/time.ts";

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

const time = (given: string): number => {
  const timeMs = parseTime(given);
  if (timeMs !== undefined) return timeMs;
  throw new InvalidArgumentError(`expected ${TIME_FORMATS}`);
};

/** A URL without a slash at its end; http where the text names no scheme. */
export const url = (given: string): string => {
  const withScheme = given.includes("://") ? given : `http://${given}`;
  if (URL.canParse(withScheme)) return withScheme.replace(/\/+$/, "");
  throw new InvalidArgumentError("expected a URL such as http://localhost:9090");
};

/** What `columnOptions` give. */
export type ColumnOptions = { time?: string; value: string; series?: string; interval?: number };

/** The columns that were named. */
export const columnsOf = ({ time, value, series }: ColumnOptions): Columns => ({
  value,
  ...(time === undefined ? {} : { time }),
  ...(series === undefined ? {} : { series }),
});

/** How to read CSV. */
export const columnOptions = (): Option[] => [
  new Option("--time <column>", "the column of times (default: timestamp, or time)"),
  new Option("--value <column>", "the column of values").default("value"),
  new Option("--series <column>", "the column that names each row's series"),
  option(
    "--interval <duration>",
    "time between two samples, such as 1s (default: that of the data)",
    duration("1s", "1ms", "365d"),
  ),
];

/** What counts as an outlier, of every method. */
export const commonOptions = (): Option[] => [
  option(
    "--sensitivity <number>",
    "adaptive: false alarms to expect per series and day",
    positive(0.1, "false alarms per day and series", 1000),
  ).default(0.1),
  option(
    "--direction <side>",
    "which outliers count: both, up or down",
    choice("both", ["both", "up", "down"]),
  ).default("both"),
  option(
    "--min-deviation <number>",
    "what an outlier differs by at least from what is expected",
    nonNegative(0, "in the unit of the series"),
  ).default(0),
];

export const methodOptions = (): Option[] => [
  option(
    "--method <name>",
    "adaptive, sigma or mad",
    choice("adaptive", ["adaptive", "sigma", "mad"]),
  ).default("adaptive"),
  ...commonOptions(),
  option(
    "--threshold <number>",
    "sigma and mad: above which score a value is an outlier; 0: the method's own",
    nonNegative(0, "0: the method's default"),
  ).default(0),
];

export const outputOptions = (): Option[] => [
  option("--address <host:port>", "a detector to ask (default: judge here)", address()),
  option(
    "--output <format>",
    "table, csv or json (default: table on a terminal, else csv)",
    choice("table", ["table", "csv", "json"]),
  ),
];

/** A detector's address. */
const address = () => grpcTarget("localhost:9999");

export const rangeOptions = (): Option[] => [
  new Option("--prometheus <url>", "query this server instead of reading a file").argParser(url),
  new Option("--query <promql>", "what to ask Prometheus"),
  new Option("--start <time>", "from when on").argParser(time),
  new Option("--end <time>", "until when (default: now)").argParser(time),
  option("--step <duration>", "time between two samples", duration("5s", "1ms", "365d")).default(
    5000,
    "5s",
  ),
];

export const deploymentOptions = (): Option[] => [
  new Option("--collector <url>", "the collector").argParser(url).default("http://localhost:9464"),
  option(
    "--detector <host:port>",
    "the detector (default: localhost:9999, if it answers)",
    address(),
  ),
  new Option("--prometheus <url>", "Prometheus").argParser(url).default("http://localhost:9090"),
  new Option("--no-prometheus", "there is none, as with `make start`"),
];

/** A command with these options. */
export function withOptions(command: Command, options: readonly Option[]): Command {
  for (const one of options) command.addOption(one);
  return command;
}
