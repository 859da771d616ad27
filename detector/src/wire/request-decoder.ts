import { isUtf8 } from "node:buffer";
import { quoted } from "../errors.ts";
import type { WindowSeries } from "../window.ts";
import { FIXED64, LENGTH_DELIMITED, VARINT, WireReader } from "./reader.ts";

/** An OutliersRequest by its series; its options are left as they are on the wire. */
export type WireRequest = {
  points: number;
  series: WindowSeries[];
  options: Buffer | undefined;
  /** The fields that few requests have, as they are on the wire, their tags included. */
  rare: Buffer | undefined;
  /** The first metric that breaks a rule of proto3: a name that is not UTF-8, a time out of range. */
  fault: string | undefined;
};

// Fields of the contract, as number * 8 + wire type.
const METRICS = (1 << 3) | LENGTH_DELIMITED;
const OPTIONS = (2 << 3) | LENGTH_DELIMITED;
const TIME = (1 << 3) | LENGTH_DELIMITED;
const NAME = (2 << 3) | LENGTH_DELIMITED;
const VALUE = (3 << 3) | FIXED64;
const SECONDS = (1 << 3) | VARINT;
const NANOS = (2 << 3) | VARINT;
// Others get copies: the engine takes what a module exports for a variable, and looks it up each time.
export const METRICS_TAG = METRICS;
export const CHECKPOINT_NAMES_TAG = (5 << 3) | LENGTH_DELIMITED;
export const CHECKPOINTS_TAG = (3 << 3) | LENGTH_DELIMITED;
const NORMALS = (4 << 3) | LENGTH_DELIMITED;
const RARE_TAGS: readonly number[] = [CHECKPOINTS_TAG, NORMALS, CHECKPOINT_NAMES_TAG];
/** The years 1 and 9999. @see https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp */
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;
const MAX_NANOS = 999_999_999;
/** What stands for bytes that are not UTF-8, once they are decoded. */
const REPLACEMENT = "\ufffd";
/** Lengths below this take one byte. */
const SHORT = 128;

/** Columns of numbers, one place for each metric. */
class Columns {
  readonly values: Float64Array;
  readonly timesMs: Float64Array;
  /** Which series each metric is of; once they are sorted by it, where in the request each stood. */
  readonly indexes: Int32Array;

  constructor(length: number) {
    this.values = new Float64Array(length);
    this.timesMs = new Float64Array(length);
    this.indexes = new Int32Array(length);
  }

  get length(): number {
    return this.values.length;
  }

  set(from: Columns): void {
    this.values.set(from.values);
    this.timesMs.set(from.timesMs);
    this.indexes.set(from.indexes);
  }
}

/**
 * Decodes requests one at a time, into memory that it owns: what a call returns is valid until the next
 * call, and leaves no garbage.
 */
export class RequestDecoder {
  #metrics = new Columns(1024);
  #sorted = new Columns(1024);

  /**
   * Decodes an OutliersRequest in one pass, every legal encoding of it: fields in any order and more
   * than once, unknown ones among them. Metrics beyond the limit are counted, and take no memory.
   * @param wantsTimes without it, times are NaN and what they hold is not looked at
   * @throws Error when the bytes are not a message
   * @see https://protobuf.dev/programming-guides/encoding/
   */
  decode(bytes: Buffer, maxPoints: number, wantsTimes: boolean): WireRequest {
    const reader = new WireReader(bytes);
    const names = new Names(bytes);
    const options: Buffer[] = [];
    const rare: Buffer[] = [];
    let points = 0;
    while (reader.position < bytes.length) {
      const from = reader.position;
      const tag = reader.tag();
      if (tag === METRICS) {
        const end = reader.delimited();
        if (points < maxPoints) this.#readMetric(reader, end, points, names, wantsTimes);
        else reader.position = end;
        points += 1;
        if (!wantsTimes) points = this.#readUsual(reader, points, maxPoints, names);
      } else if (tag === OPTIONS) {
        const end = reader.delimited();
        options.push(bytes.subarray(reader.position, end));
        reader.position = end;
      } else {
        reader.skip(tag);
        if (RARE_TAGS.includes(tag)) rare.push(bytes.subarray(from, reader.position));
      }
    }
    return {
      points,
      series: this.#split(Math.min(points, maxPoints), names.all),
      // The concatenation of messages is their merger.
      options: options.length > 1 ? Buffer.concat(options) : options[0],
      rare: rare.length > 0 ? Buffer.concat(rare) : undefined,
      fault: names.fault,
    };
  }

  #grow(): void {
    const larger = new Columns(2 * this.#metrics.length);
    larger.set(this.#metrics);
    this.#metrics = larger;
    this.#sorted = new Columns(larger.length);
  }

  #readMetric(
    reader: WireReader,
    end: number,
    at: number,
    names: Names,
    wantsTimes: boolean,
  ): void {
    if (at === this.#metrics.length) this.#grow();
    const { bytes, view } = reader;
    let { position } = reader;
    let value = 0;
    let nameStart = 0;
    let nameEnd = 0;
    let seconds = 0;
    let nanos = 0;
    let hasTime = false;
    while (position < end) {
      const tag = bytes[position];
      const length = bytes[position + 1] ?? SHORT;
      // What nearly every metric is made of takes half the time without the reader.
      if (tag === VALUE && position + 9 <= end) {
        value = view.getFloat64(position + 1, true);
        position += 9;
        continue;
      }
      if (tag === NAME && length < SHORT) {
        nameStart = position + 2;
        nameEnd = nameStart + length;
        position = nameEnd;
        continue;
      }
      if (tag === TIME && length < SHORT && !wantsTimes) {
        position += 2 + length;
        continue;
      }
      reader.position = position;
      const longTag = reader.tag();
      if (longTag === VALUE) value = reader.double();
      else if (longTag === NAME) {
        nameEnd = reader.delimited();
        nameStart = reader.position;
        reader.position = nameEnd;
      } else if (longTag === TIME && wantsTimes) {
        const endOfTime = reader.delimited();
        hasTime = true;
        while (reader.position < endOfTime) {
          const inner = reader.tag();
          if (inner === SECONDS) seconds = reader.int64();
          else if (inner === NANOS) nanos = reader.uint32() | 0;
          else reader.skip(inner);
        }
        if (reader.position !== endOfTime) throw new Error("a time that ends within a field");
      } else reader.skip(longTag);
      position = reader.position;
    }
    if (position !== end) throw new Error("a metric that ends within a field");
    reader.position = end;
    this.#metrics.values[at] = value;
    this.#metrics.timesMs[at] = hasTime ? seconds * 1000 + nanos / 1e6 : Number.NaN;
    this.#metrics.indexes[at] = names.indexOf(nameStart, nameEnd, at);
    if (hasTime) names.fault ??= timeFault(at, seconds, nanos, names);
  }

  /**
   * Reads the metrics that come next, as long as each is what encoders write: time, name and value, in
   * this order and in short lengths, of the same name as the metric before. Most requests are one
   * series: this takes a third of the time, and leaves to readMetric what it does not know.
   * @param at how many metrics have been read
   * @returns how many have been read then
   */
  #readUsual(reader: WireReader, at: number, maxPoints: number, names: Names): number {
    const { bytes, view } = reader;
    const size = bytes.length;
    const { start: nameStart, end: nameEnd, index } = names.last;
    const nameLength = nameEnd - nameStart;
    // From the name's tag to the value's, compared in words of four bytes, the last of which overlaps.
    const known = nameStart - 2;
    const isUsual =
      bytes[known] === NAME && bytes[known + 1] === nameLength && bytes[nameEnd] === VALUE;
    if (!isUsual || nameLength === 0) return at;
    const lastWord = nameLength - 1;
    const leastLength = 2 + nameLength + 9;
    const first = at;
    let { position } = reader;
    let { values } = this.#metrics;
    while (at < maxPoints && position + 2 + leastLength <= size) {
      const length = bytes[position + 1] ?? 0;
      const end = position + 2 + length;
      if (bytes[position] !== METRICS || length >= SHORT || length < leastLength || end > size)
        break;
      // Before the name lies the time, or nothing.
      const timeLength = length - leastLength - 2;
      const hasTime = bytes[position + 2] === TIME && bytes[position + 3] === timeLength;
      if (length > leastLength && !hasTime) break;
      const name = end - leastLength;
      let same = 0;
      while (same < lastWord && view.getInt32(name + same) === view.getInt32(known + same))
        same += 4;
      if (same < lastWord) break;
      if (view.getInt32(name + lastWord) !== view.getInt32(known + lastWord)) break;
      if (at === values.length) {
        this.#grow();
        values = this.#metrics.values;
      }
      values[at] = view.getFloat64(end - 8, true);
      at++;
      position = end;
    }
    reader.position = position;
    this.#metrics.timesMs.fill(Number.NaN, first, at);
    this.#metrics.indexes.fill(index, first, at);
    return at;
  }

  /** The decoded metrics as series, in order of their first metrics. */
  #split(points: number, names: readonly string[]): WindowSeries[] {
    const [only] = names;
    if (names.length === 1 && only !== undefined) {
      for (let at = 0; at < points; at++) this.#sorted.indexes[at] = at;
      const { values, timesMs } = this.#metrics;
      return [view(only, { values, timesMs, indexes: this.#sorted.indexes }, 0, points)];
    }
    const ends = this.#sortBySeries(points, names.length);
    return names.map((name, index) =>
      view(name, this.#sorted, ends[index - 1] ?? 0, ends[index] ?? 0),
    );
  }

  /** Counting sort, stable. @returns where each series ends */
  #sortBySeries(points: number, series: number): Int32Array {
    const ends = new Int32Array(series);
    const seriesOf = (at: number): number => this.#metrics.indexes[at] ?? 0;
    for (let at = 0; at < points; at++) ends[seriesOf(at)] = (ends[seriesOf(at)] ?? 0) + 1;
    for (let index = 1; index < series; index++)
      ends[index] = (ends[index] ?? 0) + (ends[index - 1] ?? 0);
    // From behind, each end moves down to its series' start.
    const next = ends.slice();
    for (let at = points - 1; at >= 0; at--) {
      const to = (next[seriesOf(at)] ?? 0) - 1;
      next[seriesOf(at)] = to;
      this.#sorted.values[to] = this.#metrics.values[at] ?? 0;
      this.#sorted.timesMs[to] = this.#metrics.timesMs[at] ?? 0;
      this.#sorted.indexes[to] = at;
    }
    return ends;
  }
}

const view = (
  name: string,
  { values, timesMs, indexes }: Pick<Columns, "values" | "timesMs" | "indexes">,
  start: number,
  end: number,
): WindowSeries => ({
  name,
  values: values.subarray(start, end),
  timesMs: timesMs.subarray(start, end),
  positions: indexes.subarray(start, end),
});

function timeFault(at: number, seconds: number, nanos: number, names: Names): string | undefined {
  const where = () => `metrics[${at}].time (series ${quoted(names.lastName)})`;
  if (!(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS)) {
    return `${where()} has seconds ${seconds}, they must be from ${MIN_SECONDS} to ${MAX_SECONDS}, the years 1 to 9999`;
  }
  if (nanos < 0 || nanos > MAX_NANOS) {
    return `${where()} has nanos ${nanos}, they must be from 0 to ${MAX_NANOS}`;
  }
  return undefined;
}

/** The names of a request, each by the place of its first metric, decoded once. */
class Names {
  readonly all: string[] = [];
  readonly #bytes: Buffer;
  readonly #indexes = new Map<string, number>();
  /** Where the name of the last metric began and ended, and which it was. */
  readonly last = { start: 0, end: -1, index: 0 };
  /** The first rule of proto3 that a metric breaks. */
  fault: string | undefined;
  #hasReplacement = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get lastName(): string {
    return this.all[this.last.index] ?? "";
  }

  indexOf(start: number, end: number, at: number): number {
    const { last } = this;
    if (!this.#isAsBefore(start, end)) last.index = this.#lookUp(start, end, at);
    last.start = start;
    last.end = end;
    return last.index;
  }

  #lookUp(start: number, end: number, at: number): number {
    const name = this.#bytes.toString("utf8", start, end);
    const known = this.#indexes.get(name);
    if (known === undefined) this.#hasReplacement ||= name.includes(REPLACEMENT);
    // Names that differ in such bytes alone would be one.
    if (this.#hasReplacement && !isUtf8(this.#bytes.subarray(start, end))) {
      this.fault ??= `metrics[${at}].name ${quoted(name)} is not valid UTF-8`;
    }
    if (known !== undefined) return known;
    this.#indexes.set(name, this.all.length);
    return this.all.push(name) - 1;
  }

  #isAsBefore(start: number, end: number): boolean {
    const { last } = this;
    if (end - start !== last.end - last.start) return false;
    for (let at = start, before = last.start; at < end; at++, before++) {
      if (this.#bytes[at] !== this.#bytes[before]) return false;
    }
    return true;
  }
}
