// The chart as Helm renders it. `make lint-chart` brings Helm, kubeconform and the schemas.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";

/** The last three minor versions of Kubernetes. */
const KUBERNETES = ["1.35.0", "1.36.0", "1.37.0"];
const OPERATOR = ["--api-versions", "monitoring.coreos.com/v1"];

const { HELM, KUBECONFORM, KUBERNETES_SCHEMAS, CRDS } = z
  .object({
    HELM: z.string(),
    KUBECONFORM: z.string(),
    KUBERNETES_SCHEMAS: z.string(),
    CRDS: z.string(),
  })
  .parse(process.env);
const root = fileURLToPath(new URL("../..", import.meta.url));
const chart = join(root, "deploy/helm/outliers");
const work = mkdtempSync(join(tmpdir(), "outliers-chart-"));
after(() => rmSync(work, { recursive: true }));

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const run = (program: string, args: string[], input = ""): string =>
  execFileSync(program, args, { encoding: "utf8", input, stdio: "pipe" });

const text = z.string();
const labels = z.record(text, text).default({});
const container = z.object({
  name: text,
  image: text,
  env: z
    .array(z.object({ name: text, value: text.optional(), valueFrom: z.unknown().optional() }))
    .default([]),
  securityContext: z.unknown().optional(),
  livenessProbe: z.unknown().optional(),
  readinessProbe: z.unknown().optional(),
  volumeMounts: z
    .array(z.object({ mountPath: text, readOnly: z.boolean().optional() }))
    .default([]),
});
const podSpec = z.object({
  automountServiceAccountToken: z.literal(false),
  hostNetwork: z.undefined().optional(),
  hostPID: z.undefined().optional(),
  hostIPC: z.undefined().optional(),
  securityContext: z.unknown().optional(),
  containers: z.array(container),
  volumes: z.array(z.record(text, z.unknown())).default([]),
});
const object = z.object({
  kind: text,
  metadata: z.object({ name: text, labels }),
  spec: z.record(text, z.unknown()).optional(),
  data: z.record(text, text).optional(),
});

const render = (...args: string[]): string =>
  run(HELM, ["template", "test", chart, "--namespace", "ns", "--kube-version", "1.37.0", ...args]);
const objects = (...args: string[]) =>
  parseAllDocuments(render(...args))
    .map((document) => document.toJS())
    .filter((one) => one !== null)
    .map((one) => object.parse(one));

const find = (found: ReturnType<typeof objects>, kind: string, name: string) => {
  const one = found.find((each) => each.kind === kind && each.metadata.name === `test-${name}`);
  assert.ok(one, `no ${kind} ${name}`);
  return one;
};
/** The pods of everything that runs some. */
const pods = (found: ReturnType<typeof objects>) =>
  found.flatMap(({ kind, metadata, spec }) => {
    const template = z.object({ template: z.object({ spec: podSpec }) }).safeParse(spec);
    if (template.success) return [{ ...metadata, pod: template.data.template.spec }];
    return kind === "Pod" ? [{ ...metadata, pod: podSpec.parse(spec) }] : [];
  });
const podOf = (found: ReturnType<typeof objects>, name: string) => {
  const one = pods(found).find((each) => each.name === `test-${name}`);
  assert.ok(one, `no pods of ${name}`);
  return one.pod;
};
const settingsOf = (found: ReturnType<typeof objects>, name: string) =>
  Object.fromEntries(
    podOf(found, name).containers.flatMap(({ env }) => env.map((one) => [one.name, one.value])),
  );

const values = readdirSync(join(chart, "ci")).map((file) => ({
  name: file.replace("-values.yaml", ""),
  args: ["--values", join(chart, "ci", file)],
}));
const valuesOf = (name: string): string[] => {
  const found = values.find((each) => each.name === name);
  assert.ok(found, name);
  return [...found.args, ...OPERATOR];
};

/** A custom resource's schema as kubeconform takes it: unknown fields are errors. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, strict(value)]);
  const closed = "properties" in schema ? [["additionalProperties", false]] : [];
  return Object.fromEntries([...closed, ...entries]);
}

const definition = z.object({
  spec: z.object({
    names: z.object({ singular: text }),
    versions: z.array(z.object({ schema: z.object({ openAPIV3Schema: z.unknown() }) })),
  }),
});
for (const kind of ["servicemonitors", "prometheusrules"]) {
  const file = join(CRDS, `monitoring.coreos.com_${kind}.yaml`);
  const { names, versions } = definition.parse(parse(readFileSync(file, "utf8"))).spec;
  writeFileSync(
    join(work, `${names.singular}.json`),
    JSON.stringify(strict(versions[0]?.schema.openAPIV3Schema)),
  );
}

for (const { name, args } of values) {
  describe(`with the values ${name}`, () => {
    it("passes helm lint", () => {
      run(HELM, ["lint", "--strict", "--kube-version", "1.37.0", ...args, chart]);
    });

    for (const version of KUBERNETES) {
      it(`is valid for Kubernetes ${version} and the Prometheus Operator`, () => {
        const schemas = [
          `${KUBERNETES_SCHEMAS}/{{.NormalizedKubernetesVersion}}-local{{.StrictSuffix}}/{{.ResourceKind}}{{.KindSuffix}}.json`,
          `${work}/{{.ResourceKind}}.json`,
        ].flatMap((path) => ["-schema-location", path]);
        const options = ["-strict", "-summary", "-output", "json", "-kubernetes-version", version];
        const summary: unknown = JSON.parse(
          run(KUBECONFORM, [...options, ...schemas], render(...args, ...OPERATOR)),
        );
        const counts = z
          .object({ summary: z.object({ valid: z.number(), skipped: z.literal(0) }) })
          .parse(summary);
        assert.equal(counts.summary.valid, objects(...args, ...OPERATOR).length);
      });
    }

    // https://kubernetes.io/docs/concepts/security/pod-security-standards/
    it("meets the restricted Pod Security Standard, but for the node's files", () => {
      for (const { name: owner, pod } of pods(objects(...args))) {
        assert.deepEqual(
          pod.securityContext,
          {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            fsGroup: 1000,
            seccompProfile: { type: "RuntimeDefault" },
          },
          owner,
        );
        for (const { securityContext } of pod.containers) {
          assert.deepEqual(securityContext, {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          });
        }
        if (name !== "restricted" && owner === "test-outliers-collector") continue;
        assert.deepEqual(
          pod.volumes.filter((volume) => "hostPath" in volume),
          [],
          owner,
        );
      }
    });
  });
}

describe("the chart", () => {
  const defaults = objects(...OPERATOR);
  const full = objects(...valuesOf("full"));

  it("has rules and dashboards that are those of the repository", () => {
    const rules = read("prometheus/rules/outliers.yml");
    const linked = (grafana: string, runbook: string): unknown =>
      parse(
        rules
          .replaceAll("http://localhost:3000", grafana)
          .replaceAll("http://localhost:9090/user/runbook.html", runbook),
      );
    assert.deepEqual(
      find(defaults, "PrometheusRule", "outliers").spec,
      linked("http://localhost:3000", "docs/runbook.md"),
    );
    assert.deepEqual(
      find(full, "PrometheusRule", "outliers").spec,
      linked("https://grafana.example.com", "https://wiki.example.com/outliers"),
    );
    for (const file of readdirSync(join(root, "grafana/dashboards"))) {
      const name = file.replace(".json", "");
      const { metadata, data } = find(defaults, "ConfigMap", `outliers-${name}`);
      assert.equal(metadata.labels.grafana_dashboard, "1");
      // Not deepEqual: its message would be as long as both.
      assert.ok(data?.[file] === read(`grafana/dashboards/${file}`), file);
    }
  });

  it("packs them", () => {
    run(HELM, ["package", chart, "--destination", work, "--version", "9.9.9"]);
    const files = run("tar", ["--list", "--file", join(work, "outliers-9.9.9.tgz")]).split("\n");
    for (const path of ["files/rules.yml", "files/dashboards/host-outliers.json"]) {
      assert.ok(files.includes(`outliers/${path}`), path);
    }
    assert.ok(!files.some((path) => path.startsWith("outliers/ci/")));
  });

  it("leaves out what needs the Prometheus Operator where that is missing", () => {
    const kinds = (found: typeof defaults) => new Set(found.map(({ kind }) => kind));
    for (const kind of ["ServiceMonitor", "PrometheusRule"]) {
      assert.ok(kinds(defaults).has(kind), kind);
      assert.ok(!kinds(objects()).has(kind), kind);
    }
  });

  it("gives what Prometheus selects its labels", () => {
    const release = ({ kind, metadata }: (typeof defaults)[number]) =>
      /Monitor|Rule/.test(kind) ? [metadata.labels.release] : [];
    assert.deepEqual(new Set(defaults.flatMap(release)), new Set(["kube-prometheus-stack"]));
    assert.deepEqual(new Set(full.flatMap(release)), new Set(["prometheus"]));
  });

  it("names hosts by their nodes, in the collector and in Prometheus", () => {
    const { env } = podOf(defaults, "outliers-collector").containers[0] ?? { env: [] };
    assert.deepEqual(env.find(({ name }) => name === "HOST_NAME")?.valueFrom, {
      fieldRef: { fieldPath: "spec.nodeName" },
    });
    const [endpoint] = z
      .array(z.object({ relabelings: z.unknown().optional() }))
      .parse(find(defaults, "ServiceMonitor", "outliers-collector").spec?.endpoints);
    assert.deepEqual(endpoint?.relabelings, [
      { sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "instance" },
    ]);
  });

  it("mounts from the node only the files that are read, and only to read", () => {
    const { containers, volumes } = podOf(defaults, "outliers-collector");
    assert.deepEqual(
      volumes.flatMap(({ hostPath }) => (hostPath === undefined ? [] : [hostPath])),
      ["stat", "loadavg", "meminfo"].map((file) => ({ path: `/proc/${file}`, type: "File" })),
    );
    const mounts = containers.flatMap(({ volumeMounts }) => volumeMounts);
    for (const { mountPath, readOnly } of mounts.filter((one) => /proc/.test(one.mountPath))) {
      assert.equal(readOnly, true, mountPath);
    }
    assert.equal(settingsOf(defaults, "outliers-collector").HOST_PROC, "/host/proc");
    const restricted = objects(...valuesOf("restricted"));
    assert.equal(settingsOf(restricted, "outliers-collector").HOST_PROC, "/proc");
  });

  it("lets clients see every replica: the detector's service is headless, and they ask it", () => {
    assert.equal(find(defaults, "Service", "outliers-detector").spec?.clusterIP, "None");
    assert.equal(
      settingsOf(defaults, "outliers-collector").DETECTOR_ADDRESS,
      "dns:///test-outliers-detector.ns.svc:9999",
    );
  });

  it("leaves the number of replicas to the autoscaler, unless that is off", () => {
    assert.equal(find(defaults, "Deployment", "outliers-detector").spec?.replicas, undefined);
    find(defaults, "HorizontalPodAutoscaler", "outliers-detector");
    const minimal = objects(...valuesOf("minimal"));
    assert.equal(find(minimal, "Deployment", "outliers-detector").spec?.replicas, 1);
    assert.deepEqual(
      minimal.map(({ kind }) => kind),
      ["PodDisruptionBudget", "Service", "Deployment", "Pod"],
    );
  });

  it("probes over gRPC, or over HTTP where the kubelet would need TLS", () => {
    const probe = (found: typeof defaults) =>
      podOf(found, "outliers-detector").containers.map(({ readinessProbe }) => readinessProbe);
    assert.partialDeepStrictEqual(probe(defaults), [
      { grpc: { port: 9999, service: "pb.Outliers" } },
    ]);
    assert.partialDeepStrictEqual(probe(full), [{ httpGet: { path: "/readyz", port: "metrics" } }]);
  });

  it("writes settings as they were given, large numbers too", () => {
    const detector = settingsOf(full, "outliers-detector");
    assert.equal(detector.MAX_MESSAGE_BYTES, "4194304");
    assert.equal(detector.TLS_CLIENT_AUTH, "require");
    const collector = settingsOf(full, "outliers-collector");
    assert.equal(collector.SENSITIVITY, "0.05");
    assert.equal(collector.PER_CORE, "true");
  });

  it("mounts queries.yml as a folder, so that a change is seen", () => {
    const { data } = find(full, "ConfigMap", "outliers-queries");
    assert.partialDeepStrictEqual(parse(data?.["queries.yml"] ?? ""), {
      queries: [{ expr: 'sum by (namespace) (rate(http_requests_total{code="500"}[5m]))' }],
    });
    const { SOURCES, QUERIES_FILE: file = "" } = settingsOf(full, "outliers-queries");
    assert.equal(SOURCES, "none");
    const mounts = podOf(full, "outliers-queries").containers.flatMap((one) => one.volumeMounts);
    assert.ok(mounts.some(({ mountPath }) => `${mountPath}/queries.yml` === file));
  });

  const rejected: [name: string, args: string[], message: RegExp][] = [
    ["a value that does not exist", ["detector.replica=3"], /replica/],
    ["TLS without secrets", ["tls.enabled=true"], /detectorSecret/],
    ["queries without a configuration", ["queries.enabled=true"], /config/],
    [
      "a setting that the chart sets itself",
      ["collector.settings.HOST_NAME=x"],
      /settings|HOST_NAME/,
    ],
  ];
  for (const [name, settings, message] of rejected) {
    it(`rejects ${name}`, () => {
      assert.throws(() => render("--set", settings.join(",")), message);
    });
  }
});
