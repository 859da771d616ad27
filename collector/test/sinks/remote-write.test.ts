import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { waitFor } from "@outliers/service/wait-for";
import { createAuthority, temporaryFolder } from "@outliers/testing/certificates";
import { captureLog } from "@outliers/testing/log";
import fc from "fast-check";
import type { Clock } from "../../src/clock.ts";
import { parseConfig } from "../../src/config.ts";
import { retryAfterMs } from "../../src/http.ts";
import { SampleBudget } from "../../src/sample-budget.ts";
import { Series } from "../../src/series.ts";
import type { ReceiverOptions } from "../../src/sinks/remote-write/receiver.ts";
import { RemoteWrite, type RemoteWriteOptions } from "../../src/sinks/remote-write/remote-write.ts";
import { remoteWriteOptions } from "../../src/sinks/remote-write/settings.ts";
import { WriteQueue } from "../../src/sinks/remote-write/write-queue.ts";
import { startReceiver, status } from "../support/fake-receiver.ts";
import { describeSeries, detect, seriesOf } from "../support/series.ts";

const VERSION = "x-prometheus-remote-write-version";
const WRITTEN = "x-prometheus-remote-write-samples-written";

type More = Partial<Omit<RemoteWriteOptions, "receiver">> & { receiver?: Partial<ReceiverOptions> };

/** A remote write whose waits are short; `sleptMs` are those that it asked for. */
function start(url: string, { receiver, ...more }: More = {}) {
  const log = captureLog();
  const sleptMs: number[] = [];
  const clock: Clock = {
    now: Date.now,
    async sleep(durationMs, signal) {
      sleptMs.push(durationMs);
      await delay(10, undefined, { signal });
    },
  };
  const remoteWrite = new RemoteWrite(
    {
      version: "1.0",
      externalLabels: { job: "outliers", instance: "web-1" },
      queue: 100_000,
      ...more,
      receiver: {
        url,
        timeoutMs: 10_000,
        headers: {},
        headersFile: undefined,
        basicAuth: undefined,
        bearerTokenFile: undefined,
        caFile: undefined,
        ...receiver,
      },
    },
    clock,
    log.logger,
  );
  return {
    tally: remoteWrite.tally,
    sleptMs,
    lines: log.lines,
    line: (pattern: RegExp) => log.line(pattern),
    /** Has the values of a new series scored; values above 50 are outliers. */
    write: (name: string, values: readonly number[]): void => {
      const series = seriesOf(name, values);
      remoteWrite.onVerdicts(series, detect(series));
    },
    remoteWrite,
    until: (what: string, holds: () => boolean) => waitFor(what, 20_000, async () => holds()),
    close: (flushMs = 10_000) => remoteWrite.close(flushMs),
    async [Symbol.asyncDispose]() {
      await remoteWrite.close(0);
    },
  };
}

describe("remote write", () => {
  it("writes six samples per scored sample, with its own time and with sorted labels", async () => {
    await using receiver = await startReceiver();
    await using writing = start(receiver.url);
    const series = seriesOf("cpu", [1, 99], { labels: { core: "3", empty: "" } });
    writing.remoteWrite.onVerdicts(series, detect(series));
    await writing.close();
    const [request, ...others] = receiver.requests;
    assert.equal(others.length, 0);
    const { headers, series: written = [] } = request ?? {};
    assert.equal(headers?.[VERSION], "0.1.0");
    assert.equal(headers?.["content-encoding"], "snappy");
    assert.match(headers?.["user-agent"] ?? "", /^outliers-collector\/\d/);
    const rest = [
      ["core", "3"],
      ["instance", "web-1"],
      ["job", "outliers"],
      ["series", "cpu"],
    ];
    const two = (first: number, second: number) => [
      { value: first, timestamp: 1000 },
      { value: second, timestamp: 2000 },
    ];
    assert.deepEqual(written, [
      { labels: [["__name__", "outliers_value"], ...rest], samples: two(1, 99) },
      { labels: [["__name__", "outliers_score"], ...rest], samples: two(0.123456, 0.123456) },
      { labels: [["__name__", "outliers_expected"], ...rest], samples: two(1, 1) },
      { labels: [["__name__", "outliers_expected_lower"], ...rest], samples: two(0, 0) },
      { labels: [["__name__", "outliers_expected_upper"], ...rest], samples: two(2, 2) },
      { labels: [["__name__", "outliers_outlier"], ...rest], samples: two(0, 1) },
    ]);
    assert.deepEqual(writing.tally, {
      sent: 12,
      failed: 0,
      retried: 0,
      dropped: 0,
      pending: 0,
      highestSentMs: 2000,
    });
  });

  it("writes the same in 2.0", async () => {
    await using receiver = await startReceiver();
    for (const version of ["1.0", "2.0"] as const) {
      await using writing = start(receiver.url, { version });
      writing.write("cpu", [1, 99, -0.5]);
      writing.write("load1", [3]);
      await writing.close();
      assert.equal(writing.tally.sent, 24);
    }
    const [first, second] = receiver.requests;
    assert.equal(first?.series.length, 12);
    assert.deepEqual(second?.series, first.series);
    assert.equal(second?.headers[VERSION], "2.0.0");
    assert.equal(
      second?.headers["content-type"],
      "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    );
  });

  it("leaves out what the detector didn't report, and what was back-filled", async () => {
    await using receiver = await startReceiver();
    await using writing = start(receiver.url);
    const first = { timeMs: 1000, value: 1 };
    const series = new Series(describeSeries("cpu"), first, new SampleBudget(100), 3000);
    series.push({ timeMs: 2000, value: 2 });
    series.push({ timeMs: 3000, value: 3 });
    const detected = detect(series);
    const verdict = { score: 0.5, expected: Number.NaN, lower: Number.NaN, upper: Number.NaN };
    writing.remoteWrite.onVerdicts(series, { ...detected, verdicts: [verdict, verdict, verdict] });
    await writing.close();
    const written = receiver.requests.flatMap((request) => request.series);
    assert.deepEqual(
      written.map(({ labels, samples }) => [labels[0]?.[1], samples]),
      [
        ["outliers_value", [{ value: 3, timestamp: 3000 }]],
        ["outliers_score", [{ value: 0.5, timestamp: 3000 }]],
        ["outliers_outlier", [{ value: 0, timestamp: 3000 }]],
      ],
    );
    assert.equal(writing.tally.sent, 3);
  });

  it("doesn't replace labels that the series has", async () => {
    await using receiver = await startReceiver();
    await using writing = start(receiver.url);
    const series = seriesOf("up", [1], { labels: { instance: "db-1" } });
    writing.remoteWrite.onVerdicts(series, detect(series));
    await writing.close();
    assert.deepEqual(receiver.requests[0]?.series[0]?.labels, [
      ["__name__", "outliers_value"],
      ["instance", "db-1"],
      ["job", "outliers"],
      ["series", "up"],
    ]);
  });

  it("sends a full request at once, and the rest after a while", async () => {
    await using receiver = await startReceiver();
    await using writing = start(receiver.url);
    writing.write(
      "cpu",
      Array.from({ length: 400 }, () => 1),
    );
    await writing.until("all samples", () => writing.tally.sent === 2400);
    assert.deepEqual(
      receiver.requests.map(({ series }) => series[0]?.samples.length),
      [333, 67],
    );
    assert.ok(writing.sleptMs.includes(5000));
  });
});

describe("a receiver that is away", () => {
  it("gets everything in order when it is back, over one connection", async () => {
    await using receiver = await startReceiver();
    await using writing = start(receiver.url);
    receiver.behaviours.push(status(503), status(500));
    for (const name of ["cpu", "load1"])
      writing.write(
        name,
        Array.from({ length: 500 }, (_, at) => at),
      );
    await writing.until("all samples", () => writing.tally.sent === 6000);
    const accepted = receiver.requests.slice(2);
    for (const name of ["cpu", "load1"]) {
      const values = accepted
        .flatMap(({ series }) => series)
        .filter(({ labels }) => labels[0]?.[1] === "outliers_value" && labels.at(-1)?.[1] === name)
        .flatMap(({ samples }) => samples);
      assert.deepEqual(
        values,
        Array.from({ length: 500 }, (_, at) => ({ value: at, timestamp: 1000 * (at + 1) })),
      );
    }
    assert.equal(receiver.connections(), 1);
    assert.equal(writing.tally.retried, 2 * 333 * 6);
    assert.equal(writing.tally.pending, 0);
    await writing.line(/remote write failed; retrying.*|the receiver answered 503: because"/);
    await writing.line(/"dropped":0,"msg":"remote write recovered"/);
  });

  it("is left alone for as long as it asks for", async () => {
    await using receiver = await startReceiver();
    await using writing = start(receiver.url);
    receiver.behaviours.push(status(429, { "retry-after": "7" }));
    writing.write("cpu", [1]);
    await writing.until("the sample", () => writing.tally.sent === 6);
    assert.ok(writing.sleptMs.includes(7000));
  });

  it("may hang, or hang up with or without a status", async () => {
    await using receiver = await startReceiver();
    await using writing = start(receiver.url, { receiver: { timeoutMs: 300 } });
    receiver.behaviours.push(
      () => {},
      (response) => response.destroy(),
      (response) => {
        response.writeHead(502, { "content-length": "1000" });
        response.write("bad");
        setTimeout(() => response.destroy(), 20);
      },
    );
    writing.write("cpu", [1]);
    await writing.until("the sample", () => writing.tally.sent === 6);
    assert.equal(receiver.requests.length, 4);
    assert.equal(writing.tally.retried, 18);
    // Once for the whole outage.
    assert.equal(writing.lines.filter((line) => line.includes("remote write failed")).length, 1);
    await writing.line(/no answer within 0\.3 s/);
  });

  it("is done with a request once it has said so, even if it hangs up then", async () => {
    await using receiver = await startReceiver();
    await using writing = start(receiver.url);
    receiver.behaviours.push((response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("thank");
      setTimeout(() => response.destroy(), 20);
    });
    writing.write("cpu", [1]);
    await writing.close();
    assert.equal(receiver.requests.length, 1);
    assert.equal(writing.tally.sent, 6);
  });

  it("costs the oldest samples when the queue is full, which is counted and logged once", async () => {
    await using receiver = await startReceiver();
    await using writing = start(receiver.url, { queue: 1000 });
    const held: (() => void)[] = [];
    receiver.behaviours.push(
      (response) => void held.push(() => status(503)(response, { headers: {}, series: [] })),
    );
    const series = seriesOf("cpu", [0]);
    const scored = () => writing.remoteWrite.onVerdicts(series, detect(series));
    for (let at = 1; at < 333; at++) series.push({ timeMs: 1000 * (at + 1), value: at });
    scored();
    await writing.until("the first request", () => held.length === 1);
    for (let at = 333; at < 1500; at++) {
      series.push({ timeMs: 1000 * (at + 1), value: at });
      scored();
    }
    // 1,167 more for a queue of 1,000.
    assert.equal(writing.tally.dropped, 167 * 6);
    assert.equal(writing.tally.pending, 1333 * 6);
    held[0]?.();
    await writing.close();
    assert.equal(writing.tally.sent, 1333 * 6);
    assert.equal(writing.tally.pending, 0);
    assert.equal(writing.tally.highestSentMs, 1_500_000);
    assert.equal(writing.lines.filter((line) => line.includes("drops samples")).length, 1);
    await writing.line(/"dropped":1002,"msg":"remote write recovered"/);
  });

  it("holds up the end only until the time limit; what is left is counted", async () => {
    // Nothing listens there.
    const writing = start("http://127.0.0.1:1/");
    writing.write(
      "cpu",
      Array.from({ length: 400 }, () => 1),
    );
    const beganAtMs = performance.now();
    await writing.close(300);
    assert.ok(performance.now() - beganAtMs >= 250);
    assert.equal(writing.tally.dropped, 2400);
    assert.equal(writing.tally.pending, 0);
    await writing.line(
      /"samples":2400,"why":"the collector stops","msg":"remote write drops samples"/,
    );
  });
});

describe("a receiver that refuses samples", () => {
  for (const code of [400, 401, 404, 301]) {
    it(`doesn't get them again after ${code}, and gets the next ones`, async () => {
      await using receiver = await startReceiver();
      await using writing = start(receiver.url);
      receiver.behaviours.push(status(code, {}, "out of order sample\nand more"));
      writing.write("cpu", [1]);
      await writing.until("the refusal", () => writing.tally.failed === 6);
      writing.write("load1", [2]);
      await writing.close();
      assert.equal(receiver.requests.length, 2);
      assert.deepEqual(
        { ...writing.tally, highestSentMs: 0 },
        {
          sent: 6,
          failed: 6,
          retried: 0,
          dropped: 0,
          pending: 0,
          highestSentMs: 0,
        },
      );
      await writing.line(new RegExp(`"status":${code},"message":"out of order sample"`));
    });
  }

  for (const code of [200, 400]) {
    it(`says with ${code} in 2.0 how many it has written`, async () => {
      await using receiver = await startReceiver();
      await using writing = start(receiver.url, { version: "2.0" });
      receiver.behaviours.push(status(code, { [WRITTEN]: "4" }));
      writing.write("cpu", [1]);
      await writing.close();
      assert.equal(receiver.requests.length, 1);
      assert.equal(writing.tally.sent, 4);
      assert.equal(writing.tally.failed, 2);
      await writing.line(/the receiver refused samples/);
    });
  }

  const ignorant = { "says 415": status(415), "takes it for an empty request": status(204) };
  for (const [what, behaviour] of Object.entries(ignorant)) {
    it(`gets 1.0 if it ${what} of 2.0`, async () => {
      await using receiver = await startReceiver();
      await using writing = start(receiver.url, { version: "2.0" });
      receiver.behaviours.push(behaviour);
      writing.write("cpu", [1]);
      await writing.until("the sample", () => writing.tally.sent === 6);
      writing.write("load1", [1]);
      await writing.close();
      assert.deepEqual(
        receiver.requests.map(({ headers }) => headers[VERSION]),
        ["2.0.0", "0.1.0", "0.1.0"],
      );
      assert.equal(writing.tally.failed, 0);
      await writing.line(/doesn't take remote write 2\.0: writing 1\.0/);
    });
  }
});

describe("a receiver that wants to know who writes", () => {
  it("gets the headers, and secrets as they are in their files then", async () => {
    using folder = temporaryFolder();
    await using receiver = await startReceiver();
    const tokenFile = folder.write("token", "first\n");
    const headersFile = folder.write("headers", "X-Api-Key: a: b\n\n");
    await using writing = start(receiver.url, {
      receiver: { headers: { "X-Scope-OrgID": "team-a" }, headersFile, bearerTokenFile: tokenFile },
    });
    writing.write("cpu", [1]);
    await writing.until("the first request", () => writing.tally.sent === 6);
    folder.write("token", "second\n");
    writing.write("cpu", [1]);
    await writing.close();
    const [first, second] = receiver.requests.map(({ headers }) => headers);
    assert.equal(first?.authorization, "Bearer first");
    assert.equal(first?.["x-scope-orgid"], "team-a");
    assert.equal(first?.["x-api-key"], "a: b");
    assert.equal(second?.authorization, "Bearer second");
  });

  it("gets a user name and a password over TLS, once its certificate is verified", async () => {
    using folder = temporaryFolder();
    const [ca, other] = [await createAuthority("ca"), await createAuthority("other")];
    await using receiver = await startReceiver(await ca.issue(["127.0.0.1"]));
    const caFile = folder.write("ca.crt", other.cert);
    const passwordFile = folder.write("password", "s3cret:\n");
    await using writing = start(receiver.url, {
      receiver: { caFile, basicAuth: { username: "writer", passwordFile } },
    });
    writing.write("cpu", [1]);
    await writing.until("a failure", () => writing.tally.retried > 0);
    assert.equal(receiver.requests.length, 0);
    folder.write("ca.crt", ca.cert);
    await writing.close();
    const expected = `Basic ${Buffer.from("writer:s3cret:").toString("base64")}`;
    assert.equal(receiver.requests[0]?.headers.authorization, expected);
    // Not even in the log of what failed.
    assert.doesNotMatch(writing.lines.join(""), /s3cret|d3JpdGVy/);
  });
});

describe("Retry-After", () => {
  const nowMs = Date.parse("Wed, 21 Oct 2015 07:28:00 GMT");
  const cases: [header: string | undefined, waitMs: number | undefined][] = [
    [undefined, undefined],
    ["0", 0],
    ["120", 120_000],
    ["86400", 300_000],
    ["Wed, 21 Oct 2015 07:28:30 GMT", 30_000],
    ["Wed, 21 Oct 2015 07:27:30 GMT", 0],
    ["soon", undefined],
  ];
  for (const [header, waitMs] of cases) {
    it(`of ${header} means ${waitMs} ms`, () =>
      assert.equal(retryAfterMs(header, nowMs, 300_000), waitMs));
  }
});

describe("the settings", () => {
  const url = "http://prometheus:9090/api/v1/write";
  const optionsOf = (env: Record<string, string>) =>
    remoteWriteOptions(parseConfig({ REMOTE_WRITE_URL: url, ...env }), "web-1");

  it("turn it off by default, even with others set", () => {
    assert.equal(remoteWriteOptions(parseConfig({}), "web-1"), undefined);
    assert.equal(optionsOf({ REMOTE_WRITE_URL: "", REMOTE_WRITE_VERSION: "2.0" }), undefined);
  });

  it("name the host, unless the labels do", () => {
    assert.deepEqual(optionsOf({})?.externalLabels, { job: "outliers", instance: "web-1" });
    assert.deepEqual(
      optionsOf({ REMOTE_WRITE_EXTERNAL_LABELS: "instance=a, env=x%2Cy" })?.externalLabels,
      { job: "outliers", instance: "a", env: "x,y" },
    );
  });

  it("may not hold passwords: those are in files that can be read", () => {
    using folder = temporaryFolder();
    const password = folder.write("password", "s3cret\n");
    const empty = folder.write("empty", "\n");
    const options = optionsOf({
      REMOTE_WRITE_USERNAME: "writer",
      REMOTE_WRITE_PASSWORD_FILE: password,
    });
    assert.deepEqual(options?.receiver.basicAuth, { username: "writer", passwordFile: password });
    const cases: [env: Record<string, string>, message: RegExp][] = [
      [{ REMOTE_WRITE_URL: "prometheus:9090" }, /REMOTE_WRITE_URL=.*: expected an http or https/],
      [{ REMOTE_WRITE_URL: "http://a:b@c/" }, /REMOTE_WRITE_URL=.*: expected a URL without a pass/],
      [{ REMOTE_WRITE_VERSION: "3.0" }, /REMOTE_WRITE_VERSION="3.0": expected one of 1\.0, 2\.0/],
      [{ REMOTE_WRITE_QUEUE: "10" }, /REMOTE_WRITE_QUEUE="10": expected a whole number from 1000/],
      [{ REMOTE_WRITE_TIMEOUT: "1" }, /REMOTE_WRITE_TIMEOUT="1": expected a duration/],
      [{ REMOTE_WRITE_EXTERNAL_LABELS: "a" }, /EXTERNAL_LABELS="a": expected name=value pairs/],
      [{ REMOTE_WRITE_EXTERNAL_LABELS: "__name__=a" }, /__name__=a": expected name=value pairs/],
      [{ REMOTE_WRITE_HEADERS: "Authorization=x" }, /HEADERS=.*: expected name=value pairs/],
      [{ REMOTE_WRITE_HEADERS: "X-Y=a%0Ab" }, /HEADERS="X-Y=a%0Ab": expected name=value pairs/],
      [{ REMOTE_WRITE_USERNAME: "a" }, /PASSWORD_FILE="": expected the path .*USERNAME is set/],
      [{ REMOTE_WRITE_PASSWORD_FILE: password }, /USERNAME="": expected a user name, as/],
      [{ REMOTE_WRITE_BEARER_TOKEN_FILE: "/no" }, /BEARER_TOKEN_FILE="\/no": expected.*ENOENT/],
      [{ REMOTE_WRITE_BEARER_TOKEN_FILE: empty }, /BEARER_TOKEN_FILE=.*: expected.*it is empty/],
      [{ REMOTE_WRITE_HEADERS: "Content-Type=x" }, /HEADERS=.*: expected name=value pairs/],
      [{ REMOTE_WRITE_HEADERS_FILE: password }, /HEADERS_FILE=.*expected.*line 1 is not a header/],
      [{ REMOTE_WRITE_CA_FILE: password }, /CA_FILE=.*: expected.*contains no certificate/],
      [
        {
          REMOTE_WRITE_USERNAME: "a",
          REMOTE_WRITE_PASSWORD_FILE: password,
          REMOTE_WRITE_BEARER_TOKEN_FILE: password,
        },
        /BEARER_TOKEN_FILE=.*: expected either a bearer token or a user name/,
      ],
    ];
    for (const [env, message] of cases) {
      assert.throws(
        () => optionsOf(env),
        (error: Error) => message.test(error.message) && !error.message.includes("s3cret"),
        JSON.stringify(env),
      );
    }
  });
});

describe("the queue", () => {
  it("is a list that forgets its beginning beyond its capacity", () => {
    const series = seriesOf("cpu", [1]);
    const scoredOf = (value: number) => ({
      series,
      timeMs: 1000 * value,
      value,
      score: value / 2,
      expected: Number.NaN,
      lower: Number.NEGATIVE_INFINITY,
      upper: 3,
      isOutlier: value % 2 === 1,
    });
    // A number pushes as many samples, or takes them when it is negative.
    const steps = fc.array(fc.integer({ min: -1500, max: 1500 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), steps, (capacity, counts) => {
        const queue = new WriteQueue(capacity);
        const list: number[] = [];
        let pushed = 0;
        for (const count of counts) {
          for (let nth = 0; nth < count; nth++) {
            const expected = list.length === capacity ? list[0] : undefined;
            assert.equal(queue.push(scoredOf(pushed))?.value, expected);
            list.push(pushed);
            if (expected !== undefined) list.shift();
            pushed += 1;
          }
          if (count < 0) assert.deepEqual(queue.take(-count), list.splice(0, -count).map(scoredOf));
          assert.equal(queue.length, list.length);
        }
      }),
      { numRuns: 30 },
    );
  });
});
