import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { dashboardFiles } from "../src/dashboards.ts";
import { hostOutliers } from "../src/host-outliers.ts";
import { expressions } from "../src/queries.ts";
import { names, read } from "./files.ts";

const isPanel = (panel: Panel | RowPanel): panel is Panel => panel.type !== "row";

const uses = (expr: string, metric: RegExp) => [...expr.matchAll(metric)].map(([use]) => use);

/** As Grafana's dashboard-linter wants it, and some of our own. */
const conventions = (dashboard: Dashboard) => {
  const panels = dashboard.panels ?? [];
  const variables = dashboard.templating.list ?? [];

  test("can't be edited in the browser", () => assert.equal(dashboard.editable, false));

  test("has panels with distinct numbers", () => {
    assert.ok(panels.length > 0);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  });

  test("places panels side by side, none upon another", () => {
    const taken = new Set<string>();
    for (const { gridPos } of panels) {
      assert.ok(gridPos && gridPos.x + gridPos.w <= 24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          assert.ok(!taken.has(`${x},${y}`), `two panels at ${x},${y}`);
          taken.add(`${x},${y}`);
        }
    }
  });

  test("has one data source variable, and choices that follow it", () => {
    const sources = variables.filter(({ type }) => type === "datasource");
    assert.deepEqual(
      sources.map(({ name, label, query }) => ({ name, label, query })),
      [{ name: "datasource", label: "Data source", query: "prometheus" }],
    );
    const choices = variables.filter(({ type }) => type === "query");
    assert.deepEqual(
      choices.map(({ name, label }) => [name, label]),
      [
        ["job", "Job"],
        ["instance", "Instance"],
        ["series", "Series"],
      ],
    );
    for (const { multi, includeAll, allValue, refresh, datasource } of choices) {
      assert.deepEqual([multi, includeAll, allValue, refresh], [true, true, ".+", 2]);
      assert.equal(datasource?.uid, "$datasource");
    }
  });

  for (const panel of panels.filter(isPanel))
    suite(`panel ${panel.title}`, () => {
      const targets = panel.targets ?? [];
      const queries = targets.map((target) => ("expr" in target ? String(target.expr) : ""));

      test("says what it shows", () => {
        assert.ok(panel.title);
        assert.match(panel.description ?? "", /\w.*\.$/s);
      });

      test("has a unit that Grafana knows", () => {
        const unit = panel.fieldConfig?.defaults.unit ?? "";
        assert.ok(Object.values<unknown>(units).includes(unit), `unit ${unit}`);
      });

      test("asks the chosen data source", () => {
        assert.equal(panel.datasource?.uid, "$datasource");
        assert.ok(targets.length > 0);
        for (const target of targets)
          assert.ok("datasource" in target && target.datasource === panel.datasource);
      });

      test("narrows each selector to the chosen jobs and instances", () => {
        for (const expr of queries)
          for (const selector of uses(expr, /\w+\{[^}]*\}/g)) {
            assert.ok(selector.includes('job=~"$job"'), selector);
            assert.ok(selector.includes('instance=~"$instance"'), selector);
          }
      });

      test("takes rates of counters, over $__rate_interval", () => {
        for (const expr of queries) {
          for (const [, window] of expr.matchAll(/\[([^\]]*)\]/g))
            assert.equal(window, "$__rate_interval");
          assert.equal(
            uses(expr, /\w+_(total|bucket)\b/g).length,
            uses(expr, /\b(rate|increase)\(\w+_(total|bucket)\{[^}]*\}\[/g).length,
            expr,
          );
        }
      });
    });
};

test("the checked-in dashboards are those that the code generates", async () => {
  const files = dashboardFiles();
  assert.deepEqual(await names("dashboards"), files.map(({ name }) => name).sort());
  for (const { name, text } of files)
    assert.equal(
      await read(`dashboards/${name}`),
      text,
      `${name} is stale: run node grafana/src/generate.ts`,
    );
});

suite("Host outliers", () => {
  const dashboard = hostOutliers();

  conventions(dashboard);

  test("keeps the uid that links and the home page use", () =>
    assert.equal(dashboard.uid, "host-outliers"));

  test("is written for the classic schema", () => assert.equal(dashboard.schemaVersion, 42));

  test("has no expression with a variable left", () => {
    for (const { panel, expr } of expressions(JSON.parse(JSON.stringify(dashboard))))
      assert.doesNotMatch(expr, /\$/, panel);
  });
});
