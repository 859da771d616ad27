import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { temporaryFolder } from "@outliers/testing/certificates";
import { captureLog } from "@outliers/testing/log";
import fc from "fast-check";
import pLimit from "p-limit";
import { isScalar, parse, stringify } from "yaml";
import { seriesId } from "../../../src/series.ts";
import { metricLabels } from "../../../src/series-metric.ts";
import { prometheusApi } from "../../../src/sources/prometheus/http-api.ts";
import { readWithPresets } from "../../../src/sources/prometheus/presets.ts";
import { syntaxErrorOf } from "../../../src/sources/prometheus/promql.ts";
import { parseQueries } from "../../../src/sources/prometheus/queries-file.ts";
import { presetNames } from "../../../src/sources/prometheus/queries-schema.ts";
import { QueryError } from "../../../src/sources/prometheus/query-error.ts";
import { querySource } from "../../../src/sources/prometheus/query-source.ts";
import { offsetInScalar, parseYaml } from "../../../src/yaml-places.ts";
import { type FakeSeries, fakePrometheus } from "../../support/fake-prometheus.ts";
import { metricsWithoutSeries } from "../../support/metrics.ts";
import { describeSeries } from "../../support/series.ts";

/** The errors of a file, without their common beginning. */
function errorsOf(yaml: string): string[] {
  try {
    parseQueries(yaml, "queries.yml");
    return [];
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message.split("\n  ").slice(1);
  }
}

describe("a file of queries", () => {
  it("has all its errors reported at once: where, what was given, and what is allowed", () => {
    const yaml = `
url: ftp://example
http_config:
  basic_auth: { username: a, password: 12345 }
  bogus: 1
queries:
  - name: cpu
    expr: up
    interval: 5x
  - name: a
    expr: up
    range: { min: 3, max: 1 }
  - name: a
    limit: 1.5
    labels: { keep: [a], drop: [b] }
  - name: b
    expr: up
    peers: { by: job }
  - { name: c, expr: up, peers: {}, min_deviation: { relative: 0.1 } }
`;
    assert.deepEqual(errorsOf(yaml), [
      'queries.yml:2:1: url: "ftp://example": expected the http or https URL of a Prometheus',
      "queries.yml:4:30: http_config.basic_auth.password: expected a password",
      "queries.yml:5:3: http_config.bogus: unknown field, expected one of basic_auth, authorization, tls_config, headers, http_headers",
      'queries.yml:7:5: queries[0].name: "cpu": cpu, load, memory are the host\'s own sources',
      'queries.yml:9:5: queries[0].interval: "5x": expected a duration such as 15s, 5m or 1h30m, from 1s to 1h',
      "queries.yml:12:5: queries[1].range: expected a min below max",
      "queries.yml:13:5: queries[2].expr: missing, expected a PromQL expression",
      'queries.yml:13:5: queries[2].name: "a": expected a name of its own',
      "queries.yml:14:5: queries[2].limit: 1.5: expected a whole number from 1 to 10000",
      "queries.yml:15:5: queries[2].labels: expected either keep or drop",
      'queries.yml:18:14: queries[3].peers.by: "job": expected a list of label names',
      "queries.yml:19:54: queries[4].min_deviation.relative: 0.1: expected 0: with peers, the difference from their median is scored, and absolute bounds it",
    ]);
  });

  it("has errors of its syntax reported with their place", () => {
    const [error] = errorsOf("queries:\n  - name: a\n    name: b\n");
    assert.match(error ?? "", /^queries\.yml:3:5: .*unique/);
  });

  it("needs a server only if it has queries", () => {
    assert.deepEqual(parseQueries("", "queries.yml"), {
      connection: undefined,
      presets: [],
      syntaxErrors: [],
      queries: [],
    });
    assert.match(errorsOf("queries: [{ name: a, expr: up }]")[0] ?? "", /url: missing/);
  });

  it("has Prometheus' durations, defaults, and paths relative to its folder", () => {
    const yaml = `
url: https://prometheus.example/prometheus/
http_config: { authorization: { credentials_file: token } }
queries: [{ name: a, expr: up, interval: 1m30s }]
`;
    const { connection, queries } = parseQueries(yaml, "/etc/outliers/queries.yml");
    assert.deepEqual(connection?.http.authorization, {
      type: "Bearer",
      credentials_file: "/etc/outliers/token",
    });
    assert.deepEqual(queries, [
      {
        name: "a",
        expr: "up",
        interval: 90_000,
        min_deviation: { absolute: 0, relative: 0 },
        range: { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY },
        offset: 0,
        limit: 1000,
        absent: "state",
      },
    ]);
  });
});

describe("an expression that is no PromQL", () => {
  const cases: [how: string, expr: string, error: string][] = [
    ["plain", "rate(up[5m]) by job", '2:24: queries[0].expr: expected PromQL: unexpected "by"'],
    [
      "with a wrong function",
      "sum(rte(x[5m]))",
      "2:15: queries[0].expr: expected PromQL: there is no function rte",
    ],
    ["in quotes", `'up{a=''b''} )'`, '2:24: queries[0].expr: expected PromQL: unexpected ")"'],
    ["with escapes", '"up{a=\\"b\\"} )"', '2:24: queries[0].expr: expected PromQL: unexpected ")"'],
    [
      "after escapes",
      `${String.raw`"sum by\t(a,\x62)\n(\u0078{c=\"\\\\\"}`}\\\n      ) bad"`,
      '3:9: queries[0].expr: expected PromQL: unexpected "bad"',
    ],
    [
      "in a block",
      "|\n      sum by (a) (\n        x\n      ) bad",
      '5:9: queries[0].expr: expected PromQL: unexpected "bad"',
    ],
    [
      "in a folded block",
      ">-\n      sum by (a) (\n        rte(x[5m])\n      )",
      "4:9: queries[0].expr: expected PromQL: there is no function rte",
    ],
    [
      "that ends too early",
      "sum(up",
      "2:17: queries[0].expr: expected PromQL, and more of it here",
    ],
  ];
  for (const [how, expr, error] of cases) {
    it(`${how} is reported where it is written`, () => {
      const { syntaxErrors } = parseQueries(
        `queries:\n  - expr: ${expr}\n    name: b\nurl: http://a\n`,
        "queries.yml",
      );
      assert.deepEqual(
        syntaxErrors.map(({ message }) => message),
        [`queries.yml:${error}`],
      );
    });
  }

  it("is reported among all other errors of the file", () => {
    const yaml = "queries:\n  - { name: a, expr: up{, limit: 0 }\n  - { name: b, expr: 'up)' }\n";
    assert.deepEqual(errorsOf(yaml.replace("up{", "up")), [
      "queries.yml:1:1: url: missing, expected the http or https URL of a Prometheus",
      "queries.yml:2:26: queries[0].limit: 0: expected a whole number from 1 to 10000",
      'queries.yml:3:25: queries[1].expr: expected PromQL: unexpected ")"',
    ]);
  });

  it("is left to a server that knows more than PromQL", () => {
    const yaml = "url: http://a\nsyntax: any\nqueries: [{ name: a, expr: up default 0 }]\n";
    assert.deepEqual(parseQueries(yaml, "queries.yml").syntaxErrors, []);
  });

  for (const expr of [
    'histogram_quantile(0.9, sum by (le) (rate(x_bucket{a!~"b|c"}[5m] offset 1m)))',
    "max_over_time(rate(x[5m])[1h:5m]) @ end() > bool 1",
    '{"my.metric", "a.b"="c"} or on (job) group_left (x) y unless z',
    "-sum(up) ^ 2 / count_values('v', up) # comment",
  ])
    it(`is not ${expr}`, () => assert.equal(syntaxErrorOf(expr), undefined));
});

describe("a place in a text of YAML", () => {
  const written = fc.array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\\", '"', "'", "\n", "\t", " ", "\\x41", "long enough to be folded "),
    ),
  );
  for (const defaultStringType of ["QUOTE_DOUBLE", "QUOTE_SINGLE"] as const)
    it(`is where the text before it ends, in ${defaultStringType}`, () => {
      fc.assert(
        fc.property(written, fc.nat(), (parts, nth) => {
          const source = stringify(parts.join(""), { defaultStringType, lineWidth: 40 });
          const { contents } = parseYaml(source, "a.yml").document;
          assert.ok(isScalar<string>(contents));
          const characters = Array.from(contents.value);
          const at = nth % (characters.length + 1);
          if (/^\s/.test(characters[at] ?? "")) return;
          const before = characters.slice(0, at).join("");
          const offset = offsetInScalar(source, contents, before.length);
          const cut: unknown = parse(source.slice(0, offset) + (source[0] ?? ""));
          assert.equal(String(cut).replace(/\s/g, ""), before.replace(/\s/g, ""));
          if (at < characters.length) assert.match(source[offset] ?? "", /\S/);
        }),
      );
    });
});

describe("presets", () => {
  it("bring their queries, of which one with the same name takes the place", () => {
    using folder = temporaryFolder();
    const own = "{ name: node_cpu_percent, expr: mine }";
    const names = presetNames.join(", ");
    const yaml = `url: http://localhost\npresets: [${names}]\nqueries: [${own}]\n`;
    const { queries } = readWithPresets(folder.write("queries.yml", yaml));
    assert.deepEqual(
      queries.filter(({ name }) => name === "node_cpu_percent").map(({ expr }) => expr),
      ["mine"],
    );
    for (const preset of presetNames)
      assert.ok(
        queries.some(({ name }) => name.startsWith(`${preset}_`)),
        preset,
      );
    assert.equal(new Set(queries.map(({ name }) => name)).size, queries.length);
    for (const { name, expr } of queries) assert.equal(syntaxErrorOf(expr), undefined, name);
  });

  it("for Kubernetes use only metrics that its exporters have", () => {
    const folder = new URL("../../fixtures/kubernetes/", import.meta.url);
    const recorded = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
    const preset = readFileSync(
      new URL("../../../presets/kubernetes.yml", import.meta.url),
      "utf8",
    );
    const expressions = preset.replaceAll(/^ *#.*$/gm, "");
    const used = [...new Set(expressions.match(/\b(container|kube|kubelet)_\w+/g))];
    assert.ok(used.length > 20);
    for (const metric of used)
      assert.ok(
        recorded.some((scrape) => scrape.includes(`\n${metric}{`)),
        metric,
      );
  });

  it("that don't exist are named", () => {
    assert.match(
      errorsOf("url: http://a\npresets: [nodes]\n")[0] ?? "",
      /presets\[0\]: "nodes": expected node or grpc or prometheus or kubernetes/,
    );
  });
});

const MINUTE_MS = 60_000;
const NOON_MS = Date.parse("2026-11-26T12:00:00Z");

/** A source of one query at noon, and the fake Prometheus that it asks. */
async function source(fields = "", http = "") {
  const prometheus = await fakePrometheus();
  const yaml = `
url: ${prometheus.url}
http_config: { ${http} }
queries: [{ name: q, expr: up, ${fields} }]
`;
  const { connection, queries } = parseQueries(yaml, "queries.yml");
  const [query] = queries;
  assert.ok(connection && query);
  const api = prometheusApi(connection);
  const log = captureLog();
  const metrics = metricsWithoutSeries();
  const now = { ms: NOON_MS };
  const one = querySource(query, {
    api,
    limit: pLimit(1),
    pastLimit: pLimit(1),
    direction: "both",
    clock: { now: () => now.ms, sleep: async () => {} },
    logger: log.logger,
    metrics,
  });
  const read = async () => {
    const readings = await one.read(AbortSignal.timeout(10_000));
    return readings.map(({ series, value, timeMs }) => ({
      id: seriesId(series),
      value,
      at: new Date(timeMs ?? 0).toISOString().slice(11, 19),
    }));
  };
  return {
    prometheus,
    source: one,
    log,
    read,
    now,
    metric: async (line: string): Promise<number> => {
      const text = await metrics.registry.metrics();
      const found = text.split("\n").find((each) => each.startsWith(`${line} `));
      return Number(found?.slice(line.length + 1) ?? Number.NaN);
    },
    async [Symbol.asyncDispose]() {
      await api.close();
      await prometheus[Symbol.asyncDispose]();
    },
  };
}

const constant = (metric: Record<string, string>, value: number | string): FakeSeries => ({
  metric,
  at: () => value,
});

describe("a query as a source", () => {
  it("makes a series of each series of the result, with its labels and the query's name", async () => {
    await using test = await source();
    test.prometheus.series = () => [
      constant({ __name__: "up", job: "a", query: "own" }, 1),
      constant({ job: "b" }, 0.5),
    ];
    assert.deepEqual(await test.read(), [
      { id: 'up{exported_query="own",job="a",query="q"}', value: 1, at: "12:00:00" },
      { id: 'q{job="b",query="q"}', value: 0.5, at: "12:00:00" },
    ]);
  });

  it("reads only the newest step at first, then every step since, so that an outage leaves no gap", async () => {
    await using test = await source("interval: 1m, offset: 2m");
    test.prometheus.series = () => [{ metric: {}, at: (timeMs) => (timeMs - NOON_MS) / MINUTE_MS }];
    test.now.ms += 10_000;
    assert.deepEqual(
      (await test.read()).map(({ at }) => at),
      ["11:58:00"],
    );
    assert.deepEqual(await test.read(), [], "nothing is read twice");
    test.now.ms += 3 * MINUTE_MS;
    assert.deepEqual(
      (await test.read()).map(({ value, at }) => [value, at]),
      [
        [-1, "11:59:00"],
        [0, "12:00:00"],
        [1, "12:01:00"],
      ],
    );
  });

  it("catches up in pieces after a long outage", async () => {
    await using test = await source("interval: 1s");
    test.prometheus.series = () => [constant({}, 1)];
    await test.read();
    test.now.ms += 700_000;
    const first = await test.read();
    assert.equal(first.length, 500);
    assert.equal(test.source.stored?.isBehind(), true);
    assert.equal((await test.read()).length, 200);
    assert.equal(test.source.stored?.isBehind(), false);
  });

  it("keeps or drops labels; of series that are the same then, it watches one and says so", async () => {
    await using test = await source("labels: { drop: [pod] }");
    test.prometheus.series = () => [constant({ pod: "a" }, 1), constant({ pod: "b" }, 2)];
    assert.deepEqual(
      (await test.read()).map(({ value }) => value),
      [1],
    );
    await test.log.line(/differ only in labels that are dropped/);
    assert.equal(
      await test.metric('collector_query_ignored_values_total{query="q",reason="duplicate"}'),
      1,
    );
  });

  it("takes NaN, infinities, repeated times, histograms and impossible values as no samples", async () => {
    await using test = await source("range: { min: 0, max: 100 }");
    test.prometheus.answer = ({ endMs }, response) => {
      const time = endMs / 1000;
      const values = (...all: string[]) => all.map((value) => [time, value]);
      const result = [
        { metric: { i: "nan" }, values: values("NaN") },
        { metric: { i: "inf" }, values: values("+Inf") },
        { metric: { i: "twice" }, values: values("1", "2") },
        { metric: { i: "histogram" }, histograms: [[time, { count: "1" }]] },
        { metric: { i: "negative" }, values: values("-1") },
      ];
      const data = { resultType: "matrix", result };
      response.end(JSON.stringify({ status: "success", data }));
      return true;
    };
    assert.deepEqual(
      (await test.read()).map(({ id, value }) => [id, value]),
      [['q{i="twice",query="q"}', 1]],
    );
    const ignored = (reason: string) =>
      test.metric(`collector_query_ignored_values_total{query="q",reason="${reason}"}`);
    assert.equal(await ignored("not_finite"), 2);
    assert.equal(await ignored("order"), 1);
    assert.equal(await ignored("histogram"), 1);
    assert.equal(await test.metric('collector_rejected_readings_total{source="q"}'), 1);
  });

  it("takes an empty result for what it is", async () => {
    await using test = await source();
    assert.deepEqual(await test.read(), []);
    assert.equal(await test.metric('collector_query_series{query="q"}'), 0);
  });

  it("logs Prometheus' warnings and infos once", async () => {
    await using test = await source("interval: 1s");
    test.prometheus.more = { warnings: ["remote read failed"], infos: ["not a counter"] };
    for (let reads = 0; reads < 3; reads++) {
      await test.read();
      test.now.ms += 1000;
    }
    await test.log.line(/remote read failed.*not a counter/);
    assert.equal(test.log.lines.length, 1);
  });

  const failures: [what: string, status: number, body: string, expected: RegExp][] = [
    [
      "an expression that fails",
      422,
      '{"status":"error","errorType":"execution","error":"multiple matches"}',
      /HTTP 422: execution: multiple matches/,
    ],
    ["a server that is too busy", 503, "busy", /HTTP 503: busy/],
    ["a body that is cut off", 200, '{"status":"success","data":{"resultTy', /no JSON/],
    ["something else than Prometheus", 200, "<html>", /is not Prometheus/],
    [
      "a result of another type",
      200,
      '{"status":"success","data":{"resultType":"vector","result":[]}}',
      /of type vector, expected a matrix/,
    ],
    ["a redirect", 302, "", /HTTP 302: it redirects to .*elsewhere/],
  ];
  for (const [what, status, body, expected] of failures) {
    it(`fails with a clear reason at ${what}, and reads what it missed later`, async () => {
      await using test = await source("interval: 1m");
      test.prometheus.series = () => [constant({}, 1)];
      await test.read();
      test.now.ms += MINUTE_MS;
      test.prometheus.answer = (_, response) => {
        response.writeHead(status, status === 302 ? { location: "http://elsewhere/" } : {});
        response.end(body);
        return true;
      };
      await assert.rejects(test.read(), expected);
      test.prometheus.answer = () => false;
      test.now.ms += MINUTE_MS;
      assert.equal((await test.read()).length, 2);
    });
  }

  it("gives up on a body that is too large", async () => {
    await using test = await source();
    test.prometheus.answer = (_, response) => {
      const chunk = Buffer.alloc(1 << 20, " ");
      const write = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", write);
      write();
      return true;
    };
    await assert.rejects(test.read(), /more than 32 MiB/);
  });

  it("asks no more for as long as the server wants, and less often the longer it fails", async () => {
    await using test = await source("interval: 1s");
    test.prometheus.answer = (_, response) => {
      response.writeHead(429, { "retry-after": "30" }).end("slow down");
      return true;
    };
    const readAfter = async (seconds: number): Promise<number> => {
      test.now.ms += seconds * 1000;
      await assert.rejects(test.read(), /HTTP 429/);
      return test.prometheus.requests.length;
    };
    assert.equal(await readAfter(0), 1);
    assert.equal(await readAfter(29), 1, "too early");
    assert.equal(await readAfter(2), 2);
    test.prometheus.answer = (_, response) => {
      response.writeHead(500).end("HTTP 429, not");
      return true;
    };
    assert.equal(await readAfter(31), 3);
    assert.equal(await readAfter(1), 3, "the third failure in a row waits 2 s");
    assert.equal(await readAfter(1.5), 4);
  });

  it("falls back to GET where POST is not allowed", async () => {
    await using test = await source("interval: 1s");
    test.prometheus.series = () => [constant({}, 1)];
    test.prometheus.answer = ({ method }, response) => {
      if (method === "GET") return false;
      response.writeHead(405).end();
      return true;
    };
    assert.equal((await test.read()).length, 1);
    test.now.ms += 1000;
    await test.read();
    const methods = test.prometheus.requests.map(({ method }) => method);
    assert.deepEqual(methods, ["POST", "GET", "GET"]);
  });

  it("sends credentials and headers, from files as they are at the time", async () => {
    using folder = temporaryFolder();
    const file = folder.write("token", "first\n");
    await using test = await source(
      "interval: 1s",
      `authorization: { credentials_file: ${file} }, headers: { X-Scope-OrgID: team }`,
    );
    await test.read();
    folder.write("token", "second\n");
    test.now.ms += 1000;
    await test.read();
    const sent = test.prometheus.requests.map(({ headers }) => headers);
    assert.deepEqual(
      sent.map((headers) => headers.authorization),
      ["Bearer first", "Bearer second"],
    );
    assert.equal(sent[0]?.["x-scope-orgid"], "team");
  });

  it("reads the past in smaller pieces if the server says it is too much", async () => {
    await using test = await source("interval: 1m");
    test.prometheus.series = () => [constant({}, 1)];
    test.prometheus.answer = ({ startMs, endMs }, response) => {
      if (endMs - startMs <= 50 * MINUTE_MS) return false;
      const error = { status: "error", errorType: "execution", error: "too many samples" };
      response.writeHead(422).end(JSON.stringify(error));
      return true;
    };
    const from = NOON_MS - 14 * 86_400_000;
    const past = await test.source.stored?.readPast(from, NOON_MS, AbortSignal.timeout(10_000));
    assert.equal(past?.readings[0]?.timeMs, from);
    // A quarter, and a quarter of that.
    assert.equal(past?.readings.length, 31);
    assert.equal(past?.untilMs, from + 30 * MINUTE_MS);
  });

  for (const [where, refuse] of [
    ["what is stored has the usual size again", undefined],
    ["a server may refuse them", { status: "error", errorType: "bad_data", error: "too long" }],
  ] as const)
    it(`reads in larger pieces while nothing is stored; ${where}`, async () => {
      await using test = await source("interval: 5s");
      const stepMs = 5000;
      const storedMs = NOON_MS - 6 * 3_600_000;
      test.prometheus.series = () =>
        Array.from({ length: 50 }, (_, at) => ({
          metric: { at: String(at) },
          at: (timeMs) => (timeMs >= storedMs ? 1 : undefined),
        }));
      test.prometheus.answer = ({ startMs, endMs }, response) => {
        if (!refuse || endMs - startMs <= 1000 * stepMs) return false;
        response.writeHead(400).end(JSON.stringify(refuse));
        return true;
      };
      await test.read();
      const { stored } = test.source;
      assert.ok(stored);
      const sizes: number[] = [];
      let nextMs = NOON_MS - 14 * 86_400_000;
      while (nextMs < storedMs + 800 * stepMs) {
        const deadline = AbortSignal.timeout(30_000);
        const { readings, untilMs } = await stored.readPast(nextMs, NOON_MS, deadline);
        if (sizes.at(-1) === 0 && readings[0]) assert.equal(readings[0].timeMs, storedMs);
        sizes.push(readings.length);
        nextMs = untilMs + stepMs;
      }
      assert.equal(Math.max(...sizes), 20_000);
      // In pieces of the usual 400 steps there are 596.
      assert.ok(test.prometheus.requests.length < (refuse ? 700 : 60));
    });

  it("says at which series an answer can't be understood", async () => {
    await using test = await source();
    test.prometheus.answer = (_, response) => {
      const result = [{ metric: {}, values: [[1, 2]] }];
      response.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
      return true;
    };
    await assert.rejects(test.read(), (error: unknown) => {
      assert.ok(error instanceof QueryError);
      assert.match(error.message, /data\.result\.0\.values/);
      return true;
    });
  });
});

describe("the labels of a query's series on /metrics", () => {
  it("and its name are those on the page", async () => {
    await using one = await source("labels: { drop: [zone] }");
    const metric = { __name__: "load1", instance: "web-1", zone: "a" };
    one.prometheus.series = () => [{ metric, at: () => 1 }];
    const [reading] = await one.source.read(AbortSignal.timeout(10_000));
    assert.ok(reading);
    const { title, labels } = reading.series;
    assert.deepEqual(metricLabels(reading.series), { series: title, ...labels });
    assert.equal(seriesId(reading.series), `load1{instance="web-1",query="q"}`);
  });

  it("are its own, unless the family has the name or the text format has not", () => {
    const labels = { query: "q", state: "TX", exported_state: "old", "a.b": "1", "9": "x" };
    assert.deepEqual(metricLabels(describeSeries("up", { labels })), {
      series: "up",
      query: "q",
      exported_exported_state: "TX",
      exported_state: "old",
      a_b: "1",
      _9: "x",
    });
  });
});
