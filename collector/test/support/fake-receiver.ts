import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Pair } from "@outliers/testing/certificates";
import protobuf from "protobufjs";
import { uncompress } from "snappyjs";
import { z } from "zod";

const typeIn = (file: string, name: string): protobuf.Type =>
  protobuf
    .loadSync(fileURLToPath(new URL(`../../src/sinks/remote-write/${file}`, import.meta.url)))
    .lookupType(name);
const v1 = typeIn("v1.proto", "prometheus.WriteRequest");
const v2 = typeIn("v2.proto", "io.prometheus.write.v2.Request");

const samples = z.array(z.object({ value: z.number(), timestamp: z.number() })).min(1);
const requestOf1 = z.object({
  timeseries: z.array(
    z.object({ labels: z.array(z.object({ name: z.string(), value: z.string() })), samples }),
  ),
});
const requestOf2 = z.object({
  symbols: z.array(z.string()),
  timeseries: z.array(
    z.object({
      labelsRefs: z.array(z.number()),
      samples,
      metadata: z.object({ type: z.literal("METRIC_TYPE_GAUGE") }),
    }),
  ),
});

/** A series of a request: its labels as they came. */
type Written = { labels: [string, string][]; samples: { value: number; timestamp: number }[] };

export type WriteRequest = { headers: IncomingHttpHeaders; series: Written[] };

/** The protocol's numbers and names, and Infinity, which JSON doesn't have. */
const options = { longs: Number, enums: String };

/** @throws if it is not what its headers say */
function decode(headers: IncomingHttpHeaders, body: Uint8Array): Written[] {
  const message = uncompress(body);
  if (headers["content-type"] === "application/x-protobuf")
    return requestOf1.parse(v1.toObject(v1.decode(message), options)).timeseries.map((one) => ({
      samples: one.samples,
      labels: one.labels.map(({ name, value }) => [name, value]),
    }));
  const { symbols, timeseries } = requestOf2.parse(v2.toObject(v2.decode(message), options));
  return timeseries.map(({ labelsRefs, samples }) => {
    const texts = labelsRefs.map((ref) => symbols[ref] ?? "?");
    const labels = texts.flatMap((name, at): [string, string][] =>
      at % 2 === 0 ? [[name, texts[at + 1] ?? "?"]] : [],
    );
    return { labels, samples };
  });
}

/** How a receiver answers a request; undefined: it has written everything. */
export type Behaviour = (response: ServerResponse, request: WriteRequest) => void;

/** Takes everything, as receivers of the request's version do. */
export const accept: Behaviour = (response, { headers, series }) => {
  const samples = series.reduce((sum, one) => sum + one.samples.length, 0);
  if (headers["x-prometheus-remote-write-version"] === "2.0.0")
    response.setHeader("x-prometheus-remote-write-samples-written", samples);
  response.writeHead(204).end();
};

/** Answers with a status, and perhaps headers. */
export const status =
  (code: number, headers: Record<string, string> = {}, text = "because\nof this"): Behaviour =>
  (response) =>
    void response.writeHead(code, headers).end(text);

/**
 * A remote-write receiver that decodes what it gets.
 * @param pair uses TLS with it
 */
export async function startReceiver(pair?: Pair) {
  const requests: WriteRequest[] = [];
  /** For the next requests; then it accepts. */
  const behaviours: Behaviour[] = [];
  let connections = 0;
  const listener: RequestListener = (request, response) => {
    void buffer(request).then((body) => {
      const decoded = { headers: request.headers, series: decode(request.headers, body) };
      requests.push(decoded);
      (behaviours.shift() ?? accept)(response, decoded);
    });
  };
  const server = pair ? createTlsServer(pair, listener) : createServer(listener);
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("no port");
  return {
    url: `${pair ? "https" : "http"}://127.0.0.1:${address.port}/api/v1/write`,
    requests,
    behaviours,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
