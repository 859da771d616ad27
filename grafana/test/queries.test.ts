import assert from "node:assert/strict";
import { test } from "node:test";
import { expressions } from "../src/queries.ts";

const dashboard = (parts: object) => ({
  templating: {
    list: [
      { type: "datasource", name: "datasource", query: "prometheus" },
      { type: "query", name: "job", allValue: ".+", query: { query: "label_values(up, job)" } },
    ],
  },
  ...parts,
});

const panel = (title: string, ...exprs: string[]) => ({
  title,
  targets: exprs.map((expr) => ({ expr })),
});

/** Those of panels and annotations: without the variable that every dashboard here has. */
const found = (parts: object) => expressions(dashboard(parts)).slice(0, -1);

test("finds each query of a panel, with the variables substituted", () => {
  assert.deepEqual(
    found({ panels: [panel("CPU", 'a{job=~"$job"}', "rate(b[$__rate_interval])")] }),
    [
      { panel: "CPU", expr: 'a{job=~".+"}', instant: false },
      { panel: "CPU", expr: "rate(b[20s])", instant: false },
    ],
  );
});

test("finds the panels of a collapsed row", () => {
  assert.deepEqual(found({ panels: [{ title: "Row", panels: [panel("In it", "a")] }] }), [
    { panel: "In it", expr: "a", instant: false },
  ]);
});

test("tells those that ask for the end of the time range alone", () => {
  const panels = [{ title: "Tile", targets: [{ expr: "a", instant: true }] }];
  assert.deepEqual(found({ panels }), [{ panel: "Tile", expr: "a", instant: true }]);
});

test("finds annotations", () => {
  const list = [{ name: "Flags", target: { expr: "a offset $__interval" } }];
  assert.deepEqual(found({ annotations: { list } }), [
    { panel: "annotation Flags", expr: "a offset 5s", instant: false },
  ]);
});

test("finds the selector that a variable lists the labels of", () => {
  assert.deepEqual(expressions(dashboard({})), [
    { panel: "variable job", expr: "up", instant: false },
  ]);
});

test("substitutes a variable that names a format", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
  const expr = 'a{job=~"${job:regex}"}';
  assert.deepEqual(found({ panels: [panel("A", expr)] }), [
    { panel: "A", expr: 'a{job=~".+"}', instant: false },
  ]);
});

test("refuses a variable that the dashboard does not have", () => {
  assert.throws(
    () => found({ panels: [panel("A", 'a{host="$host"}')] }),
    /unknown variable \$host/,
  );
});

test("finds nothing in what is no dashboard", () => {
  for (const value of [undefined, null, 1, "a", [], {}, { panels: "no" }])
    assert.deepEqual(expressions(value), []);
});
