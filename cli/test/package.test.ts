import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import packageJson from "../package.json" with { type: "json" };
import { calmWithSpike, csvOf } from "./support/data.ts";

const run = promisify(execFile);
const cli = fileURLToPath(new URL("..", import.meta.url));

describe("the package", () => {
  let folder = "";
  let outliers = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "outliers-"));
    await run("npm", ["pack", "--pack-destination", folder], {
      cwd: cli,
      env: { ...process.env, OUTLIERS_REVISION: "1f2e3d", OUTLIERS_BUILD_DATE: "2026-11-26" },
    });
    await run("tar", ["-xf", `outliers-cli-${packageJson.version}.tgz`], { cwd: folder });
    // In place of what npm would install.
    await symlink(join(cli, "../node_modules"), join(folder, "node_modules"));
    await symlink(join(cli, "node_modules"), join(folder, "package/node_modules"));
    outliers = join(folder, "package/bin/outliers.js");
  });
  after(() => rm(folder, { recursive: true }));

  test("works outside of the repository, with all that it reads at run time", async () => {
    const { stdout } = await run(process.execPath, [outliers, "--version"], { cwd: "/" });
    assert.equal(stdout, `${packageJson.version} (commit 1f2e3d, built 2026-11-26)\n`);
    const page = join(folder, "page.html");
    const plotted = run(process.execPath, [outliers, "backtest", "--plot", page, "-"]);
    plotted.child.stdin?.end(csvOf(calmWithSpike()));
    assert.equal((await plotted).stderr, `plotted in ${page}\n`);
    assert.ok((await readFile(page, "utf8")).includes("uPlot"));
    const queries = join(folder, "queries.yml");
    await writeFile(queries, "url: http://127.0.0.1:1\npresets: [node]\n");
    const tried = run(process.execPath, [outliers, "check", "--dry-run", "--queries", queries]);
    await assert.rejects(tried, { stdout: /with the presets node for.*\n.*no query could be/ });
    const remote = run(process.execPath, [outliers, "detect", "--address", "127.0.0.1:1", "-"]);
    remote.child.stdin?.end(csvOf(calmWithSpike()));
    await assert.rejects(remote, /the detector at 127.0.0.1:1 gives no verdicts: .*ECONNREFUSED/);
  });

  test("says on an old Node which one it needs", async () => {
    const old = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.9.0"})`;
    await assert.rejects(run(process.execPath, ["--import", old, outliers, "--version"]), {
      code: 2,
      stderr: /^outliers: Node.js 22 or newer is needed; this is /,
    });
  });

  test("needs no workspace, and leaves nothing in the source", async () => {
    const packed = JSON.parse(await readFile(join(folder, "package/package.json"), "utf8"));
    assert.ok(!Object.keys(packed.dependencies).some((name) => name.startsWith("@outliers/")));
    await assert.rejects(readFile(join(cli, "dist/cli/bundle/src/main.js")), { code: "ENOENT" });
  });
});
