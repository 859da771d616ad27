/** Figures of /proc/meminfo in kB, by their names. */
type Meminfo = ReadonlyMap<string, number>;

/** @see https://docs.kernel.org/filesystems/proc.html#meminfo */
function parseMeminfo(text: string): Meminfo {
  const lines = text.matchAll(/^([^:\s]+): +(\d+)(?: kB)?$/gm);
  return new Map(Array.from(lines, ([, name = "", kilobytes]) => [name, Number(kilobytes)]));
}

/**
 * Memory that is not available without swapping, in percent, from the text of /proc/meminfo.
 * @throws when a figure that is needed is not there, or can't be true
 */
export function memoryUsedPercent(text: string): number {
  const meminfo = parseMeminfo(text);
  const total = meminfo.get("MemTotal") ?? 0;
  if (total === 0) throw new Error("no MemTotal in /proc/meminfo");
  const available = meminfo.get("MemAvailable") ?? estimate(meminfo);
  if (available > total) {
    throw new Error(`${available} kB of ${total} kB of memory available in /proc/meminfo`);
  }
  return (100 * (total - available)) / total;
}

/** What is available where the kernel doesn't say, before 3.14: what is free, and caches. */
function estimate(meminfo: Meminfo): number {
  const sum = (...names: string[]): number =>
    names.reduce((all, name) => all + (meminfo.get(name) ?? Number.NaN), 0);
  const [byLists, byCaches] = [
    sum("MemFree", "Active(file)", "Inactive(file)", "SReclaimable"),
    sum("MemFree", "Buffers", "Cached"),
  ];
  const available = Number.isNaN(byLists) ? byCaches : byLists;
  if (Number.isNaN(available)) throw new Error("no MemAvailable in /proc/meminfo, nor MemFree");
  return available;
}
