import { setTimeout as delay } from "node:timers/promises";
import { ConfigError } from "./env.ts";
import type { Logger } from "./logger.ts";
import { misspelt } from "./misspelt.ts";

/** Something that runs until it is closed. */
export type Running = { close(): Promise<void> };

/** What a service's main provides: how to read its configuration, and how to start. */
export type Service<Config> = {
  parseConfig(env: NodeJS.ProcessEnv): Config;
  /** The names of its settings. */
  variables: readonly string[];
  createLogger(config: Config): Logger;
  start(config: Config, logger: Logger): Promise<Running>;
  shutdownTimeoutMs(config: Config): number;
};

/**
 * Runs a service as this process until SIGTERM or SIGINT, then closes it within a time limit.
 * Exits with 0 after a clean stop, and with 1 if the configuration is invalid, the start fails, or
 * the stop takes too long.
 */
export async function runAsProcess<Config>(service: Service<Config>): Promise<void> {
  let config: Config;
  try {
    config = service.parseConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  const logger = service.createLogger(config);
  for (const { given, meant } of misspelt(process.env, service.variables)) {
    logger.warn(`${given} is not a setting and has no effect: did you mean ${meant}?`);
  }
  // Before the start, so that the default handler doesn't get a signal during it.
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, resolve);
  });
  try {
    const running = await service.start(config, logger);
    logger.info({ signal: await signalled }, "stopping");
    const limit = delay(service.shutdownTimeoutMs(config), "late" as const, { ref: false });
    if ((await Promise.race([running.close(), limit])) === "late") {
      throw new Error("did not stop within SHUTDOWN_TIMEOUT");
    }
    logger.info("stopped");
    process.exit(0);
  } catch (error) {
    logger.fatal({ err: error }, "failed");
    process.exit(1);
  }
}

/**
 * Waits until a server listens.
 * @param variable the setting that its address comes from
 * @throws an error that names the setting to change
 */
export async function listening<T>(variable: string, start: Promise<T>): Promise<T> {
  try {
    return await start;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`can't listen on ${variable}; set a different address: ${reason}`, {
      cause: error,
    });
  }
}
