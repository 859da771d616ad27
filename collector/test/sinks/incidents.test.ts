import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { captureLog } from "@outliers/testing/log";
import type { Series } from "../../src/series.ts";
import type { Outlier } from "../../src/sink.ts";
import { incidentLog } from "../../src/sinks/incident-log.ts";
import { Incidents } from "../../src/sinks/incidents.ts";
import { outlierOf, seriesOf } from "../support/series.ts";

const quiet = { onEventBegins() {}, onIncidentEnds() {} };

const told = (incidents: Incidents, change = 0) =>
  incidents
    .since(change)
    .map(({ id, sinceMs, untilMs, isOpen, events }) => [
      id,
      sinceMs,
      untilMs,
      isOpen ? "open" : "ended",
      events.map(({ series, outliers }) => `${series} ${outliers}`).join(", "),
    ]);

function give(
  incidents: Incidents,
  series: Series,
  outliers: Outlier[],
  isEventOpen = true,
  nowMs = 0,
) {
  const samples = outliers.map(({ sample }) => sample);
  const verdicts = outliers.map(({ verdict }) => verdict);
  const state = "ready";
  const detected = { from: 0, samples, verdicts, outliers, state, isEventOpen } as const;
  incidents.onVerdicts(series, detected, nowMs);
}

const at = (second: number, value = 9, phase: Outlier["phase"] = "begins"): Outlier =>
  outlierOf(second * 1000, value, phase);

describe("incidents", () => {
  const [a, b, c] = [seriesOf("a", [1]), seriesOf("b", [1]), seriesOf("c", [1])];

  it("merge the outliers of an event, and keep its peak", () => {
    const incidents = new Incidents(100, quiet);
    give(incidents, a, [at(0, 20), at(1, 99, "continues"), at(2, 99, "continues")]);
    assert.deepEqual(told(incidents), [[0, 0, 2000, "open", "a 3"]]);
    assert.deepEqual(incidents.since(0)[0]?.events[0]?.peak, at(1, 99, "continues"));
    give(incidents, a, [], false);
    assert.deepEqual(told(incidents), [[0, 0, 2000, "ended", "a 3"]]);
    give(incidents, a, [at(500)]);
    assert.equal(told(incidents).length, 2);
  });

  it("also find the peak of an event downwards", () => {
    const incidents = new Incidents(100, quiet);
    give(incidents, a, [at(0, -5), at(1, -90, "continues"), at(2, 50, "continues")]);
    assert.equal(incidents.since(0)[0]?.events[0]?.peak.sample.value, -90);
  });

  it("keep the samples of an event, the first ones and those that went further", () => {
    const incidents = new Incidents(100, quiet);
    const values = Array.from({ length: 500 }, (_, second) => (second < 300 ? 20 : second));
    give(
      incidents,
      a,
      values.map((value, second) => at(second, value, second > 0 ? "continues" : "begins")),
    );
    const samples = incidents.samplesOf("a", 0, 1_000_000);
    assert.equal(samples.length, 200);
    assert.deepEqual(
      samples.slice(98, 102).map(({ value }) => value),
      [20, 20, 300, 301],
    );
    assert.deepEqual(
      incidents.samplesOf("a", 3000, 4000).map(({ timeMs }) => timeMs),
      [3000, 4000],
    );
    assert.deepEqual(incidents.samplesOf("b", 0, 1_000_000), []);
  });

  it("keep 20,000 samples of earlier incidents, those of the newest", () => {
    const incidents = new Incidents(1000, quiet);
    for (let incident = 0; incident < 300; incident++) {
      const outliers = Array.from({ length: 100 }, (_, nth) =>
        at(incident * 1000 + nth, 9, nth > 0 ? "continues" : "begins"),
      );
      give(incidents, a, outliers);
      give(incidents, a, [], false);
    }
    const [oldest] = incidents.samplesOf("a", 0, Number.POSITIVE_INFINITY);
    assert.equal(oldest?.timeMs, 99_000_000, "200 incidents before the last one");
  });

  it("group events that begin together, and end with the last of them", () => {
    const incidents = new Incidents(100, quiet);
    give(incidents, a, [at(0)]);
    give(incidents, b, [at(1)]);
    give(incidents, c, [at(50)]);
    assert.deepEqual(told(incidents), [[0, 0, 50_000, "open", "a 1, b 1, c 1"]]);
    for (const series of [a, b]) give(incidents, series, [], false);
    assert.equal(told(incidents)[0]?.[3], "open");
    give(incidents, c, [], false);
    assert.equal(told(incidents)[0]?.[3], "ended");
  });

  it("are separate if their events begin apart, or after the other has ended", () => {
    const incidents = new Incidents(100, quiet);
    give(incidents, a, [at(0)]);
    give(incidents, b, [at(61)]);
    give(incidents, b, [], false);
    give(incidents, c, [at(62)]);
    assert.deepEqual(
      told(incidents).map(([, , , , events]) => events),
      ["a 1", "b 1", "c 1"],
    );
  });

  it("group events of slow series within two sampling intervals", () => {
    const incidents = new Incidents(100, quiet);
    const slow = ["x", "y"].map((name) => seriesOf(name, [1], { intervalMs: 300_000 }));
    for (const [nth, series] of slow.entries()) give(incidents, series, [at(nth * 600)]);
    assert.equal(told(incidents).length, 1);
  });

  it("can be read by what has changed since, including those that began earlier", () => {
    const incidents = new Incidents(100, quiet);
    give(incidents, a, [at(0)]);
    give(incidents, b, [at(100)]);
    const seen = incidents.changes;
    assert.deepEqual(told(incidents, seen), []);
    give(incidents, a, [at(101, 9, "continues")]);
    assert.deepEqual(
      told(incidents, seen).map(([id]) => id),
      [0],
    );
  });

  it("are dropped beyond the capacity, except those still open", () => {
    const incidents = new Incidents(2, quiet);
    give(incidents, a, [at(0)], false);
    give(incidents, b, [at(100)]);
    give(incidents, c, [at(200)], false);
    assert.deepEqual(
      told(incidents).map(([id]) => id),
      [1, 2],
    );
    give(incidents, c, [at(400)], false);
    assert.deepEqual(
      told(incidents).map(([id]) => id),
      [1, 2, 3],
      "the oldest is still open",
    );
  });

  it("from before a restart end when their series doesn't come back within an hour", () => {
    const before = new Incidents(100, quiet);
    for (const series of [a, b]) give(before, series, [at(0)]);
    const after = new Incidents(100, quiet);
    after.restore(before.since(0));
    give(after, c, [], false, 1_000_000);
    give(after, a, [at(2000, 9, "continues")], true, 2_000_000);
    const openOf = () =>
      after.since(0).map(({ events }) => events.flatMap((one) => (one.isOpen ? [one.series] : [])));
    assert.deepEqual(openOf(), [["a", "b"]]);
    give(after, c, [], false, 4_600_000);
    assert.deepEqual(openOf(), [["a"]]);
    give(after, a, [], false, 4_600_000);
    assert.deepEqual(openOf(), [[]]);
  });

  it("end when their series disappears", () => {
    const incidents = new Incidents(100, quiet);
    give(incidents, a, [at(0)]);
    incidents.forget(a);
    assert.equal(told(incidents)[0]?.[3], "ended");
  });

  it("are logged once when they begin and once when they end, however long they last", () => {
    const log = captureLog();
    const incidents = new Incidents(100, incidentLog(log.logger));
    give(incidents, a, [
      at(0, 20),
      ...Array.from({ length: 200 }, (_, n) => at(n + 1, 30, "continues")),
    ]);
    give(incidents, b, [at(1, 77)]);
    for (const series of [a, b]) give(incidents, series, [], false);
    const lines = log.lines.map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ msg, incident, series }) => [
        msg,
        incident,
        typeof series === "string" ? series : series.length,
      ]),
      [
        ["incident began", 0, "a"],
        ["incident spread to another series", 0, "b"],
        ["incident ended", 0, 2],
      ],
    );
    assert.partialDeepStrictEqual(lines[2], {
      since: "1970-01-01T00:00:00.000Z",
      until: "1970-01-01T00:03:20.000Z",
      series: [
        { series: "a", outliers: 201, value: 30 },
        { series: "b", outliers: 1, value: 77 },
      ],
    });
  });
});
