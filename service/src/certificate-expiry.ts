import type { X509Certificate } from "node:crypto";
import { Gauge, type Registry } from "prom-client";
import type { Logger } from "./logger.ts";
import { type Pems, parseCertificates } from "./pem.ts";

const DAY_MS = 86_400_000;
/** A certificate expires soon if less than this is left, or less than a fifth of its lifetime. */
const SOON_MS = 14 * DAY_MS;
const SOON_SHARE = 0.2;
/** How often a warning is repeated. */
const REPEAT_MS = DAY_MS;

/** The first certificate to expire in each file, by the file's variable. */
export type Certificates = ReadonlyMap<string, X509Certificate>;

/** A chain is valid only until its first certificate expires. */
export function firstToExpire(pems: Pems): Certificates {
  const first = new Map<string, X509Certificate>();
  for (const file of ["TLS_CERT", "TLS_CA"] as const) {
    const pem = pems[file];
    const [earliest] = pem
      ? parseCertificates(pem).toSorted((a, b) => Date.parse(a.validTo) - Date.parse(b.validTo))
      : [];
    if (earliest) first.set(file, earliest);
  }
  return first;
}

/** Exports when the certificates in use at the time of a scrape expire. */
export function exportExpiry(service: string, registry: Registry, inUse: () => Certificates): void {
  new Gauge({
    name: `${service}_certificate_expiry_timestamp_seconds`,
    help: "Unix time at which the first certificate in a file expires.",
    labelNames: ["file"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [file, { validTo }] of inUse()) {
        this.set({ file }, Date.parse(validTo) / 1000);
      }
    },
  });
}

/** Logs certificates that have expired, expire soon or are not valid yet: each once a day. */
export class ExpiryLog {
  readonly #logger: Logger;
  readonly #loggedMs = new Map<string, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  check(certificates: Certificates, nowMs: number): void {
    for (const [file, { subject, serialNumber, validFrom, validTo }] of certificates) {
      const [fromMs, toMs] = [Date.parse(validFrom), Date.parse(validTo)];
      const leftMs = toMs - nowMs;
      const isSoon = leftMs < Math.min(SOON_MS, SOON_SHARE * (toMs - fromMs));
      if (!isSoon && nowMs >= fromMs) continue;
      const message = isSoon
        ? leftMs <= 0
          ? "certificate has expired; TLS peers reject it"
          : "certificate expires soon"
        : "certificate is not valid yet; TLS peers reject it";
      const key = `${file} ${serialNumber} ${message}`;
      if (nowMs - (this.#loggedMs.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) continue;
      this.#loggedMs.set(key, nowMs);
      const level = leftMs > 0 && nowMs >= fromMs ? "warn" : "error";
      this.#logger[level]({ file, subject, validFrom, expires: validTo }, message);
    }
  }
}
