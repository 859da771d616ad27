import { crc32 } from "./stats/crc32.ts";

/** Of the layout. A release reads its own and the one before. */
const VERSION = 1;
/** What a time in milliseconds may be. */
export const ANY_TIME = { min: -1e18, max: 1e18 };
const MAGIC = 0x4f55544c; // "OUTL"
const HEADER_BYTES = 5;
const CHECKSUM_BYTES = 4;
/** No state takes more, whatever its values; most take a quarter. */
const MAX_BYTES = 32_768;

/** A checkpoint that can't be used: its message says why. Its series warms up again. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
}

export const damaged = (what: string): CheckpointError =>
  new CheckpointError(`the checkpoint is damaged: ${what}`);

/** Bounds of a field, both included. */
type Bounds = { min: number; max: number };

/**
 * Goes through the fields of a state in a fixed order and either writes or reads them: one list of
 * fields serves both ways, so they can't differ. Each method returns the field's value.
 */
export type Fields = {
  number(value: number, bounds: Bounds): number;
  /** As `number`, or nothing. */
  optional(value: number | undefined, bounds: Bounds): number | undefined;
  /** From 0 to `max`. */
  integer(value: number, max: number): number;
  flag(value: boolean): boolean;
  text(value: string, maxBytes: number): string;
  /** The first `size`, in single precision. */
  floats(array: Float32Array, size: number): void;
  /**
   * As `floats`, without the last byte of each and with NaN: of numbers that are kept by `shortened`.
   */
  shortFloats(array: Float32Array, size: number): void;
  /** The first `size`, which are `shortened` and ascend strictly: most take two bytes. */
  ascending(array: Float32Array, size: number): void;
};

// Integers in the order of the floats. @see https://en.wikipedia.org/wiki/IEEE_754#Total-ordering_predicate
const scratch = new DataView(new ArrayBuffer(4));
function ordinalOf(value: number): number {
  scratch.setFloat32(0, value);
  const bits = Math.floor(scratch.getUint32(0) / 0x100);
  return bits >= 0x800000 ? 0xffffff - bits : bits + 0x800000;
}
function floatOf(ordinal: number): number {
  const bits = ordinal >= 0x800000 ? ordinal - 0x800000 : 0xffffff - ordinal;
  scratch.setUint32(0, bits * 0x100);
  return scratch.getFloat32(0);
}

/** In single precision, without the last 8 of its 24 digits: 5 decimal ones are left. */
export function shortened(value: number): number {
  scratch.setFloat32(0, value);
  scratch.setUint32(0, scratch.getUint32(0) - (scratch.getUint32(0) % 0x100));
  return scratch.getFloat32(0);
}

class Writer implements Fields {
  readonly #bytes = new Uint8Array(MAX_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #at = HEADER_BYTES;

  constructor() {
    this.#view.setUint32(0, MAGIC);
    this.#view.setUint8(4, VERSION);
  }

  number(value: number): number {
    this.#view.setFloat64(this.#at, value);
    this.#at += 8;
    return value;
  }

  optional(value: number | undefined): number | undefined {
    this.flag(value !== undefined);
    if (value !== undefined) this.number(value);
    return value;
  }

  integer(value: number): number {
    let rest = value;
    while (rest >= 128) {
      this.#view.setUint8(this.#at++, 128 + (rest % 128));
      rest = Math.floor(rest / 128);
    }
    this.#view.setUint8(this.#at++, rest);
    return value;
  }

  flag(value: boolean): boolean {
    this.#view.setUint8(this.#at++, value ? 1 : 0);
    return value;
  }

  text(value: string): string {
    this.integer(value.length);
    for (let at = 0; at < value.length; at++) this.integer(value.charCodeAt(at));
    return value;
  }

  floats(array: Float32Array, size: number): void {
    for (let at = 0; at < size; at++, this.#at += 4)
      this.#view.setFloat32(this.#at, array[at] ?? 0);
  }

  shortFloats(array: Float32Array, size: number): void {
    for (let at = 0; at < size; at++, this.#at += 3) {
      // The next number, or the checksum, overwrites the last byte.
      this.#view.setFloat32(this.#at, array[at] ?? 0);
    }
  }

  ascending(array: Float32Array, size: number): void {
    let before = 0;
    for (let at = 0; at < size; at++) {
      const ordinal = ordinalOf(array[at] ?? 0);
      this.integer(ordinal - before);
      before = ordinal;
    }
  }

  end(): Uint8Array {
    this.#view.setUint32(this.#at, crc32(this.#bytes.subarray(0, this.#at)));
    return this.#bytes.slice(0, this.#at + CHECKSUM_BYTES);
  }
}

class Reader implements Fields {
  readonly #view: DataView;
  readonly #end: number;
  #at = HEADER_BYTES;

  constructor(bytes: Uint8Array) {
    if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES || bytes.length > MAX_BYTES)
      throw damaged(`it has ${bytes.length} bytes`);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length - CHECKSUM_BYTES;
    if (this.#view.getUint32(0) !== MAGIC) throw damaged("it doesn't begin as one");
    if (this.#view.getUint32(this.#end) !== crc32(bytes.subarray(0, this.#end)))
      throw damaged("its checksum is wrong");
    const version = this.#view.getUint8(4);
    if (version !== VERSION)
      throw new CheckpointError(
        `the checkpoint is of version ${version}, this release reads version ${VERSION}`,
      );
  }

  number(_: number, { min, max }: Bounds): number {
    const value = this.#view.getFloat64(this.#take(8));
    if (!(value >= min && value <= max)) throw damaged(`${value} is not within ${min}–${max}`);
    return value;
  }

  optional(_: number | undefined, bounds: Bounds): number | undefined {
    return this.flag() ? this.number(0, bounds) : undefined;
  }

  integer(_: number, max: number): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#view.getUint8(this.#take(1));
      value += (byte % 128) * factor;
      if (value > max) throw damaged(`${value} is above ${max}`);
      if (byte < 128) return value;
      // Not endless zeros.
      if (factor > Number.MAX_SAFE_INTEGER / 128) throw damaged("an integer is too long");
    }
  }

  flag(): boolean {
    return this.integer(0, 1) === 1;
  }

  text(_: string, maxLength: number): string {
    const length = this.integer(0, maxLength);
    let text = "";
    for (let at = 0; at < length; at++) text += String.fromCharCode(this.integer(0, 0xffff));
    return text;
  }

  floats(array: Float32Array, size: number): void {
    for (let at = 0; at < size; at++) {
      const value = this.#view.getFloat32(this.#take(4));
      if (!Number.isFinite(value)) throw damaged(`${value} is not finite`);
      array[at] = value;
    }
  }

  shortFloats(array: Float32Array, size: number): void {
    for (let at = 0; at < size; at++) {
      const first = this.#take(3);
      scratch.setUint32(
        0,
        this.#view.getUint16(first) * 0x10000 + this.#view.getUint8(first + 2) * 0x100,
      );
      const value = scratch.getFloat32(0);
      if (Math.abs(value) === Number.POSITIVE_INFINITY) throw damaged(`${value} is not finite`);
      array[at] = value;
    }
  }

  ascending(array: Float32Array, size: number): void {
    let ordinal = 0;
    for (let at = 0; at < size; at++) {
      const step = this.integer(0, 0xffffff);
      if (step === 0) throw damaged("values don't ascend");
      ordinal += step;
      const value = ordinal > 0xffffff ? Number.NaN : floatOf(ordinal);
      if (!Number.isFinite(value)) throw damaged(`${value} is not finite`);
      array[at] = value;
    }
  }

  end(): void {
    if (this.#at !== this.#end) throw damaged(`${this.#end - this.#at} bytes are left over`);
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#end) throw damaged("it ends too early");
    return at;
  }
}

/** The state whose fields `visit` goes through, as bytes. */
export function writeCheckpoint(visit: (fields: Fields) => void): Uint8Array {
  const writer = new Writer();
  visit(writer);
  return writer.end();
}

/**
 * Reads into the state whose fields `visit` goes through.
 * @throws {CheckpointError} when it is damaged, or of another version
 */
export function readCheckpoint(bytes: Uint8Array, visit: (fields: Fields) => void): void {
  const reader = new Reader(bytes);
  visit(reader);
  reader.end();
}
