import { startChild } from "../speed/child.ts";
import { file } from "../speed/services.ts";

export type FleetOptions = {
  /** Where the detector's name leads to at first, and its port at all of them. */
  addresses: readonly string[];
  port: number;
  collectors: number;
  seriesEach: number;
  intervalMs: number;
  logLevel: "silent" | "warn";
};

export type Command =
  | { is: "watch" }
  | { is: "report" }
  | { is: "addresses"; addresses: readonly string[] };

/** How long after the watch began half of the series, and all, had verdicts on samples taken since. */
export type Recovery = { halfMs: number; allMs: number };

/** What has happened since the last report. */
export type Report = {
  /** Live ones, and how long after its sample each came. */
  verdicts: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Streams. */
  opened: number;
  /** Requests that failed. */
  failed: number;
  checkpointBytes: number;
};

/** Starts collectors as of hosts that have been watched for days, whose detector is just gone. */
export async function startFleet(
  options: Partial<FleetOptions> & Pick<FleetOptions, "addresses" | "port">,
  core?: number,
) {
  const all: FleetOptions = {
    collectors: 125,
    seriesEach: 8,
    intervalMs: 1000,
    logLevel: "silent",
    ...options,
  };
  const command = [process.execPath, file("bench/scale/fleet.ts"), JSON.stringify(all)];
  const pinned = core === undefined ? command : ["taskset", "-c", String(core), ...command];
  const [program = "", ...args] = pinned;
  const child = startChild(program, args);
  const send = (one: Command) => child.write(`${JSON.stringify(one)}\n`);
  await child.nextLine((line) => line.includes("ready") || undefined);
  return {
    ...child,
    /** Where the detector's name leads to from now on. */
    resolveTo: (addresses: readonly string[]) => send({ is: "addresses", addresses }),
    report(): Promise<Report> {
      send({ is: "report" });
      return child.nextLine((line) => JSON.parse(line) as Report);
    },
    /** @returns when every series has had a verdict on a sample that was taken after now */
    recovery(): Promise<Recovery> {
      send({ is: "watch" });
      return child.nextLine((line) => JSON.parse(line) as Recovery);
    },
  };
}
