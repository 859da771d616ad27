import { readFileSync } from "node:fs";
import { validateHeaderName, validateHeaderValue } from "node:http";
import { createSecureContext } from "node:tls";
import {
  choice,
  duration,
  httpUrl,
  integer,
  optional,
  pairs,
  type SettingMeta,
  text,
} from "@outliers/service/env";
import { parseCertificates } from "@outliers/service/pem";
import { z } from "zod";
import type { RemoteWriteOptions } from "./remote-write.ts";

const WRITE_VERSIONS = ["1.0", "2.0"] as const;
export type WriteVersion = (typeof WRITE_VERSIONS)[number];

const isLabelName = (name: string): boolean =>
  /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && !name.startsWith("__") && name !== "series";

/** What the protocol itself sets. */
const RESERVED = /^(content-.*|user-agent|host|connection|transfer-encoding|x-prometheus-.*)$/i;

const file = (allowed: string) =>
  z
    .string()
    .trim()
    .optional()
    .meta({ default: "", allowed: `the path of a file with ${allowed}` } satisfies SettingMeta);

/** The settings of remote write, for the schema of the collector. */
export const remoteWriteVariables = {
  REMOTE_WRITE_URL: httpUrl().describe(
    "Where to write samples and verdicts with Prometheus' remote write (docs/remote-write.md). If empty: nowhere.",
  ),
  REMOTE_WRITE_VERSION: choice("1.0", WRITE_VERSIONS).describe(
    "The version of the remote-write protocol. Receivers that don't take 2.0 get 1.0.",
  ),
  REMOTE_WRITE_EXTERNAL_LABELS: optional(
    pairs("", isLabelName, "instance=web-1,env=prod"),
  ).describe(
    "Labels to add to what is written, unless the series has them. job is outliers and instance the host's name if they are not among them.",
  ),
  REMOTE_WRITE_TIMEOUT: duration("30s", "100ms", "10m").describe(
    "How long the receiver may take to answer a request.",
  ),
  REMOTE_WRITE_QUEUE: integer(100_000, 1000, 10_000_000).describe(
    "How many samples with their verdicts may wait in memory, 64 bytes each. When it is full, the oldest are dropped.",
  ),
  REMOTE_WRITE_USERNAME: optional(text("", "a user name")).describe(
    "The user name for basic authentication.",
  ),
  REMOTE_WRITE_PASSWORD_FILE: file("the password of REMOTE_WRITE_USERNAME").describe(
    "The password for basic authentication. It is read again for every request, as are the other files.",
  ),
  REMOTE_WRITE_BEARER_TOKEN_FILE: file("a bearer token").describe(
    "The token to authenticate with instead of a user name.",
  ),
  REMOTE_WRITE_HEADERS: optional(
    pairs("", isPublicHeader, "X-Scope-OrgID=team-a,X-Env=prod"),
  ).describe(
    "Headers to send, such as the tenant; not Authorization, which is secret, and none that the protocol sets.",
  ),
  REMOTE_WRITE_HEADERS_FILE: file("a header a line, such as X-Api-Key: 4711").describe(
    "Headers to send that are secret, such as an API key.",
  ),
  REMOTE_WRITE_CA_FILE: file("CA certificates in PEM format").describe(
    "The CAs that the receiver's certificate is verified against. If empty: those that Node trusts.",
  ),
};

const schema = z.object(remoteWriteVariables);
type Settings = z.output<typeof schema>;

/** For a schema's `superRefine`: reports files that can't be used, and settings that don't fit. */
export function checkRemoteWrite(
  settings: Settings,
  context: z.core.$RefinementCtx<Settings>,
): void {
  const report = (name: keyof Settings, message: string): void =>
    context.addIssue({ code: "custom", path: [name], message });
  const url = URL.parse(settings.REMOTE_WRITE_URL ?? "");
  if (url?.username || url?.password)
    report(
      "REMOTE_WRITE_URL",
      "expected a URL without a password: use REMOTE_WRITE_USERNAME and REMOTE_WRITE_PASSWORD_FILE",
    );
  const {
    REMOTE_WRITE_USERNAME: username,
    REMOTE_WRITE_PASSWORD_FILE: passwordFile,
    REMOTE_WRITE_BEARER_TOKEN_FILE: tokenFile,
  } = settings;
  if (username !== undefined && passwordFile === undefined)
    report(
      "REMOTE_WRITE_PASSWORD_FILE",
      "expected the path of a file with the password, as REMOTE_WRITE_USERNAME is set",
    );
  if (username === undefined && passwordFile !== undefined)
    report("REMOTE_WRITE_USERNAME", "expected a user name, as REMOTE_WRITE_PASSWORD_FILE is set");
  if (username !== undefined && tokenFile !== undefined)
    report(
      "REMOTE_WRITE_BEARER_TOKEN_FILE",
      "expected either a bearer token or a user name, as only one of them can be sent",
    );
  const checks: [keyof Settings, string | undefined, (text: string) => void][] = [
    ["REMOTE_WRITE_PASSWORD_FILE", passwordFile, rejectEmpty],
    ["REMOTE_WRITE_BEARER_TOKEN_FILE", tokenFile, checkToken],
    ["REMOTE_WRITE_HEADERS_FILE", settings.REMOTE_WRITE_HEADERS_FILE, readHeaders],
    ["REMOTE_WRITE_CA_FILE", settings.REMOTE_WRITE_CA_FILE, checkCertificates],
  ];
  for (const [name, path, check] of checks) {
    if (path === undefined) continue;
    try {
      check(readFileSync(path, "utf8"));
    } catch (error) {
      const { allowed } = remoteWriteVariables[name].meta() ?? {};
      const reason = error instanceof Error ? error.message : String(error);
      report(name, `expected ${String(allowed)} (${reason})`);
    }
  }
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return !RESERVED.test(name);
  } catch {
    return false;
  }
}

function isPublicHeader(name: string, value: string): boolean {
  return isHeader(name, value) && name.toLowerCase() !== "authorization";
}

/**
 * The headers of a file: one a line, as in HTTP. The messages don't repeat what is secret.
 * @throws if a line isn't a header
 */
export function readHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const [name = "", ...rest] = line.split(":");
    const value = rest.join(":").trim();
    if (rest.length === 0 || !isHeader(name.trim(), value))
      throw new Error(`line ${at + 1} is not a header that may be set`);
    headers[name.trim()] = value;
  }
  return headers;
}

function rejectEmpty(text: string): void {
  if (text.trim() === "") throw new Error("it is empty");
}

function checkToken(text: string): void {
  rejectEmpty(text);
  if (!/^[\x21-\x7e]+$/.test(text.trim())) throw new Error("it is not a single word");
}

function checkCertificates(text: string): void {
  parseCertificates(Buffer.from(text));
  createSecureContext({ ca: text });
}

/**
 * The settings as options; undefined when remote write is off.
 * @param hostName the label `instance`, unless the settings have another
 */
export function remoteWriteOptions(
  settings: Settings,
  hostName: string,
): RemoteWriteOptions | undefined {
  const { REMOTE_WRITE_URL: url, REMOTE_WRITE_USERNAME: username } = settings;
  if (url === undefined) return undefined;
  const passwordFile = settings.REMOTE_WRITE_PASSWORD_FILE;
  return {
    version: settings.REMOTE_WRITE_VERSION,
    externalLabels: {
      job: "outliers",
      instance: hostName,
      ...settings.REMOTE_WRITE_EXTERNAL_LABELS,
    },
    queue: settings.REMOTE_WRITE_QUEUE,
    receiver: {
      url,
      timeoutMs: settings.REMOTE_WRITE_TIMEOUT,
      headers: settings.REMOTE_WRITE_HEADERS ?? {},
      headersFile: settings.REMOTE_WRITE_HEADERS_FILE,
      basicAuth:
        username === undefined || passwordFile === undefined
          ? undefined
          : { username, passwordFile },
      bearerTokenFile: settings.REMOTE_WRITE_BEARER_TOKEN_FILE,
      caFile: settings.REMOTE_WRITE_CA_FILE,
    },
  };
}
