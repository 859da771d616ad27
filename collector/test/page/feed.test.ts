import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFeed, type FeedEvent, MAX_CHARTS } from "../../src/page/feed.ts";
import { RECENT_SAMPLES } from "../../src/sample-budget.ts";
import { testView } from "../support/view.ts";

describe("a viewer's feed", () => {
  it("gives a new viewer the state, the recent samples of each series, and the incidents", () => {
    const view = testView();
    view.push("load1", 1);
    view.detect(view.push("load1", 99));
    view.push("load1", 2);
    const events = [...createFeed(view)()];
    assert.deepEqual(events, [
      {
        event: "status",
        data: {
          code: "OK",
          backlog: 1,
          warmUpSamples: 100,
        },
      },
      {
        event: "descriptions",
        data: [
          {
            id: "load1",
            name: "load1",
            title: "load1",
            labels: {},
            unit: "none",
            min: null,
            max: null,
            intervalMs: 1000,
            isListed: false,
          },
        ],
      },
      {
        event: "series",
        data: {
          id: "load1",
          state: "ready",
          scored: 2,
          isNew: true,
          from: 0,
          times: [1_700_000_000_000, 1_700_000_001_000, 1_700_000_002_000],
          values: [1, 99, 2],
          verdictsFrom: 0,
          scores: [0.12346, 0.12346],
          lower: [0, 0],
          upper: [2, 2],
          outliers: [1],
        },
      },
      { event: "normals", data: { readOnly: null, normals: [] } },
      {
        event: "incidents",
        data: [
          {
            id: 0,
            sinceMs: 1_700_000_001_000,
            untilMs: 1_700_000_001_000,
            isOpen: true,
            events: [
              {
                series: "load1",
                title: "load1",
                unit: "none",
                sinceMs: 1_700_000_001_000,
                untilMs: 1_700_000_001_000,
                outliers: 1,
                isOpen: true,
                value: 99,
                expected: 1,
                lower: 0,
                upper: 2,
                score: 3,
                direction: "up",
                reason: "it is <b>large</b>",
              },
            ],
          },
        ],
      },
    ]);
  });

  it("gives only what is new after that, and nothing if there is nothing new", () => {
    const view = testView();
    view.detect(view.push("load1", 1));
    const next = createFeed(view);
    assert.deepEqual(
      [...next()].map(({ event }) => event),
      ["status", "descriptions", "series", "normals", "incidents"],
    );
    assert.deepEqual([...next()], []);
    view.detect(view.push("load1", 3));
    const [event, ...others] = [...next()];
    assert.deepEqual(others, []);
    assert.deepEqual(event?.data, {
      id: "load1",
      state: "ready",
      scored: 2,
      isNew: false,
      from: 1,
      times: [1_700_000_001_000],
      values: [3],
      verdictsFrom: 1,
      scores: [0.12346],
      lower: [0],
      upper: [2],
      outliers: [],
    });
  });

  it("gives the verdicts on earlier samples when they arrive", () => {
    const view = testView();
    view.push("load1", 1);
    const series = view.push("load1", 99);
    const next = createFeed(view);
    assert.partialDeepStrictEqual([...next()][2]?.data, { values: [1, 99], scores: [] });
    view.detect(series);
    const [, event] = [...next()];
    assert.partialDeepStrictEqual(event?.data, {
      values: [],
      verdictsFrom: 0,
      scores: [0.12346, 0.12346],
      outliers: [1],
    });
  });

  it("gives an incident that has changed again, with the same id", () => {
    const view = testView();
    view.detect(view.push("load1", 80));
    const next = createFeed(view);
    const last = () => [...next()].at(-1)?.data;
    assert.partialDeepStrictEqual(last(), [{ id: 0, events: [{ outliers: 1, value: 80 }] }]);
    view.detect(view.push("load1", 99));
    assert.partialDeepStrictEqual(last(), [{ id: 0, events: [{ outliers: 2, value: 99 }] }]);
    view.detect(view.push("load1", 1));
    assert.partialDeepStrictEqual(last(), [{ id: 0, isOpen: false }]);
    view.detect(view.push("load1", 1));
    assert.deepEqual(
      [...next()].map(({ event }) => event),
      ["series"],
    );
  });

  it("gives what was marked as normal, whenever it changes", () => {
    const view = testView();
    view.detect(view.push("load1", 80));
    const next = createFeed(view);
    Array.from(next());
    const time = 1_700_000_000_000;
    const { period } = view.normals.mark({ from: time, to: time, note: "", by: "ada" }, "marked");
    const data = () => [...next()].at(-1)?.data;
    assert.partialDeepStrictEqual(data(), {
      normals: [{ series: null, by: "ada", parts: [{ series: "load1", state: "pending" }] }],
    });
    const [series] = view.series();
    assert.ok(series);
    view.normals.onKnown(series, new Set([period.id]));
    assert.partialDeepStrictEqual(data(), { normals: [{ parts: [{ state: "learnt" }] }] });
    view.normals.takeBack(period.id, "marked");
    assert.deepEqual(data(), { readOnly: null, normals: [] });
  });

  it("resumes where a viewer stopped taking events", () => {
    const view = testView();
    for (const name of ["a", "b"]) view.detect(view.push(name, 1));
    const next = createFeed(view);
    for (const { event } of next()) if (event === "series") break;
    assert.deepEqual(
      [...next()].map(({ event, data }) => [event, JSON.stringify(data).includes('"b"')]),
      [
        ["series", true],
        ["normals", false],
        ["incidents", false],
      ],
    );
  });

  it("never gives more than the recent samples, however long the viewer was gone", () => {
    const view = testView();
    const next = createFeed(view);
    view.detect(view.push("load1", 1));
    Array.from(next());
    for (let count = 0; count < 5 * RECENT_SAMPLES; count++) view.detect(view.push("load1", 99));
    const [series, incidents] = [...next()];
    const columns = Object.values(series?.data ?? {}).filter(Array.isArray);
    assert.deepEqual(new Set(columns.map(({ length }) => length)), new Set([RECENT_SAMPLES]));
    assert.partialDeepStrictEqual(incidents?.data, [
      { events: [{ outliers: 5 * RECENT_SAMPLES }] },
    ]);
  });

  it("drops a series that has disappeared, and marks one of the same name as new", () => {
    const view = testView();
    view.detect(view.push("load1", 1));
    const next = createFeed(view);
    Array.from(next());
    view.remove("load1");
    assert.deepEqual([...next()], [{ event: "descriptions", data: [] }]);
    view.push("load1", 5);
    const event = [...next()].at(-1);
    assert.partialDeepStrictEqual(event?.data, { isNew: true, from: 0, values: [5] });
  });
});

describe("a viewer's feed of more series than can be drawn", () => {
  const names = Array.from({ length: MAX_CHARTS + 1 }, (_, at) => `cpu${at}`);
  /** The names of the events, and the series that they are about. */
  const told = (events: Iterable<FeedEvent>) =>
    [...events].map(({ event, data }) => [
      event,
      JSON.stringify(data).match(/"id":"cpu\d+"/g)?.length,
    ]);

  /** The ids of the series that are listed. */
  const listed = (events: readonly FeedEvent[]): string[] => {
    const { data } = events.find(({ event }) => event === "descriptions") ?? {};
    assert.ok(Array.isArray(data));
    return data.filter(({ isListed }) => isListed).map(({ id }) => id);
  };

  it("draws the host's own all the same, and lists those of queries", () => {
    const view = testView();
    view.detect(view.push("load1", 1));
    const labels = { query: "up" };
    const ofQuery = names.map((name) => view.detect(view.push(name, 1, labels)).id);
    const next = createFeed(view, [ofQuery[2] ?? ""]);
    const events = [...next()];
    assert.deepEqual(listed(events), ofQuery);
    const drawn = events.filter(({ event }) => event === "series");
    assert.deepEqual(
      drawn.map(({ data }) => JSON.parse(JSON.stringify(data)).id),
      ["load1", ofQuery[2]],
    );
    const rows = events.find(({ event }) => event === "rows")?.data;
    assert.ok(Array.isArray(rows));
    assert.deepEqual(
      rows.map(({ id }) => id),
      ofQuery,
    );
  });

  it("gives a row of each, and the samples of those that were chosen", () => {
    const view = testView();
    for (const name of names) view.detect(view.push(name, name === "cpu3" ? 99 : 1));
    const next = createFeed(view, ["cpu3", "gone"]);
    const events = [...next()];
    assert.deepEqual(told(events).slice(0, 4), [
      ["status", undefined],
      ["descriptions", 25],
      ["rows", 25],
      ["series", 1],
    ]);
    assert.deepEqual(listed(events), names);
    assert.partialDeepStrictEqual(events[2]?.data, [
      { id: "cpu0", value: 1, state: "ready", score: 0.12346, upper: 2, outlierAt: null },
    ]);
    assert.match(JSON.stringify(events[2]?.data), /"id":"cpu3",.*?"outlierAt":1700000000000/);
    view.detect(view.push("cpu7", 2));
    view.detect(view.push("cpu3", 2));
    assert.deepEqual(told(next()).slice(0, 2), [
      ["rows", 2],
      ["series", 1],
    ]);
    assert.deepEqual([...next()], []);
  });

  it("gives the samples of all again when there are fewer", () => {
    const view = testView();
    for (const name of names) view.detect(view.push(name, 1));
    const next = createFeed(view, ["cpu3"]);
    Array.from(next());
    view.remove("cpu0");
    const events = [...next()];
    assert.deepEqual(listed(events), []);
    const series = events.filter(({ event }) => event === "series");
    assert.equal(series.length, MAX_CHARTS);
    assert.ok(series.every(({ data }) => JSON.stringify(data).includes('"isNew":true')));
  });
});
