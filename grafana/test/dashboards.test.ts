import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { dashboardFiles, dashboards } from "../src/dashboards.ts";
import { expressions } from "../src/queries.ts";
import { names, read } from "./files.ts";

const isRow = (panel: Panel | RowPanel): panel is RowPanel => panel.type === "row";

/** Rows and panels, those in collapsed rows too. */
const everything = ({ panels = [] }: Dashboard): (Panel | RowPanel)[] =>
  panels.flatMap((panel) => (isRow(panel) ? [panel, ...panel.panels] : [panel]));

const panelsOf = (dashboard: Dashboard): Panel[] =>
  everything(dashboard).filter((panel) => !isRow(panel));

type Query = { refId: string; expr: string; legendFormat: string };

/** Every URL within what is given. */
const urlsIn = (value: unknown): string[] => {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "url" && typeof inner === "string" ? [inner] : urlsIn(inner),
  );
};

const uses = (expr: string, metric: RegExp) => [...expr.matchAll(metric)].map(([use]) => use);

/** As Grafana's dashboard-linter wants it, and some of our own. */
const conventions = (dashboard: Dashboard) => {
  const panels = everything(dashboard);
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
    const labels = choices.map(({ name, label }) => `${name}: ${label}`);
    assert.deepEqual(labels.slice(0, 2), ["job: Job", "instance: Instance"]);
    for (const { multi, includeAll, allValue, refresh, datasource } of choices) {
      assert.deepEqual([multi, includeAll, allValue, refresh], [true, true, ".+", 2]);
      assert.equal(datasource?.uid, "$datasource");
    }
  });

  test("links to dashboards that are here, with data source, time range and jobs", () => {
    const uids = Object.values(dashboards).map((build) => build().uid);
    for (const url of urlsIn(panels)) {
      assert.ok(uids.includes(/^\/d\/([\w-]+)\?/.exec(url)?.[1]), url);
      for (const kept of ["__url_time_range", "datasource:queryparam", "job:queryparam"])
        assert.ok(url.includes(`\${${kept}}`), url);
    }
  });

  test("repeats by a variable that it has, and never by host", () => {
    const repeats = panels.flatMap(({ repeat }) => repeat ?? []);
    for (const repeat of repeats) {
      assert.notEqual(repeat, "instance");
      assert.ok(variables.some(({ name }) => name === repeat));
    }
  });

  test("is written for the classic schema", () => assert.equal(dashboard.schemaVersion, 42));

  test("has no expression with a variable left", () => {
    for (const { panel, expr } of expressions(JSON.parse(JSON.stringify(dashboard))))
      assert.doesNotMatch(expr, /\$/, panel);
  });

  for (const panel of panelsOf(dashboard))
    suite(`panel ${panel.title}`, () => {
      const targets = panel.targets ?? [];
      const queries = targets.map((target) => ("expr" in target ? String(target.expr) : ""));

      test("says what it shows", () => {
        assert.ok(panel.title);
        assert.match(panel.description ?? "", /\w.*\.$/s);
      });

      test("has a unit that Grafana knows", () => {
        const { defaults, overrides = [] } = panel.fieldConfig ?? { defaults: {} };
        const overriding = overrides
          .flatMap(({ properties }) => properties)
          .filter(({ id }) => id === "unit")
          .map(({ value }) => value);
        for (const unit of [defaults.unit, ...overriding])
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

      test("takes rates of counters over $__rate_interval, totals over $__range", () => {
        for (const expr of queries) {
          for (const [, name, window] of expr.matchAll(/(\w+)\(\w+\{[^}]*\}\[([^\]]*)\]/g))
            assert.ok(
              window === "$__rate_interval" || (window === "$__range" && !name?.endsWith("rate")),
              expr,
            );
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

for (const [name, build] of Object.entries(dashboards))
  suite(name, () => {
    const dashboard = build();
    conventions(dashboard);
    // Links and the home page go by it.
    test("has its file's name as uid", () => assert.equal(`${dashboard.uid}.json`, name));
  });

suite("Host outliers", () => {
  const dashboard = dashboards["host-outliers.json"]();
  const panels = panelsOf(dashboard);
  const panel = (title: string) => {
    const found = panels.find((one) => one.title === title);
    assert.ok(found, title);
    return found;
  };

  for (const title of [
    "CPU utilisation",
    "Value of $series",
    "Score of $series",
    "Flags",
    "Most flags",
    "Latest flags",
  ])
    test(`goes from ${title} to one series of one host`, () => {
      const urls = urlsIn(panel(title).fieldConfig);
      assert.ok(urls.length > 0);
      for (const url of urls) {
        assert.match(url, /^\/d\/host-outliers\?/);
        assert.match(url, /&var-series=\$\{__(field\.labels\.series|data\.fields\.Series)\}/);
        assert.match(url, /&var-instance=\$\{__(field\.labels\.instance|data\.fields\.Host)\}/);
      }
    });

  for (const title of ["CPU utilisation", "Value of $series"])
    test(`fills the band of ${title} between lines that it has, one of each name`, () => {
      const { targets = [], fieldConfig } = panel(title);
      const filled = fieldConfig?.overrides?.flatMap(({ matcher, properties }) =>
        properties
          .filter(({ id }) => id === "custom.fillBelowTo")
          .map(({ value }) => ({ from: matcher.options, to: value })),
      );
      assert.equal(filled?.length, 1);
      // The builders hide what a target holds.
      const queries: Query[] = JSON.parse(JSON.stringify(targets));
      const lower = queries.find(({ expr }) => /^min\(outliers_expected_lower\{.*\}\)$/.test(expr));
      const upper = queries.find(({ expr }) => /^max\(outliers_expected_upper\{.*\}\)$/.test(expr));
      assert.ok(lower && upper);
      assert.deepEqual(filled, [{ from: upper.refId, to: lower.legendFormat }]);
    });

  test("draws the line above which a score is an outlier", () => {
    const defaults = panel("Score of $series").fieldConfig?.defaults;
    assert.ok(defaults?.thresholds?.steps.some(({ value }) => value === 1));
    assert.equal(defaults?.custom.thresholdsStyle.mode, "line+area");
  });

  test("has one row for each series, with its value and its score", () => {
    const rows = (dashboard.panels ?? []).filter(({ repeat }) => repeat !== undefined);
    assert.deepEqual(
      rows.map(({ title, repeat }) => ({ title, repeat })),
      [{ title: "$series", repeat: "series" }],
    );
    // A repeated row takes all panels after it with it.
    const after = dashboard.panels?.slice(dashboard.panels.findIndex(({ repeat }) => repeat) + 1);
    assert.deepEqual(
      after?.map(({ title }) => title),
      ["Value of $series", "Score of $series"],
    );
  });
});
