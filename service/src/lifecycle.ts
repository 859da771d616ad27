import { setTimeout as delay } from "node:timers/promises";
import { ConfigError, misspelt } from "./env.ts";
import type { Logger } from "./logger.ts";

/** Something that runs until it is closed. */
export type Running = { close(): Promise<void> };

/** What a service's main hands over: its environment in, its parts out. */
export type Service<Config> = {
  parseConfig(env: NodeJS.ProcessEnv): Config;
  /** The names of its settings. */
  variables: readonly string[];
  createLogger(config: Config): Logger;
  start(config: Config, logger: Logger): Promise<Running>;
  shutdownTimeoutMs(config: Config): number;
};

/**
 * Runs a service as this process: until SIGTERM or SIGINT, then closes it within its limit.
 * Exit codes: 0 after a clean stop, 1 for a bad configuration, a failed start or a forced stop.
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
  // Listening before the start, so that a signal during it is not lost to the default handler.
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
 * Waits until something listens.
 * @param variable where its address comes from
 * @throws with that name, so that who reads the error knows what to change
 */
export async function listening<T>(variable: string, start: Promise<T>): Promise<T> {
  try {
    return await start;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`can't listen on ${variable}, set another address: ${reason}`, {
      cause: error,
    });
  }
}
