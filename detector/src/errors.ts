import { Metadata, status as Status, type StatusObject } from "@grpc/grpc-js";

/**
 * `invalid` and `over_limit`: never can be served; `full`: not now, and not by this replica;
 * `bad_checkpoint`: not with this checkpoint.
 */
type RequestErrorCode = "invalid" | "over_limit" | "full" | "bad_checkpoint";

/** A request that can't be served, with a message that says what to change. */
export class RequestError extends Error {
  override name = "RequestError";
  readonly code: RequestErrorCode;

  constructor(code: RequestErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A stream that the server ends for reasons of its own. */
export class StreamEnded extends Error {
  override name = "StreamEnded";
}

/** As many characters of a name as fit into a status: HTTP/2 headers are bounded. */
const SHOWN_NAME = 100;

/** A series' name in a message. */
export const quoted = (name: string): string =>
  JSON.stringify(name.length > SHOWN_NAME ? `${name.slice(0, SHOWN_NAME)}…` : name);

const statusOf = {
  invalid: Status.INVALID_ARGUMENT,
  over_limit: Status.RESOURCE_EXHAUSTED,
  bad_checkpoint: Status.FAILED_PRECONDITION,
  full: Status.RESOURCE_EXHAUSTED,
} as const;

/** After how long a client may try again here what was refused because the replica is full. */
const PUSHBACK_MS = 1000;

/** @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md, "Pushback" */
export function pushback(): Metadata {
  const metadata = new Metadata();
  metadata.set("grpc-retry-pushback-ms", String(PUSHBACK_MS));
  return metadata;
}

/** The one place where an error becomes a gRPC status. */
export function toStatus(error: unknown): Partial<StatusObject> {
  if (error instanceof RequestError) {
    const status = { code: statusOf[error.code], details: error.message };
    return error.code === "full" ? { ...status, metadata: pushback() } : status;
  }
  if (error instanceof StreamEnded) return { code: Status.UNAVAILABLE, details: error.message };
  return { code: Status.INTERNAL, details: "internal error: see the detector's log" };
}
