import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { misspelt } from "../src/misspelt.ts";

describe("misspelt variables", () => {
  const names = ["SENSITIVITY", "WINDOW", "TLS_CA", "TLS_CERT", "HOST_NAME"];
  const found = (...given: string[]) =>
    misspelt(Object.fromEntries(given.map((name) => [name, "1"])), names);

  test("are reported with the setting that was meant", () => {
    assert.deepEqual(found("SENSITVITY", "SENSITIVTIY", "WINDOWS"), [
      { given: "SENSITVITY", meant: "SENSITIVITY" },
      { given: "SENSITIVTIY", meant: "SENSITIVITY" },
      { given: "WINDOWS", meant: "WINDOW" },
    ]);
  });

  test("are not settings, nor variables with a meaning of their own", () => {
    assert.deepEqual(found("SENSITIVITY", "TLS_CERT", "WINDOWID", "PATH", "TLS", "HOSTNAME"), []);
  });
});
