import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A process that this one started, and that ends with it. */
export type Child = AsyncDisposable & {
  readonly pid: number;
  /** When it was started, as `performance.now` has it. */
  readonly startedAtMs: number;
  write(text: string): void;
  /**
   * Its next line of output for which `accept` gives something.
   * @throws when it ends before
   */
  nextLine<T>(accept: (line: string) => T | undefined): Promise<T>;
};

export type ChildOptions = {
  env?: NodeJS.ProcessEnv;
  /** Where the lines come from; the other goes to this process's own standard error. */
  output?: "stdout" | "stderr";
};

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** Starts a process without this one's environment, so that the defaults hold. */
export function startChild(
  command: string,
  args: readonly string[],
  { env = {}, output = "stdout" }: ChildOptions = {},
): Child {
  const startedAtMs = performance.now();
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["pipe", output === "stdout" ? "pipe" : "ignore", output === "stderr" ? "pipe" : 2],
  });
  running.add(child);
  const exited = once(child, "exit").finally(() => running.delete(child));
  const { stdin, pid } = child;
  const lineSource = child[output];
  if (!stdin || !lineSource || pid === undefined) throw new Error(`can't start ${command}`);
  const lines = createInterface({ input: lineSource })[Symbol.asyncIterator]();
  return {
    pid,
    startedAtMs,
    write: (text) => stdin.write(text),
    async nextLine(accept) {
      for (;;) {
        const { done, value } = await lines.next();
        if (done) throw new Error(`${command} ${args.join(" ")} ended`);
        const accepted = accept(value);
        if (accepted !== undefined) return accepted;
      }
    },
    async [Symbol.asyncDispose]() {
      if (running.has(child)) {
        stdin.end();
        child.kill("SIGTERM");
      }
      await exited;
    },
  };
}
