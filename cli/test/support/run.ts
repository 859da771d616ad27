import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Runs the real program. @param input what it gets on stdin */
export async function outliers(
  args: readonly string[],
  input: string | Buffer = "",
  env: Record<string, string> = {},
) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  // A program that ends before it has read everything is what some of the tests are about.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code: Number(code), stdout, stderr };
}
