/** The figures of /proc/meminfo in kB, by name. */
type Meminfo = ReadonlyMap<string, number>;

/** @see https://docs.kernel.org/filesystems/proc.html#meminfo */
function parseMeminfo(text: string): Meminfo {
  const lines = text.matchAll(/^([^:\s]+): +(\d+)(?: kB)?$/gm);
  return new Map(Array.from(lines, ([, name = "", kilobytes]) => [name, Number(kilobytes)]));
}

/**
 * The share of memory that isn't available without swapping, in percent, from /proc/meminfo.
 * @throws if a figure is missing or impossible
 */
export function memoryUsedPercent(text: string): number {
  const meminfo = parseMeminfo(text);
  const total = meminfo.get("MemTotal") ?? 0;
  if (total === 0) throw new Error("no MemTotal in /proc/meminfo");
  const available = meminfo.get("MemAvailable") ?? estimate(meminfo);
  if (available > total) {
    throw new Error(`impossible MemAvailable in /proc/meminfo: ${available} of ${total} kB`);
  }
  return (100 * (total - available)) / total;
}

/** Available memory for kernels before 3.14, which don't report it: free memory plus caches. */
function estimate(meminfo: Meminfo): number {
  const sum = (...names: string[]): number =>
    names.reduce((all, name) => all + (meminfo.get(name) ?? Number.NaN), 0);
  const [byLists, byCaches] = [
    sum("MemFree", "Active(file)", "Inactive(file)", "SReclaimable"),
    sum("MemFree", "Buffers", "Cached"),
  ];
  const available = Number.isNaN(byLists) ? byCaches : byLists;
  if (Number.isNaN(available)) throw new Error("neither MemAvailable nor MemFree in /proc/meminfo");
  return available;
}
