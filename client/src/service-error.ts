import { type ServiceError, status as Status } from "@grpc/grpc-js";

/** Whether an error is the status that a call ended with. */
export const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && "code" in error && typeof error.code === "number";

/** Whether the same request would be refused again, by whichever replica. */
export const isPermanent = (error: unknown): error is ServiceError =>
  isServiceError(error) && error.code === Status.INVALID_ARGUMENT;
