import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { describe, test } from "node:test";
import { connect } from "node:tls";
import { status as Status } from "@grpc/grpc-js";
import type { Pair } from "@outliers/testing/certificates";
import { callDetect, series } from "@outliers/testing/detector";
import {
  authority,
  clientPair,
  connectTls,
  serverPair,
  shownSerial,
  startTlsDetector,
  stranger,
} from "@outliers/testing/tls-detector";

const request = { metrics: series([1, 2, 3]) };

test("with TLS a client that knows the CA is served", async () => {
  await using detector = await startTlsDetector();
  using tls = connectTls(detector.port);
  assert.equal((await callDetect(tls.client, request)).code, Status.OK);
});

test("a client that holds the server to another CA refuses it", async () => {
  await using detector = await startTlsDetector();
  using tls = connectTls(detector.port, undefined, stranger.cert);
  const { code, details } = await callDetect(tls.client, request);
  assert.equal(code, Status.UNAVAILABLE);
  assert.match(details, /unable to verify the first certificate/);
});

test("with client certificates required, a client that has one is served", async () => {
  await using detector = await startTlsDetector(true);
  using tls = connectTls(detector.port, clientPair);
  assert.equal((await callDetect(tls.client, request)).code, Status.OK);
});

const foreign = await stranger.issue(["collector"]);
const expired = await authority.issue(["collector"], { isExpired: true });

describe("with client certificates required, the log says why there is no service for", () => {
  const cases: [name: string, pair: Pair | undefined, reason: RegExp][] = [
    ["a client without one", undefined, /"peer":"127.0.0.1","reason":"peer did not return a cert/],
    [
      "a client with one of another CA",
      foreign,
      /"peer":"127.0.0.1","reason":"client certificate refused: UNABLE_TO_VERIFY_LEAF_SIGNATURE"/,
    ],
    [
      "a client whose own has expired",
      expired,
      /"peer":"127.0.0.1","reason":"client certificate refused: CERT_HAS_EXPIRED"/,
    ],
  ];
  for (const [name, pair, reason] of cases) {
    test(name, async () => {
      await using detector = await startTlsDetector(true);
      using tls = connectTls(detector.port, pair);
      assert.equal((await callDetect(tls.client, request)).code, Status.UNAVAILABLE);
      assert.match(await detector.log.line(/"no TLS handshake"/), reason);
      assert.match(await detector.log.line(/"no TLS handshake"/), /"level":"warn"/);
    });
  }
});

test("a plaintext client gets nowhere, and the log says so", async () => {
  await using detector = await startTlsDetector();
  const { code } = await callDetect(detector.client, request);
  assert.equal(code, Status.UNAVAILABLE);
  await detector.log.line(/"warn".*"peer":"127.0.0.1","reason":"not TLS: a plaintext client"/);
});

test("TLS older than 1.2 is refused", async () => {
  await using detector = await startTlsDetector();
  const socket = connect({
    port: detector.port,
    host: "127.0.0.1",
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    // OpenSSL itself would not offer it otherwise.
    ciphers: "DEFAULT@SECLEVEL=0",
    rejectUnauthorized: false,
  });
  await assert.rejects(once(socket, "secureConnect"), /alert protocol version/);
  await detector.log.line(/"warn".*"reason":"unsupported protocol"/);
});

test("a port probe is no warning", async () => {
  await using detector = await startTlsDetector();
  connectPlain(detector.port, "127.0.0.1").end();
  await detector.log.line(/"debug".*"no TLS handshake"/);
});

describe("certificates are reloaded", () => {
  const serialOf = ({ cert }: Pair) => new X509Certificate(cert).serialNumber;

  test("new connections see the new one, a stream that is open goes on", async () => {
    await using detector = await startTlsDetector(true);
    using tls = connectTls(detector.port, clientPair);
    const stream = tls.client.DetectStream();
    let seconds = 0;
    const answer = async () => {
      seconds += 1;
      stream.write({ metrics: [{ name: "a", value: 1, time: { seconds, nanos: 0 } }] });
      await once(stream, "data");
    };
    await answer();
    assert.equal(await shownSerial(detector.port), serialOf(serverPair));

    const renewed = await authority.issue(["localhost"]);
    detector.folder.write("tls.crt", renewed.cert);
    await detector.log.line(/"warn".*TLS_KEY=.*tls.key.*they don't match.*the previous ones stay/);
    assert.equal(await shownSerial(detector.port), serialOf(serverPair), "half of the change");
    detector.folder.write("tls.key", renewed.key);
    await detector.log.line(/"info".*"expires".*TLS files reloaded/);
    assert.equal(await shownSerial(detector.port), serialOf(renewed));
    await answer();
    stream.end();
    await once(stream, "end");
  });

  test("the CA that clients are held to is, too", async () => {
    await using detector = await startTlsDetector(true);
    detector.folder.write("ca.crt", stranger.cert);
    await detector.log.line(/TLS files reloaded/);
    using known = connectTls(detector.port, foreign);
    assert.equal((await callDetect(known.client, request)).code, Status.OK);
    using former = connectTls(detector.port, clientPair);
    assert.equal((await callDetect(former.client, request)).code, Status.UNAVAILABLE);
  });

  test("a file that is half-written or gone changes nothing, until it is whole", async () => {
    await using detector = await startTlsDetector();
    detector.folder.write("tls.crt", serverPair.cert.slice(0, -40));
    await detector.log.line(/"warn".*TLS_CERT=.*it ends within a certificate/);
    assert.equal(await shownSerial(detector.port), serialOf(serverPair));
    detector.folder.write("tls.crt", serverPair.cert);
    await detector.log.line(/TLS files reloaded/);
    assert.equal(await shownSerial(detector.port), serialOf(serverPair));
  });
});
