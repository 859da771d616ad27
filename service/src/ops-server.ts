import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Registry } from "prom-client";
import type { ListenAddress } from "./env.ts";

/** Whether a service can do its work, and if not, why. */
export type Readiness = { ready: boolean; reason: string };

/** Answers requests to one path. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Without `methods`, GET and HEAD. */
export type Route = Handler | { methods: readonly string[]; handle: Handler };

const READ_ONLY = ["GET", "HEAD"];

/** Enough for open pages, scrapers and probes. */
const MAX_CONNECTIONS = 512;
/** How long a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 5000;
/** Rendering metrics takes at most this share of the time, however often they are requested. */
const RENDERING_SHARE = 0.1;
const MAX_REUSE_MS = 500;

export type OpsServer = { port: number; close(): Promise<void> };

function answer(response: ServerResponse, status: number, body: string, type = "text/plain") {
  response.writeHead(status, { "content-type": type }).end(body);
}

/**
 * Serves `/metrics`, `/healthz` (the process runs) and `/readyz` (it can do its work).
 * @param routes further handlers by path; a `*` at its end takes one segment of any name
 * @returns the bound port, in case the address has port 0
 * @throws if the address can't be bound
 */
export async function startOpsServer(
  address: ListenAddress,
  registry: Registry,
  readiness: () => Readiness,
  routes: ReadonlyMap<string, Route> = new Map(),
): Promise<OpsServer> {
  const render = renderer(registry);
  const timeouts = {
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: 1000,
  };
  const server = createServer(timeouts, (request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const route = routes.get(path) ?? routes.get(path.replace(/[^/]+$/, "*"));
    const { methods, handle } =
      typeof route === "object" ? route : { methods: READ_ONLY, handle: route };
    if (!methods.includes(request.method ?? "")) {
      response.setHeader("allow", methods.join(", "));
      return answer(response, 405, `use ${methods.filter((one) => one !== "HEAD").join(" or ")}\n`);
    }
    if (handle) return handle(request, response);
    switch (path) {
      case "/metrics":
        render().then(
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
  limitConnections(server);
  // Without a host Node listens on all interfaces.
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

/** Renders the registry; requests at about the same time share one rendering. */
function renderer(registry: Registry): () => Promise<string> {
  /** While it is rendered, and for a short time after: it may be megabytes. */
  let rendered: Promise<string> | undefined;
  const forget = (): void => {
    rendered = undefined;
  };
  return () => {
    if (rendered) return rendered;
    const startMs = performance.now();
    rendered = registry.metrics();
    rendered.then(() => {
      const tookMs = performance.now() - startMs;
      setTimeout(forget, Math.min(MAX_REUSE_MS, tookMs / RENDERING_SHARE)).unref();
    }, forget);
    return rendered;
  };
}

/** At the limit, the connection that has been idle longest is closed for a new one. */
function limitConnections(server: Server): void {
  const open = new Set<Socket>();
  const idle = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    if (open.size >= MAX_CONNECTIONS) {
      const [longest = socket] = idle;
      longest.destroy();
      if (longest === socket) return;
      forget(longest);
    }
    open.add(socket);
    idle.add(socket);
    socket.once("close", () => forget(socket));
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    response.once("close", () => {
      if (open.has(socket)) idle.add(socket);
    });
  });
  function forget(socket: Socket): void {
    open.delete(socket);
    idle.delete(socket);
  }
}
