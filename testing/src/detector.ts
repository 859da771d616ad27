import {
  Client,
  credentials,
  ServerCredentials,
  status as Status,
  type StatusObject,
} from "@grpc/grpc-js";
import { createMetrics } from "@outliers/detector/metrics";
import { type ServerOptions, startServer } from "@outliers/detector/server";
import { OutliersClient, type OutliersRequest } from "@outliers/proto";
import { createLogger } from "@outliers/service/logger";

export const DETECT = "/pb.Outliers/Detect";

/** How a call ended; `body` holds the bytes of the response, if there is one. */
export type Outcome = Pick<StatusObject, "code" | "details"> & { body: Buffer | undefined };

const identity = (bytes: Buffer): Buffer => bytes;

/** Sends bytes as the body of a unary call. The deadline turns a hang into a failure. */
export function callRaw(client: Client, path: string, body: Buffer): Promise<Outcome> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      path,
      identity,
      identity,
      body,
      { deadline: Date.now() + 20_000 },
      (error, response) =>
        resolve({ code: error?.code ?? Status.OK, details: error?.details ?? "", body: response }),
    );
  });
}

const { requestSerialize, responseDeserialize } = OutliersClient.service.Detect;

/** Calls Detect; returns its indices if it succeeds. */
export async function callDetect(client: Client, request: OutliersRequest) {
  const { code, details, body } = await callRaw(client, DETECT, requestSerialize(request));
  return { code, details, indices: body && responseDeserialize(body).indices };
}

/** One series of these values. */
export const series = (values: readonly number[], name = "a"): { name: string; value: number }[] =>
  values.map((value) => ({ name, value }));

type Overrides = Partial<Omit<ServerOptions, "calls">> & {
  calls?: Partial<ServerOptions["calls"]>;
};

/** A detector on a free port, with a client; both are closed when it is disposed. */
export async function startDetector(
  { calls, ...overrides }: Overrides = {},
  logger = createLogger("detector", "silent"),
) {
  const metrics = createMetrics();
  const server = await startServer(
    {
      address: { host: "127.0.0.1", port: 0 },
      credentials: ServerCredentials.createInsecure(),
      maxPoints: 1000,
      maxMessageBytes: 64 * 1024,
      maxConnectionAgeMs: 3_600_000,
      maxResponseBytes: 4 * 1024 * 1024,
      maxConnections: 1000,
      maxSeries: 1000,
      longWork: { maxWorkMs: 60_000, maxMemoryMib: 256 },
      streams: { maxSeries: 100, idleTimeoutMs: 3_600_000, maxAgeMs: 3_600_000 },
      drainTimeoutMs: 5000,
      ...overrides,
      calls: {
        maxCalls: 100,
        maxStreams: 100,
        maxRequestBytes: 64 * 1024 * 1024,
        requestTimeoutMs: 60_000,
        ...calls,
      },
    },
    metrics,
    logger,
  );
  const address = `127.0.0.1:${server.port}`;
  // A subchannel pool of its own: connections to a closed detector must not be reused.
  const connect = () =>
    new Client(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const client = connect();
  // A client of the whole service, for streams.
  const stub = new OutliersClient(address, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
  return {
    stub,
    metrics,
    port: server.port,
    client,
    connect,
    close: () => server.close(),
    async [Symbol.asyncDispose]() {
      client.close();
      stub.close();
      await server.close();
    },
  };
}

/** The standard health service's status of a name, or the code of its error. */
export async function health(client: Client, service: string): Promise<string> {
  // HealthCheckRequest: string service = 1; HealthCheckResponse: ServingStatus status = 1.
  const name = Buffer.from(service);
  const request = Buffer.concat([Buffer.of(0x0a, name.length), name]);
  const { code, body } = await callRaw(client, "/grpc.health.v1.Health/Check", request);
  const statuses = ["UNKNOWN", "SERVING", "NOT_SERVING"];
  return (code === Status.OK && statuses[body?.[1] ?? 0]) || (Status[code] ?? "");
}
