import { Server, type ServerCredentials } from "@grpc/grpc-js";
import { hostPort, type ListenAddress } from "@outliers/service/env";
import type { Logger } from "@outliers/service/logger";
import { HealthImplementation } from "grpc-health-check";
import { type CallLimits, createCalls } from "./calls.ts";
import { lookAfterConnections } from "./connections.ts";
import { guardMemory } from "./memory-guard.ts";
import type { Metrics } from "./metrics.ts";
import { addReflection } from "./reflection.ts";
import { createService, type ServiceLimits } from "./service.ts";

/** The names that health is asked for: the server as a whole, and its service. */
const HEALTH_NAMES = ["", "pb.Outliers"] as const;

/** A client with more opens another connection, or waits. */
const MAX_CALLS_PER_CONNECTION = 128;

/** How much longer than a stream may live an old connection is kept. */
const GRACE_MS = 60_000;

export type ServerOptions = ServiceLimits & {
  address: ListenAddress;
  credentials: ServerCredentials;
  maxMessageBytes: number;
  maxConnectionAgeMs: number;
  maxConnections: number;
  calls: CallLimits;
  /** How long calls in flight may take to finish on close. */
  drainTimeoutMs: number;
};

export type RunningServer = { port: number; close(): Promise<void> };

/**
 * Serves `pb.Outliers`, health and reflection.
 * @throws when the address can't be bound
 */
export async function startServer(
  options: ServerOptions,
  metrics: Metrics,
  logger: Logger,
): Promise<RunningServer> {
  const memory = guardMemory(() => {
    calls.relieve();
    service.relieve();
  });
  const calls = createCalls(options.calls, memory, metrics);
  const server = new Server({
    interceptors: [calls.interceptor],
    "grpc.max_receive_message_length": options.maxMessageBytes,
    // Clients that reconnect find new replicas: the only way that grpc-js clients do.
    "grpc.max_connection_age_ms": options.maxConnectionAgeMs,
    // The grace ends streams too, and without a word of why: theirs comes first.
    "grpc.max_connection_age_grace_ms": options.streams.maxAgeMs + GRACE_MS,
    "grpc.max_concurrent_streams": MAX_CALLS_PER_CONNECTION,
    // It keeps figures of each call that nobody reads, for a tenth of what a small call costs.
    "grpc.enable_channelz": 0,
  });
  const service = createService(options, metrics, logger);
  metrics.setLimits({
    connections: options.maxConnections,
    streams: options.calls.maxStreams,
    series: options.maxSeries,
    requestBytes: options.calls.maxRequestBytes,
  });
  server.addService(service.definition, service.handlers);
  const health = new HealthImplementation();
  const setHealth = (status: "SERVING" | "NOT_SERVING") => {
    for (const name of HEALTH_NAMES) health.setStatus(name, status);
  };
  health.addToServer(server);
  addReflection(server);
  using connections = lookAfterConnections(
    options.maxConnections,
    {
      connections: metrics.connections,
      onRejected: (reason) => metrics.rejected.inc({ reason }),
    },
    logger,
  );
  const port = await bind(server, options.address, options.credentials);
  setHealth("SERVING");
  return {
    port,
    async close() {
      setHealth("NOT_SERVING");
      service.endStreams("ends because the detector shuts down");
      await new Promise<void>((resolve) => {
        const force = setTimeout(() => {
          server.forceShutdown();
          // Without channelz grpc-js 1.14 knows no sessions that it could end.
          connections.destroy();
          // Not waiting for tryShutdown: a peer that is gone never closes its end of the socket.
          resolve();
        }, options.drainTimeoutMs);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      });
      service.close();
      calls[Symbol.dispose]();
      memory[Symbol.dispose]();
    },
  };
}

async function bind(
  server: Server,
  { host, port }: ListenAddress,
  credentials: ServerCredentials,
): Promise<number> {
  if (host) return bindTo(server, { host, port }, credentials);
  try {
    return await bindTo(server, { host: "::", port }, credentials);
  } catch (error) {
    if (!/EAFNOSUPPORT|EADDRNOTAVAIL/.test(String(error))) throw error;
    // A host without IPv6.
    return bindTo(server, { host: "0.0.0.0", port }, credentials);
  }
}

const bindTo = (
  server: Server,
  address: ListenAddress,
  credentials: ServerCredentials,
): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(hostPort(address), credentials, (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
