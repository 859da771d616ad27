import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../src/turns.ts";

/** Keeps the processor busy, as a job would. */
function work(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("a job is done at once when there is time", () => {
  const done: string[] = [];
  new Turns().lane(0).add(() => {
    done.push("a");
    return false;
  });
  assert.deepEqual(done, ["a"]);
});

test("the jobs of a lane are done in order, each to its end", async () => {
  const lane = new Turns().lane(0);
  const done: string[] = [];
  for (const name of ["a", "b"]) {
    let left = 3;
    lane.add(() => {
      work(4);
      left -= 1;
      done.push(`${name}${left}`);
      return left > 0;
    });
  }
  while (done.length < 6) await nextTurn();
  assert.deepEqual(done, ["a2", "a1", "a0", "b2", "b1", "b0"]);
});

test("who used little goes before those who used much, however many they are", async () => {
  const turns = new Turns();
  const busy = Array.from({ length: 20 }, () => turns.lane(0));
  let steps = 0;
  let isOver = false;
  for (const lane of busy) {
    lane.add(() => {
      work(2);
      steps++;
      return !isOver;
    });
  }
  while (steps < 100) await nextTurn();
  const quiet = turns.lane(0);
  const before = steps;
  let after = 0;
  quiet.add(() => {
    after = steps;
    return false;
  });
  while (after === 0) await nextTurn();
  isOver = true;
  // Those of the turn under way, at the most.
  assert.ok(after - before <= 4, `${after - before} steps of others came first`);
});

test("the event loop turns while there is work", async () => {
  const lane = new Turns().lane(0);
  let steps = 0;
  lane.add(() => {
    work(1);
    steps++;
    return steps < 50;
  });
  let turns = 0;
  for (; steps < 50; turns++) await nextTurn();
  // Five milliseconds each.
  assert.ok(turns >= 5, `${turns} turns`);
});
