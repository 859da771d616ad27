import assert from "node:assert/strict";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createAuthority, temporaryFolder } from "@outliers/testing/certificates";
import { captureLog } from "@outliers/testing/log";
import { watchCertificates } from "../src/certificate-watcher.ts";

const authority = await createAuthority("ours");

test("a Kubernetes secret, whose symlink is swapped, is followed", async () => {
  using folder = temporaryFolder();
  const log = captureLog();
  const fill = async (version: string) => {
    const pair = await authority.issue(["detector"]);
    mkdirSync(join(folder.path, version));
    writeFileSync(join(folder.path, version, "tls.crt"), pair.cert);
    writeFileSync(join(folder.path, version, "tls.key"), pair.key);
    symlinkSync(version, join(folder.path, "..new"));
    renameSync(join(folder.path, "..new"), join(folder.path, "..data"));
    return pair;
  };
  const first = await fill("..1");
  for (const name of ["tls.crt", "tls.key"]) {
    symlinkSync(join("..data", name), join(folder.path, name));
  }
  const watcher = watchCertificates(
    { TLS_CERT: join(folder.path, "tls.crt"), TLS_KEY: join(folder.path, "tls.key") },
    log.logger,
  );
  const seen: string[] = [];
  watcher.addIdentityCertificateListener((update) => seen.push(String(update?.certificate)));
  const second = await fill("..2");
  await log.line(/TLS files reloaded/);
  watcher.close();
  assert.deepEqual(seen, [first.cert, second.cert]);
  assert.equal(log.lines.length, 1, log.lines.join(""));
});

test("files that are unusable at the start are reported all at once", () => {
  using folder = temporaryFolder();
  const files = { TLS_CERT: join(folder.path, "none"), TLS_CA: folder.write("ca.crt", "") };
  assert.throws(
    () => watchCertificates(files, captureLog().logger),
    /TLS_CERT=.*ENOENT.*\nTLS_CA=.*it contains no certificate\)\nTLS_KEY="": expected/,
  );
});
