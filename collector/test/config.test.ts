import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseEnv } from "node:util";
import {
  variables as detectorVariables,
  parseConfig as parseDetectorConfig,
} from "@outliers/detector/config";
import { parseConfig, variables } from "../src/config.ts";

const dotEnv = parseEnv(readFileSync(new URL("../../.env.example", import.meta.url), "utf8"));

describe("the collector's configuration", () => {
  it("has a default for everything", () => {
    const config = parseConfig({});
    assert.equal(config.SAMPLE_INTERVAL, 1000);
    assert.equal(config.WINDOW, 300);
    assert.deepEqual(config.COLLECTOR_LISTEN_ADDRESS, { host: "127.0.0.1", port: 9464 });
  });

  it("treats an empty variable as unset, because Compose passes it that way", () => {
    assert.equal(parseConfig({ WINDOW: "" }).WINDOW, 300);
  });

  const cases: [env: Record<string, string>, message: RegExp][] = [
    [{ SAMPLE_INTERVAL: "1" }, /SAMPLE_INTERVAL="1": expected a duration .* from 100ms to 1h/],
    [{ SAMPLE_INTERVAL: "10ms" }, /SAMPLE_INTERVAL="10ms": expected .* from 100ms to 1h/],
    [{ DETECT_INTERVAL: "-1s" }, /DETECT_INTERVAL="-1s": expected a duration/],
    [{ DETECT_DEADLINE: "2 seconds" }, /DETECT_DEADLINE="2 seconds": expected a duration/],
    [{ WINDOW: "1" }, /WINDOW="1": expected a whole number from 2 to 10000/],
    [{ WINDOW: "3e2" }, /WINDOW="3e2": expected a whole number/],
    [{ MIN_SAMPLES: "301" }, /MIN_SAMPLES="301": expected at most WINDOW/],
    [{ PER_CORE: "yes" }, /PER_CORE="yes": expected true or false/],
    [{ METHOD: "magic" }, /METHOD="magic": expected one of adaptive, sigma, mad/],
    [{ SENSITIVITY: "0" }, /SENSITIVITY="0": expected a number above 0, up to 1000/],
    [{ DIRECTION: "left" }, /DIRECTION="left": expected one of both, up, down/],
    [{ MIN_DEVIATION: "-1" }, /MIN_DEVIATION="-1": expected a number of at least 0/],
    [{ SOURCES: "cpu,disk" }, /SOURCES="cpu,disk": expected one or more of cpu, load, memory/],
    [{ SOURCES: "none,cpu" }, /SOURCES="none,cpu": expected one or more of .*, or none/],
    [{ HOST_NAME: "web 1" }, /HOST_NAME="web 1": expected a name of letters/],
    [{ ACTIVE_HOLD: "soon" }, /ACTIVE_HOLD="soon": expected a duration/],
    [{ ACTIVE_HOLD: "30s", SAMPLE_INTERVAL: "1m" }, /ACTIVE_HOLD="30s": expected at least twice/],
    [{ TRIGGER: "3" }, /TRIGGER="3": expected k\/n, as in 3\/5/],
    [{ TRIGGER: "6/5" }, /TRIGGER="6\/5": expected k\/n/],
    [{ THRESHOLD: "-2" }, /THRESHOLD="-2": expected a number of at least 0/],
    [{ THRESHOLD: "Infinity" }, /THRESHOLD="Infinity": expected a number/],
    [{ COLLECTOR_LISTEN_ADDRESS: "9464" }, /COLLECTOR_LISTEN_ADDRESS="9464": expected an address/],
    [{ COLLECTOR_LISTEN_ADDRESS: ":99999" }, /COLLECTOR_LISTEN_ADDRESS=":99999": expected/],
    [
      { DETECTOR_ADDRESS: "http://detector:9999" },
      /DETECTOR_ADDRESS="http:\/\/detector:9999": expected a host and port, or a gRPC target/,
    ],
    [{ DETECTOR_ADDRESS: "detector" }, /DETECTOR_ADDRESS="detector": expected a host and port/],
    [{ LOG_LEVEL: "verbose" }, /LOG_LEVEL="verbose": expected one of debug, info, warn, error/],
  ];
  for (const [env, message] of cases) {
    it(`rejects ${JSON.stringify(env)}, naming the variable and what is allowed`, () => {
      assert.throws(() => parseConfig(env), message);
    });
  }

  it("keeps a series active for at least two sampling intervals", () => {
    assert.equal(parseConfig({}).ACTIVE_HOLD, 30_000);
    assert.equal(parseConfig({ SAMPLE_INTERVAL: "1m" }).ACTIVE_HOLD, 180_000);
    assert.equal(parseConfig({ DETECT_INTERVAL: "5m" }).ACTIVE_HOLD, 900_000);
  });

  it("leaves the minimum deviation to each series, unless it is set", () => {
    assert.equal(parseConfig({}).MIN_DEVIATION, undefined);
    assert.equal(parseConfig({ MIN_DEVIATION: "3" }).MIN_DEVIATION, 3);
  });

  it("enables and disables sources", () => {
    assert.deepEqual(parseConfig({}).SOURCES, ["cpu", "load", "memory"]);
    assert.deepEqual(parseConfig({ SOURCES: "memory, cpu" }).SOURCES, ["cpu", "memory"]);
  });

  it("reports every error at once", () => {
    const env = { SAMPLE_INTERVAL: "fast", WINDOW: "10", MIN_SAMPLES: "20", LOG_LEVEL: "loud" };
    assert.throws(
      () => parseConfig(env),
      (error: Error) =>
        ["SAMPLE_INTERVAL", "MIN_SAMPLES", "LOG_LEVEL"].every((name) =>
          error.message.includes(name),
        ) && error.message.trim().split("\n").length === 4,
    );
  });
});

describe(".env.example", () => {
  it("documents every setting of both services", () => {
    for (const name of Object.keys({ ...variables, ...detectorVariables })) {
      assert.ok(name in dotEnv, name);
    }
  });

  it("agrees with the README's table of the ten settings that people change", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const rows = [...readme.matchAll(/^\| `([A-Z][A-Z_]+)` \| (?:`([^`]*)` )?\|/gm)];
    const names = rows.map(([, name]) => name ?? "").filter((name) => name in dotEnv);
    assert.equal(names.length, 10);
    for (const [, name = "", value = ""] of rows)
      if (name in dotEnv) assert.equal(dotEnv[name], value, name);
  });

  it("holds the defaults", () => {
    assert.deepEqual(parseConfig(dotEnv), parseConfig({}));
    assert.deepEqual(parseDetectorConfig(dotEnv), parseDetectorConfig({}));
  });
});
