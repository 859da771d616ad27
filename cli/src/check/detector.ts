import { type ChannelCredentials, Client } from "@grpc/grpc-js";
import { reasonOf } from "../errors.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

const DEFAULT_ADDRESS = "localhost:9999";
const DEADLINE_MS = 3000;
const SERVICE = "pb.Outliers";
/** By their numbers in the contract of grpc.health.v1. */
const STATUSES: readonly string[] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/**
 * Whether a detector serves.
 * @param address `host:port`; without it the default one is tried, and its absence is no problem
 */
export async function checkDetector(
  address: string | undefined,
  credentials: ChannelCredentials,
): Promise<Finding> {
  const target = address ?? DEFAULT_ADDRESS;
  try {
    const status = await health(target, credentials);
    if (status === "SERVING") return ok(`the detector at ${target} is serving`);
    return problem(
      `the detector at ${target} is ${status}`,
      "it is shutting down, or this is another service: see docker compose logs detector",
    );
  } catch (error) {
    const text = `no detector answers at ${target}: ${reasonOf(error)}`;
    return address === undefined
      ? note(
          text,
          "skipped: Compose publishes it at a random port, which docker compose port detector 9999 prints; give it with --detector",
        )
      : problem(
          text,
          "check that it runs (docker compose ps detector) and at which port (docker compose port detector 9999); with TLS, set TLS_CA",
        );
  }
}

/** @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
function health(target: string, credentials: ChannelCredentials): Promise<string> {
  // A proxy of the environment is for the web: a detector is asked directly.
  const client = new Client(target, credentials, { "grpc.enable_http_proxy": 0 });
  const name = Buffer.from(SERVICE);
  // HealthCheckRequest: string service = 1. HealthCheckResponse: ServingStatus status = 1.
  const request = Buffer.concat([Buffer.of(0x0a, name.length), name]);
  const identity = (bytes: Buffer): Buffer => bytes;
  return new Promise<string>((resolve, reject) => {
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      identity,
      identity,
      request,
      { deadline: Date.now() + DEADLINE_MS },
      (error, response) => {
        if (error) reject(error);
        else resolve(STATUSES[response?.[1] ?? 0] ?? "UNKNOWN");
      },
    );
  }).finally(() => client.close());
}
