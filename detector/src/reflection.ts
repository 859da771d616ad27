import type { Server } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { descriptorSet } from "@outliers/proto";
import protobuf from "protobufjs";

/**
 * Serves gRPC reflection, v1 and v1alpha, from descriptors that buf made: those that proto-loader
 * makes lack the import of Timestamp, and clients refuse them
 * (github.com/grpc/grpc-node/issues/2958, 3018).
 */
export function addReflection(server: Server): void {
  new ReflectionService({
    files: {
      format: "Protocol Buffer 3 DescriptorProto",
      type: {},
      fileDescriptorProtos: filesOf(descriptorSet()),
    },
  }).addToServer(server);
}

/** The serialised files of a FileDescriptorSet, whose one field is `repeated … file = 1`. */
function filesOf(set: Uint8Array): Buffer[] {
  const files: Buffer[] = [];
  const reader = protobuf.Reader.create(set);
  while (reader.pos < reader.len) {
    reader.uint32();
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}
