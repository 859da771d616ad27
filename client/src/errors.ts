import { Metadata, type ServiceError, status as Status } from "@grpc/grpc-js";

/** More than this of a status' text is not worth a line of a log. */
const MAX_DETAILS = 1000;

/**
 * A response that is not a whole answer to its request, so that nothing of it counts. Its code is
 * the one that gRPC has for a response that the client can't read.
 * @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export class IncompleteResponseError extends Error {
  override name = "IncompleteResponseError";
  readonly code = Status.INTERNAL;

  /** @param what what is wrong with it, such as `3 scores for 4 metrics` */
  constructor(what: string) {
    super(`the detector's response is not whole: ${what}`);
  }
}

/** A status of our own, in the form of one from a server. */
export const serviceError = (code: Status, details: string): ServiceError =>
  Object.assign(new Error(`${code} ${Status[code]}: ${details}`), {
    code,
    details,
    metadata: new Metadata(),
  });

/** The same status, with no more text than a log takes. */
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

/** Limits that a request exceeds by itself; the first is what gRPC says of a message's bytes. */
const REQUEST_LIMITS = /larger than max|\bMAX_(?:POINTS|MESSAGE_BYTES|STREAM_SERIES)\b/;

/**
 * Whether no replica will ever take the request as it is: something in it has to change. Any other
 * failure is of a replica or of the way to it, and the same request may succeed later or elsewhere.
 */
export function isPermanent(error: unknown): boolean {
  if (!isServiceError(error)) return false;
  if (error.code === Status.RESOURCE_EXHAUSTED) return REQUEST_LIMITS.test(error.details);
  return PERMANENT.includes(error.code);
}
