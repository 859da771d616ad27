// Writes docs/settings.md, docs/metrics.md, the comments in .env.example, the defaults in
// docker-compose*.yml, the runbook as HTML, and the rules and dashboards of the Helm chart, which may only
// have files of its own folder; with --check, compares them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { variables as collectorSettings } from "@outliers/collector/config";
import { variables as detectorSettings } from "@outliers/detector/config";
import { metricsPage } from "./metrics-docs.ts";
import { runbookPage } from "./runbook-page.ts";
import { commentedDotEnv, composeWithDefaults, settingsPage } from "./settings-docs.ts";

const urlOf = (path: string): URL => new URL(`../${path}`, import.meta.url);
const read = (path: string): string => readFileSync(urlOf(path), "utf8");

const settings = { ...detectorSettings, ...collectorSettings };
const dotEnv = commentedDotEnv(read(".env.example"), settings);
const composeFiles = readdirSync(urlOf("")).filter((name) => /^docker-compose.*\.yml$/.test(name));
const chart = "deploy/helm/outliers/files";
const dashboards = readdirSync(urlOf("grafana/dashboards")).map((file): [string, string] => [
  `${chart}/dashboards/${file}`,
  read(`grafana/dashboards/${file}`),
]);
const documents = {
  ".env.example": dotEnv,
  ...Object.fromEntries(
    composeFiles.map((path) => [path, composeWithDefaults(read(path), dotEnv)]),
  ),
  "docs/settings.md": settingsPage(dotEnv, settings),
  "docs/metrics.md": metricsPage(
    [
      { title: "Collector, port 9464", exposition: read("collector/test/metrics.golden.txt") },
      { title: "Detector, port 9465", exposition: read("detector/test/metrics.golden.txt") },
    ],
    read("scripts/metrics-notes.md"),
  ),
  "prometheus/user/runbook.html": runbookPage(read("docs/runbook.md")),
  [`${chart}/rules.yml`]: read("prometheus/rules/outliers.yml"),
  ...Object.fromEntries(dashboards),
};

const stale = Object.entries(documents).filter(([path, text]) => {
  try {
    return read(path) !== text;
  } catch {
    return true;
  }
});
if (process.argv.includes("--check")) {
  for (const [path] of stale) process.stderr.write(`${path} is out of date: run npm run docs\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else for (const [path, text] of stale) writeFileSync(urlOf(path), text);
