import { readFileSync } from "node:fs";
import type { experimental } from "@grpc/grpc-js";
import { type Certificates, ExpiryLog, firstToExpire } from "./certificate-expiry.ts";
import type { Logger } from "./logger.ts";
import { type Pems, parseCertificates, readPems, type TlsFiles } from "./pem.ts";

const CHECK_INTERVAL_MS = 2000;

/** Provides grpc-js with certificates for new connections; existing ones keep theirs. */
export type CertificateWatcher = experimental.CertificateProvider & {
  /** The certificates in use. */
  certificates(): Certificates;
  close(): void;
};

/**
 * Watches the files by their contents, not by timestamps or events: that works for renames as well
 * as for the symlinks that Kubernetes swaps. Unusable files are logged, and the previous ones stay in
 * use, unlike with grpc-js's own provider.
 * @throws if the files are unusable at the start
 */
export function watchCertificates(files: TlsFiles, logger: Logger): CertificateWatcher {
  let seen = contents(files);
  const first = load(files);
  if (first.errors.length > 0) throw new Error(first.errors.join("\n"));
  let { pems } = first;
  const expiryLog = new ExpiryLog(logger);
  let certificates = firstToExpire(pems);
  expiryLog.check(certificates, Date.now());
  const caListeners = new Set<experimental.CaCertificateUpdateListener>();
  const identityListeners = new Set<experimental.IdentityCertificateUpdateListener>();

  function check(): void {
    expiryLog.check(certificates, Date.now());
    const now = contents(files);
    if (now === seen) return;
    seen = now;
    const next = load(files);
    if (next.errors.length > 0) {
      logger.warn(
        { errors: next.errors },
        "changed TLS files are unusable; the previous ones stay in use",
      );
      return;
    }
    pems = next.pems;
    certificates = firstToExpire(pems);
    for (const listener of identityListeners) listener(identity(pems));
    for (const listener of caListeners) listener(ca(pems));
    logger.info({ expires: expiry(pems) }, "TLS files reloaded for new connections");
    expiryLog.check(certificates, Date.now());
  }
  const timer = setInterval(check, CHECK_INTERVAL_MS).unref();

  return {
    // On the next tick: grpc-js has not finished its own setup when it adds a listener.
    addCaCertificateListener(listener) {
      caListeners.add(listener);
      process.nextTick(() => listener(ca(pems)));
    },
    removeCaCertificateListener: (listener) => void caListeners.delete(listener),
    addIdentityCertificateListener(listener) {
      identityListeners.add(listener);
      process.nextTick(() => listener(identity(pems)));
    },
    removeIdentityCertificateListener: (listener) => void identityListeners.delete(listener),
    certificates: () => certificates,
    close: () => clearInterval(timer),
  };
}

/** The files' contents as one text, to detect changes. */
const contents = ({ TLS_CERT, TLS_KEY, TLS_CA }: TlsFiles): string =>
  [TLS_CERT, TLS_KEY, TLS_CA].map((path) => (path === undefined ? "" : textOf(path))).join("\0");

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    return String(error);
  }
}

function load(files: TlsFiles) {
  const errors: string[] = [];
  const pems = readPems(files, (name, message) => {
    errors.push(`${name}=${JSON.stringify(files[name] ?? "")}: ${message}`);
  });
  return { pems, errors };
}

const ca = ({ TLS_CA }: Pems) => (TLS_CA ? { caCertificate: TLS_CA } : null);

const identity = ({ TLS_CERT, TLS_KEY }: Pems) =>
  TLS_CERT && TLS_KEY ? { certificate: TLS_CERT, privateKey: TLS_KEY } : null;

const expiry = ({ TLS_CERT }: Pems) => TLS_CERT && parseCertificates(TLS_CERT)[0]?.validTo;
