import type { X509Certificate } from "node:crypto";
import { Gauge, type Registry } from "prom-client";
import type { Logger } from "./logger.ts";
import { type Pems, parseCertificates } from "./pem.ts";

const DAY_MS = 86_400_000;
/** A certificate is about to expire when less is left of it, or a fifth of its time. */
const SOON_MS = 14 * DAY_MS;
const SOON_SHARE = 0.2;
/** How often that is told again. */
const REPEAT_MS = DAY_MS;

/** Of each file, by its variable, the certificate that expires first. */
export type Certificates = ReadonlyMap<string, X509Certificate>;

/** A chain lasts no longer than the first certificate of it. */
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

/** Exports when certificates expire, those that are in use at the time of a scrape. */
export function exportExpiry(service: string, registry: Registry, inUse: () => Certificates): void {
  new Gauge({
    name: `${service}_certificate_expiry_timestamp_seconds`,
    help: "Unix time at which the first certificate of a file expires, of its own or of the CAs.",
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

/** Tells of certificates that have expired, are about to, or are not valid yet: once a day each. */
export class ExpiryLog {
  readonly #logger: Logger;
  readonly #toldMs = new Map<string, number>();

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
          ? "a certificate has expired: TLS peers refuse it"
          : "a certificate is about to expire"
        : "a certificate is not valid yet: TLS peers refuse it";
      const key = `${file} ${serialNumber} ${message}`;
      if (nowMs - (this.#toldMs.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) continue;
      this.#toldMs.set(key, nowMs);
      const level = leftMs > 0 && nowMs >= fromMs ? "warn" : "error";
      this.#logger[level]({ file, subject, validFrom, expires: validTo }, message);
    }
  }
}
