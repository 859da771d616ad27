/**
 * What `/metrics` answers, without the process's own metrics and what differs between runs: builds,
 * durations, the machine's memory.
 */
export const normalizedExposition = (text: string): string =>
  text
    .split(/^(?=# HELP )/m)
    .filter((family) => !/^# HELP (process|nodejs)_/.test(family))
    .map((family) => `${family.trim()}\n`)
    .join("\n")
    .replace(/(version|revision|build_date|node_version)="[^"]*"/g, '$1="…"')
    .replace(/^(\w+_(?:seconds_bucket|seconds_sum|memory_limit_bytes)(?:\{.*\})?) \S+$/gm, "$1 …");
