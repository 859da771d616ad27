import assert from "node:assert/strict";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { RequestError, toStatus } from "../src/errors.ts";

test("what is wrong with a request is its caller's to know", () => {
  assert.deepEqual(toStatus(new RequestError("invalid", "the value")), {
    code: Status.INVALID_ARGUMENT,
    details: "the value",
  });
  assert.deepEqual(toStatus(new RequestError("over_limit", "the limit")), {
    code: Status.RESOURCE_EXHAUSTED,
    details: "the limit",
  });
});

test("any other error is INTERNAL, and its message stays in the log", () => {
  for (const error of [new Error("secret"), "secret", undefined]) {
    const { code, details } = toStatus(error);
    assert.equal(code, Status.INTERNAL);
    assert.doesNotMatch(details ?? "", /secret/);
  }
});
