import { readFile } from "node:fs/promises";
import * as http from "node:http";
import * as https from "node:https";
import { buildVersion } from "@outliers/service/registry";
import { readHeaders } from "./settings.ts";

/** Where to write, and what the receiver wants to know. Files are read again for every request. */
export type ReceiverOptions = {
  url: string;
  timeoutMs: number;
  headers: Readonly<Record<string, string>>;
  headersFile: string | undefined;
  basicAuth: { username: string; passwordFile: string } | undefined;
  bearerTokenFile: string | undefined;
  caFile: string | undefined;
};

/** What a receiver said of a request. */
export type Answer = {
  status: number;
  /** The beginning of its text, for people. */
  message: string;
  /** How long it wants to be left alone. */
  retryAfterMs: number | undefined;
  /** How many samples it has written: only 2.0 says that. */
  written: number | undefined;
};

const MAX_MESSAGE_BYTES = 500;
/** A receiver that asks for more is asked again then. */
const MAX_RETRY_AFTER_MS = 300_000;

/** The HTTP client of a receiver. It doesn't follow redirects, as they could take the secrets along. */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #agents = new Map<string, http.Agent>();

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** @throws if there is no answer in time, or a file can't be read */
  async send(
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { url, timeoutMs } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const { request } = url.startsWith("https:") ? https : http;
    const options = {
      method: "POST",
      agent: await this.#agent(),
      headers: {
        ...(await this.#ownHeaders()),
        ...headers,
        "content-length": body.length,
        "user-agent": `outliers-collector/${buildVersion}`,
      },
      signal: AbortSignal.any([signal, timeout]),
    };
    try {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        request(url, options, resolve).on("error", reject).end(body);
      });
      return {
        status: response.statusCode ?? 0,
        message: await beginningOf(response),
        retryAfterMs: retryAfterMs(response.headers["retry-after"], Date.now()),
        written: countOf(response.headers["x-prometheus-remote-write-samples-written"]),
      };
    } catch (error) {
      if (!timeout.aborted) throw error;
      throw new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error });
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  /** One connection, which is kept; another one when the CA has changed. */
  async #agent(): Promise<http.Agent> {
    const { url, caFile } = this.#options;
    const ca = caFile === undefined ? "" : await readFile(caFile, "utf8");
    const known = this.#agents.get(ca);
    if (known) return known;
    this.close();
    this.#agents.clear();
    const options = { keepAlive: true, maxSockets: 1 };
    const agent = url.startsWith("https:")
      ? new https.Agent({ ...options, ...(ca !== "" && { ca }) })
      : new http.Agent(options);
    this.#agents.set(ca, agent);
    return agent;
  }

  async #ownHeaders(): Promise<Record<string, string>> {
    const { headers, headersFile, basicAuth, bearerTokenFile } = this.#options;
    const all: Record<string, string> = { ...headers };
    if (headersFile !== undefined)
      Object.assign(all, readHeaders(await readFile(headersFile, "utf8")));
    if (basicAuth) {
      const password = await secretIn(basicAuth.passwordFile);
      const credentials = Buffer.from(`${basicAuth.username}:${password}`).toString("base64");
      all.authorization = `Basic ${credentials}`;
    }
    if (bearerTokenFile !== undefined)
      all.authorization = `Bearer ${await secretIn(bearerTokenFile)}`;
    return all;
  }
}

/** Editors end files with a newline. */
const secretIn = async (path: string): Promise<string> => (await readFile(path, "utf8")).trim();

/** The first line of a text, or of what arrives of it. */
async function beginningOf(response: http.IncomingMessage): Promise<string> {
  let text = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      text += String(chunk);
      if (text.length > MAX_MESSAGE_BYTES) break;
    }
  } catch {
    // The status has arrived: what else was to come doesn't matter.
  }
  return text.trim().split("\n", 1)[0]?.slice(0, MAX_MESSAGE_BYTES) ?? "";
}

const countOf = (header: string | string[] | undefined): number | undefined =>
  typeof header === "string" && /^\d+$/.test(header) ? Number(header) : undefined;

/** @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), MAX_RETRY_AFTER_MS);
}
