import { mkdtempSync, openSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TOTAL_KB = 16_000_000;
/** More often than the collector reads it. */
const WRITE_MS = 100;

/**
 * The memory of a host, as a /proc/meminfo that goes on changing until this process ends: a fault
 * that a test can cause however busy this machine is.
 */
export function simulateMemory() {
  const path = join(mkdtempSync(join(tmpdir(), "outliers-e2e-")), "meminfo");
  const file = openSync(path, "w");
  let usedPercent = 30;

  function write(): void {
    const availableKb = Math.round(TOTAL_KB * (1 - (usedPercent + Math.random()) / 100));
    // Of the same length each time and written in place: the file itself is mounted.
    const text = `MemTotal: ${TOTAL_KB} kB\nMemAvailable: ${String(availableKb).padStart(8, "0")} kB\n`;
    writeSync(file, text, 0);
  }

  write();
  setInterval(write, WRITE_MS).unref();
  return {
    path,
    /** Uses so much of it from now on. */
    use(percent: number): void {
      usedPercent = percent;
      write();
    },
  };
}
