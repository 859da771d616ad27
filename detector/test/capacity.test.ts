import assert from "node:assert/strict";
import { test } from "node:test";
import { capacityOf } from "../src/capacity.ts";

const MIB = 1024 * 1024;
const plenty = 4096 * MIB;
const usual = { messageBytes: 4 * MIB, connections: 1000 };

test("256 MiB, as Compose gives a replica, are good for 1,700 series", () => {
  const { series, requestBytes, longWorkMib } = capacityOf(256 * MIB, plenty, usual);
  assert.ok(series >= 1600 && series < 1900, String(series));
  assert.equal(requestBytes, Math.floor(25.6 * MIB));
  assert.equal(longWorkMib, 51);
});

test("768 MiB are good for 10,000 series, with the heap that Node takes of them", () => {
  const { series } = capacityOf(768 * MIB, 432 * MIB, usual);
  assert.ok(series >= 10_000 && series < 11_000, String(series));
});

test("more memory is good for more series, in proportion to what there is beyond the base", () => {
  const at = (mib: number) => capacityOf(mib * MIB, 64 * plenty, usual).series;
  assert.ok(at(512) > 2 * at(256));
  assert.ok(at(4096) > 10 * at(512));
});

test("a heap that is smaller than the memory is what counts", () => {
  assert.ok(capacityOf(64 * plenty, 256 * MIB, usual).series < 5700);
});

test("there is room for a few messages of any size that is allowed, and for some series", () => {
  const { series, requestBytes } = capacityOf(64 * MIB, plenty, {
    ...usual,
    messageBytes: 64 * MIB,
  });
  assert.equal(requestBytes, 256 * MIB);
  assert.equal(series, 100);
});
