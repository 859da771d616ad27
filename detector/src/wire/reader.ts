/** The wire types that a field can have. @see https://protobuf.dev/programming-guides/encoding/ */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const FIXED32 = 5;

/** Deeper groups than any message has, and few enough for the stack. */
const MAX_GROUP_DEPTH = 100;

/** Reads the protobuf wire format. Every read throws an Error where the bytes are not in it. */
export class WireReader {
  readonly bytes: Buffer;
  /** Of the same bytes. */
  readonly view: DataView;
  position = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A field's number and wire type, as number * 8 + type. */
  tag(): number {
    const tag = this.uint32();
    if (tag < 8) throw new Error(`field number 0 at byte ${this.position}`);
    return tag;
  }

  /** A varint's low 32 bits. */
  uint32(): number {
    const first = this.bytes[this.position] ?? 128;
    if (first >= 128) return this.#longUint32();
    this.position += 1;
    return first;
  }

  /** One may take up to ten bytes, however small it is. Apart, so that the short one is inlined. */
  #longUint32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.position] ?? this.#end();
      this.position += 1;
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new Error(`a varint of over ten bytes at byte ${this.position}`);
  }

  /** A signed 64-bit varint, to the nearest double. */
  int64(): number {
    const { bytes, position } = this;
    // Seconds since 1970 take five bytes; a sixth one or a sign is rare.
    let low = 0;
    for (let at = 0; at < 4; at++) {
      const byte = bytes[position + at] ?? this.#end();
      low |= (byte & 127) << (7 * at);
      if (byte < 128) {
        this.position = position + at + 1;
        return low;
      }
    }
    const fifth = bytes[position + 4] ?? this.#end();
    if (fifth >= 128) return this.#longInt64(low, fifth);
    this.position = position + 5;
    return low + fifth * 2 ** 28;
  }

  /** @param low the bits of the first four bytes */
  #longInt64(low: number, fifth: number): number {
    let high = (fifth & 127) >>> 4;
    this.position += 5;
    for (let shift = 3; shift < 38; shift += 7) {
      const byte = this.bytes[this.position] ?? this.#end();
      this.position += 1;
      if (shift < 32) high |= (byte & 127) << shift;
      if (byte < 128) return (high | 0) * 2 ** 32 + ((low | (fifth << 28)) >>> 0);
    }
    throw new Error(`a varint of over ten bytes at byte ${this.position}`);
  }

  double(): number {
    if (this.position + 8 > this.bytes.length) this.#end();
    const value = this.view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  /** @returns where what is length-delimited ends: it begins at the position */
  delimited(): number {
    const length = this.uint32();
    const end = this.position + length;
    if (end > this.bytes.length) this.#end();
    return end;
  }

  /** Skips what a tag announced. */
  skip(tag: number, depth = 0): void {
    const type = tag & 7;
    if (type === VARINT) this.int64();
    else if (type === FIXED64) this.#advance(8);
    else if (type === LENGTH_DELIMITED) this.position = this.delimited();
    else if (type === FIXED32) this.#advance(4);
    else if (type === GROUP_START && depth < MAX_GROUP_DEPTH) this.#skipGroup(tag >>> 3, depth + 1);
    else throw new Error(`wire type ${type} at byte ${this.position}`);
  }

  #skipGroup(field: number, depth: number): void {
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) === GROUP_END) {
        if (tag >>> 3 === field) return;
        throw new Error(`the end of another group at byte ${this.position}`);
      }
      this.skip(tag, depth);
    }
  }

  #advance(length: number): void {
    if (this.position + length > this.bytes.length) this.#end();
    this.position += length;
  }

  #end(): never {
    throw new Error("the message is cut off");
  }
}
