import { FIXED64, LENGTH_DELIMITED, VARINT, WireReader } from "./reader.ts";

/** What a request has of one name, and where in the request each value stands. */
export type Series = {
  name: string;
  values: Float64Array;
  /** Milliseconds since the Unix epoch; NaN where there is no time. */
  timesMs: Float64Array;
  positions: Int32Array;
};

/** An OutliersRequest by its series; its options are left as they are on the wire. */
export type WireRequest = { points: number; series: Series[]; options: Buffer | undefined };

// Fields of the contract, as number * 8 + wire type.
const METRICS = (1 << 3) | LENGTH_DELIMITED;
const OPTIONS = (2 << 3) | LENGTH_DELIMITED;
const TIME = (1 << 3) | LENGTH_DELIMITED;
const NAME = (2 << 3) | LENGTH_DELIMITED;
const VALUE = (3 << 3) | FIXED64;
const SECONDS = (1 << 3) | VARINT;
const NANOS = (2 << 3) | VARINT;

/** Filled by each request in turn, and copied from: requests are decoded one at a time. */
let values = new Float64Array(1024);
let timesMs = new Float64Array(1024);
let seriesOf = new Int32Array(1024);

function grow(): void {
  const double = <T extends Float64Array | Int32Array>(old: T, larger: T): T => {
    larger.set(old);
    return larger;
  };
  values = double(values, new Float64Array(2 * values.length));
  timesMs = double(timesMs, new Float64Array(2 * timesMs.length));
  seriesOf = double(seriesOf, new Int32Array(2 * seriesOf.length));
}

/**
 * Decodes an OutliersRequest in one pass, every legal encoding of it: fields in any order and more
 * than once, unknown ones among them. Metrics beyond the limit are counted, and take no memory.
 * @param wantsTimes without it, times are NaN and what they hold is not looked at
 * @throws Error when the bytes are not a message
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function decodeWire(bytes: Buffer, maxPoints: number, wantsTimes: boolean): WireRequest {
  const reader = new WireReader(bytes);
  const names = new Names(bytes);
  const options: Buffer[] = [];
  let points = 0;
  while (reader.position < bytes.length) {
    const tag = reader.tag();
    if (tag === METRICS) {
      const end = reader.delimited();
      if (points < maxPoints) readMetric(reader, end, points, names, wantsTimes);
      else reader.position = end;
      points += 1;
    } else if (tag === OPTIONS) {
      const end = reader.delimited();
      options.push(bytes.subarray(reader.position, end));
      reader.position = end;
    } else reader.skip(tag);
  }
  return {
    points,
    series: split(Math.min(points, maxPoints), names.all),
    // The concatenation of messages is their merger.
    options: options.length > 1 ? Buffer.concat(options) : options[0],
  };
}

function readMetric(
  reader: WireReader,
  end: number,
  at: number,
  names: Names,
  wantsTimes: boolean,
): void {
  if (at === values.length) grow();
  let value = 0;
  let nameStart = 0;
  let nameEnd = 0;
  let seconds = 0;
  let nanos = 0;
  let hasTime = false;
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === VALUE) value = reader.double();
    else if (tag === NAME) {
      nameEnd = reader.delimited();
      nameStart = reader.position;
      reader.position = nameEnd;
    } else if (tag === TIME && wantsTimes) {
      const endOfTime = reader.delimited();
      hasTime = true;
      while (reader.position < endOfTime) {
        const inner = reader.tag();
        if (inner === SECONDS) seconds = reader.int64();
        else if (inner === NANOS) nanos = reader.uint32() | 0;
        else reader.skip(inner);
      }
      if (reader.position !== endOfTime) throw new Error("a time that ends within a field");
    } else reader.skip(tag);
  }
  if (reader.position !== end) throw new Error("a metric that ends within a field");
  values[at] = value;
  timesMs[at] = hasTime ? seconds * 1000 + nanos / 1e6 : Number.NaN;
  seriesOf[at] = names.indexOf(nameStart, nameEnd);
}

/** The names of a request, each by the place of its first metric, decoded once. */
class Names {
  readonly all: string[] = [];
  readonly #bytes: Buffer;
  readonly #indexes = new Map<string, number>();
  /** Where the name before began and ended, and which it was. */
  #start = 0;
  #end = -1;
  #index = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  indexOf(start: number, end: number): number {
    if (this.#isAsBefore(start, end)) return this.#index;
    const name = this.#bytes.toString("utf8", start, end);
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = this.all.length;
      this.all.push(name);
      this.#indexes.set(name, index);
    }
    this.#start = start;
    this.#end = end;
    this.#index = index;
    return index;
  }

  #isAsBefore(start: number, end: number): boolean {
    if (end - start !== this.#end - this.#start) return false;
    for (let at = start, before = this.#start; at < end; at++, before++) {
      if (this.#bytes[at] !== this.#bytes[before]) return false;
    }
    return true;
  }
}

/** The decoded metrics as series, in order of their first metrics. */
function split(points: number, names: readonly string[]): Series[] {
  const [only] = names;
  if (names.length === 1 && only !== undefined) {
    const positions = new Int32Array(points);
    for (let at = 0; at < points; at++) positions[at] = at;
    const whole = { values: values.slice(0, points), timesMs: timesMs.slice(0, points) };
    return [{ name: only, ...whole, positions }];
  }
  const lengths = new Int32Array(names.length);
  for (let at = 0; at < points; at++)
    lengths[seriesOf[at] ?? 0] = (lengths[seriesOf[at] ?? 0] ?? 0) + 1;
  const all = names.map((name, index): Series => {
    const length = lengths[index] ?? 0;
    return {
      name,
      values: new Float64Array(length),
      timesMs: new Float64Array(length),
      positions: new Int32Array(length),
    };
  });
  const filled = new Int32Array(names.length);
  for (let at = 0; at < points; at++) {
    const index = seriesOf[at] ?? 0;
    const series = all[index];
    const next = filled[index] ?? 0;
    if (!series) continue;
    series.values[next] = values[at] ?? 0;
    series.timesMs[next] = timesMs[at] ?? 0;
    series.positions[next] = at;
    filled[index] = next + 1;
  }
  return all;
}
