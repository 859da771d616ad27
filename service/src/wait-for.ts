import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits until a condition holds. If it throws, it doesn't hold yet.
 * @param what describes the condition in the error
 * @throws if it doesn't hold within the limit
 */
export async function waitFor(
  what: string,
  limitMs: number,
  holds: () => Promise<boolean>,
): Promise<void> {
  const giveUpAtMs = Date.now() + limitMs;
  let reason = "";
  for (;;) {
    try {
      if (await holds()) return;
      reason = "";
    } catch (error) {
      reason = ` (${String(error)})`;
    }
    if (Date.now() > giveUpAtMs) throw new Error(`waited ${limitMs / 1000} s for ${what}${reason}`);
    await delay(200);
  }
}
