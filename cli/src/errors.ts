/** Something that the user can put right; the message is all that is printed. */
export class InputError extends Error {
  override name = "InputError";
}

/** What went wrong, in one line: the cause too, where a library hides it there. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.cause !== undefined) return reasonOf(error.cause);
  // grpc-js ends with this when it has nothing to note.
  return error.message.replace(/\.? Resolution note: *$/, "");
}
