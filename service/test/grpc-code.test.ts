import assert from "node:assert/strict";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { grpcCodeName } from "../src/grpc-code.ts";

test("every code is named as Go names it", () => {
  // https://pkg.go.dev/google.golang.org/grpc/codes
  const names = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
  ];
  const codes = Object.values(Status).filter((code) => typeof code === "number");
  assert.deepEqual(codes.map(grpcCodeName), names);
});
