import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type StatusObject,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import {
  type DecodedRequest,
  Direction,
  EventPhase,
  OutliersClient,
  type OutliersResponse,
  State,
} from "@outliers/proto";

/**
 * The responses to a request, one after another; no response at all if the list is empty.
 * @param write writes another one to the request's stream
 */
export type Answer = (
  request: DecodedRequest,
  write: (response: OutliersResponse) => void,
) => OutliersResponse[] | Partial<StatusObject>;

/** A complete response in which the metrics at `outliers` are outliers. */
export function wholeResponse({ metrics }: DecodedRequest, outliers: readonly number[] = []) {
  const names = new Set(metrics.map(({ name }) => name));
  return {
    indices: [...outliers],
    scores: metrics.map((_, index) => (outliers.includes(index) ? 5 : 0.5)),
    lower: metrics.map(() => 0),
    upper: metrics.map(() => 2),
    expected: metrics.map(() => 1),
    explanations: outliers.map((index) => ({
      index,
      score: 5,
      expected: 1,
      lower: 0,
      upper: 2,
      direction: Direction.DIRECTION_UP,
      reason: "far from any value seen before",
      event: EventPhase.EVENT_PHASE_BEGINS,
    })),
    series: [...names].map((name) => ({ name, state: State.STATE_READY, eventOpen: false })),
    checkpoints: [],
  } satisfies OutliersResponse;
}

/** A server of the contract, on a free port if none is given, whose answers a test sets. */
export async function startFakeDetector(answer: Answer, host = "127.0.0.1", onPort = 0) {
  const fake = { answer, requests: 0, streams: 0, port: 0 };

  function onDetect(
    call: ServerUnaryCall<DecodedRequest, OutliersResponse>,
    callback: sendUnaryData<OutliersResponse>,
  ): void {
    fake.requests += 1;
    const answered = fake.answer(call.request, () => {});
    if (!Array.isArray(answered)) callback(answered);
    else if (answered[0]) callback(null, answered[0]);
  }

  function onDetectStream(call: ServerDuplexStream<DecodedRequest, OutliersResponse>): void {
    fake.streams += 1;
    call.on("data", (request: DecodedRequest) => {
      fake.requests += 1;
      const answered = fake.answer(request, (response) => call.write(response));
      if (!Array.isArray(answered)) call.emit("error", answered);
      else for (const response of answered) call.write(response);
    });
    call.on("end", () => call.end());
    call.on("error", () => {});
  }

  const server = new Server();
  const service: UntypedServiceImplementation = { Detect: onDetect, DetectStream: onDetectStream };
  server.addService(OutliersClient.service, service);
  const bound = Promise.withResolvers<number>();
  server.bindAsync(`${host}:${onPort}`, ServerCredentials.createInsecure(), (error, port) => {
    if (error) bound.reject(error);
    else bound.resolve(port);
  });
  fake.port = await bound.promise;
  return Object.assign(fake, {
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  });
}

/** A server that accepts connections but never sends anything, like a process that hangs. */
export async function startUnresponsiveServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = await startUnresponsiveServer();
  await server[Symbol.asyncDispose]();
  return server.port;
}
