import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import packageJson from "../package.json" with { type: "json" };
import { createRegistry } from "../src/registry.ts";

/** The line of `thing_build_info` in a process of its own, with variables. */
function buildInfo(env: NodeJS.ProcessEnv): string {
  const registry = new URL("../src/registry.ts", import.meta.url).href;
  const script = `const { createRegistry } = await import("${registry}");
    console.log(await createRegistry("thing").getSingleMetricAsString("thing_build_info"))`;
  const args = ["--input-type=module", "--eval", script];
  const text = execFileSync(process.execPath, args, {
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return text.trim().split("\n").at(-1) ?? "";
}

test("a registry has the build's version, revision and date", () => {
  const { version } = packageJson;
  assert.equal(
    buildInfo({ OUTLIERS_REVISION: "1f2e3d", OUTLIERS_BUILD_DATE: "2026-11-26T09:00:00Z" }),
    `thing_build_info{version="${version}",revision="1f2e3d",build_date="2026-11-26T09:00:00Z",node_version="${process.version}"} 1`,
  );
  assert.equal(
    buildInfo({ OUTLIERS_REVISION: "", OUTLIERS_BUILD_DATE: "" }),
    `thing_build_info{version="${version}",revision="unknown",build_date="unknown",node_version="${process.version}"} 1`,
  );
});

test("a registry has the process's metrics", async () => {
  assert.match(await createRegistry("thing").metrics(), /^process_cpu_seconds_total /m);
});

test("two registries in one process share no metrics", async () => {
  const [one, other] = [createRegistry("one"), createRegistry("other")];
  assert.doesNotMatch(await one.metrics(), /other_build_info/);
  assert.doesNotMatch(await other.metrics(), /one_build_info/);
});
