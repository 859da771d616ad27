import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const file = (name: string): string => fileURLToPath(new URL(`../../src/${name}`, import.meta.url));

/** Any free port, on loopback alone. */
export const ANY_PORT = {
  DETECTOR_LISTEN_ADDRESS: "127.0.0.1:0",
  DETECTOR_METRICS_LISTEN_ADDRESS: "127.0.0.1:0",
};

export type Exit = { code: number | null; stdout: string; stderr: string };

/** Runs a file of src/ as a process, with nothing of this process's environment but its path. */
export function run(name: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [file(name)], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exited = once(child, "close").then((): Exit => ({ code: child.exitCode, stdout, stderr }));

  /** The ports, once the log says that it serves. */
  async function serving(): Promise<{ grpcPort: number; metricsPort: number }> {
    for (;;) {
      const line = stdout.split("\n").find((line) => line.includes('"serving"'));
      if (line) return JSON.parse(line);
      if (child.exitCode !== null) throw new Error(`it ended: ${stdout}${stderr}`);
      await Promise.race([once(child.stdout, "data"), exited]);
    }
  }

  return {
    exited,
    serving,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
