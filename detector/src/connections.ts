import diagnostics from "node:diagnostics_channel";
import { Server, Socket } from "node:net";
import { type TLSSocket, Server as TlsServer } from "node:tls";
import type { Logger } from "@outliers/service/logger";

/** Node announces each server that is about to listen here. */
const LISTEN = "tracing:net.server.listen:asyncStart";

/** A peer that was silent for so long is probed: each second, ten times, by libuv's choice. */
const PROBE_AFTER_MS = 60_000;

/** The connections of the servers that are looked after. */
export type Connections = Disposable & {
  /** Ends them all, whatever is under way. */
  destroy(): void;
};

/**
 * Has the connections of each server that starts to listen looked after, until disposed: TCP
 * keepalive ends those whose peer has vanished, and failed TLS handshakes are logged. By way of
 * Node's diagnostics, as grpc-js keeps its HTTP/2 server, and the server's errors, to itself.
 *
 * Not gRPC's keepalive: that of grpc-js 1.14 ends a connection that drains after its age, because
 * Node's HTTP/2 refuses to ping there, and the streams on it with the connection.
 */
export function lookAfterConnections(logger: Logger): Connections {
  const sockets = new Set<Socket>();
  const onListen = (message: unknown) => {
    const server = typeof message === "object" && message && Reflect.get(message, "server");
    if (!(server instanceof Server)) return;
    server.on("connection", (socket) => {
      socket.setKeepAlive(true, PROBE_AFTER_MS);
      // Node keeps an address for after the socket's end when it was read before.
      void socket.remoteAddress;
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    if (server instanceof TlsServer) logHandshakes(server, logger);
  };
  diagnostics.subscribe(LISTEN, onListen);
  return {
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.dispose]: () => void diagnostics.unsubscribe(LISTEN, onListen),
  };
}

function logHandshakes(server: TlsServer, logger: Logger): void {
  server.on("tlsClientError", (error, socket) => {
    const reason = handshakeReason(error, socket);
    // Load balancers and port probes connect and hang up; that is no failure.
    const level = reason === undefined ? "debug" : "warn";
    logger[level]({ peer: peerOf(socket), reason: reason ?? error.message }, "no TLS handshake");
  });
}

/** Why a handshake failed; undefined when the peer just hung up. */
function handshakeReason(error: Error, socket: TLSSocket): string | undefined {
  // A certificate that was sent but not accepted: the error tells of the hang-up alone.
  if (socket.authorizationError) return `client certificate refused: ${socket.authorizationError}`;
  const code: unknown = Reflect.get(error, "code");
  if (code === "ECONNRESET") return undefined;
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_HTTP_REQUEST") {
    return "not TLS: a plaintext client";
  }
  return String(Reflect.get(error, "reason") ?? error.message);
}

function peerOf(socket: TLSSocket): string | undefined {
  // After a refused certificate only the socket below knows; where it is hidden, so is the peer.
  const below: unknown = Reflect.get(socket, "_parent");
  return socket.remoteAddress ?? (below instanceof Socket ? below.remoteAddress : undefined);
}
