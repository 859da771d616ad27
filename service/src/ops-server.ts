import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import type { ListenAddress } from "./env.ts";

/** Whether a service can do its work now, and why not. */
export type Readiness = { ready: boolean; reason: string };

/** Answers GET and HEAD on one path. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export type OpsServer = { port: number; close(): Promise<void> };

function answer(response: ServerResponse, status: number, body: string, type = "text/plain") {
  response.writeHead(status, { "content-type": type }).end(body);
}

/**
 * Serves `/metrics`, `/healthz` (the process answers) and `/readyz` (it can do its work).
 * @param routes what else it serves, by path
 * @returns the bound port, of use when the address asks for port 0
 * @throws when the address can't be bound
 */
export async function startOpsServer(
  address: ListenAddress,
  registry: Registry,
  readiness: () => Readiness,
  routes: ReadonlyMap<string, Handler> = new Map(),
): Promise<OpsServer> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return answer(response, 405, "use GET\n");
    }
    const path = request.url?.split("?", 1)[0] ?? "";
    const handler = routes.get(path);
    if (handler) return handler(request, response);
    switch (path) {
      case "/metrics":
        registry.metrics().then(
          (text) => answer(response, 200, text, registry.contentType),
          (error: unknown) => answer(response, 500, `${String(error)}\n`),
        );
        return;
      case "/healthz":
        return answer(response, 200, "ok\n");
      case "/readyz": {
        const { ready, reason } = readiness();
        return answer(response, ready ? 200 : 503, `${reason}\n`);
      }
      case "/":
        return answer(response, 200, "/metrics\n/healthz\n/readyz\n");
      default:
        return answer(response, 404, "not found: see /, /metrics, /healthz, /readyz\n");
    }
  });
  // Without a host Node listens on every interface.
  server.listen({ port: address.port, ...(address.host && { host: address.host }) });
  await once(server, "listening");
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound ? bound.port : address.port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
