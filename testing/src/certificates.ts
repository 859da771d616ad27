import { KeyObject, webcrypto } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// @peculiar/x509 needs it, but leaves it to its users to load.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const HOUR_MS = 3_600_000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const { BasicConstraintsExtension, SubjectAlternativeNameExtension } = x509;

/** A certificate and its key, as PEM. */
export type Pair = { cert: string; key: string };

export type Authority = {
  /** The certificate to trust. */
  cert: string;
  /** @param names its DNS names and IP addresses */
  issue(names: readonly string[], options?: { isExpired?: boolean }): Promise<Pair>;
};

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

const keyPem = (key: webcrypto.CryptoKey): string =>
  KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();

/** A certificate authority for a test. */
export async function createAuthority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 3 * HOUR_MS),
    notAfter: new Date(Date.now() + HOUR_MS),
    extensions: [new BasicConstraintsExtension(true)],
  });
  return {
    cert: `${ca.toString("pem")}\n`,
    async issue(names, { isExpired = false } = {}) {
      const own = await newKeys();
      const cert = await x509.X509CertificateGenerator.create({
        subject: `CN=${names[0] ?? "nobody"}`,
        issuer: ca.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        notBefore: new Date(Date.now() - 2 * HOUR_MS),
        notAfter: new Date(Date.now() + (isExpired ? -HOUR_MS : HOUR_MS)),
        extensions: [
          new SubjectAlternativeNameExtension(
            names.map((value) => ({ type: /^[\d.]+$/.test(value) ? "ip" : "dns", value })),
          ),
        ],
      });
      return { cert: `${cert.toString("pem")}\n`, key: keyPem(own.privateKey) };
    },
  };
}

/** A folder for PEM files, deleted when it is disposed. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "outliers-tls-"));
  return {
    /** @returns the path of the file */
    write(name: string, text: string): string {
      const path = join(folder, name);
      // A rename, so that nobody reads a partial file.
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
      return path;
    },
    path: folder,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
