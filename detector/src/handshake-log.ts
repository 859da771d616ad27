import diagnostics from "node:diagnostics_channel";
import { Socket } from "node:net";
import { Server, type TLSSocket } from "node:tls";
import type { Logger } from "@outliers/service/logger";

/** Node announces each server that is about to listen here. */
const LISTEN = "tracing:net.server.listen:asyncStart";

/**
 * Has the failed TLS handshakes of each server that starts to listen logged, until disposed. By
 * way of Node's diagnostics, as grpc-js keeps its HTTP/2 server, and the server's errors, to itself.
 */
export function logHandshakes(logger: Logger): Disposable {
  const onListen = (message: unknown) => {
    const server = typeof message === "object" && message && Reflect.get(message, "server");
    if (!(server instanceof Server)) return;
    // Node keeps an address for after the socket's end when it was read before.
    server.on("connection", (socket) => void socket.remoteAddress);
    server.on("tlsClientError", (error, socket) => {
      const reason = handshakeReason(error, socket);
      // Load balancers and port probes connect and hang up; that is no failure.
      const level = reason === undefined ? "debug" : "warn";
      logger[level]({ peer: peerOf(socket), reason: reason ?? error.message }, "no TLS handshake");
    });
  };
  diagnostics.subscribe(LISTEN, onListen);
  return { [Symbol.dispose]: () => void diagnostics.unsubscribe(LISTEN, onListen) };
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
