#!/usr/bin/env node
// Any version of Node has to understand this file, down to the line that asks for a newer one.
const MIN_MAJOR = 22;

if (Number(process.versions.node.split(".")[0]) < MIN_MAJOR) {
  console.error(
    `outliers: Node.js ${MIN_MAJOR} or newer is needed; this is ${process.version} (${process.execPath})`,
  );
  process.exit(2);
}

// The repository has the source, and the package what was compiled of it.
void import("node:fs").then(({ existsSync }) => {
  const source = new URL("../src/main.ts", import.meta.url);
  return import(existsSync(source) ? source.href : "../dist/cli/bundle/src/main.js");
});
