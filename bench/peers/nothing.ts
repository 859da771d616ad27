// A grpc-js server that does nothing: what of the detector's time is grpc-js itself.
//
// Prints its port. Each line on standard input is answered with the number of requests that were
// handled, which is how the bench counts them; the end of standard input ends the server.
import { createInterface } from "node:readline";
import { type handleUnaryCall, Server, ServerCredentials } from "@grpc/grpc-js";
import { OutliersClient } from "@outliers/proto";

const { Detect } = OutliersClient.service;
const answer = Detect.responseSerialize({ indices: [7] });
let handled = 0;

const onDetect: handleUnaryCall<Buffer, Buffer> = (_call, callback) => {
  handled++;
  callback(null, answer);
};

// The options of detector/src/server.ts with the detector's defaults.
const server = new Server({
  "grpc.max_receive_message_length": 4_194_304,
  "grpc.max_connection_age_ms": 5000,
  "grpc.max_connection_age_grace_ms": 3_660_000,
  "grpc.max_concurrent_streams": 128,
  "grpc.enable_channelz": 0,
});
const asIs = (bytes: Buffer): Buffer => bytes;
server.addService(
  { Detect: { ...Detect, requestDeserialize: asIs, responseSerialize: asIs } },
  { Detect: onDetect },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
createInterface({ input: process.stdin })
  .on("line", () => process.stdout.write(`${handled}\n`))
  .on("close", () => server.forceShutdown());
