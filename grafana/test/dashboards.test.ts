import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { dashboardFiles, dashboards } from "../src/dashboards.ts";
import { expressions } from "../src/queries.ts";
import { names, read } from "./files.ts";

const isRow = (panel: Panel | RowPanel): panel is RowPanel => panel.type === "row";

/** Rows and panels, including those in collapsed rows. */
const everything = ({ panels = [] }: Dashboard): (Panel | RowPanel)[] =>
  panels.flatMap((panel) => (isRow(panel) ? [panel, ...panel.panels] : [panel]));

const panelsOf = (dashboard: Dashboard): Panel[] =>
  everything(dashboard).filter((panel) => !isRow(panel));

type Query = { refId: string; expr: string; legendFormat: string };

/** Every URL within a value. */
const urlsIn = (value: unknown): string[] => {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "url" && typeof inner === "string" ? [inner] : urlsIn(inner),
  );
};

// biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Grafana
const LIVE_PAGE = "${__data.fields.Page}";

const uses = (expr: string, metric: RegExp) => [...expr.matchAll(metric)].map(([use]) => use);

/** Rules of Grafana's dashboard-linter, and some of our own. */
const conventions = (dashboard: Dashboard) => {
  const panels = everything(dashboard);
  const variables = dashboard.templating.list ?? [];
  const urls = urlsIn(panels.map((panel) => (isRow(panel) ? [] : panel.fieldConfig)));

  test("can't be edited in the browser", () => assert.equal(dashboard.editable, false));

  test("has panels with distinct ids", () => {
    assert.ok(panels.length > 0);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  });

  test("has no overlapping panels", () => {
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

  test("has one data source variable, which the other variables use", () => {
    const sources = variables.filter(({ type }) => type === "datasource");
    assert.deepEqual(
      sources.map(({ name, label, query }) => ({ name, label, query })),
      [{ name: "datasource", label: "Data source", query: "prometheus" }],
    );
    const choices = variables.filter(({ type }) => type === "query");
    const labels = choices.map(({ name, label }) => `${name}: ${label}`);
    assert.deepEqual(labels.slice(0, 2), ["job: Job", "instance: Instance"]);
    for (const { name, multi, includeAll, allValue, refresh, datasource } of choices) {
      // A series without a namespace is one of all namespaces.
      const all = name === "namespace" ? ".*" : ".+";
      assert.deepEqual([multi, includeAll, allValue, refresh], [true, true, all, 2]);
      assert.equal(datasource?.uid, "$datasource");
    }
  });

  test("links to existing dashboards, with data source and time range", () => {
    const uids = Object.values(dashboards).map((build) => build().uid);
    // Grafana makes the address of a link to Explore itself.
    for (const url of urls.filter((one) => one !== LIVE_PAGE && one !== "")) {
      assert.ok(uids.includes(/^\/d\/([\w-]+)\?/.exec(url)?.[1]), url);
      for (const kept of ["__url_time_range", "datasource:queryparam"])
        assert.ok(url.includes(`\${${kept}}`), url);
    }
    const links = dashboard.links ?? [];
    assert.equal(links.length, uids.length - 1);
    for (const { url, keepTime } of links) {
      assert.ok(uids.includes(/^\/d\/([\w-]+)\?\$\{datasource:queryparam\}$/.exec(url ?? "")?.[1]));
      assert.equal(keepTime, true);
    }
  });

  test("passes no job or instance to the other dashboard, which has different ones", () => {
    for (const { includeVars } of dashboard.links ?? []) assert.equal(includeVars, false);
    for (const url of urls)
      if (/var-instance|job:queryparam/.test(url))
        assert.ok(url.startsWith(`/d/${dashboard.uid}?`), url);
  });

  test("chooses the default data source, not the first by name", () => {
    const [source] = variables;
    assert.deepEqual(source?.current, { text: "default", value: "default" });
  });

  test("has tiles of the end of the time range, neutral without data, with room for their titles", () => {
    const tiles = panels.filter(({ type }) => type === "stat");
    assert.ok(tiles.length >= 6);
    for (const tile of tiles) {
      if (isRow(tile)) throw new Error("a row");
      const targets: { instant?: boolean; range?: boolean }[] = JSON.parse(
        JSON.stringify(tile.targets),
      );
      for (const { instant, range } of targets) assert.deepEqual([instant, range], [true, false]);
      const { noValue, mappings = [] } = tile.fieldConfig?.defaults ?? {};
      assert.equal(noValue, "–");
      assert.deepEqual(mappings, [
        { type: "special", options: { match: "null", result: { text: "–", color: "text" } } },
      ]);
      // Measured at 1440 px with the menu open: a grid unit is 46 px wide, margins and the icon of the
      // description take 60 px, and a letter 7.5 px on average.
      const width = (tile.title ?? "").length * 7.5 + 60;
      assert.ok(width <= (tile.gridPos?.w ?? 0) * 46, `${tile.title} needs ${width} px`);
    }
  });

  test("has tables whose fixed columns leave room for the others at 1440 px", () => {
    for (const table of panels.filter(({ type }) => type === "table")) {
      const overrides = (isRow(table) ? [] : (table.fieldConfig?.overrides ?? [])).filter(
        ({ matcher }) => matcher.id === "byName",
      );
      const widths = overrides.map(({ properties }) => {
        const property = (name: string) => properties.find(({ id }) => id === name)?.value;
        return property("custom.hidden") ? 0 : Number(property("custom.width") ?? 150);
      });
      const width = widths.reduce((sum, one) => sum + one, 0);
      assert.ok(width <= (table.gridPos?.w ?? 0) * 46, `${table.title} needs ${width} px`);
    }
  });

  test("queries only documented metrics and recorded rules", async () => {
    const [rules, metrics] = await Promise.all([
      read("../prometheus/rules/outliers.yml"),
      read("../docs/metrics.md"),
    ]);
    const foreign = /^(up|ALERTS|ALERTS_FOR_STATE|process_\w+|nodejs_\w+)$/;
    for (const { panel, expr } of expressions(JSON.parse(JSON.stringify(dashboard))))
      for (const [name] of expr.matchAll(/[a-zA-Z_][\w:]*(?=\{)/g)) {
        if (foreign.test(name)) continue;
        const known = name.includes(":")
          ? rules.includes(`record: ${name}\n`)
          : metrics.includes(`\`${name.replace(/_bucket$/, "")}`);
        assert.ok(known, `${panel} asks for ${name}`);
      }
  });

  test("repeats only by its own variables, and never by host", () => {
    const repeats = panels.flatMap(({ repeat }) => repeat ?? []);
    for (const repeat of repeats) {
      assert.notEqual(repeat, "instance");
      assert.ok(variables.some(({ name }) => name === repeat));
    }
  });

  test("is written for the classic schema", () => assert.equal(dashboard.schemaVersion, 42));

  test("has no expression with an unknown variable", () => {
    // `$1` is PromQL's own.
    for (const { panel, expr } of expressions(JSON.parse(JSON.stringify(dashboard))))
      assert.doesNotMatch(expr, /\$(?!\d)/, panel);
  });

  for (const panel of panelsOf(dashboard))
    suite(`panel ${panel.title}`, () => {
      const targets = panel.targets ?? [];
      const queries = targets.map((target) => ("expr" in target ? String(target.expr) : ""));

      test("has a description", () => {
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
          assert.ok(
            Object.values<unknown>(units).includes(unit) || /^suffix: \w+$/.test(String(unit)),
            `unit ${unit}`,
          );
      });

      test("has no rate per minute as a unit: Grafana writes c/m", () =>
        assert.doesNotMatch(JSON.stringify(panel.fieldConfig), /"cpm"/));

      test("fills no area below single lines", () => {
        const { custom = {} } = panel.fieldConfig?.defaults ?? {};
        if (panel.type !== "timeseries" || custom.stacking?.mode === "normal") return;
        assert.equal(custom.fillOpacity, 0);
      });

      test("queries the chosen data source", () => {
        assert.equal(panel.datasource?.uid, "$datasource");
        assert.ok(targets.length > 0);
        for (const target of targets)
          assert.ok("datasource" in target && target.datasource === panel.datasource);
      });

      test("restricts every selector to the chosen jobs and instances", () => {
        for (const expr of queries)
          for (const selector of uses(expr, /\w+\{[^}]*\}/g)) {
            assert.ok(selector.includes('job=~"$job"'), selector);
            assert.ok(selector.includes('instance=~"$instance"'), selector);
          }
      });

      test("computes rates of counters over $__rate_interval, and totals over $__range", () => {
        for (const expr of queries) {
          for (const [, name, window] of expr.matchAll(/(\w+)\(\w+\{[^}]*\}\[([^\]]*)\]/g))
            assert.ok(
              window === "$__rate_interval" ||
                (window === "$__range" && !name?.endsWith("rate")) ||
                // A subquery for earlier targets, at intervals of Prometheus' look-back.
                (window === "1d:5m" && name === "last_over_time"),
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

test("the committed dashboards are those that the code generates", async () => {
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
    // Links and the home page use it.
    test("has its file's name as uid", () => assert.equal(`${dashboard.uid}.json`, name));
  });

/** The queries of a panel: the builders hide the type of a target. */
const queriesOf = ({ targets = [] }: Panel): Query[] => JSON.parse(JSON.stringify(targets));

const panelOf = (dashboard: Dashboard) => {
  const panels = panelsOf(dashboard);
  return (title: string, type?: string) => {
    const found = panels.find((one) => one.title === title && (!type || one.type === type));
    assert.ok(found, title);
    return found;
  };
};

const overridesOf = (panel: Panel, of: string) =>
  Object.fromEntries(
    (panel.fieldConfig?.overrides ?? [])
      .filter(({ matcher }) => matcher.options === of)
      .flatMap(({ properties }) => properties)
      .map(({ id, value }) => [id, value]),
  );

suite("Host outliers", () => {
  const dashboard = dashboards["host-outliers.json"]();
  const panel = panelOf(dashboard);
  const expr = (title: string, type?: string) =>
    queriesOf(panel(title, type))
      .map((query) => query.expr)
      .join("\n");

  test("has its title in the first row: Grafana's home page shows none", () =>
    assert.match(dashboard.panels?.[0]?.title ?? "", /^Host outliers/));

  test("has tiles, hosts, alerts and incidents on the first screen", () => {
    // 900 px without the top bars are 19 grid units.
    const first = panelsOf(dashboard).filter(
      ({ gridPos }) => gridPos && gridPos.y + gridPos.h <= 19,
    );
    assert.deepEqual(
      first.map(({ title, type }) => `${type}: ${title}`),
      [
        "stat: Alerts firing",
        "stat: Hosts with outliers",
        "stat: Hosts silent",
        "stat: No verdicts",
        "stat: Warmed up",
        "stat: Hosts",
        "table: Hosts, worst first",
        "table: Alerts firing",
        "state-timeline: Incidents",
      ],
    );
  });

  test("shows every alert in its tile, its table and the annotations", async () => {
    const rules = await read("../prometheus/rules/outliers.yml");
    const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? "");
    assert.ok(names.length >= 6);
    const marks = dashboard.annotations?.list?.find(({ name }) => name === "Alerts");
    assert.equal(marks?.enable, true);
    for (const text of [
      expr("Alerts firing", "stat"),
      expr("Alerts firing", "table"),
      String(marks?.expr),
    ]) {
      const pattern = /alertname=~"([^"]+)"/.exec(text)?.[1] ?? "";
      for (const name of names) assert.match(name, new RegExp(`^(?:${pattern})$`));
      assert.match(text, /alertstate="firing"/);
    }
  });

  test("has a row for every host, with state, since when, and why", () => {
    const { transformations = [] } = panel("Hosts, worst first");
    const organize = transformations.find(({ id }) => id === "organize");
    assert.deepEqual(Object.values(organize?.options.renameByName), [
      "Host",
      "State",
      "Since",
      "Series",
      "Value",
      "Expected",
      "Why",
      "Page",
      "Direction",
    ]);
    assert.equal(organize?.options.renameByName.reason, "Why");
    const [state = "", since = ""] = queriesOf(panel("Hosts, worst first")).map(
      (query) => query.expr,
    );
    // States that hide outliers come first.
    const silent = state.indexOf("up{");
    assert.ok(silent >= 0 && silent < state.indexOf("outliers_active{"));
    assert.match(since, /outliers_active_since_timestamp_seconds/);
  });

  test("links from a host without outliers to all of its series", () => {
    const [, , why] = queriesOf(panel("Hosts, worst first"));
    assert.match(why?.expr ?? "", /"series", "All"/);
  });

  test("links from a host to its live page", () =>
    assert.ok(urlsIn(panel("Hosts, worst first").fieldConfig).includes(LIVE_PAGE)));

  for (const title of ["Hosts, worst first", "Last outliers", "Most outliers"])
    test(`links from ${title} to one series of one host`, () => {
      const urls = urlsIn(panel(title).fieldConfig);
      assert.ok(
        urls.some((url) =>
          /^\/d\/host-outliers\?.*&var-series=\$\{__data\.fields\.Series\}&var-instance=\$\{__data\.fields\.Host\}$/.test(
            url,
          ),
        ),
      );
    });

  for (const title of ["CPU utilisation", "Value of $series", "Score of $series", "Incidents"])
    test(`links from ${title} to one host`, () => {
      const urls = urlsIn(panel(title).fieldConfig);
      assert.ok(urls.length > 0);
      for (const url of urls)
        assert.match(url, /^\/d\/host-outliers\?.*&var-instance=\$\{__field\.labels\.instance\}$/);
    });

  for (const title of ["CPU utilisation", "Value of $series"]) {
    test(`draws the band of ${title} only for one host, in blue, between lines that it has`, () => {
      const queries = queriesOf(panel(title));
      const uppers = queries.filter(({ expr }) => expr.includes("outliers_expected_upper"));
      const lowers = queries.filter(({ expr }) => expr.includes("outliers_expected_lower"));
      assert.ok(uppers.length > 0 && uppers.length === lowers.length);
      for (const query of [...uppers, ...lowers])
        assert.match(query.expr, / and on \(\) count\(\(up\{.* == 1$/);
      for (const { refId } of uppers) {
        const drawn = overridesOf(panel(title), refId);
        assert.equal(drawn["custom.fillBelowTo"], lowers[0]?.legendFormat);
        assert.equal(drawn.color.fixedColor, "blue");
      }
    });

    test(`draws in ${title}, of many hosts, those with outliers, and the range of all`, () => {
      const queries = queriesOf(panel(title));
      const lines = queries.filter(({ legendFormat }) => legendFormat === "{{instance}}");
      assert.ok(lines.length > 0);
      for (const { expr } of lines)
        assert.match(
          expr,
          /topk\(10, max by \(job, instance\) \(1000 \* outliers_last_outlier_timestamp_seconds\{[^}]*\} @ end\(\) > \$__from\)\)/,
        );
      const quantiles = queries.filter(({ expr }) => expr.startsWith("quantile("));
      assert.equal(quantiles.length, 3 * lines.length);
      for (const { expr } of quantiles) assert.match(expr, / > 5$/);
      const { legend } = panel(title).options ?? {};
      assert.deepEqual(
        [legend.displayMode, legend.placement, legend.sortBy, legend.sortDesc],
        ["table", "right", "Max", true],
      );
    });

    test(`draws the outliers of ${title} on its lines, no larger than necessary`, () => {
      const queries = queriesOf(panel(title));
      const points = queries.filter(({ legendFormat }) => legendFormat === "{{instance}} outlier");
      assert.ok(points.length > 0);
      for (const { refId, expr } of points) {
        assert.ok(overridesOf(panel(title), refId)["custom.pointSize"] <= 6);
        // The line goes through the points.
        const [outliers = ""] = expr.split(" and on (job, instance) (topk");
        assert.ok(queries.some((other) => other.expr.startsWith(`(${outliers} or `)));
      }
    });
  }

  test("formats only percentages as such", () => {
    for (const { refId, expr } of queriesOf(panel("Value of $series"))) {
      const unit = expr.includes('series=~".+_percent"') ? "percent" : "short";
      assert.equal(overridesOf(panel("Value of $series"), refId).unit, unit);
    }
  });

  test("has one line per CPU mode, however many hosts there are", () =>
    assert.match(expr("CPU by mode"), /^avg by \(series\) \(/));

  test("has one lane per host, with the maximum of each step, from a recording rule", () => {
    assert.match(
      expr("Incidents"),
      /^max by \(job, instance\) \(max_over_time\(instance:outliers_active:sum\{[^}]*\}\[\$__rate_interval\]\)/,
    );
    assert.ok(panel("Incidents").maxDataPoints);
  });

  test("draws the line above which a score is an outlier, even if no score is near it", () => {
    const defaults = panel("Score of $series").fieldConfig?.defaults;
    assert.ok(defaults?.thresholds?.steps.some(({ value }) => value === 1));
    assert.equal(defaults?.custom.thresholdsStyle.mode, "line");
    assert.equal(defaults?.custom.axisSoftMax, 1.5);
  });

  test("lists only series that are not ready", () => {
    assert.match(expr("Series that are not ready"), /state!="ready"/);
    assert.match(expr("Time without verdicts"), /^topk\(10, .* > 0\)$/);
    assert.equal(panel("Time without verdicts").fieldConfig?.defaults.max, 1);
  });

  test("has one row per series, with its value and its score", () => {
    const rows = (dashboard.panels ?? []).filter(({ repeat }) => repeat !== undefined);
    assert.deepEqual(
      rows.map(({ title, repeat }) => ({ title, repeat })),
      [{ title: "$series", repeat: "series" }],
    );
    // A repeated row repeats all panels after it.
    const after = dashboard.panels?.slice(dashboard.panels.findIndex(({ repeat }) => repeat) + 1);
    assert.deepEqual(
      after?.map(({ title }) => title),
      ["Value of $series", "Score of $series"],
    );
  });
});

suite("Watched queries", () => {
  const dashboard = dashboards["watched-queries.json"]();
  const panel = panelOf(dashboard);
  const exprs = (title: string) => queriesOf(panel(title)).map(({ expr }) => expr);

  test("selects only series of queries, and the hosts' dashboard only others", () => {
    for (const one of panelsOf(dashboard))
      for (const { expr } of queriesOf(one))
        for (const selector of uses(expr, /outliers_\w+\{[^}]*\}/g))
          assert.ok(selector.includes('query=~"$query"'), selector);
    for (const one of panelsOf(dashboards["host-outliers.json"]()))
      for (const { expr } of queriesOf(one))
        for (const selector of uses(expr, /\boutliers_\w+\{[^}]*\}/g))
          if (!selector.includes(":")) assert.ok(selector.includes('query=""'), selector);
  });

  test("lists only the worst series, and draws no more than people can distinguish", () => {
    const [order = ""] = exprs("Unusual now, worst first");
    assert.match(order, /topk\(50, outliers_last_outlier_score/);
    for (const title of ["Values", "Scores"])
      for (const expr of exprs(title)) assert.match(expr, /topk\(10, | == 1$/);
  });

  test("links from a series to its chart with all its labels, and to its expression", () => {
    const { links = [] } = overridesOf(panel("Unusual now, worst first"), "Query");
    const [show, explore]: unknown[] = links;
    assert.match(
      JSON.stringify(show),
      /var-query=\$\{__data\.fields\.Query\}&.*\$\{__data\.fields\.Filters\}"/,
    );
    assert.match(JSON.stringify(explore), /"expr":"\$\{__data\.fields\.Expression\}"/);
  });
});

suite("Detector service", () => {
  const dashboard = dashboards["detector-service.json"]();

  test("begins with tiles: replicas up, errors, latency, and remaining room", () => {
    const first = panelsOf(dashboard).slice(0, 6);
    assert.deepEqual(
      first.map(({ title, type }) => `${type}: ${title}`),
      ["Replicas up", "Known", "Errors", "p99", "Streams", "Memory"].map(
        (title) => `stat: ${title}`,
      ),
    );
  });

  test("offers only replicas to choose from", () => {
    for (const { type, definition } of dashboard.templating.list ?? [])
      if (type === "query") assert.match(definition ?? "", /^label_values\(detector_build_info/);
  });

  test("ends the axis of counts that are always 0 at 1, not at 100", () => {
    for (const title of ["Restarts", "Calls ended by code"])
      assert.equal(panelOf(dashboard)(title).fieldConfig?.defaults.custom.axisSoftMax, 1);
  });
});
