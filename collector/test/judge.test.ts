import assert from "node:assert/strict";
import { test } from "node:test";
import { captureLog } from "@outliers/testing/log";
import { AlarmLog } from "../src/alarm-log.ts";
import { systemClock } from "../src/clock.ts";
import { createJudge } from "../src/judge.ts";
import { createMetrics } from "../src/metrics.ts";

const unavailable = (lastError: string): Error =>
  Object.assign(new Error(`14 UNAVAILABLE: No connection established. Last error: ${lastError}`), {
    code: 14,
  });

test("an outage is logged once for each reason that there is no connection", async () => {
  // As grpc-js words them, with the time of some and without a reason in one.
  const failures = [
    "Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ",
    "Error: certificate has expired (2026-01-01T00:00:00.000Z). Resolution note: ",
    "null. Resolution note: ",
    "Error: certificate has expired (2026-01-01T00:00:01.000Z). Resolution note: ",
  ];
  const log = captureLog();
  const stop = new AbortController();
  const judge = createJudge(
    () => [],
    {
      async next() {
        const failure = failures.shift();
        if (failure !== undefined) throw unavailable(failure);
        log.logger.info("no more failures");
        return undefined;
      },
    },
    createMetrics(() => [], Date.now, 1000),
    new AlarmLog(1, 0),
    log.logger,
    systemClock,
    stop.signal,
  );
  judge.wake();
  await log.line(/no more failures/, 20_000);
  stop.abort();
  const warnings = log.lines.filter((line) => line.includes("detection fails"));
  assert.equal(warnings.length, 2, warnings.join(""));
  assert.match(warnings[0] ?? "", /ECONNREFUSED/);
  assert.match(warnings[1] ?? "", /certificate has expired/);
});
