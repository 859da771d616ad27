import assert from "node:assert/strict";
import { once } from "node:events";
import { after, describe, test } from "node:test";
import { startDetector } from "@outliers/testing/detector";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor/index.js";
import { bytes } from "./support/wire.ts";

const detector = await startDetector();
after(() => detector[Symbol.asyncDispose]());

// ServerReflectionRequest: file_by_filename = 3, file_containing_symbol = 4, list_services = 7.
const FILE_BY_FILENAME = 3;
const FILE_CONTAINING_SYMBOL = 4;
const LIST_SERVICES = 7;

// The part of ServerReflectionResponse that the tests read.
const { root } = protobuf.parse(`syntax = "proto3";
  message Service { string name = 1; }
  message Services { repeated Service service = 1; }
  message Files { repeated bytes file_descriptor_proto = 1; }
  message Failure { int32 error_code = 1; string error_message = 2; }
  message Response { Files files = 4; Services services = 6; Failure failure = 7; }`);
const Response = root.lookupType("Response");

/** Asks the real protocol one question. */
async function ask(version: string, field: number, text: string) {
  const stream = detector.client.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    (request: Buffer) => request,
    (response: Buffer) => Response.toObject(Response.decode(response)),
    { deadline: Date.now() + 20_000 },
  );
  const ended = once(stream, "status");
  stream.end(bytes(field, Buffer.from(text)));
  const [response] = await once(stream, "data");
  await ended;
  return response;
}

type Message = { name: string; nestedType?: Message[] };
type File = { dependency?: string[]; service?: { name: string }[]; messageType?: Message[] };

/** The files of an answer, by name. */
async function files(version: string, field: number, text: string) {
  const { files } = await ask(version, field, text);
  const decoded = files.fileDescriptorProto.map((file: Uint8Array) =>
    descriptor.FileDescriptorProto.toObject(descriptor.FileDescriptorProto.decode(file)),
  );
  return new Map<string, File>(decoded.map((file: { name: string }) => [file.name, file]));
}

for (const version of ["v1", "v1alpha"]) {
  describe(`reflection ${version}`, () => {
    test("lists the contract's service and health", async () => {
      const { services } = await ask(version, LIST_SERVICES, "*");
      const names = services.service.map(({ name }: { name: string }) => name);
      assert.deepEqual(names.toSorted(), ["grpc.health.v1.Health", "pb.Outliers"]);
    });

    test("gives the contract's file together with what it imports", async () => {
      const imports = ["google/protobuf/duration.proto", "google/protobuf/timestamp.proto"];
      for (const symbol of [
        "pb.Outliers",
        "pb.Outliers.Detect",
        "pb.OutliersRequest",
        "pb.Metric",
      ]) {
        const found = await files(version, FILE_CONTAINING_SYMBOL, symbol);
        assert.deepEqual([...found.keys()].toSorted(), [...imports, "outliers.proto"]);
        const contract = found.get("outliers.proto");
        assert.deepEqual(contract?.dependency, imports);
        assert.equal(contract?.service?.[0]?.name, "Outliers");
      }
    });

    test("gives an import by its file's name and by its symbol", async () => {
      const name = "google/protobuf/timestamp.proto";
      assert.ok((await files(version, FILE_BY_FILENAME, name)).has(name));
      const symbol = "google.protobuf.Timestamp";
      assert.ok((await files(version, FILE_CONTAINING_SYMBOL, symbol)).has(name));
    });

    test("every file of an answer finds its imports in it", async () => {
      for (const symbol of ["pb.Outliers", "grpc.health.v1.Health"]) {
        const found = await files(version, FILE_CONTAINING_SYMBOL, symbol);
        for (const { dependency = [] } of found.values()) {
          for (const name of dependency) assert.ok(found.has(name), `${symbol} needs ${name}`);
        }
      }
    });

    test("health's map field has its entry under the name that protoc gives it", async () => {
      // Clients refuse any other: "incorrect implicit map entry name".
      const found = await files(version, FILE_CONTAINING_SYMBOL, "grpc.health.v1.Health");
      const messages = [...found.values()].flatMap(({ messageType = [] }) => messageType);
      const list = messages.find(({ name }) => name === "HealthListResponse");
      assert.deepEqual(
        list?.nestedType?.map(({ name }) => name),
        ["StatusesEntry"],
      );
    });

    test("says NOT_FOUND (5) for a symbol that is not there, and lives on", async () => {
      for (const symbol of ["pb.Nothing", "", "constructor.x", "\u0000"]) {
        const { failure } = await ask(version, FILE_CONTAINING_SYMBOL, symbol);
        assert.equal(failure.errorCode, 5);
      }
    });
  });
}
