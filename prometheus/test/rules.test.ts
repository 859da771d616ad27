// Checks that promtool does not do; its own run in the end-to-end tests.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

const alertSchema = z.object({
  alert: z.string(),
  labels: z.strictObject({
    severity: z.enum(["warning", "critical"]),
    job: z.string().optional(),
    instance: z.string().optional(),
  }),
  annotations: z.strictObject({
    summary: z.string().min(10),
    description: z.string().min(10),
    dashboard_url: z
      .string()
      .regex(/http:\/\/localhost:3000\/d\/(host-outliers|detector-service)\?/),
    runbook_url: z.string(),
  }),
});
const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.union([z.strictObject({ record: z.string(), expr: z.string() }), alertSchema]),
      ),
    }),
  ),
});
const testsSchema = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(
        z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) }),
      ),
    }),
  ),
});

const alerts = rulesSchema
  .parse(parse(read("../rules/outliers.yml")))
  .groups.flatMap(({ rules }) => rules)
  .flatMap((rule) => ("alert" in rule ? [rule] : []));
const { tests } = testsSchema.parse(parse(read("outliers.test.yml")));
const runbook = read("../../docs/runbook.md");
const runbookPage = read("../user/runbook.html");

it("there are alerts", () => {
  assert.ok(alerts.length >= 6);
});

for (const { alert, annotations } of alerts) {
  describe(alert, () => {
    it("has a section in the runbook, which it links to", () => {
      assert.equal(
        annotations.runbook_url,
        `http://localhost:9090/user/runbook.html#${alert.toLowerCase()}`,
      );
      assert.ok(runbookPage.includes(`id="${alert.toLowerCase()}"`));
      assert.match(runbook, new RegExp(`^## ${alert}$`, "m"));
    });

    it("has test cases in which it fires, doesn't fire and resolves", () => {
      const cases = tests.map(({ alert_rule_test }) =>
        alert_rule_test
          .filter(({ alertname }) => alertname === alert)
          .map(({ exp_alerts }) => exp_alerts.length > 0),
      );
      const ofItself = cases.filter((fires) => fires.length > 0);
      assert.ok(
        ofItself.some((fires) => fires.includes(true)),
        "fires",
      );
      assert.ok(
        ofItself.some((fires) => !fires.includes(true)),
        "does not fire",
      );
      const resolves = (fires: boolean[]) => fires.includes(false, fires.indexOf(true) + 1);
      assert.ok(
        ofItself.some((fires) => fires.includes(true) && resolves(fires)),
        "resolves",
      );
    });
  });
}
