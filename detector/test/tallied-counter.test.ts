import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "prom-client";
import { TalliedCounter } from "../src/tallied-counter.ts";

test("a counter's sums are there whenever it is read, and are counted once", async () => {
  const registry = new Registry();
  const counter = new TalliedCounter({
    name: "calls_total",
    help: "Calls.",
    labelNames: ["method"],
    registers: [registry],
  });
  const [a, b] = [counter.of({ method: "a" }), counter.of({ method: "b" })];
  a.add();
  a.add(4);
  const lines = async () =>
    (await registry.metrics()).split("\n").filter((line) => line.startsWith("calls"));
  assert.deepEqual(await lines(), ['calls_total{method="a"} 5', 'calls_total{method="b"} 0']);
  b.add(2);
  assert.deepEqual(await lines(), ['calls_total{method="a"} 5', 'calls_total{method="b"} 2']);
});
