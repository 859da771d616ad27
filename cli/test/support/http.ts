import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

/** An HTTP server on a free port, which ends with the block that holds it. */
export async function serve(
  answer: (request: IncomingMessage, body: string) => { status?: number; body: string },
) {
  const server = createServer((request, response) => {
    text(request)
      .then((body) => {
        const reply = answer(request, body);
        response.writeHead(reply.status ?? 200).end(reply.body);
      })
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${address.port}`, close, [Symbol.asyncDispose]: close };
}
