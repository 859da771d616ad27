import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { text } from "node:stream/consumers";

type Reply = { status?: number; body: string; headers?: Record<string, string> };

/** An HTTP server on a free port, which ends with the block that holds it. */
export async function serve(
  answer: (request: IncomingMessage, body: string) => Reply,
  tls?: { cert: string; key: string },
) {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    text(request)
      .then((body) => {
        const reply = answer(request, body);
        response.writeHead(reply.status ?? 200, reply.headers).end(reply.body);
      })
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  };
  const server = tls ? createTlsServer(tls, onRequest) : createServer(onRequest);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${address.port}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}
