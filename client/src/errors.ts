import { Metadata, type ServiceError, status as Status } from "@grpc/grpc-js";

/** Longer details are cut: nobody reads more in a log line. */
const MAX_DETAILS = 1000;

/**
 * A response that is incomplete or invalid, and is ignored as a whole. It has the code that gRPC
 * uses for a response that the client can't parse.
 * @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export class IncompleteResponseError extends Error {
  override name = "IncompleteResponseError";
  readonly code = Status.INTERNAL;

  /** @param what the fault, such as `3 scores for 4 metrics` */
  constructor(what: string) {
    super(`invalid response from the detector: ${what}`);
  }
}

/** A status of our own, in the form that a server's has. */
export const serviceError = (code: Status, details: string): ServiceError =>
  Object.assign(new Error(`${code} ${Status[code]}: ${details}`), {
    code,
    details,
    metadata: new Metadata(),
  });

/** The same status, with its details cut to the length of a log line. */
export function bounded(error: ServiceError): ServiceError {
  const { code, details, metadata } = error;
  if (details.length <= MAX_DETAILS) return error;
  return Object.assign(serviceError(code, `${details.slice(0, MAX_DETAILS)}…`), { metadata });
}

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "details" in error;
}

const PERMANENT: readonly Status[] = [
  Status.INVALID_ARGUMENT,
  Status.OUT_OF_RANGE,
  Status.FAILED_PRECONDITION,
];

/** Limits on a single request; the first is gRPC's own message on a request's size. */
const REQUEST_LIMITS = /larger than max|\bMAX_(?:POINTS|MESSAGE_BYTES|STREAM_SERIES)\b/;

/**
 * Whether every replica will refuse the request until it is changed. Any other failure is that of a
 * replica or the network, and the same request may succeed later or elsewhere.
 */
export function isPermanent(error: unknown): boolean {
  if (!isServiceError(error)) return false;
  if (error.code === Status.RESOURCE_EXHAUSTED) return REQUEST_LIMITS.test(error.details);
  return PERMANENT.includes(error.code);
}
