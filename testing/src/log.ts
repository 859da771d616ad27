import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";

/** A logger whose lines a test can read. */
export function captureLog() {
  const lines: string[] = [];
  const logger = pino(
    { level: "debug", base: null, formatters: { level: (label) => ({ level: label }) } },
    { write: (line: string) => void lines.push(line) },
  );
  return {
    logger,
    lines,
    /** Waits for the first line that matches. */
    async line(pattern: RegExp, withinMs = 10_000): Promise<string> {
      const giveUpAtMs = Date.now() + withinMs;
      for (;;) {
        const found = lines.find((line) => pattern.test(line));
        if (found) return found;
        if (Date.now() > giveUpAtMs) throw new Error(`no ${pattern} in: ${lines.join("")}`);
        await delay(20);
      }
    },
  };
}
