import { OutliersClient } from "@outliers/proto";
import { RequestError } from "./errors.ts";
import type { Verdicts } from "./verdicts.ts";
import { WireReader } from "./wire/reader.ts";
import { CHECKPOINT_NAMES_TAG, CHECKPOINTS_TAG, METRICS_TAG } from "./wire/request-decoder.ts";

/** Shorter requests are judged at once. */
const SHORT_BYTES = 4 * 1024;
/** So many metrics take a few milliseconds, ten at the worst. */
const SLICE_METRICS = 256;

/** The bytes of an OutliersResponse. */
export const encode = (verdicts: Partial<Verdicts>): Buffer =>
  OutliersClient.service.Detect.responseSerialize(verdicts);

/** Whether a request takes more than a few milliseconds: that of a stream that catches up, as a rule. */
export function takesLong(request: Buffer): boolean {
  if (request.length <= SHORT_BYTES) return false;
  const reader = new WireReader(request);
  try {
    for (let fields = 0; reader.position < request.length; fields++) {
      const tag = reader.tag();
      if (tag === CHECKPOINTS_TAG || fields > SLICE_METRICS) return true;
      reader.skip(tag);
    }
  } catch {
    // Decoding it says what is wrong.
  }
  return false;
}

/**
 * Answers a request of a stream in steps, so that others get their turns in between.
 * @param judge the verdicts on the metrics of a request, in order
 * @returns the bytes of the response
 * @throws RequestError
 */
export function* answerInSteps(
  request: Buffer,
  maxPoints: number,
  judge: (request: Buffer) => Verdicts,
): Generator<void, Buffer> {
  const slices = request.length > SHORT_BYTES ? sliceRequest(request, maxPoints) : undefined;
  if (!slices) return encode(judge(request));
  // The concatenation of messages is their merger, and encoding a part takes no longer than judging it.
  const parts: Buffer[] = [];
  const states = new Map<string, NonNullable<Verdicts["series"]>[number]>();
  for (const { bytes, offset } of slices) {
    const { series = [], ...verdicts } = judgeAt(offset, () => judge(bytes));
    parts.push(encode(verdicts));
    for (const one of series) states.set(one.name, one);
    yield;
  }
  parts.push(encode({ series: [...states.values()] }));
  return Buffer.concat(parts);
}

/** Verdicts on a slice, by positions in the whole request. */
function judgeAt(offset: number, judge: () => Verdicts): Verdicts {
  try {
    const { indices, ...details } = judge();
    const moved = details.explanations?.map((one) => ({ ...one, index: one.index + offset }));
    return {
      ...details,
      indices: indices.map((index) => index + offset),
      ...(moved && { explanations: moved }),
    };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const message = error.message.replace(
      /^metrics\[(\d+)\]/,
      (_, position) => `metrics[${Number(position) + offset}]`,
    );
    throw new RequestError(error.code, message);
  }
}

/** Metrics of a request that follow each other, as a request of their own. */
type Slice = { bytes: Buffer /** How many metrics come before. */; offset: number };

/**
 * Splits an OutliersRequest. Checkpoints are taken after its metrics, so their names come with the last
 * slice; what comes before the metrics, such as the options, goes with the first.
 * @returns undefined when there is nothing to split, too much, or it can't be read: then decoding it
 * as it is says so
 */
function sliceRequest(bytes: Buffer, maxPoints: number): Slice[] | undefined {
  const slices: Slice[] = [];
  const before: Buffer[] = [];
  const after: Buffer[] = [];
  const reader = new WireReader(bytes);
  let parts: Buffer[] = [];
  let count = 0;
  let start = 0;
  let total = 0;
  const take = (end: number) => {
    if (end > start) parts.push(bytes.subarray(start, end));
    start = end;
  };
  const cut = () => {
    slices.push({ bytes: joined(parts), offset: total - count });
    parts = [];
    count = 0;
  };
  try {
    while (reader.position < bytes.length) {
      const from = reader.position;
      const tag = reader.tag();
      if (tag === METRICS_TAG) {
        reader.position = reader.delimited();
        count += 1;
        total += 1;
        if (total > maxPoints) return undefined;
        if (count < SLICE_METRICS) continue;
        take(reader.position);
        cut();
      } else {
        take(from);
        reader.skip(tag);
        (tag === CHECKPOINT_NAMES_TAG ? after : before).push(bytes.subarray(from, reader.position));
        start = reader.position;
      }
    }
  } catch {
    return undefined;
  }
  take(bytes.length);
  if (count > 0) cut();
  const [first, last] = [slices[0], slices.at(-1)];
  if (slices.length < 2 || !first || !last) return undefined;
  if (before.length > 0) first.bytes = Buffer.concat([...before, first.bytes]);
  if (after.length > 0) last.bytes = Buffer.concat([last.bytes, ...after]);
  return slices;
}

function joined(parts: readonly Buffer[]): Buffer {
  const [only = Buffer.of()] = parts;
  return parts.length > 1 ? Buffer.concat(parts) : only;
}
