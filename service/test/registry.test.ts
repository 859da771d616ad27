import assert from "node:assert/strict";
import { test } from "node:test";
import { buildVersion, createRegistry } from "../src/registry.ts";

test("a registry has the build's version and the process's metrics", async () => {
  const text = await createRegistry("thing").metrics();
  const build = `thing_build_info{version="${buildVersion}",node_version="${process.version}"} 1`;
  assert.ok(text.includes(build), text);
  assert.match(text, /^process_cpu_seconds_total /m);
});

test("two registries in one process share no metrics", async () => {
  const [one, other] = [createRegistry("one"), createRegistry("other")];
  assert.doesNotMatch(await one.metrics(), /other_build_info/);
  assert.doesNotMatch(await other.metrics(), /one_build_info/);
});
