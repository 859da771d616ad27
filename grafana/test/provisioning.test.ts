import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { names, read } from "./files.ts";
import { dashboardsFile, dataSourcesFile } from "./provisioning-schema.ts";

const yaml = async (path: string): Promise<unknown> => parse(await read(path));

for (const { folder, schema } of [
  { folder: "provisioning/datasources", schema: dataSourcesFile },
  { folder: "provisioning/dashboards", schema: dashboardsFile },
])
  suite(folder, async () => {
    for (const name of await names(folder)) {
      const file = await yaml(`${folder}/${name}`);

      test(`${name} has only documented keys`, () => {
        schema.parse(file);
      });

      test(`${name} has no $, which Grafana would interpret as an environment variable`, () =>
        assert.doesNotMatch(JSON.stringify(file), /\$/));
    }
  });

test("an unknown key is detected", async () => {
  const { providers } = dashboardsFile.parse(await yaml("provisioning/dashboards/outliers.yml"));
  const misspelt = providers.map((provider) => ({ ...provider, allowUIUpdates: false }));
  assert.ok(!dashboardsFile.safeParse({ apiVersion: 1, providers: misspelt }).success);
});

const dataSources = async () =>
  dataSourcesFile.parse(await yaml("provisioning/datasources/prometheus.yml")).datasources;

test("one data source is the default, with a uid that never changes", async () => {
  const sources = await dataSources();
  assert.deepEqual(
    sources.map(({ uid, isDefault, editable }) => ({ uid, isDefault, editable })),
    [{ uid: "prometheus", isDefault: true, editable: false }],
  );
});

test("the data source uses POST, and has Prometheus' scrape interval", async () => {
  const [source] = await dataSources();
  const prometheus: { global: { scrape_interval: string } } = parse(
    await read("../prometheus/prometheus.yml"),
  );
  assert.deepEqual(source?.jsonData, {
    httpMethod: "POST",
    timeInterval: prometheus.global.scrape_interval,
  });
});

test("the dashboards come from where Compose mounts them, and can't be changed", async () => {
  const { providers } = dashboardsFile.parse(await yaml("provisioning/dashboards/outliers.yml"));
  assert.deepEqual(
    providers.map(({ disableDeletion, allowUiUpdates, options }) => ({
      disableDeletion,
      allowUiUpdates,
      path: options.path,
    })),
    [{ disableDeletion: true, allowUiUpdates: false, path: "/etc/grafana/dashboards" }],
  );
  const { services }: { services: { grafana: { volumes: string[]; environment: string[] } } } =
    parse(await read("../docker-compose.yml"), { merge: true });
  const [path] = providers.map(({ options }) => options.path);
  assert.ok(services.grafana.volumes.includes(`./grafana/dashboards:${path}:ro,z`));
  const home = services.grafana.environment.find((line) => line.includes("HOME_DASHBOARD_PATH"));
  assert.ok(home?.endsWith(`=${path}/host-outliers.json`));
});
