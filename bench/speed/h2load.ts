import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";

export type Concurrency = { connections: number; streams: number };

const USUAL: Concurrency = { connections: 4, streams: 4 };
const UNITS_PER_SECOND = { s: 1, ms: 1e3, us: 1e6 } as const;

export type Load = { succeeded: number; seconds: number };

const report = z.object({
  time: z.coerce.number().positive(),
  unit: z.enum(["s", "ms", "us"]),
  total: z.coerce.number(),
  succeeded: z.coerce.number(),
});

/** Not all calls were answered: a connection ended, or the machine did. */
export class UnfinishedLoad extends Error {
  override name = "UnfinishedLoad";
}

/**
 * Sends a number of unary calls, as fast as they are answered. By number rather than
 * by time, because at the end of its time h2load drops the calls that are under way.
 * @param bodyPath a file that holds the framed request
 * @throws UnfinishedLoad when a call gets no 2xx; h2load reads no trailers, so that the gRPC status
 *   was OK must be had elsewhere
 */
export async function h2load(
  address: string,
  bodyPath: string,
  requests: number,
  { connections, streams }: Concurrency = USUAL,
): Promise<Load> {
  const { stdout } = await promisify(execFile)("h2load", [
    `--requests=${requests}`,
    `--clients=${connections}`,
    `--max-concurrent-streams=${streams}`,
    `--data=${bodyPath}`,
    "--header=te: trailers",
    "--header=content-type: application/grpc",
    `http://${address}/pb.Outliers/Detect`,
  ]);
  const { time, unit, total, succeeded } = report.parse({
    .../finished in (?<time>[\d.]+)(?<unit>[a-z]+), /.exec(stdout)?.groups,
    .../requests: (?<total>\d+) total, .* (?<succeeded>\d+) succeeded/.exec(stdout)?.groups,
  });
  if (total !== requests || succeeded !== requests) {
    throw new UnfinishedLoad(`${succeeded} of ${requests} calls succeeded`);
  }
  return { succeeded, seconds: time / UNITS_PER_SECOND[unit] };
}
