import { isDeepStrictEqual } from "node:util";
import { credentials } from "@grpc/grpc-js";
import { type DecodedResponse, OutliersClient, type OutliersRequest } from "@outliers/proto";

/** Where the one outlier is; bench/peers/nothing.ts answers it whatever the window. */
const OUTLIERS = [7];

/** A window as the project's first client sent it: one series, a time per second, values below 40. */
export function windowOf(size: number): OutliersRequest {
  const startSeconds = Math.floor(Date.now() / 1000) - size;
  return {
    metrics: Array.from({ length: size }, (_, at) => ({
      time: { seconds: startSeconds + at, nanos: 123_456_789 },
      name: "CPU",
      value: OUTLIERS.includes(at) ? 97.3 : ((at * 7919) % 4001) / 100,
    })),
  };
}

/** A request as gRPC frames it: not compressed, its length, its bytes. */
export function frame(request: OutliersRequest): Buffer {
  const bytes = OutliersClient.service.Detect.requestSerialize(request);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** @throws when a server does not answer a window as it should */
export async function checkAnswer(address: string, request: OutliersRequest): Promise<void> {
  const client = new OutliersClient(address, credentials.createInsecure());
  try {
    const { indices } = await new Promise<DecodedResponse>((resolve, reject) => {
      client.Detect(request, { deadline: Date.now() + 10_000 }, (error, response) => {
        if (response) resolve(response);
        else reject(error ?? new Error("no response"));
      });
    });
    if (!isDeepStrictEqual(indices, OUTLIERS)) throw new Error(`answered ${indices.join(", ")}`);
  } finally {
    client.close();
  }
}
