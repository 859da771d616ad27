import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ConfigError } from "@outliers/service/env";
import { type Document, isMap, isPair, isScalar, isSeq, type Node, type Scalar } from "yaml";
import type { z } from "zod";
import { offsetInScalar, parseYaml, pathText } from "../../yaml-places.ts";
import { syntaxErrorOf } from "./promql.ts";
import { type HttpConfig, type PresetName, type Query, queriesSchema } from "./queries-schema.ts";

/** Where the queries are evaluated. */
export type Connection = { url: string; http: HttpConfig };

/** What `queries.yml` asks for; without queries there may be no connection. */
export type Queries = {
  connection: Connection | undefined;
  queries: readonly Query[];
  /** The presets whose queries are watched too. */
  presets: readonly PresetName[];
  /**
   * What is no PromQL: no reason to refuse a file, as a server may know more than we do, but one not
   * to give up queries that work for it.
   */
  syntaxErrors: readonly PromqlError[];
};

/** An expression that is no PromQL, and where and why. */
type PromqlError = { expr: string; message: string };

const MAX_SHOWN = 80;
const SECRETS: readonly PropertyKey[] = ["password", "credentials", "secrets", "headers"];

/** Reads and parses a file. @throws ConfigError */
export function readQueries(file: string): Queries {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`invalid configuration:\n  QUERIES_FILE=${file}: ${reason}`);
  }
  return parseQueries(text, file);
}

/**
 * Parses the content of a file. Paths in it are relative to its folder, as in Prometheus' own.
 * @throws ConfigError that has every error with its line and column, what was given and what is allowed
 */
export function parseQueries(text: string, file: string): Queries {
  const { document, at } = parseYaml(text, file);
  const syntax = document.errors.map(({ pos: [start], message }) => `${at(start)}: ${message}`);
  if (syntax.length > 0) throw invalid(syntax);
  let content: unknown;
  try {
    // Bounds what aliases of aliases expand to.
    content = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw invalid([`${file}: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const syntaxErrors = promqlErrors(document, text);
  const textOf = ({ offset, path, given, message }: Located): string =>
    [at(offset), ...(path.length > 0 ? [pathText(path)] : []), `${given}${message}`].join(": ");
  const parsed = queriesSchema.safeParse(content);
  if (!parsed.success) {
    const errors = parsed.error.issues.flatMap((issue) => errorsOf(issue, content));
    const located = errors.map((error) => ({ ...error, offset: offsetOf(document, error.path) }));
    const inOrder = [...located, ...syntaxErrors].toSorted((a, b) => a.offset - b.offset);
    throw invalid(inOrder.map(textOf));
  }
  const { url, http_config, queries, presets } = parsed.data;
  const http = withAbsolutePaths(http_config, dirname(file));
  return {
    connection: url === undefined ? undefined : { url, http },
    queries,
    presets,
    syntaxErrors: syntaxErrors.map((error) => ({ expr: error.expr, message: textOf(error) })),
  };
}

/** An error at an offset in the file. */
type Located = { offset: number; path: readonly PropertyKey[]; given: string; message: string };

/** What is no PromQL in the expressions of a file. */
function promqlErrors(document: Document.Parsed, text: string): (Located & { expr: string })[] {
  const queries = document.get("queries", true);
  if (document.get("syntax") === "any" || !isSeq(queries)) return [];
  return queries.items.flatMap((query, index) => {
    const expr = isMap(query) ? query.get("expr", true) : undefined;
    if (!isText(expr) || expr.value.trim() === "") return [];
    const error = syntaxErrorOf(expr.value);
    if (!error) return [];
    const offset = offsetInScalar(text, expr, error.offset);
    const path = ["queries", index, "expr"];
    return [{ expr: expr.value.trim(), offset, path, given: "", message: error.message }];
  });
}

const isText = (node: unknown): node is Scalar<string> =>
  isScalar(node) && typeof node.value === "string";

const invalid = (errors: readonly string[]): ConfigError =>
  new ConfigError(`invalid queries:\n${errors.map((error) => `  ${error}`).join("\n")}`);

/** An unknown field is an error where it is written, one for each. */
function errorsOf(issue: z.core.$ZodIssue, content: unknown) {
  const { message } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...issue.path, key], given: "", message }));
  }
  const isSecret = issue.path.some((key) => SECRETS.includes(key));
  const given = valueAt(content, issue.path);
  return [{ path: issue.path, given: isSecret ? "" : shown(given), message }];
}

function shown(given: unknown): string {
  if (given === undefined) return "missing, ";
  // What is wrong with a mapping as a whole is said by the message.
  if (typeof given === "object" && given !== null) return "";
  return `${JSON.stringify(given).slice(0, MAX_SHOWN)}: `;
}

const valueAt = (content: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined,
    content,
  );

/** Where a field is written: its key, or what is nearest to a field that is missing. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const found = nodeAt(document, path.slice(0, length));
    if (found?.range) return found.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function nodeAt(document: Document.Parsed, path: readonly PropertyKey[]): Node | undefined {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  const key = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
    return isPair(pair) && isScalar(pair.key) ? pair.key : undefined;
  }
  const node = document.getIn(path, true);
  return isScalar(node) || isMap(node) ? node : undefined;
}

function withAbsolutePaths(http: HttpConfig, folder: string): HttpConfig {
  const absolute = (path: string): string => resolve(folder, path);
  const { basic_auth, authorization, tls_config, http_headers } = http;
  return {
    ...http,
    ...(basic_auth?.password_file && {
      basic_auth: { ...basic_auth, password_file: absolute(basic_auth.password_file) },
    }),
    ...(authorization?.credentials_file && {
      authorization: {
        ...authorization,
        credentials_file: absolute(authorization.credentials_file),
      },
    }),
    ...(tls_config && {
      tls_config: {
        ...tls_config,
        ...(tls_config.ca_file && { ca_file: absolute(tls_config.ca_file) }),
        ...(tls_config.cert_file && { cert_file: absolute(tls_config.cert_file) }),
        ...(tls_config.key_file && { key_file: absolute(tls_config.key_file) }),
      },
    }),
    ...(http_headers && {
      http_headers: Object.fromEntries(
        Object.entries(http_headers).map(([name, header]) => [
          name,
          { ...header, ...(header.files && { files: header.files.map(absolute) }) },
        ]),
      ),
    }),
  };
}
