import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import {
  boolean,
  ConfigError,
  choice,
  duration,
  grpcTarget,
  httpUrl,
  integer,
  listenAddress,
  logLevel,
  nonNegative,
  pairs,
  parseEnv,
  text,
} from "../src/env.ts";

/** The value of each text; `undefined` if it is rejected. */
type Cases = Record<string, unknown>;

const kinds: {
  name: string;
  setting: z.ZodType;
  fallback: unknown;
  allowed: RegExp;
  cases: Cases;
}[] = [
  {
    name: "pairs",
    setting: pairs("a=b", (name, value) => /^[a-z]+$/.test(name) && value !== "no", "a=b,c=d"),
    fallback: { a: "b" },
    allowed: /name=value pairs, separated by commas, such as a=b,c=d, with %2C for a comma/,
    cases: {
      "a=b": { a: "b" },
      " a = b , c=d=e ": { a: "b", c: "d=e" },
      "a=": { a: "" },
      "a=x%2Cy%25": { a: "x,y%" },
      "a=%": undefined,
      a: undefined,
      "=b": undefined,
      "a=b,": undefined,
      "a=no": undefined,
      "a=b,a=c": undefined,
      "A=b": undefined,
    },
  },
  {
    name: "duration",
    setting: duration("2s", "10ms", "1h"),
    fallback: 2000,
    allowed: /a duration with its unit, such as 500ms, 1s or 5m, from 10ms to 1h$/,
    cases: {
      "10ms": 10,
      "1s": 1000,
      "1.5s": 1500,
      "5m": 300_000,
      "1h": 3_600_000,
      " 1s ": 1000,
      "60.5m": undefined,
      "9ms": undefined,
      "1d": undefined,
      "0s": undefined,
      "-1s": undefined,
      "1": undefined,
      "1 s": undefined,
      "1S": undefined,
      "1e3s": undefined,
      s: undefined,
      "1s2ms": undefined,
      [`${"9".repeat(400)}s`]: undefined,
      [`0.${"0".repeat(200)}1s`]: undefined,
    },
  },
  {
    name: "grpcTarget",
    setting: grpcTarget("dns:///127.0.0.1:9999"),
    fallback: "dns:///127.0.0.1:9999",
    allowed:
      /a host and port, or a gRPC target, such as .*dns:\/\/\/detector:9999 \(no http:\/\/\)$/,
    cases: {
      "detector:9999": "detector:9999",
      " dns:///detector:9999 ": "dns:///detector:9999",
      "dns:detector.example.com:9999": "dns:detector.example.com:9999",
      "my_project-detector-1:1": "my_project-detector-1:1",
      "127.0.0.1:65535": "127.0.0.1:65535",
      "[::1]:9999": "[::1]:9999",
      "dns:///[fe80::1%eth0]:9999": "dns:///[fe80::1%eth0]:9999",
      "ipv4:10.0.0.1:9999,10.0.0.2:9999": "ipv4:10.0.0.1:9999,10.0.0.2:9999",
      "ipv6:[::1]:9999": "ipv6:[::1]:9999",
      "unix:/run/detector.sock": "unix:/run/detector.sock",
      "unix:///run/detector.sock": "unix:///run/detector.sock",
      "http://detector:9999": undefined,
      "https://detector:9999/": undefined,
      "grpc://detector:9999": undefined,
      "dns://8.8.8.8/detector:9999": undefined,
      "dns:///detector": undefined,
      "dns:///": undefined,
      detector: undefined,
      ":9999": undefined,
      "detector:": undefined,
      "detector:0": undefined,
      "detector:65536": undefined,
      "detector:port": undefined,
      "detector:9999/": undefined,
      "detector :9999": undefined,
      "::1:9999": undefined,
      "[detector]:9999": undefined,
      "[::1]": undefined,
      "ipv4:detector:9999": undefined,
      "ipv4:10.0.0.1:9999,": undefined,
      "unix:": undefined,
      "unix://host/path": undefined,
      "nonsense nonsense": undefined,
    },
  },
  {
    name: "integer",
    setting: integer(300, 2, 10_000),
    fallback: 300,
    allowed: /a whole number from 2 to 10000$/,
    cases: {
      "2": 2,
      "10000": 10_000,
      "007": 7,
      " 5 ": 5,
      "1": undefined,
      "0": undefined,
      "10001": undefined,
      "-5": undefined,
      "+5": undefined,
      "5.0": undefined,
      "5e2": undefined,
      "0x10": undefined,
      NaN: undefined,
      many: undefined,
      ["9".repeat(400)]: undefined,
    },
  },
  {
    name: "nonNegative",
    setting: nonNegative(0, "0: the default"),
    fallback: 0,
    allowed: /a number of at least 0 \(0: the default\)$/,
    cases: {
      "0": 0,
      "2.5": 2.5,
      "1e3": 1000,
      " 3 ": 3,
      "-1": undefined,
      NaN: undefined,
      Infinity: undefined,
      "1e999": undefined,
      "2,5": undefined,
    },
  },
  {
    name: "choice",
    setting: choice("sigma", ["sigma", "mad"]),
    fallback: "sigma",
    allowed: /one of sigma, mad$/,
    cases: { sigma: "sigma", mad: "mad", " mad ": "mad", MAD: undefined, m: undefined },
  },
  {
    name: "boolean",
    setting: boolean(false),
    fallback: false,
    allowed: /true or false$/,
    cases: {
      true: true,
      false: false,
      " true": true,
      "1": undefined,
      yes: undefined,
      TRUE: undefined,
    },
  },
  {
    name: "text",
    setting: text("/proc", "a folder"),
    fallback: "/proc",
    allowed: /a folder$/,
    cases: { "/host/proc": "/host/proc", " /host/proc ": "/host/proc" },
  },
  {
    name: "listenAddress",
    setting: listenAddress("127.0.0.1:9464"),
    fallback: { host: "127.0.0.1", port: 9464 },
    allowed: /an address such as 127\.0\.0\.1:9464, \[::1\]:9464 or :9464$/,
    cases: {
      ":0": { host: "", port: 0 },
      "0.0.0.0:80": { host: "0.0.0.0", port: 80 },
      "localhost:65535": { host: "localhost", port: 65_535 },
      "[::1]:9464": { host: "::1", port: 9464 },
      "[::]:1": { host: "::", port: 1 },
      " :1 ": { host: "", port: 1 },
      ":65536": undefined,
      ":-1": undefined,
      ":": undefined,
      "9464": undefined,
      localhost: undefined,
      "localhost:": undefined,
      "::1:9464": undefined,
      "http://localhost:80": undefined,
      "a b:80": undefined,
    },
  },
  {
    name: "httpUrl",
    setting: httpUrl(),
    fallback: undefined,
    allowed: /an http or https URL$/,
    cases: {
      "http://localhost:9464/": "http://localhost:9464/",
      " https://node-1.example.com ": "https://node-1.example.com",
      "localhost:9464": undefined,
      "javascript:alert(1)": undefined,
      "/page": undefined,
    },
  },
  {
    name: "logLevel",
    setting: logLevel(),
    fallback: "info",
    allowed: /one of debug, info, warn, error$/,
    cases: { debug: "debug", error: "error", silent: undefined, INFO: undefined },
  },
];

for (const { name, setting, fallback, allowed, cases } of kinds) {
  const parse = (env: NodeJS.ProcessEnv) => parseEnv(z.object({ SETTING: setting }), env).SETTING;
  describe(name, () => {
    test("unset and empty mean the default", () => {
      assert.deepEqual(parse({}), fallback);
      assert.deepEqual(parse({ SETTING: "" }), fallback);
    });

    test("white space alone is rejected", () => {
      assert.throws(() => parse({ SETTING: "  " }), ConfigError);
    });

    for (const [given, expected] of Object.entries(cases)) {
      const short = JSON.stringify(given.length > 30 ? `${given.slice(0, 30)}…` : given);
      test(`${short} ${expected === undefined ? "is rejected" : "is accepted"}`, () => {
        if (expected !== undefined) return assert.deepEqual(parse({ SETTING: given }), expected);
        return assert.throws(
          () => parse({ SETTING: given }),
          (error) =>
            error instanceof ConfigError &&
            error.message.includes(`SETTING=${JSON.stringify(given)}: expected `) &&
            allowed.test(error.message),
        );
      });
    }
  });
}

test("all errors are reported at once, one per line, in the schema's order", () => {
  const schema = z.object({ A: integer(1, 1, 9), B: boolean(true), C: duration("1s", "1s", "2s") });
  assert.throws(() => parseEnv(schema, { C: "3s", A: "x", OTHER: "y" }), {
    name: "ConfigError",
    message: [
      "invalid configuration:",
      '  A="x": expected a whole number from 1 to 9',
      '  C="3s": expected a duration with its unit, such as 500ms, 1s or 5m, from 1s to 2s',
    ].join("\n"),
  });
});
