import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConfig } from "../src/config.ts";

test("an empty environment is a configuration: loopback, and gRPC's own limit on messages", () => {
  assert.deepEqual(parseConfig({}), {
    DETECTOR_LISTEN_ADDRESS: { host: "127.0.0.1", port: 9999 },
    DETECTOR_METRICS_LISTEN_ADDRESS: { host: "127.0.0.1", port: 9465 },
    MAX_POINTS: 100_000,
    MAX_MESSAGE_BYTES: 4_194_304,
    MAX_RESPONSE_BYTES: 4_194_304,
    MAX_REQUEST_BYTES: 0,
    REQUEST_TIMEOUT: 10_000,
    MAX_WORK_TIME: 10_000,
    MAX_CONNECTIONS: 1000,
    MAX_CONNECTION_AGE: 5000,
    MAX_CALLS: 100,
    MAX_STREAMS: 1000,
    MAX_STREAM_AGE: 3_600_000,
    STREAM_IDLE_TIMEOUT: 600_000,
    MAX_STREAM_SERIES: 1000,
    MAX_SERIES: 0,
    TLS_CLIENT_AUTH: "none",
    SHUTDOWN_TIMEOUT: 8000,
    LOG_LEVEL: "info",
  });
});

test("each variable is read", () => {
  const parsed = parseConfig({
    DETECTOR_LISTEN_ADDRESS: ":1",
    DETECTOR_METRICS_LISTEN_ADDRESS: "[::1]:2",
    MAX_POINTS: "3",
    MAX_MESSAGE_BYTES: "1024",
    MAX_RESPONSE_BYTES: "2048",
    MAX_REQUEST_BYTES: "4096",
    REQUEST_TIMEOUT: "3s",
    MAX_WORK_TIME: "4s",
    MAX_CONNECTIONS: "8",
    MAX_CONNECTION_AGE: "1m",
    MAX_CALLS: "5",
    MAX_STREAMS: "6",
    MAX_STREAM_AGE: "2d",
    STREAM_IDLE_TIMEOUT: "1.5s",
    MAX_STREAM_SERIES: "7",
    MAX_SERIES: "9",
    SHUTDOWN_TIMEOUT: "250ms",
    LOG_LEVEL: "debug",
  });
  assert.deepEqual(parsed, {
    DETECTOR_LISTEN_ADDRESS: { host: "", port: 1 },
    DETECTOR_METRICS_LISTEN_ADDRESS: { host: "::1", port: 2 },
    MAX_POINTS: 3,
    MAX_MESSAGE_BYTES: 1024,
    MAX_RESPONSE_BYTES: 2048,
    MAX_REQUEST_BYTES: 4096,
    REQUEST_TIMEOUT: 3000,
    MAX_WORK_TIME: 4000,
    MAX_CONNECTIONS: 8,
    MAX_CONNECTION_AGE: 60_000,
    MAX_CALLS: 5,
    MAX_STREAMS: 6,
    MAX_STREAM_AGE: 172_800_000,
    STREAM_IDLE_TIMEOUT: 1500,
    MAX_STREAM_SERIES: 7,
    MAX_SERIES: 9,
    TLS_CLIENT_AUTH: "none",
    SHUTDOWN_TIMEOUT: 250,
    LOG_LEVEL: "debug",
  });
});

describe("TLS is never off when it was meant to be on", () => {
  const cases: [env: Record<string, string>, ...errors: RegExp[]][] = [
    [{ TLS_CLIENT_AUTH: "maybe" }, /TLS_CLIENT_AUTH="maybe": expected one of none, require/],
    [
      { TLS_CLIENT_AUTH: "require" },
      /TLS_CA="": expected .* as TLS_CLIENT_AUTH is require/,
      /TLS_CERT="": expected .* as TLS_CA or TLS_CLIENT_AUTH is set/,
    ],
    [
      { TLS_CERT: "/none" },
      /TLS_CERT="\/none": expected .*ENOENT/,
      /TLS_KEY="": .*TLS_CERT is set/,
    ],
    [{ TLS_KEY: "/none" }, /TLS_KEY="\/none": expected .*ENOENT/, /TLS_CERT="": .*TLS_KEY is set/],
    [{ TLS_CA: "/none" }, /TLS_CA="\/none": expected .*ENOENT/, /TLS_CERT="": .* as TLS_CA or/],
    [{ TLS_CA: "/", MAX_POINTS: "0" }, /MAX_POINTS="0"/, /TLS_CA="\/": .*EISDIR/, /TLS_CERT=""/],
  ];
  for (const [env, ...errors] of cases) {
    test(JSON.stringify(env), () => {
      assert.throws(
        () => parseConfig(env),
        ({ message }: Error) =>
          errors.every((error) => error.test(message)) &&
          message.trim().split("\n").length === errors.length + 1,
      );
    });
  }
});
