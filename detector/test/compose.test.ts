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
        volumes: z.array(z.string()).default([]),
        ports: z.array(z.string()).default([]),
        stop_grace_period: z.string(),
        deploy: z.object({ resources: z.object({ limits: z.object({ cpus: z.string() }) }) }),
      }),
    ),
  })
  .parse(parse(read("docker-compose.yml"), { merge: true }));

test("a clone is a project of its own", () => assert.equal(name, undefined));

test("what is mounted from the clone is labelled for SELinux", () => {
  for (const { volumes } of Object.values(services)) {
    for (const volume of volumes) if (volume.startsWith(".")) assert.match(volume, /:ro,z$/);
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
    /^\$\{BIND_ADDRESS:-127\.0\.0\.1\}:\$\{DETECTOR_PORTS:-\}:9999$/,
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
