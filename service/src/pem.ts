import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** The settings for TLS that both services have. */
export type TlsVariable = "TLS_CERT" | "TLS_KEY" | "TLS_CA";

/** The paths of PEM files: the service's certificate and key, and the CAs that verify peers. */
export type TlsFiles = { readonly [name in TlsVariable]?: string | undefined };

/** The contents of the files. */
export type Pems = { [name in TlsVariable]?: Buffer };

/**
 * Reads the files that are set, and checks that they can be used for TLS.
 * @param onError called with every error: the variable, and what is expected
 */
export function readPems(
  files: TlsFiles,
  onError: (name: TlsVariable, message: string) => void,
): Pems {
  const pems: Pems = {};
  /** The contents of a file; undefined if it is not set or unusable. */
  function load<T>(name: TlsVariable, allowed: string, parse: (pem: Buffer) => T): T | undefined {
    const path = files[name];
    if (path === undefined) return undefined;
    try {
      const pem = readFileSync(path);
      pems[name] = pem;
      return parse(pem);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      onError(name, `expected the path of a PEM file of ${allowed} (${reason})`);
      return undefined;
    }
  }

  const own = load("TLS_CERT", "a certificate", (pem) => {
    const [first] = parseCertificates(pem);
    // OpenSSL has rules of its own, for example on the strength of keys.
    createSecureContext({ cert: pem });
    return first;
  });
  const key = load("TLS_KEY", "a private key without a passphrase", createPrivateKey);
  load("TLS_CA", "CA certificates", (pem) => {
    parseCertificates(pem);
    createSecureContext({ ca: pem });
  });
  if (files.TLS_CERT !== undefined && files.TLS_KEY === undefined) {
    onError("TLS_KEY", "expected the path of a PEM file of the private key, as TLS_CERT is set");
  }
  if (files.TLS_KEY !== undefined && files.TLS_CERT === undefined) {
    onError("TLS_CERT", "expected the path of a PEM file of the certificate, as TLS_KEY is set");
  }
  if (own && key && !own.checkPrivateKey(key)) {
    onError("TLS_KEY", "expected the private key of the certificate in TLS_CERT: they don't match");
  }
  return pems;
}

/**
 * The certificates of a PEM file; at least one.
 * @throws if there is none, or the file ends within a certificate because it is being written
 */
export function parseCertificates(pem: Buffer): X509Certificate[] {
  const text = pem.toString("latin1");
  const begins = text.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (begins === 0) throw new Error("it contains no certificate");
  if (blocks.length < begins) throw new Error("it ends within a certificate");
  return blocks.map((block) => new X509Certificate(block));
}
