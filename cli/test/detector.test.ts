import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { credentials } from "@grpc/grpc-js";
import { startDetector } from "@outliers/testing/detector";
import { startFakeDetector } from "@outliers/testing/fake-detector";
import fc from "fast-check";
import { createInProcessJudge } from "../src/judge/in-process.ts";
import type { Judge, Settings } from "../src/judge/judge.ts";
import { createRemoteJudge } from "../src/judge/remote.ts";
import type { Sample } from "../src/sample.ts";
import { calmWithSpike, csvOf, START } from "./support/data.ts";
import { outliers } from "./support/run.ts";

const detector = await startDetector({ maxPoints: 100_000, maxMessageBytes: 4 << 20 });
after(() => detector[Symbol.asyncDispose]());
const address = `127.0.0.1:${detector.port}`;

const settings: fc.Arbitrary<Settings> = fc.record({
  method: fc.constantFrom("adaptive", "sigma", "mad"),
  sensitivity: fc.constantFrom(0.01, 0.1, 10, 1000),
  direction: fc.constantFrom("both", "up", "down"),
  minDeviation: fc.constantFrom(0, 0.5, 20),
  threshold: fc.constantFrom(0, 1.5, 6),
  intervalMs: fc.constantFrom(1, 50.5, 1000, 300_000),
});

/** Two series, mostly calm, in batches; at short intervals they span several epochs. */
const batches: fc.Arbitrary<Sample[][]> = fc
  .array(
    fc.record({
      series: fc.constantFrom("a", "b"),
      stepMs: fc.constantFrom(1, 1000, 1000, 1000, 40_000),
      value: fc.oneof(
        { weight: 30, arbitrary: fc.integer({ min: 20, max: 30 }) },
        { weight: 1, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
      ),
    }),
    { minLength: 300, maxLength: 900 },
  )
  .map((steps) => {
    let timeMs = START * 1000;
    const samples = steps.map(({ series, stepMs, value }) => {
      timeMs += stepMs;
      return { series, timeMs, value };
    });
    return [samples.slice(0, 250), [], samples.slice(250)];
  });

async function flagsOf(judge: Judge, parts: readonly Sample[][]) {
  const flags = [];
  for (const samples of parts) flags.push(...(await judge.judge(samples)));
  judge.close();
  return flags;
}

describe("a detector and this process", () => {
  test("give the same verdicts, to the last bit", async () => {
    let flagged = 0;
    await fc.assert(
      fc.asyncProperty(settings, batches, async (how, parts) => {
        const here = await flagsOf(createInProcessJudge(how), parts);
        const remote = createRemoteJudge(address, how, credentials.createInsecure());
        assert.deepEqual(await flagsOf(remote, parts), here);
        flagged += here.length;
      }),
      { numRuns: 60 },
    );
    assert.ok(flagged > 100, `only ${flagged} flags were compared`);
  });

  test("print the same", async () => {
    const input = csvOf(calmWithSpike());
    for (const method of ["adaptive", "sigma", "mad"]) {
      const args = ["detect", "--method", method, "-"];
      const here = await outliers(args, input);
      assert.equal(here.code, 0);
      assert.deepEqual(await outliers([...args, "--address", address], input), here);
    }
  });

  test("are told apart when the detector is away", async () => {
    const { code, stderr } = await outliers(
      ["detect", "--address", "127.0.0.1:1", "-"],
      csvOf(calmWithSpike()),
    );
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^outliers: the detector at 127.0.0.1:1 gives no verdicts: .*ECONNREFUSED.*\n$/,
    );
  });

  test("that knows the first version of the contract alone is told", async () => {
    await using first = await startFakeDetector(() => [{ indices: [1] }]);
    const address = `127.0.0.1:${first.port}`;
    const judge = (method: string) =>
      outliers(["detect", "--method", method, "--address", address, "-"], csvOf(calmWithSpike()));
    const sigma = await judge("sigma");
    assert.deepEqual([sigma.code, sigma.stdout], [2, ""]);
    assert.match(
      sigma.stderr,
      /gives no verdicts: it knows the first version of the contract alone/,
    );
    const adaptive = await judge("adaptive");
    assert.deepEqual([adaptive.code, adaptive.stdout], [2, ""]);
    assert.match(adaptive.stderr, /invalid response from the detector: 0 scores for \d+ metrics/);
  });

  test("whose address is none is told at once", async () => {
    for (const command of ["detect", "check"]) {
      const option = command === "detect" ? ["--address"] : ["--detector"];
      const rest = command === "detect" ? ["-"] : [];
      const args = [command, ...option, "http://localhost:9999", ...rest];
      const { code, stderr } = await outliers(args, csvOf(calmWithSpike()));
      assert.equal(code, 2);
      assert.match(stderr, /'http:\/\/localhost:9999' is invalid\. expected a host and port/);
    }
  });

  test("whose TLS files can't be used is told before anything is sent", async () => {
    const { code, stderr } = await outliers(
      ["detect", "--address", address, "-"],
      csvOf(calmWithSpike()),
      { TLS_CA: "/no/such/ca.pem" },
    );
    assert.equal(code, 2);
    assert.match(stderr, /^outliers: TLS_CA="\/no\/such\/ca.pem": expected the path of a PEM file/);
  });
});
