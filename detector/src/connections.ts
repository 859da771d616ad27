import diagnostics from "node:diagnostics_channel";
import { type Http2Server, constants as http2, type ServerHttp2Session } from "node:http2";
import { Server, Socket } from "node:net";
import { type TLSSocket, Server as TlsServer } from "node:tls";
import type { Logger } from "@outliers/service/logger";

/** Node announces each server that is about to listen here. */
const LISTEN = "tracing:net.server.listen:asyncStart";

/** A peer that was silent for so long is probed: each second, ten times, by libuv's choice. */
const PROBE_AFTER_MS = 60_000;

/** What gRPC recommends: https://grpc.io/docs/guides/metadata/#be-aware */
const MAX_HEADER_BYTES = 8 * 1024;
/** A connection on which there was no call for so long is closed; one that is silent in TLS, too. */
const FIRST_CALL_MS = 10_000;
/** As much of all connections as one address may have, so that there is room for others. */
const ADDRESS_SHARE = 0.5;

/** The connections of the servers that are looked after. */
export type Connections = Disposable & {
  /** Ends them all, whatever is under way. */
  destroy(): void;
};

/** What is told of connections. */
export type ConnectionMetrics = {
  connections: { inc(): void; dec(): void };
  onRejected(reason: "connections" | "headers"): void;
};

/**
 * Has the connections of each server that starts to listen looked after, until disposed: TCP
 * keepalive ends those whose peer has vanished, there are no more than `max` of them, those that are
 * silent end, and failed TLS handshakes are logged. By way of Node's diagnostics, as grpc-js keeps
 * its HTTP/2 server, and the server's errors, to itself.
 *
 * Not gRPC's keepalive: that of grpc-js 1.14 ends a connection that drains after its age, because
 * Node's HTTP/2 refuses to ping there, and the streams on it with the connection.
 */
export function lookAfterConnections(
  max: number,
  metrics: ConnectionMetrics,
  logger: Logger,
): Connections {
  const sockets = new Set<Socket>();
  const ofAddress = new Map<string, number>();
  /** Those without a call so far, the oldest first: they make room for new ones. */
  const silent = new Map<string, { address: string; end(): void }>();
  const onListen = (message: unknown) => {
    const server = typeof message === "object" && message && Reflect.get(message, "server");
    if (!(server instanceof Server)) return;
    // First, as what is refused is not for grpc-js to see.
    server.prependListener("connection", (socket: Socket) => {
      socket.setKeepAlive(true, PROBE_AFTER_MS);
      // Node keeps an address for after the socket's end when it was read before.
      const { remoteAddress = "" } = socket;
      const hasRoom = () =>
        sockets.size < max &&
        (ofAddress.get(remoteAddress) ?? 0) < Math.max(1, Math.floor(max * ADDRESS_SHARE));
      if (!hasRoom()) {
        metrics.onRejected("connections");
        const address = sockets.size < max ? remoteAddress : undefined;
        const oldest = [...silent.values()].find((one) => !address || one.address === address);
        oldest?.end();
        if (!hasRoom()) return socket.destroy();
      }
      const key = keyOf(socket);
      const end = () => {
        if (!sockets.delete(socket)) return;
        silent.delete(key);
        metrics.connections.dec();
        const left = (ofAddress.get(remoteAddress) ?? 1) - 1;
        if (left > 0) ofAddress.set(remoteAddress, left);
        else ofAddress.delete(remoteAddress);
      };
      sockets.add(socket);
      silent.set(key, {
        address: remoteAddress,
        end() {
          end();
          socket.destroy();
        },
      });
      ofAddress.set(remoteAddress, (ofAddress.get(remoteAddress) ?? 0) + 1);
      metrics.connections.inc();
      return socket.once("close", end);
    });
    if (isHttp2(server)) {
      server.updateSettings({ maxHeaderListSize: MAX_HEADER_BYTES });
      // Until a client has heard of it, and Node counts for itself from then on.
      server.prependListener("stream", (stream, _headers, _flags, rawHeaders: string[]) => {
        if (lengthOf(rawHeaders) <= MAX_HEADER_BYTES) return;
        metrics.onRejected("headers");
        stream.close(http2.NGHTTP2_ENHANCE_YOUR_CALM);
      });
      server.on("session", (session) => {
        closeWhenSilent(session);
        session.once("stream", () => silent.delete(keyOf(session.socket)));
      });
    }
    if (server instanceof TlsServer) {
      limitHandshakes(server);
      logHandshakes(server, logger);
    }
  };
  diagnostics.subscribe(LISTEN, onListen);
  return {
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.dispose]: () => void diagnostics.unsubscribe(LISTEN, onListen),
  };
}

/** The same of a TCP socket, and of the TLS and HTTP/2 ones upon it. */
const keyOf = ({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">) =>
  `${remoteAddress} ${remotePort}`;

function lengthOf(headers: readonly string[]): number {
  let length = 0;
  for (const part of headers) length += part.length;
  return length;
}

const isHttp2 = (server: Server): server is Http2Server => "updateSettings" in server;

function closeWhenSilent(session: ServerHttp2Session): void {
  const close = setTimeout(() => {
    session.close();
    // A peer that never spoke HTTP/2 doesn't close its side either.
    setTimeout(() => session.destroy(), 1000).unref();
  }, FIRST_CALL_MS).unref();
  session.once("stream", () => clearTimeout(close));
  session.once("close", () => clearTimeout(close));
}

function limitHandshakes(server: TlsServer): void {
  const timers = new WeakMap<Socket, NodeJS.Timeout>();
  server.on("connection", (socket: Socket) => {
    timers.set(socket, setTimeout(() => socket.destroy(), FIRST_CALL_MS).unref());
  });
  server.on("secureConnection", (secure) => {
    const socket = below(secure);
    if (socket) clearTimeout(timers.get(socket));
  });
}

/** The TCP socket of a TLS one. */
function below(socket: TLSSocket): Socket | undefined {
  const parent: unknown = Reflect.get(socket, "_parent");
  return parent instanceof Socket ? parent : undefined;
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
  return socket.remoteAddress ?? below(socket)?.remoteAddress;
}
