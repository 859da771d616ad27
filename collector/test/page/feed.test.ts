import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HISTORY_POINTS } from "../../src/history.ts";
import { createFeed } from "../../src/page/feed.ts";
import { testView } from "../support/view.ts";

describe("a viewer's feed", () => {
  it("gives a new viewer the state, the history of each series, and the alarms", () => {
    const view = testView();
    view.push("load1", 1);
    view.judge(view.push("load1", 99));
    view.push("load1", 2);
    const events = [...createFeed(view)()];
    assert.deepEqual(events, [
      { event: "status", data: { code: "OK", backlog: 1, series: ["load1"] } },
      {
        event: "series",
        data: {
          name: "load1",
          state: "ready",
          isNew: true,
          from: 0,
          times: [1_700_000_000_000, 1_700_000_001_000, 1_700_000_002_000],
          values: [1, 99, 2],
          verdictsFrom: 0,
          scores: [0.12346, 0.12346],
          lower: [0, 0],
          upper: [2, 2],
          flagged: [1],
        },
      },
      {
        event: "alarms",
        data: [
          {
            id: 0,
            series: "load1",
            sinceMs: 1_700_000_001_000,
            untilMs: 1_700_000_001_000,
            flags: 1,
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
    ]);
  });

  it("gives only what is new after that, and nothing when nothing is", () => {
    const view = testView();
    view.judge(view.push("load1", 1));
    const next = createFeed(view);
    assert.deepEqual(
      [...next()].map(({ event }) => event),
      ["status", "series", "alarms"],
    );
    assert.deepEqual([...next()], []);
    view.judge(view.push("load1", 3));
    const [event, ...others] = [...next()];
    assert.deepEqual(others, []);
    assert.deepEqual(event?.data, {
      name: "load1",
      state: "ready",
      isNew: false,
      from: 1,
      times: [1_700_000_001_000],
      values: [3],
      verdictsFrom: 1,
      scores: [0.12346],
      lower: [0],
      upper: [2],
      flagged: [],
    });
  });

  it("gives the verdicts on samples that it gave before, once they come", () => {
    const view = testView();
    view.push("load1", 1);
    const series = view.push("load1", 99);
    const next = createFeed(view);
    assert.partialDeepStrictEqual([...next()][1]?.data, { values: [1, 99], scores: [] });
    view.judge(series);
    const [, event] = [...next()];
    assert.partialDeepStrictEqual(event?.data, {
      values: [],
      verdictsFrom: 0,
      scores: [0.12346, 0.12346],
      flagged: [1],
    });
  });

  it("tells of an alarm that goes on, with the id that it had", () => {
    const view = testView();
    view.judge(view.push("load1", 80));
    const next = createFeed(view);
    const last = () => [...next()].at(-1)?.data;
    assert.partialDeepStrictEqual(last(), [{ id: 0, flags: 1, value: 80 }]);
    view.judge(view.push("load1", 99));
    assert.partialDeepStrictEqual(last(), [{ id: 0, flags: 2, value: 99 }]);
    view.judge(view.push("load1", 1));
    assert.deepEqual(
      [...next()].map(({ event }) => event),
      ["series"],
    );
  });

  it("goes on where a viewer stopped taking events", () => {
    const view = testView();
    for (const name of ["a", "b"]) view.judge(view.push(name, 1));
    const next = createFeed(view);
    for (const { event } of next()) if (event === "series") break;
    assert.deepEqual(
      [...next()].map(({ event, data }) => [event, JSON.stringify(data).includes('"b"')]),
      [
        ["series", true],
        ["alarms", false],
      ],
    );
  });

  it("never holds more than the history, however long ago the viewer was there", () => {
    const view = testView();
    const next = createFeed(view);
    view.judge(view.push("load1", 1));
    Array.from(next());
    for (let count = 0; count < 5 * HISTORY_POINTS; count++) view.judge(view.push("load1", 99));
    const [series, alarms] = [...next()];
    const columns = Object.values(series?.data ?? {}).filter(Array.isArray);
    assert.deepEqual(new Set(columns.map(({ length }) => length)), new Set([HISTORY_POINTS]));
    assert.partialDeepStrictEqual(alarms?.data, [{ flags: 5 * HISTORY_POINTS }]);
  });

  it("tells when a series is gone, and of one of the same name that it is new", () => {
    const view = testView();
    view.judge(view.push("load1", 1));
    const next = createFeed(view);
    Array.from(next());
    view.remove("load1");
    assert.deepEqual([...next()][0]?.data, { code: "OK", backlog: 0, series: [] });
    view.push("load1", 5);
    const [, event] = [...next()];
    assert.partialDeepStrictEqual(event?.data, { isNew: true, from: 0, values: [5] });
  });
});
