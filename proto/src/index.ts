import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { ProtoGrpcType } from "./generated/outliers.ts";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// The same options as for generating the types: see `npm run generate`.
const definition = loadSync(file("../outliers.proto"), { longs: Number, defaults: true });

// grpc-js types a loaded package as a loose tree; the generated type is exact.
const { pb } = loadPackageDefinition(definition) as unknown as ProtoGrpcType;

/** The client constructor of `pb.Outliers`; `OutliersClient.service` is its definition. */
export const OutliersClient = pb.Outliers;

/**
 * The contract as a serialised `google.protobuf.FileDescriptorSet`, built by buf. Reflection needs
 * it because proto-loader's own descriptors lack imports (github.com/grpc/grpc-node/issues/2958).
 */
export const descriptorSet = (): Uint8Array => readFileSync(file("generated/descriptors.binpb"));

export type {
  Checkpoint,
  Checkpoint__Output as DecodedCheckpoint,
} from "./generated/pb/Checkpoint.ts";
export type { DetectionOptions } from "./generated/pb/DetectionOptions.ts";
export { _pb_DetectionOptions_Method as Method } from "./generated/pb/DetectionOptions.ts";
export { Direction } from "./generated/pb/Direction.ts";
export { EventPhase } from "./generated/pb/EventPhase.ts";
export type { Metric } from "./generated/pb/Metric.ts";
export type { Normal } from "./generated/pb/Normal.ts";
export type { OutliersClient as OutliersClientType } from "./generated/pb/Outliers.ts";
export type {
  OutliersRequest,
  OutliersRequest__Output as DecodedRequest,
} from "./generated/pb/OutliersRequest.ts";
export type {
  OutliersResponse,
  OutliersResponse__Output as DecodedResponse,
} from "./generated/pb/OutliersResponse.ts";
export { _pb_SeriesState_State as State } from "./generated/pb/SeriesState.ts";
