import assert from "node:assert/strict";
import { test } from "node:test";
import { createAuthority } from "@outliers/testing/certificates";
import { captureLog } from "@outliers/testing/log";
import { Registry } from "prom-client";
import { ExpiryLog, exportExpiry, firstToExpire } from "../src/certificate-expiry.ts";

const HOUR_MS = 3_600_000;
const authority = await createAuthority("ours");
const good = await authority.issue(["detector"]);
const expired = await authority.issue(["detector"], { isExpired: true });
const pems = (cert: string) => ({
  TLS_CERT: Buffer.from(cert),
  TLS_CA: Buffer.from(authority.cert),
});

test("the expiry of every file is exported; a chain's is that of its first certificate to expire", async () => {
  const registry = new Registry();
  const inUse = firstToExpire(pems(good.cert + expired.cert));
  exportExpiry("detector", registry, () => inUse);
  const text = await registry.metrics();
  const of = (file: string) =>
    Number(
      new RegExp(
        `^detector_certificate_expiry_timestamp_seconds\\{file="${file}"\\} (\\S+)$`,
        "m",
      ).exec(text)?.[1],
    );
  // The authority's own is valid for another hour; the expired one ended an hour ago.
  assert.ok(Math.abs(of("TLS_CERT") - (Date.now() - HOUR_MS) / 1000) < 120);
  assert.ok(Math.abs(of("TLS_CA") - (Date.now() + HOUR_MS) / 1000) < 120);
});

test("certificates that expired, expire soon or are not valid yet are logged once a day", () => {
  const { logger, lines } = captureLog();
  const log = new ExpiryLog(logger);
  const certificates = firstToExpire({ TLS_CERT: Buffer.from(good.cert) });
  const nowMs = Date.now();
  const logged = (atMs: number) => {
    lines.length = 0;
    log.check(certificates, atMs);
    return lines.map((line) => [JSON.parse(line).level, JSON.parse(line).msg]);
  };
  assert.deepEqual(logged(nowMs), []);
  // It is valid for three hours, since two hours ago.
  assert.deepEqual(logged(nowMs + 0.8 * HOUR_MS), [["warn", "certificate expires soon"]]);
  assert.deepEqual(logged(nowMs + 0.9 * HOUR_MS), []);
  const gone = ["error", "certificate has expired; TLS peers reject it"];
  assert.deepEqual(logged(nowMs + 2 * HOUR_MS), [gone]);
  assert.deepEqual(logged(nowMs + 3 * HOUR_MS), []);
  assert.deepEqual(logged(nowMs + 27 * HOUR_MS), [gone]);
  assert.deepEqual(logged(nowMs - 3 * HOUR_MS), [
    ["error", "certificate is not valid yet; TLS peers reject it"],
  ]);
});
