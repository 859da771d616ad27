import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 as crc32OfZlib } from "node:zlib";
import fc from "fast-check";
import { crc32 } from "../../src/stats/crc32.ts";

test("is the check value of the standard, and that of zlib for any bytes", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => assert.equal(crc32(bytes), crc32OfZlib(bytes))),
  );
});
