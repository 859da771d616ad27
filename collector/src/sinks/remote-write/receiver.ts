import { readFile } from "node:fs/promises";
import { build } from "@outliers/service/build";
import { Agent, request } from "undici";
import { basicAuthorization, retryAfterMs, secretIn } from "../../http.ts";
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
  #agent: { agent: Agent; ca: string | undefined } | undefined;

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
    const own = await this.#ownHeaders();
    try {
      const response = await request(url, {
        method: "POST",
        headers: { ...own, ...headers, "user-agent": `outliers-collector/${build.version}` },
        body,
        dispatcher: await this.#currentAgent(),
        signal: AbortSignal.any([signal, timeout]),
      });
      const { "retry-after": retryAfter } = response.headers;
      return {
        status: response.statusCode,
        message: await beginningOf(response.body),
        retryAfterMs:
          typeof retryAfter === "string"
            ? retryAfterMs(retryAfter, Date.now(), MAX_RETRY_AFTER_MS)
            : undefined,
        written: countOf(response.headers["x-prometheus-remote-write-samples-written"]),
      };
    } catch (error) {
      if (!timeout.aborted) throw error;
      throw new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#agent?.agent.destroy();
  }

  /** Keeps one connection; opens another one when the CA has changed. */
  async #currentAgent(): Promise<Agent> {
    const { caFile } = this.#options;
    const ca = caFile === undefined ? undefined : await readFile(caFile, "utf8");
    if (this.#agent && this.#agent.ca === ca) return this.#agent.agent;
    await this.close();
    const agent = new Agent({ connections: 1, ...(ca !== undefined && { connect: { ca } }) });
    this.#agent = { agent, ca };
    return agent;
  }

  async #ownHeaders(): Promise<Record<string, string>> {
    const { headers, headersFile, basicAuth, bearerTokenFile } = this.#options;
    const all: Record<string, string> = { ...headers };
    if (headersFile !== undefined)
      Object.assign(all, readHeaders(await readFile(headersFile, "utf8")));
    if (basicAuth) {
      const password = await secretIn(basicAuth.passwordFile);
      all.authorization = basicAuthorization(basicAuth.username, password);
    }
    if (bearerTokenFile !== undefined)
      all.authorization = `Bearer ${await secretIn(bearerTokenFile)}`;
    return all;
  }
}

/** The first line of a text, or of what arrives of it. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_MESSAGE_BYTES) break;
    }
  } catch {
    // The status has arrived: what else was to come doesn't matter.
  }
  return text.trim().split("\n", 1)[0]?.slice(0, MAX_MESSAGE_BYTES) ?? "";
}

const countOf = (header: string | string[] | undefined): number | undefined =>
  typeof header === "string" && /^\d+$/.test(header) ? Number(header) : undefined;
