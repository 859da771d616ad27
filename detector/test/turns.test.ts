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

test("long jobs are done one after the other, and short ones go first", async () => {
  const turns = new Turns();
  const done: string[] = [];
  for (const name of ["a", "b", "c"]) {
    let left = 5;
    turns.lane(0).add(() => {
      work(2);
      left -= 1;
      if (left === 0) done.push(name);
      return left > 0;
    }, true);
  }
  await nextTurn();
  assert.equal(done.length, 0);
  const live = turns.lane(0);
  // It has used more than any of them, but not more than long jobs are taken to have.
  live.add(() => {
    work(50);
    return false;
  });
  live.add(() => {
    done.push("live");
    return false;
  });
  while (done.length < 4) await nextTurn();
  assert.deepEqual(done, ["live", "a", "b", "c"]);
});

test("the jobs of a lane are done in order, long ones and short ones", async () => {
  const turns = new Turns();
  const lane = turns.lane(0);
  const done: number[] = [];
  for (let nth = 0; nth < 6; nth++) {
    lane.add(
      () => {
        work(6);
        done.push(nth);
        return false;
      },
      nth % 2 === 0,
    );
  }
  while (done.length < 6) await nextTurn();
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5]);
});
