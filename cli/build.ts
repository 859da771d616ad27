/**
 * Compiles the command line to JavaScript in dist/, with the workspaces that it uses in it, for
 * `npm pack`. What comes from npm stays a dependency. Files that are read at run time go where the
 * compiled modules look for them.
 */
import { copyFile, cp, mkdir, rm } from "node:fs/promises";
import { build } from "esbuild";
import packageJson from "./package.json" with { type: "json" };

/** Three levels down, because one of the modules looks for presets that far up. */
const BUNDLE = "dist/cli/bundle/src";
const PRESETS = "../collector/presets";
const FILES = {
  "src/backtest/page.css": `${BUNDLE}/page.css`,
  "src/backtest/page.js": `${BUNDLE}/page.js`,
  "../proto/outliers.proto": `${BUNDLE}/../outliers.proto`,
  "../docs/cli.md": "README.md",
  "../LICENSE": "LICENSE",
};

process.chdir(import.meta.dirname);
await rm("dist", { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ["src/main.ts"],
  outfile: `${BUNDLE}/main.js`,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  external: Object.keys(packageJson.dependencies),
  // What was built is decided now, not by the environment that it runs in.
  define: Object.fromEntries(
    ["OUTLIERS_REVISION", "OUTLIERS_BUILD_DATE"].map((name) => [
      `process.env.${name}`,
      JSON.stringify(process.env[name] ?? ""),
    ]),
  ),
  metafile: true,
  logLevel: "warning",
});
const foreign = Object.keys(metafile.inputs).filter((path) => path.includes("node_modules/"));
if (foreign.length > 0) {
  throw new Error(`not in the dependencies of package.json: ${foreign.join(", ")}`);
}
await mkdir("dist", { recursive: true });
await cp(PRESETS, `${BUNDLE}/../../../presets`, { recursive: true });
for (const [from, to] of Object.entries(FILES)) await copyFile(from, to);
