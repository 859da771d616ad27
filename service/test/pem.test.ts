import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { createAuthority, temporaryFolder } from "@outliers/testing/certificates";
import { readPems, type TlsFiles } from "../src/pem.ts";

const authority = await createAuthority("ours");
const { cert, key } = await authority.issue(["detector"]);
const other = await authority.issue(["detector"]);
const encryptedKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "secret",
});

/** The errors of files with these contents. */
function errorsOf(contents: TlsFiles): string[] {
  using folder = temporaryFolder();
  const paths = Object.entries(contents).map(([name, text = ""]) => [
    name,
    folder.write(name, text),
  ]);
  const errors: string[] = [];
  readPems(Object.fromEntries(paths), (name, message) => errors.push(`${name}: ${message}`));
  return errors;
}

describe("valid files have no errors", () => {
  for (const [name, contents] of Object.entries({
    none: {},
    "a certificate with its key": { TLS_CERT: cert, TLS_KEY: key },
    "a chain": { TLS_CERT: cert + authority.cert, TLS_KEY: key },
    "a bundle of CAs, with text between": {
      TLS_CA: `one\n${authority.cert}two\n${authority.cert}`,
    },
    all: { TLS_CERT: cert, TLS_KEY: key, TLS_CA: authority.cert },
  })) {
    test(name, () => assert.deepEqual(errorsOf(contents), []));
  }
});

describe("an error names the setting and what is expected", () => {
  const cases: [contents: TlsFiles, ...errors: RegExp[]][] = [
    [{ TLS_CERT: cert }, /^TLS_KEY: expected the path of .* as TLS_CERT is set$/],
    [{ TLS_KEY: key }, /^TLS_CERT: expected the path of .* as TLS_KEY is set$/],
    [{ TLS_CERT: cert, TLS_KEY: other.key }, /^TLS_KEY: expected .* they don't match$/],
    [
      { TLS_CERT: cert, TLS_KEY: cert },
      /^TLS_KEY: expected the path of a PEM file of a private key without/,
    ],
    [{ TLS_CERT: cert, TLS_KEY: String(encryptedKey) }, /^TLS_KEY: .*without a passphrase/],
    [{ TLS_CERT: key, TLS_KEY: key }, /^TLS_CERT: expected the path .*it contains no certificate/],
    [{ TLS_CA: "" }, /^TLS_CA: expected .* PEM file of CA certificates \(it contains no/],
    [{ TLS_CA: authority.cert.slice(0, 300) }, /^TLS_CA: .* \(it ends within a certificate\)$/],
    [{ TLS_CA: authority.cert.replace("MII", "AAA") }, /^TLS_CA: expected .* PEM file of CA cert/],
    [
      { TLS_CERT: "x", TLS_KEY: "y", TLS_CA: "z" },
      /^TLS_CERT: expected the path of a PEM/,
      /^TLS_KEY: expected the path of a PEM/,
      /^TLS_CA: expected the path of a PEM/,
    ],
  ];
  for (const [contents, ...expected] of cases) {
    test(expected.map(String).join(" "), () => {
      const errors = errorsOf(contents);
      assert.equal(errors.length, expected.length, errors.join("\n"));
      for (const [at, error] of expected.entries()) assert.match(errors[at] ?? "", error);
    });
  }
});

test("a missing file is reported with the reason", () => {
  const errors: string[] = [];
  readPems({ TLS_CA: "/none" }, (name, message) => errors.push(`${name}: ${message}`));
  assert.match(
    errors.join(),
    /^TLS_CA: expected the path of a PEM file of CA certificates \(ENOENT/,
  );
});
