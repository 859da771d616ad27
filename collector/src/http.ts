import { readFile } from "node:fs/promises";

/** The content of a file with a secret. Editors end files with a newline. */
export const secretIn = async (path: string): Promise<string> =>
  (await readFile(path, "utf8")).trim();

/** The header `authorization` of basic authentication. */
export const basicAuthorization = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

/**
 * How long the header `retry-after` asks to wait, in seconds or until a date.
 * @returns undefined if there is none, or it is neither
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(
  header: string | undefined,
  nowMs: number,
  maxMs: number,
): number | undefined {
  if (header === undefined) return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), maxMs);
}
