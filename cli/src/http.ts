import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { rootCertificates } from "node:tls";
import { reasonOf } from "./errors.ts";

/** A server, and what it wants to see. */
export type Endpoint = {
  /** Without a slash at its end, and without credentials: fit to be shown. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** A PEM file's content: CAs that are trusted besides those of Node. */
  ca?: string | undefined;
};

export type Answer = { status: number; text: string; url: string };

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const MAX_REDIRECTS = 5;
const FORM_TYPE = "application/x-www-form-urlencoded;charset=UTF-8";
/** Read-only proxies answer so to a POST. */
const NO_POST: readonly number[] = [403, 404, 405, 501];

/**
 * Asks a server for a change. Redirects are not followed.
 * @param json the body
 * @throws Error when there is no answer
 */
export async function change(
  { url, headers, ca }: Endpoint,
  method: "POST" | "DELETE",
  path: string,
  timeoutMs: number,
  json?: unknown,
): Promise<Answer> {
  const to = new URL(`${url}${path}`);
  const body =
    json === undefined ? undefined : { type: "application/json", text: JSON.stringify(json) };
  const response = await once(method, to, { headers, ca }, timeoutMs, body);
  return { status: response.statusCode ?? 0, text: await text(response), url: shown(to) };
}

/**
 * Sends a GET, or a form by POST; where POST is refused, the form goes into the query of a GET.
 * Redirects are followed with the form: fetch would drop it.
 * @throws Error when there is no answer
 */
export async function send(
  endpoint: Endpoint,
  path: string,
  timeoutMs: number,
  form?: URLSearchParams,
): Promise<Answer> {
  const url = new URL(`${endpoint.url}${path}`);
  if (form === undefined) return follow(endpoint, "GET", url, timeoutMs);
  const answer = await follow(endpoint, "POST", url, timeoutMs, form);
  if (!NO_POST.includes(answer.status)) return answer;
  return follow(endpoint, "GET", url, timeoutMs, form);
}

async function follow(
  { headers, ca }: Endpoint,
  firstMethod: "GET" | "POST",
  first: URL,
  timeoutMs: number,
  form?: URLSearchParams,
): Promise<Answer> {
  let method = firstMethod;
  let url = first;
  let sent = headers;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    if (method === "GET" && form && url.search === "") url.search = form.toString();
    const body = method === "POST" ? { type: FORM_TYPE, text: form?.toString() ?? "" } : undefined;
    const response = await once(method, url, { headers: sent, ca }, timeoutMs, body);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (!REDIRECTS.includes(status) || location === undefined) {
      return { status, text: await text(response), url: shown(url) };
    }
    response.resume();
    const next = redirectedTo(location, url);
    if (!keepsCredentials(url, next)) sent = {};
    if (status === 303) method = "GET";
    url = next;
  }
  throw new Error(`it redirects more than ${MAX_REDIRECTS} times, to ${shown(url)} in the end`);
}

function redirectedTo(location: string, from: URL): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (next === undefined || !/^https?:$/.test(next.protocol)) {
    throw new Error(`it redirects to ${JSON.stringify(location)}, which is not an HTTP URL`);
  }
  next.username = "";
  next.password = "";
  next.hash = "";
  return next;
}

/** Credentials are for one server only; an upgrade to TLS does not give them to another. */
const keepsCredentials = (from: URL, to: URL): boolean =>
  from.origin === to.origin || (from.hostname === to.hostname && to.protocol === "https:");

const shown = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

function once(
  method: "GET" | "POST" | "DELETE",
  url: URL,
  { headers, ca }: Pick<Endpoint, "headers" | "ca">,
  timeoutMs: number,
  body?: { type: string; text: string },
): Promise<IncomingMessage> {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(
    url,
    {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": body.type }) },
      signal: AbortSignal.timeout(timeoutMs),
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    },
    resolve,
  )
    .on("error", (error) => reject(explained(error, timeoutMs)))
    .end(body?.text);
  return promise;
}

const UNKNOWN_CA: readonly string[] = [
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
];

function explained(error: NodeJS.ErrnoException, timeoutMs: number): Error {
  if (error.name === "AbortError") return new Error(`no answer within ${timeoutMs / 1000} s`);
  if (!UNKNOWN_CA.includes(error.code ?? "")) return error;
  return new Error(`${reasonOf(error)}: name the file of its CA with --ca or NODE_EXTRA_CA_CERTS`);
}
