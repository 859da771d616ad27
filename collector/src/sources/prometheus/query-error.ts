type Failure = {
  /** When to come again, as the server asked. */
  retryAfterMs?: number;
  /** Whether less might work: fewer points, a shorter time. */
  isTooMuch?: boolean;
  /** Whether the same again fails again. */
  isPermanent?: boolean;
};

/** A query that brought no result. */
export class QueryError extends Error {
  override name = "QueryError";
  readonly failure: Failure;

  constructor(message: string, failure: Failure = {}, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}
