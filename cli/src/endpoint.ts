import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { InputError, reasonOf } from "./errors.ts";
import type { Endpoint } from "./http.ts";

/** How a server is told who asks. */
export type Credentials = {
  user?: string;
  bearerToken?: string;
  header: readonly string[];
  ca?: string;
};

/**
 * A server by its URL; http where the text names no scheme. A name and a password in the URL become
 * a header: they are sent, and never shown.
 * @param what the option that gives the URL, for errors
 * @throws InputError that doesn't show the password
 */
export function parseEndpoint(what: string, given: string): Endpoint {
  const withScheme = given.includes("://") ? given : `http://${given}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const shown = JSON.stringify(given.replace(/^(.*?:\/\/)?.*@/s, "$1***@"));
    throw new InputError(`${what} ${shown}: expected a URL such as http://localhost:9090`);
  }
  const { username, password, origin, pathname } = url;
  const isOpen = username === "" && password === "";
  return {
    url: `${origin}${pathname}`.replace(/\/+$/, ""),
    headers: isOpen ? {} : { authorization: basic(decoded(username), decoded(password)) },
  };
}

/**
 * The server with the credentials of options; without them, those of its URL; without those, those
 * of the environment.
 * @throws InputError that quotes no secret
 */
export function withCredentials(
  endpoint: Endpoint,
  { user, bearerToken, header, ca }: Credentials,
  env: NodeJS.ProcessEnv,
): Endpoint {
  if (user !== undefined && bearerToken !== undefined) {
    throw new InputError("give either --user or --bearer-token");
  }
  const authorization =
    authorizationOf(user, bearerToken) ??
    endpoint.headers.authorization ??
    authorizationOf(env.PROMETHEUS_USER || undefined, env.PROMETHEUS_BEARER_TOKEN || undefined);
  return {
    ...endpoint,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...Object.fromEntries(header.map(headerOf)),
    },
    ca: ca === undefined ? undefined : readCa(ca),
  };
}

function authorizationOf(user: string | undefined, token: string | undefined): string | undefined {
  if (user !== undefined) return basic(...accountOf(user));
  return token === undefined ? undefined : checked("the bearer token", `Bearer ${token.trim()}`);
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

function accountOf(text: string): [user: string, password: string] {
  const at = text.indexOf(":");
  if (at === -1) throw new InputError("--user: expected a name and a password, as name:password");
  return [text.slice(0, at), text.slice(at + 1)];
}

function headerOf(text: string): [name: string, value: string] {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*?)\s*$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InputError("--header: expected a name and a value, such as 'X-Scope-OrgID: team'");
  }
  return [name.toLowerCase(), checked("--header", value)];
}

/** A value of a header holds no control characters, nor anything outside Latin-1. */
function checked(option: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new InputError(`${option}: it holds a character that no HTTP header can hold`);
}

/** A URL may hold a % that is no escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readCa(file: string): string {
  try {
    const pem = readFileSync(file, "utf8");
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new InputError(
      `--ca ${file}: expected the path of a PEM file of certificates (${reasonOf(error)})`,
    );
  }
}
