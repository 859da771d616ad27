import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseQueries, type Queries, readQueries } from "./queries-file.ts";

/** Reads a file of queries, with those of its presets. @throws ConfigError */
export function readWithPresets(file: string): Queries {
  const queries = readQueries(file);
  const own = new Set(queries.queries.map(({ name }) => name));
  const ofPresets = queries.presets
    .flatMap(presetQueries)
    // A query of the same name replaces that of a preset.
    .filter(({ name }) => !own.has(name));
  return { ...queries, queries: [...ofPresets, ...queries.queries] };
}

function presetQueries(name: string): Queries["queries"] {
  const path = fileURLToPath(new URL(`../../../presets/${name}.yml`, import.meta.url));
  // They are asked of the server of the file that names them.
  return parseQueries(`url: http://preset\n${readFileSync(path, "utf8")}`, path).queries;
}
