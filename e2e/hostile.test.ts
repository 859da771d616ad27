// A detector in a container with the limits of the Compose file, and a client that means harm.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { credentials } from "@grpc/grpc-js";
import { type Metric, OutliersClient } from "@outliers/proto";
import { waitFor } from "@outliers/service/wait-for";
import { attack, attackNames } from "./hostile.ts";
import { docker } from "./stack.ts";

const IMAGE = "outliers-e2e-hostile";
const NAME = `outliers-e2e-hostile-${process.pid}`;
const ATTACK_MS = 60_000;
/** The attacker takes the processor from the detector, too: what is asserted is that nothing stands still. */
const SLOWEST_MS = 10_000;

async function portOf(internal: number): Promise<number> {
  const [address = ""] = (await docker("port", NAME, String(internal))).split("\n");
  return Number(address.split(":").at(-1));
}

function openStream(client: InstanceType<typeof OutliersClient>) {
  const call = client.DetectStream();
  let isOpen = true;
  for (const event of ["end", "error"]) {
    call.on(event, () => {
      isOpen = false;
    });
  }
  return {
    call,
    /** Sends metrics. Resolves to false if the stream ends instead of answering. */
    async hasAnswered(metrics: readonly Metric[]): Promise<boolean> {
      if (!isOpen) return false;
      const done = new AbortController();
      const { signal } = done;
      call.write({ metrics: [...metrics] });
      const answer = once(call, "data", { signal }).then(() => true);
      const end = once(call, "end", { signal }).then(() => false);
      const isAnswered = await Promise.race([answer, end]).catch(() => false);
      answer.catch(() => {});
      end.catch(() => {});
      done.abort();
      return isAnswered;
    },
  };
}

const state = () => docker("inspect", "-f", "{{.State.Running}} {{.State.OOMKilled}}", NAME);

before(async () => {
  await docker("build", "--target", "detector", "--tag", IMAGE, ".");
  const options = [
    "--detach --init --read-only --memory 256m --cpus 1",
    "--publish 127.0.0.1::9999 --env DETECTOR_LISTEN_ADDRESS=0.0.0.0:9999",
    "--publish 127.0.0.1::9465 --env DETECTOR_METRICS_LISTEN_ADDRESS=0.0.0.0:9465",
  ];
  await docker("run", ...options.join(" ").split(" "), "--name", NAME, IMAGE);
  const url = `http://127.0.0.1:${await portOf(9465)}/readyz`;
  await waitFor("the detector", 60_000, async () => (await fetch(url)).ok);
});
after(() => docker("rm", "--force", NAME));

describe(`a hostile client: ${attackNames.join(", ")}, connections`, () => {
  it("neither brings a replica down nor costs a collector's stream a verdict", async () => {
    const port = await portOf(9999);
    const client = new OutliersClient(`127.0.0.1:${port}`, credentials.createInsecure());
    let stream = openStream(client);
    let reopened = 0;
    const stop = new AbortController();
    const over = attack(port, stop.signal);
    const waitsMs: number[] = [];
    const endMs = performance.now() + ATTACK_MS;
    try {
      for (let at = 1; performance.now() < endMs; at++) {
        const metrics = [0, 1, 2, 3, 4, 5, 6].map((series) => ({
          name: `series${series}`,
          value: Math.random(),
          time: { seconds: at },
        }));
        const startMs = performance.now();
        // A stream that ends is opened again, with what has no verdict yet: as the collector does.
        while (!(await stream.hasAnswered(metrics))) {
          reopened += 1;
          assert.ok(performance.now() - startMs < SLOWEST_MS, `${reopened} streams were refused`);
          await delay(250);
          stream = openStream(client);
        }
        waitsMs.push(performance.now() - startMs);
        await delay(Math.max(0, 1000 - (performance.now() - startMs)));
      }
    } finally {
      stop.abort();
      stream.call.cancel();
      client.close();
    }
    await over;
    assert.equal(await state(), "true false", "it runs, and nothing was killed for want of memory");
    const slowestMs = Math.max(...waitsMs);
    process.stdout.write(
      `${waitsMs.length} verdicts, ${reopened} streams reopened, the slowest after ${slowestMs.toFixed(0)} ms\n`,
    );
    assert.ok(slowestMs < SLOWEST_MS, `an answer took ${slowestMs} ms`);
  });
});
