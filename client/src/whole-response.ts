import {
  type DecodedResponse,
  type DetectionOptions,
  Direction,
  Method,
  type Metric,
  type OutliersRequest,
  State,
} from "@outliers/proto";
import { IncompleteResponseError } from "./errors.ts";

/** Maximum length of a reason; the detector's are one sentence. */
const MAX_REASON = 1000;
/** The detector's checkpoints are at most half as large. */
const MAX_CHECKPOINT_BYTES = 64 * 1024;
/** Control characters, and those that reverse the direction of the text after them. */
const NOT_PRINTABLE = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/**
 * Whether a response has more than the positions of outliers. A server of the contract's first
 * version returns only those, and ignores all options.
 */
export const hasScores = ({ scores }: DecodedResponse): boolean => scores.length > 0;

/**
 * Checks a response against its request. A complete one has everything that the contract promises:
 * a score and bounds for every metric, an explanation of every outlier, the state of every series.
 * @throws IncompleteResponseError
 */
export function checkWhole(
  method: "Detect" | "DetectStream",
  { metrics = [], options, checkpointNames = [] }: OutliersRequest,
  response: DecodedResponse,
): void {
  checkCheckpoints(response, checkpointNames);
  checkIndices(response.indices, metrics.length);
  if (!options?.includeScores) return;
  if (isOfFirstContract(response) && method === "Detect" && isSigma(options)) return;
  checkScores(response, metrics.length);
  checkExplanations(response);
  checkSeries(response, metrics);
}

function isSigma({ method = Method.METHOD_UNSPECIFIED }: DetectionOptions): boolean {
  return method === Method.METHOD_UNSPECIFIED || method === Method.METHOD_SIGMA;
}

const isOfFirstContract = (response: DecodedResponse): boolean =>
  [
    response.scores,
    response.lower,
    response.upper,
    response.expected,
    response.explanations,
    response.series,
  ].every(({ length }) => length === 0);

function checkIndices(indices: readonly number[], metrics: number): void {
  let before = -1;
  for (const index of indices) {
    if (index < 0 || index >= metrics)
      throw new IncompleteResponseError(`index ${index} for ${metrics} metrics`);
    if (index <= before)
      throw new IncompleteResponseError(
        `index ${index} after ${before}, expected ascending indices`,
      );
    before = index;
  }
}

function checkScores(response: DecodedResponse, metrics: number): void {
  for (const name of ["scores", "lower", "upper", "expected"] as const) {
    const numbers = response[name];
    if (numbers.length !== metrics)
      throw new IncompleteResponseError(`${numbers.length} ${name} for ${metrics} metrics`);
    const at = numbers.findIndex((number) => !Number.isFinite(number));
    if (at >= 0) throw new IncompleteResponseError(`${name}[${at}] is ${numbers[at]}`);
  }
  const outliers = new Set(response.indices);
  for (const [at, score] of response.scores.entries()) {
    if (score > 1 === outliers.has(at)) continue;
    const but = outliers.has(at) ? "but it is" : "and it is not";
    throw new IncompleteResponseError(`scores[${at}] is ${score}, ${but} among the outliers`);
  }
}

function checkExplanations(response: DecodedResponse): void {
  const { indices, explanations } = response;
  if (explanations.length !== indices.length)
    throw new IncompleteResponseError(
      `${explanations.length} explanations for ${indices.length} outliers`,
    );
  for (const [at, explanation] of explanations.entries()) {
    const where = `explanations[${at}]`;
    const { index, direction, reason } = explanation;
    if (index !== indices[at])
      throw new IncompleteResponseError(`${where} is of index ${index}, not ${indices[at]}`);
    const isSame =
      explanation.score === response.scores[index] &&
      explanation.expected === response.expected[index] &&
      explanation.lower === response.lower[index] &&
      explanation.upper === response.upper[index];
    if (!isSame) throw new IncompleteResponseError(`${where} differs from the metric's own scores`);
    if (direction !== Direction.DIRECTION_UP && direction !== Direction.DIRECTION_DOWN)
      throw new IncompleteResponseError(`${where} has direction ${direction}`);
    if (reason.length > MAX_REASON)
      throw new IncompleteResponseError(`${where} has a reason of ${reason.length} characters`);
    if (NOT_PRINTABLE.test(reason))
      throw new IncompleteResponseError(`${where} has a reason with unprintable characters`);
  }
}

const STATES: readonly number[] = [State.STATE_WARMING_UP, State.STATE_CONSTANT, State.STATE_READY];

function checkSeries({ series }: DecodedResponse, metrics: readonly Metric[]): void {
  const names = new Set(metrics.map(({ name = "" }) => name.toWellFormed()));
  if (series.length !== names.size)
    throw new IncompleteResponseError(`${series.length} series instead of ${names.size}`);
  let at = 0;
  for (const name of names) {
    const one = series[at];
    if (one?.name !== name)
      throw new IncompleteResponseError(`series[${at}] is not one of the request's`);
    if (!STATES.includes(one.state))
      throw new IncompleteResponseError(`series[${at}] has state ${one.state}`);
    at += 1;
  }
}

/** A server need not hold a series that a checkpoint is asked of; but it gives no other. */
function checkCheckpoints({ checkpoints }: DecodedResponse, names: readonly string[]): void {
  const wanted = new Set(names);
  for (const [at, { name, state, time }] of checkpoints.entries()) {
    if (!wanted.delete(name))
      throw new IncompleteResponseError(`checkpoints[${at}] is not one that was asked for`);
    if (state.length === 0 || state.length > MAX_CHECKPOINT_BYTES)
      throw new IncompleteResponseError(`checkpoints[${at}] has ${state.length} bytes`);
    if (!time) throw new IncompleteResponseError(`checkpoints[${at}] has no time`);
  }
}
