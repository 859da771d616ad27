// The protobuf wire format by hand, to write what an encoder would refuse to.
// https://protobuf.dev/programming-guides/encoding/

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** A varint; a negative number in ten bytes, as int32 and enum fields have it. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

export const tag = (field: number, wireType: number): Buffer =>
  varint((BigInt(field) << 3n) | BigInt(wireType));

export const uint = (field: number, value: number | bigint): Buffer =>
  Buffer.concat([tag(field, VARINT), varint(value)]);

export const bytes = (field: number, content: Uint8Array): Buffer =>
  Buffer.concat([tag(field, BYTES), varint(content.length), content]);

export function double(field: number, value: number): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeDoubleLE(value);
  return Buffer.concat([tag(field, FIXED64), fixed]);
}

/** `OutliersRequest.metrics`, one of them. */
export const metric = (name: string, value: number): Buffer =>
  bytes(1, Buffer.concat([bytes(2, Buffer.from(name)), double(3, value)]));

/** `OutliersRequest.options`. */
export const options = (method: number, threshold: number): Buffer =>
  bytes(2, Buffer.concat([uint(1, method), double(2, threshold)]));
