import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../detector/src/main.ts", import.meta.url));

/** A detector in a process of its own, which a test can pause. */
export async function startDetectorProcess() {
  const child: ChildProcess = spawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH,
      DETECTOR_LISTEN_ADDRESS: "127.0.0.1:0",
      DETECTOR_METRICS_LISTEN_ADDRESS: "127.0.0.1:0",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let port = 0;
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    if (!line.includes('"serving"')) continue;
    port = JSON.parse(line).grpcPort;
    break;
  }
  child.stdout?.resume();
  return {
    port,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
