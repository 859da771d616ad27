import { type Logger, pino, stdTimeFunctions } from "pino";

export type { Logger };

/** A logger that writes JSON lines to standard output. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
