// The dashboards' queries on a real Prometheus with synthetic data: nothing, one host, and fifty hosts
// with every kind of trouble.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { dashboardFiles } from "@outliers/grafana/dashboards";
import { type Expression, expressions } from "@outliers/grafana/queries";
import { AFFECTED, fleet, hostName, TROUBLE_SECONDS, type Trouble } from "./fleet.ts";
import { prometheusWith } from "./prometheus.ts";

const END = Math.floor(Date.now() / 1000 / 15) * 15;
const FIFTY = 50;
const troubles: readonly Trouble[] = Array.from({ length: FIFTY }, (_, index) => {
  const first: Trouble[] = ["none", "outliers", "silent", "source", "no verdicts", "warming up"];
  return first[index] ?? "none";
});

const queriesOf = (file: string): Expression[] => {
  const { text = "" } = dashboardFiles().find(({ name }) => name === file) ?? {};
  return expressions(JSON.parse(text));
};
const queries = ["host-outliers.json", "watched-queries.json", "detector-service.json"].flatMap(
  queriesOf,
);
const of = (panel: string) => queries.filter((query) => query.panel === panel);

const isAlone = (query: Expression) =>
  /outliers_expected_(lower|upper)/.test(query.expr) && query.instant === false;
const isOfMany = ({ expr }: Expression) => /^quantile\(| > 5$/.test(expr);

/** A Prometheus with samples, and its answers at the end of them. */
async function startPrometheus(openMetrics: string) {
  const { find, findInRange, ...prometheus } = await prometheusWith(openMetrics);
  return {
    ...prometheus,
    find: (expr: string) => find(expr, END),
    /** How many series a query returns when it is sent as by its panel. */
    count: async ({ expr, instant }: Expression) =>
      (instant ? await find(expr, END) : await findInRange(expr, END)).length,
  };
}

type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;

let empty: Prometheus;
let fresh: Prometheus;
let one: Prometheus;
let fifty: Prometheus;
let watched: Prometheus;

before(async () => {
  empty = await startPrometheus("");
  fresh = await startPrometheus(fleet(["warming up"], END, 30));
  one = await startPrometheus(fleet(["outliers"], END));
  fifty = await startPrometheus(fleet(troubles, END));
  watched = await startPrometheus(fleet([], END, undefined, { hosts: 30, unusual: 20 }));
});
after(async () => {
  for (const prometheus of [empty, fresh, one, fifty, watched])
    await prometheus?.[Symbol.asyncDispose]();
});

/** An expression after a click on a series of a query. */
const ofOneSeries = (expr: string) =>
  expr
    .replaceAll('query=~".+"', 'query=~"queue_length"')
    .replaceAll('instance=~".+"', 'instance=~"web-1|collector:9464"');

/** The value of a tile; undefined if it has none. */
const tile = async (prometheus: Prometheus, panel: string) => {
  const [query] = of(panel).filter(({ instant }) => instant);
  assert.ok(query, panel);
  const found = await prometheus.find(query.expr);
  assert.ok(found.length <= 1, `${panel} has ${found.length} values`);
  return found[0]?.value;
};

const TILES = [
  ["Alerts firing", 1, 3],
  ["Hosts with outliers", 1, 1],
  ["Hosts silent", 0, 1],
  ["No verdicts", 0, 1],
  ["Hosts", 1, FIFTY],
  ["Warmed up", 1, 48 / 49],
  ["Replicas up", 1, 1],
  ["Known", 2, 2],
  ["Streams", 0.025, 0.025],
] as const;

describe("before anything is scraped", () => {
  it("every query succeeds with an empty result", async () => {
    assert.ok(queries.length > 40);
    for (const query of queries) assert.equal(await empty.count(query), 0, query.expr);
  });
});

describe("half a minute after the start", () => {
  it("the host is shown, but not as normal while it is unmonitored", async () => {
    assert.equal(await tile(fresh, "Hosts"), 1);
    assert.equal(await tile(fresh, "Alerts firing"), 0);
    assert.equal(await tile(fresh, "Warmed up"), 0);
    const [state] = of("Hosts, worst first");
    assert.deepEqual(
      (await fresh.find(state?.expr ?? "")).map(({ value }) => value),
      [0.5],
    );
    const [lines] = of("CPU utilisation");
    assert.ok(lines && (await fresh.count(lines)) === 1);
  });
});

describe("with one host, and with fifty", () => {
  it("every query has a result in one of them, or in that of watched queries", async () => {
    for (const query of queries) {
      const found =
        (await one.count(query)) +
        (await fifty.count(query)) +
        (await watched.count(query)) +
        (await watched.count({ ...query, expr: ofOneSeries(query.expr) }));
      assert.ok(found > 0, `${query.panel}: ${query.expr}`);
    }
  });

  for (const [panel, ofOne, ofFifty] of TILES)
    it(`the tile ${panel} is right`, async () => {
      assert.equal(await tile(one, panel), ofOne);
      assert.equal(await tile(fifty, panel), ofFifty);
    });

  it("the band is drawn only for one host, and the range of all hosts only for many", async () => {
    for (const query of of("CPU utilisation")) {
      const [few, many] = [await one.count(query), await fifty.count(query)];
      if (isAlone(query)) assert.deepEqual([few, many], [1, 0], query.expr);
      if (isOfMany(query)) assert.deepEqual([few, many], [0, 1], query.expr);
    }
  });
});

describe("with fifty hosts", () => {
  it("hosts are listed worst first, with since when and why", async () => {
    const [state, since, why] = of("Hosts, worst first");
    assert.ok(state && since && why);
    const rows = (await fifty.find(state.expr)).sort((a, b) => b.value - a.value);
    assert.equal(rows.length, FIFTY);
    assert.deepEqual(
      rows.slice(0, 6).map(({ value }) => value),
      [3000, 2000, 1000, AFFECTED, 0.5, 0],
    );
    assert.deepEqual(
      rows.slice(0, 5).map(({ labels }) => labels.instance),
      [2, 3, 4, 1, 5].map(hostName),
    );
    const times = new Map(
      (await fifty.find(since.expr)).map((row) => [row.labels.instance, row.value]),
    );
    for (const host of [1, 2, 4])
      assert.equal(times.get(hostName(host)), 1000 * (END - TROUBLE_SECONDS));
    const reasons = new Map(
      (await fifty.find(why.expr)).map(({ labels }) => [labels.instance, labels]),
    );
    // Of its six series, the one furthest from what is expected.
    assert.equal(reasons.get(hostName(1))?.reason, "far too high");
    assert.equal(reasons.get(hostName(1))?.series, "requests");
    assert.match(reasons.get(hostName(2))?.reason ?? "", /scraped/);
    assert.equal(reasons.get(hostName(2))?.series, "All");
    assert.equal(reasons.size, FIFTY);
  });

  it("there is a lane for every host on which something happened, and for no other", async () => {
    const [lanes] = of("Incidents");
    assert.ok(lanes);
    const end = new Map(
      (await fifty.find(lanes.expr)).map((row) => [row.labels.instance, row.value]),
    );
    assert.deepEqual(
      end,
      new Map([
        [hostName(1), AFFECTED],
        [hostName(2), -1],
      ]),
    );
  });

  it("no chart has more lines than people can distinguish", async () => {
    for (const query of queries.filter(
      ({ instant, panel }) => !instant && !panel.startsWith("variable"),
    ))
      assert.ok((await fifty.count(query)) <= 12, `${query.panel}: ${await fifty.count(query)}`);
  });

  it("choosing one host shows only that host, with its band", async () => {
    const chosen = (expr: string) =>
      expr.replaceAll('instance=~".+"', `instance=~"${hostName(1)}"`);
    const band = of("CPU utilisation").filter(isAlone);
    assert.equal(band.length, 2);
    for (const query of band)
      assert.equal(await fifty.count({ ...query, expr: chosen(query.expr) }), 1);
    const [state] = of("Hosts, worst first");
    assert.equal((await fifty.find(chosen(state?.expr ?? ""))).length, 1);
  });
});

describe("with watched queries", () => {
  const WATCHED_TILES = {
    "Unusual now": 81,
    "Of queries": 4,
    Absent: 1,
    Failing: 1,
    "Left out": 3,
  };
  for (const [panel, expected] of Object.entries(WATCHED_TILES))
    it(`the tile ${panel} is right`, async () => {
      assert.equal(await tile(watched, panel), expected);
    });

  it("the dashboard of hosts shows none of their series", async () => {
    assert.equal(await tile(watched, "Hosts with outliers"), undefined);
    for (const query of of("Last outliers")) assert.equal(await watched.count(query), 0);
  });

  it("the worst series are listed, with their labels, since when and why", async () => {
    const [order, value, , since, why] = of("Unusual now, worst first");
    assert.ok(order && value && since && why);
    const rows = (await watched.find(order.expr)).sort((a, b) => b.value - a.value);
    assert.equal(rows.length, 50);
    const [first] = rows;
    assert.equal(first?.labels.query, "queue_length");
    assert.equal(first.labels.instance, "web-20");
    assert.equal(first.labels.topic, "orders");
    assert.equal(first.labels.labels, "–");
    const disk = rows.find(({ labels }) => labels.query === "node_filesystem_used_percent");
    assert.equal(disk?.labels.labels?.trim(), "/dev/sda1 /var/lib/data");
    assert.equal(
      disk.labels.filters,
      "&var-labels=device|=|/dev/sda1&var-labels=mountpoint|=|/var/lib/data",
    );
    assert.equal((await watched.find(value.expr)).length, 50);
    const times = await watched.find(since.expr);
    assert.ok(times.every((row) => row.value === 1000 * (END - TROUBLE_SECONDS)));
    const reasons = await watched.find(why.expr);
    assert.equal(reasons.length, 50);
    for (const { labels } of reasons) {
      assert.match(labels.reason ?? "", /far too high|absent/);
      assert.match(labels.expr ?? "", /^avg by/);
      assert.equal(labels.collector, "collector:9464");
    }
  });

  it("no chart has more lines than people can distinguish, and one series has its band", async () => {
    for (const panel of ["Values", "Scores", "Unusual series by query"])
      for (const query of of(panel)) {
        assert.ok((await watched.count(query)) <= 10, query.expr);
        const expr = ofOneSeries(query.expr);
        assert.equal(await watched.count({ ...query, expr }), 1, expr);
      }
  });

  it("queries that fail come first", async () => {
    const [state] = of("Queries");
    const rows = (await watched.find(state?.expr ?? "")).sort((a, b) => b.value - a.value);
    assert.deepEqual(rows.map(({ labels, value }) => [labels.query, value]).slice(0, 2), [
      ["fails", 3],
      ["queue_length", 1],
    ]);
    assert.equal(rows.length, 5);
  });
});
