import { status as Status, type StatusObject } from "@grpc/grpc-js";

/** A request that can't be served, with a message that says what to change. */
export class RequestError extends Error {
  override name = "RequestError";
  readonly code: "invalid" | "over_limit";

  constructor(code: "invalid" | "over_limit", message: string) {
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
} as const;

/** The one place where an error becomes a gRPC status. */
export function toStatus(error: unknown): Partial<StatusObject> {
  if (error instanceof RequestError) return { code: statusOf[error.code], details: error.message };
  if (error instanceof StreamEnded) return { code: Status.UNAVAILABLE, details: error.message };
  return { code: Status.INTERNAL, details: "internal error: see the detector's log" };
}
