import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { names, read } from "./files.ts";

// https://grafana.com/docs/grafana/latest/administration/provisioning/: Grafana ignores a key that
// it does not know, so that a misspelt one would go unseen.
const documented = [
  {
    folder: "datasources",
    list: "datasources",
    keys: "name type access orgId uid url user database basicAuth basicAuthUser withCredentials isDefault jsonData secureJsonData version editable",
    // https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/
    nested: { name: "jsonData", keys: "httpMethod timeInterval queryTimeout prometheusType" },
  },
  {
    folder: "dashboards",
    list: "providers",
    keys: "name orgId folder folderUid type disableDeletion updateIntervalSeconds allowUiUpdates options",
    nested: { name: "options", keys: "path foldersFromFilesStructure" },
  },
] as const;

/** A provisioning file: lists of entries, under the name of what they are. */
type Provisioned = {
  apiVersion: number;
  datasources?: Entry[];
  providers?: Entry[];
};

type Entry = Record<string, object>;

const within = (keys: string[], allowed: string) =>
  assert.deepEqual(
    keys.filter((key) => !allowed.split(" ").includes(key)),
    [],
  );

for (const { folder, list, keys, nested } of documented)
  suite(`provisioning/${folder}`, async () => {
    for (const name of await names(`provisioning/${folder}`)) {
      const { apiVersion, ...rest }: Provisioned = parse(
        await read(`provisioning/${folder}/${name}`),
      );

      test(`${name} has documented keys only`, () => {
        assert.equal(apiVersion, 1);
        assert.deepEqual(Object.keys(rest), [list]);
        const entries = rest[list] ?? [];
        assert.ok(entries.length > 0);
        for (const entry of entries) {
          within(Object.keys(entry), keys);
          within(Object.keys(entry[nested.name] ?? {}), nested.keys);
        }
      });

      test(`${name} has no $, which Grafana would take for an environment variable`, () =>
        assert.doesNotMatch(JSON.stringify(rest), /\$/));
    }
  });

type Source = { uid: string; isDefault: boolean; jsonData: { timeInterval: string } };

const dataSources = async () => {
  const file: { datasources: Source[] } = parse(
    await read("provisioning/datasources/prometheus.yml"),
  );
  return file.datasources;
};

test("one data source is the default, with a uid that never changes", async () => {
  const sources = await dataSources();
  assert.deepEqual(
    sources.map(({ uid, isDefault }) => ({ uid, isDefault })),
    [{ uid: "prometheus", isDefault: true }],
  );
});

test("the data source knows the scrape interval of Prometheus", async () => {
  const [source] = await dataSources();
  const prometheus: { global: { scrape_interval: string } } = parse(
    await read("../prometheus/prometheus.yml"),
  );
  assert.equal(source?.jsonData.timeInterval, prometheus.global.scrape_interval);
});
