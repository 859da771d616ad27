import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { createDetectorClient, type DetectorClient } from "@outliers/client/detector-client";
import { isServiceError } from "@outliers/client/errors";
import { Method, type Metric } from "@outliers/proto";
import { waitFor } from "@outliers/service/wait-for";
import {
  freePort,
  startFakeDetector,
  startUnresponsiveServer,
  wholeResponse,
} from "@outliers/testing/fake-detector";
import { startDetectorProcess } from "./support/detector-process.ts";

const options = { method: Method.METHOD_ADAPTIVE, includeScores: true };
const DEADLINE_MS = 1500;

const targetOf = (...ports: number[]): string =>
  `ipv4:${ports.map((port) => `127.0.0.1:${port}`).join()}`;

const connect = (ports: number[], deadlineMs = DEADLINE_MS) =>
  createDetectorClient(targetOf(...ports), deadlineMs);

let seconds = 0;
const next = (): Metric[] => [
  { time: { seconds: 1_700_000_000 + seconds++, nanos: 0 }, name: "a", value: 1 },
];

/** Has samples scored over a stream as the collector does, and records the failures. */
function createCaller(client: DetectorClient) {
  let stream = client.openStream(options);
  const failures: unknown[] = [];
  return {
    failures,
    async send(): Promise<void> {
      for (;;) {
        if (!stream.isOpen) stream = client.openStream(options);
        try {
          await stream.send({ metrics: next() });
          return;
        } catch (error) {
          failures.push(error);
          if (failures.length > 10) throw error;
        }
      }
    },
  };
}

const codes = (errors: unknown[]) =>
  errors.map((error) => (isServiceError(error) ? Status[error.code] : String(error)));

describe("a replica that hangs next to a healthy one", () => {
  test("costs one deadline, and gets no more requests while it hangs", async () => {
    await using one = await startDetectorProcess();
    await using other = await startDetectorProcess();
    const client = connect([one.port, other.port]);
    const caller = createCaller(client);
    await caller.send();
    one.kill("SIGSTOP");
    other.kill("SIGSTOP");
    one.kill("SIGCONT");
    await caller.send();
    one.kill("SIGSTOP");
    other.kill("SIGCONT");
    await caller.send();
    // By now the stream has been with both.
    assert.ok(caller.failures.length >= 1 && caller.failures.length <= 2);
    assert.ok(codes(caller.failures).every((code) => code === "DEADLINE_EXCEEDED"));
    caller.failures.length = 0;
    const startedAtMs = performance.now();
    for (let request = 0; request < 50; request++) {
      const fresh = client.openStream(options);
      await fresh.send({ metrics: next() });
      await client.detect(next(), options);
    }
    assert.deepEqual(caller.failures, []);
    assert.ok(performance.now() - startedAtMs < 50 * DEADLINE_MS);
    client.close();
  });

  test("is tried last if it doesn't answer although its connection works", async () => {
    await using silent = await startFakeDetector(() => []);
    await using healthy = await startFakeDetector((of) => [wholeResponse(of)]);
    const client = connect([silent.port, healthy.port], 500);
    const caller = createCaller(client);
    const unanswered = (): number => silent.requests;
    await waitFor("the silent one to be asked", 20_000, async () => {
      await client.detect(next(), options).catch(() => {});
      return unanswered() === 1;
    });
    const before = healthy.requests;
    for (let request = 0; request < 20; request++) await client.detect(next(), options);
    await caller.send();
    assert.equal(healthy.requests - before, 21);
    assert.equal(silent.requests, 1);
    assert.deepEqual(caller.failures, []);
    client.close();
  });

  test("takes its share again when it is back", async () => {
    await using one = await startDetectorProcess();
    await using other = await startFakeDetector((of) => [wholeResponse(of)]);
    const client = connect([one.port, other.port]);
    /** Whether the one that may hang answers one of two requests. */
    const isShared = async (): Promise<boolean> => {
      const before = other.requests;
      for (let request = 0; request < 2; request++) await client.detect(next(), options);
      return other.requests - before === 1;
    };
    await waitFor("both to have their shares", 30_000, isShared);
    one.kill("SIGSTOP");
    await assert.rejects(isShared(), /DEADLINE_EXCEEDED/);
    // Long enough for an attempt to connect to be given up on.
    for (const endMs = performance.now() + 3 * DEADLINE_MS; performance.now() < endMs; ) {
      await client.detect(next(), options);
    }
    one.kill("SIGCONT");
    await waitFor("its share", 30_000, isShared);
    client.close();
  });

  test("is tried again later: it may be the only one by then", async () => {
    await using first = await startFakeDetector(() => []);
    const client = connect([first.port], 300);
    const caller = createCaller(client);
    await assert.rejects(client.detect(next(), options), /DEADLINE_EXCEEDED/);
    first.answer = (of) => [wholeResponse(of)];
    await caller.send();
    await client.detect(next(), options);
    assert.deepEqual(caller.failures, []);
    client.close();
  });
});

describe("a replica that can't be reached costs no request", () => {
  test("if it accepts connections, but nothing else", async () => {
    await using unresponsive = await startUnresponsiveServer();
    await using healthy = await startFakeDetector((of) => [wholeResponse(of)]);
    const client = connect([unresponsive.port, healthy.port], 10_000);
    for (let request = 0; request < 10; request++)
      await client.openStream(options).send({ metrics: next() });
    for (let request = 0; request < 10; request++) await client.detect(next(), options);
    assert.equal(healthy.requests, 20);
    assert.ok(unresponsive.connections() <= 1, "one attempt is enough");
    client.close();
  });

  test("if nothing listens", async () => {
    await using healthy = await startFakeDetector((of) => [wholeResponse(of)]);
    const client = connect([await freePort(), healthy.port, await freePort()], 10_000);
    for (let request = 0; request < 10; request++)
      await client.openStream(options).send({ metrics: next() });
    for (let request = 0; request < 10; request++) await client.detect(next(), options);
    assert.equal(healthy.requests, 20);
    client.close();
  });

  test("if it dies between two requests, or is replaced at its address", async () => {
    await using survivor = await startFakeDetector((of) => [wholeResponse(of)]);
    const client = connect([survivor.port], 10_000);
    {
      await using dying = await startFakeDetector((of) => [wholeResponse(of)]);
      const both = connect([dying.port, survivor.port], 10_000);
      for (let request = 0; request < 4; request++) await both.detect(next(), options);
      assert.ok(dying.requests >= 1 && survivor.requests >= 1);
      await dying[Symbol.asyncDispose]();
      for (let request = 0; request < 10; request++) await both.detect(next(), options);
      both.close();
    }
    await client.detect(next(), options);
    client.close();
  });
});

describe("requests", () => {
  test("go to all replicas in turn", async () => {
    const replicas = await Promise.all(
      [0, 1, 2].map(() => startFakeDetector((of) => [wholeResponse(of)])),
    );
    const client = connect(
      replicas.map(({ port }) => port),
      10_000,
    );
    for (let request = 0; request < 30; request++) await client.detect(next(), options);
    for (let stream = 0; stream < 30; stream++)
      await client.openStream(options).send({ metrics: next() });
    assert.deepEqual(
      replicas.map(({ requests }) => requests),
      [20, 20, 20],
    );
    client.close();
    for (const replica of replicas) await replica[Symbol.asyncDispose]();
  });

  test("refused by a full replica go to another one", async () => {
    const code = Status.RESOURCE_EXHAUSTED;
    await using full = await startFakeDetector(() => ({ code, details: "full (MAX_CALLS)" }));
    await using healthy = await startFakeDetector((of) => [wholeResponse(of)]);
    const client = connect([full.port, healthy.port], 10_000);
    for (let request = 0; request < 10; request++) await client.detect(next(), options);
    assert.equal(healthy.requests, 10);
    assert.ok(full.requests <= 1);
    client.close();
  });

  test("that every replica would refuse are sent once", async () => {
    const code = Status.RESOURCE_EXHAUSTED;
    const details = "the request has 3 metrics, the limit is 2 (MAX_POINTS): send less";
    await using strict = await startFakeDetector(() => ({ code, details }));
    await using other = await startFakeDetector(() => ({ code, details }));
    const client = connect([strict.port, other.port], 10_000);
    await assert.rejects(client.detect(next(), options), /MAX_POINTS/);
    assert.equal(strict.requests + other.requests, 1);
    client.close();
  });

  test("fail with the reason if there is no replica", async () => {
    const refused = connect([await freePort(), await freePort()], 10_000);
    await assert.rejects(
      refused.detect(next(), options),
      /UNAVAILABLE.*Last error: .*ECONNREFUSED/,
    );
    await assert.rejects(
      refused.openStream(options).send({ metrics: next() }),
      /UNAVAILABLE.*ECONNREFUSED/,
    );
    refused.close();
    const unknown = createDetectorClient("dns:///no-such-name.invalid:9999", 10_000);
    await assert.rejects(
      unknown.detect(next(), options),
      /UNAVAILABLE: no address of .*no-such-name/,
    );
    unknown.close();
    await using unresponsive = await startUnresponsiveServer();
    const unanswered = connect([unresponsive.port], 300);
    await assert.rejects(unanswered.detect(next(), options), /DEADLINE_EXCEEDED/);
    await assert.rejects(
      unanswered.openStream(options).send({ metrics: next() }),
      /DEADLINE_EXCEEDED/,
    );
    unanswered.close();
  });

  test("need a valid target", () => {
    assert.throws(() => createDetectorClient("http://localhost:9999", 1), /not a gRPC target/);
  });

  test("don't go through a proxy set in the environment", async () => {
    await using proxy = await startUnresponsiveServer();
    await using detector = await startFakeDetector((of) => [wholeResponse(of)]);
    const before = { ...process.env };
    Object.assign(process.env, {
      http_proxy: `http://127.0.0.1:${proxy.port}`,
      https_proxy: `http://127.0.0.1:${proxy.port}`,
      grpc_proxy: `http://127.0.0.1:${proxy.port}`,
    });
    try {
      for (const target of [`127.0.0.1:${detector.port}`, `localhost:${detector.port}`]) {
        const client = createDetectorClient(target, 10_000);
        await client.detect(next(), options);
        client.close();
      }
      assert.equal(proxy.connections(), 0);
    } finally {
      for (const name of ["http_proxy", "https_proxy", "grpc_proxy"]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  test("end with their client, even while waiting for a connection", async () => {
    await using unresponsive = await startUnresponsiveServer();
    await using silent = await startFakeDetector(() => []);
    for (const port of [unresponsive.port, silent.port]) {
      const client = connect([port], 60_000);
      const streamed = client.openStream(options).send({ metrics: next() });
      const window = client.detect(next(), options);
      const results = Promise.allSettled([streamed, window]);
      await waitFor(
        "a connection",
        20_000,
        async () => unresponsive.connections() + silent.streams > 0,
      );
      client.close();
      const [one, two] = await results;
      assert.equal(one?.status, "rejected");
      assert.equal(two?.status, "rejected");
      await assert.rejects(client.detect(next(), options), /CANCELLED/);
      await assert.rejects(client.openStream(options).send({ metrics: next() }), /CANCELLED/);
    }
  });
});

describe("a stream that catches up", () => {
  const many = (count: number): Metric[] => Array.from({ length: count }, () => next()).flat();

  test("may take longer than the deadline: the replica has others, too", async () => {
    await using busy = await startFakeDetector((of, write) => {
      if (of.metrics.length === 0) return [wholeResponse(of)];
      setTimeout(() => write(wholeResponse(of)), 800);
      return [];
    });
    const client = connect([busy.port], 300);
    const metrics = many(500);
    const { scores } = await client.openStream(options).send({ metrics });
    assert.equal(scores.length, 500);
    assert.equal(busy.streams, 1);
    client.close();
  });

  test("waits no longer than the deadline for a replica that hangs", async () => {
    await using silent = await startFakeDetector(() => []);
    const client = connect([silent.port], 300);
    const startedAtMs = performance.now();
    await assert.rejects(
      client.openStream(options).send({ metrics: many(500) }),
      /DEADLINE_EXCEEDED: no answer within 0\.3 s/,
    );
    assert.ok(performance.now() - startedAtMs < 20_000);
    client.close();
  });
});

describe("streams", () => {
  test("refused by a full replica go to another one", async () => {
    const code = Status.RESOURCE_EXHAUSTED;
    await using full = await startFakeDetector(() => ({ code, details: "full (MAX_SERIES)" }));
    await using healthy = await startFakeDetector((of) => [wholeResponse(of)]);
    const client = connect([full.port, healthy.port], 10_000);
    for (let stream = 0; stream < 10; stream++) {
      const caller = createCaller(client);
      await caller.send();
      assert.ok(caller.failures.length <= 1);
    }
    assert.ok(full.requests <= 1);
    client.close();
  });

  test("move to new replicas, as many as it takes, and none of those that have nothing to move to", async () => {
    const answer = (of: Parameters<typeof wholeResponse>[0]) => [wholeResponse(of)];
    await using first = await startFakeDetector(answer);
    const addresses = ["127.0.0.1"];
    const lookup = async () => addresses.map((address) => ({ address }));
    const target = `dns:///detector.test:${first.port}`;
    const client = createDetectorClient(target, 10_000, undefined, lookup);
    const callers = Array.from({ length: 8 }, () => createCaller(client));
    for (const caller of callers) await caller.send();
    assert.equal(first.streams, 8);
    await using second = await startFakeDetector(answer, "127.0.0.2", first.port);
    addresses.push("127.0.0.2");
    await waitFor("half of them at the second", 60_000, async () => {
      for (const caller of callers) await caller.send();
      return second.streams === 4;
    });
    assert.equal(first.streams, 8, "none was opened again where it was");
    assert.deepEqual(
      callers.flatMap(({ failures }) => failures),
      [],
    );
    client.close();
  });
});
