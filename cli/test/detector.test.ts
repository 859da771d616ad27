import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { credentials } from "@grpc/grpc-js";
import { methodNames } from "@outliers/detection/methods";
import { startDetector } from "@outliers/testing/detector";
import { startFakeDetector } from "@outliers/testing/fake-detector";
import fc from "fast-check";
import type { Detector, Settings } from "../src/detection/detector.ts";
import { createInProcessDetector } from "../src/detection/in-process.ts";
import { createRemoteDetector } from "../src/detection/remote.ts";
import type { Sample } from "../src/sample.ts";
import { calmWithSpike, csvOf, START } from "./support/data.ts";
import { outliers } from "./support/run.ts";

const detector = await startDetector({ maxPoints: 100_000, maxMessageBytes: 4 << 20 });
after(() => detector[Symbol.asyncDispose]());
const address = `127.0.0.1:${detector.port}`;

const settings: fc.Arbitrary<Settings> = fc.record({
  method: fc.constantFrom(...methodNames),
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

async function outliersOf(detect: Detector, parts: readonly Sample[][]) {
  const found = [];
  for (const samples of parts) found.push(...(await detect.detect(samples)));
  const warmingUp = detect.warmingUp();
  detect.close();
  return { found, warmingUp };
}

describe("a detector and this process", () => {
  test("give the same verdicts, to the last bit", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(settings, batches, async (how, parts) => {
        const here = await outliersOf(createInProcessDetector(how), parts);
        const remote = createRemoteDetector(address, how, credentials.createInsecure());
        assert.deepEqual(await outliersOf(remote, parts), here);
        compared += here.found.length;
      }),
      { numRuns: 30 },
    );
    assert.ok(compared > 50, `only ${compared} outliers were compared`);
  });

  test("print the same", async () => {
    const input = csvOf(calmWithSpike());
    for (const method of methodNames) {
      const args = ["detect", "--method", method, "-"];
      const here = await outliers(args, input);
      assert.equal(here.code, 0);
      assert.deepEqual(await outliers([...args, "--address", address], input), here);
    }
  });

  test("end with 2 when the detector is away", async () => {
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
    await using first = await startFakeDetector(({ metrics }) => [
      { indices: metrics.length > 0 ? [1] : [] },
    ]);
    const address = `127.0.0.1:${first.port}`;
    const run = (method: string) =>
      outliers(["detect", "--method", method, "--address", address, "-"], csvOf(calmWithSpike()));
    const sigma = await run("sigma");
    assert.deepEqual([sigma.code, sigma.stdout], [2, ""]);
    assert.match(
      sigma.stderr,
      /gives no verdicts: it knows only the first version of the contract/,
    );
    const adaptive = await run("adaptive");
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

  test("with TLS files that can't be used fail before anything is sent", async () => {
    const { code, stderr } = await outliers(
      ["detect", "--address", address, "-"],
      csvOf(calmWithSpike()),
      { TLS_CA: "/no/such/ca.pem" },
    );
    assert.equal(code, 2);
    assert.match(stderr, /^outliers: TLS_CA="\/no\/such\/ca.pem": expected the path of a PEM file/);
  });
});
