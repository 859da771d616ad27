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

/** The queries of panels and annotations, without that of the variable that every dashboard here has. */
const found = (parts: object) => expressions(dashboard(parts)).slice(0, -1);

test("finds every query of a panel, with variables replaced", () => {
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

test("recognises queries of only the end of the time range", () => {
  const panels = [{ title: "Tile", targets: [{ expr: "a", instant: true }] }];
  assert.deepEqual(found({ panels }), [{ panel: "Tile", expr: "a", instant: true }]);
});

test("finds annotations", () => {
  const list = [{ name: "Outliers", target: { expr: "a offset $__interval" } }];
  assert.deepEqual(found({ annotations: { list } }), [
    { panel: "annotation Outliers", expr: "a offset 5s", instant: false },
  ]);
});

test("finds the selector whose labels a variable lists", () => {
  assert.deepEqual(expressions(dashboard({})), [
    { panel: "variable job", expr: "up", instant: false },
  ]);
});

test("replaces a variable with a format", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
  const expr = 'a{job=~"${job:regex}"}';
  assert.deepEqual(found({ panels: [panel("A", expr)] }), [
    { panel: "A", expr: 'a{job=~".+"}', instant: false },
  ]);
});

test("rejects a variable that the dashboard doesn't have", () => {
  assert.throws(
    () => found({ panels: [panel("A", 'a{host="$host"}')] }),
    /unknown variable \$host/,
  );
});

test("finds nothing in anything but a dashboard", () => {
  for (const value of [undefined, null, 1, "a", [], {}, { panels: "no" }])
    assert.deepEqual(expressions(value), []);
});
