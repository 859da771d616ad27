import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseEnv } from "node:util";
import { parse } from "yaml";
import { z } from "zod";
import { variables } from "../src/config.ts";

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const dotEnv = parseEnv(read(".env.example"));

const { name, services } = z
  .object({
    name: z.string().optional(),
    services: z.record(
      z.string(),
      z.looseObject({
        environment: z.array(z.string()).default([]),
        volumes: z
          .array(
            z.union([
              z.string(),
              z.strictObject({ type: z.literal("tmpfs"), target: z.string() }),
              z.looseObject({
                type: z.literal("bind"),
                read_only: z.literal(true),
                bind: z.object({ create_host_path: z.literal(false), selinux: z.string() }),
              }),
            ]),
          )
          .default([]),
        ports: z.array(z.string()).default([]),
        image: z.string(),
        build: z.object({ target: z.string() }).optional(),
        stop_grace_period: z.string(),
        deploy: z.object({ resources: z.object({ limits: z.object({ cpus: z.string() }) }) }),
      }),
    ),
  })
  .parse(parse(read("docker-compose.yml"), { merge: true }));

test("a clone is a project of its own", () => assert.equal(name, undefined));

test("what is mounted from the clone is labelled for SELinux", () => {
  for (const { volumes } of Object.values(services)) {
    const mounted = volumes.filter((volume) => typeof volume === "string");
    for (const volume of mounted) if (volume.startsWith(".")) assert.match(volume, /:ro,z$/);
    for (const volume of volumes) {
      if (typeof volume !== "string" && volume.type === "bind")
        assert.equal(volume.bind.selinux, "z");
    }
  }
});

test("what goes into an image can be read by any user", () => {
  const copies = read("Dockerfile").match(/^COPY (?!--from).*$/gm) ?? [];
  assert.ok(copies.length > 0);
  for (const copy of copies) assert.match(copy, /^COPY --chmod=755 /);
});

test("licences stay in the images", () => {
  assert.doesNotMatch(read("Dockerfile"), /-name '\*(\.md|.*LICEN)/i);
});

test("images are built from the clone, unless they have the prefix of a registry", () => {
  for (const [service, { image, build }] of Object.entries(services)) {
    if (!build) continue;
    assert.equal(build.target, service);
    assert.match(
      image,
      /^\$\{IMAGE_PREFIX:-\$\{COMPOSE_PROJECT_NAME\}-\}\w+:\$\{IMAGE_TAG:-latest\}$/,
    );
    assert.ok(image.includes(`}${service}:`), image);
  }
});

test("a release publishes every image that is built", () => {
  const matrix = z.object({ target: z.array(z.string()) });
  const job = z.object({ strategy: z.object({ matrix }) });
  const { jobs } = z
    .object({ jobs: z.looseObject({ images: job }) })
    .parse(parse(read(".github/workflows/release.yml")));
  const built = Object.keys(services).filter((service) => services[service]?.build);
  assert.deepEqual(jobs.images.strategy.matrix.target.toSorted(), built.toSorted());
});

test("everything has one version", () => {
  const manifest = z.object({ version: z.string(), workspaces: z.array(z.string()) });
  const { version, workspaces } = manifest.parse(JSON.parse(read("package.json")));
  for (const workspace of workspaces) {
    const text = read(`${workspace}/package.json`);
    for (const [line, , given] of text.matchAll(/"(version|@outliers\/\w+)": "(.*)"/g)) {
      assert.equal(given, version, `${workspace}: ${line}`);
    }
  }
  assert.equal(read("Dockerfile").match(/^ARG VERSION=(.*)$/m)?.[1], version);
});

test("CPU limits can be turned off", () => {
  for (const [service, { deploy }] of Object.entries(services)) {
    assert.equal(
      deploy.resources.limits.cpus,
      `\${${service.toUpperCase()}_CPUS:-${dotEnv[`${service.toUpperCase()}_CPUS`]}}`,
    );
  }
});

test("replicas take ports that are free, and Docker waits as long as they take to stop", () => {
  assert.match(
    services.detector?.ports[0] ?? "",
    /^\$\{DETECTOR_BIND_ADDRESS:-\$\{BIND_ADDRESS:-127\.0\.0\.1\}\}:\$\{DETECTOR_PORTS:-\}:9999$/,
  );
  assert.equal(dotEnv.DETECTOR_PORTS, "");
  for (const service of ["detector", "collector"]) {
    assert.match(services[service]?.stop_grace_period ?? "", /^\$\{SHUTDOWN_TIMEOUT:-8s\}$/);
  }
});

test("each setting of the detector reaches its container", () => {
  const passed = services.detector?.environment.map((line) => line.split("=")[0]) ?? [];
  const own = Object.keys(variables).filter((variable) => !variable.startsWith("TLS_"));
  assert.deepEqual(
    own.filter((variable) => !passed.includes(variable)),
    [],
  );
});

test("every setting of Alertmanager's container has a default: .env is optional", () => {
  for (const line of services.alertmanager?.environment ?? []) {
    assert.match(line, /^([A-Z_]+)=\$\{\1:-[^}]*\}$/);
  }
});
