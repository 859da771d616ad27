import { readFile } from "node:fs/promises";
import type { Logger } from "@outliers/service/logger";
import { type Document, isMap, isNode } from "yaml";
import { z } from "zod";
import type { Clock } from "./clock.ts";
import {
  idOf,
  type Mark,
  markShape,
  NormalPeriodError,
  type NormalPeriods,
} from "./normal-periods.ts";
import { parseYaml, pathText } from "./yaml-places.ts";

const CHECK_MS = 5000;
const MAX_BYTES = 1024 * 1024;

const schema = z.strictObject({ normals: z.array(z.strictObject(markShape)).max(1000) });

/**
 * Reads a file of periods that were normal.
 * @throws with a line for every error, each with its place in the file
 */
export function parseNormals(text: string, name: string): Mark[] {
  const { document, at } = parseYaml(text, name);
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0)
    throw new Error(broken.map(({ pos, message }) => `${at(pos[0])}: ${message}`).join("\n"));
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data.normals;
  throw new Error(
    parsed.error.issues
      .map((issue) =>
        [at(offsetOf(document, issue)), pathText(issue.path), issue.message]
          .filter((part) => part !== "")
          .join(": "),
      )
      .join("\n"),
  );
}

/** Where the value that an issue is about begins, or the closest one around it. */
function offsetOf(document: Document.Parsed, issue: z.core.$ZodIssue): number {
  for (let length = issue.path.length; length > 0; length--) {
    const node = document.getIn(issue.path.slice(0, length), true);
    if (!isNode(node)) continue;
    const unknown = issue.code === "unrecognized_keys" && isMap(node) ? issue.keys[0] : undefined;
    const key = isMap(node) && node.items.find((pair) => String(pair.key) === unknown)?.key;
    return (isNode(key) ? key : node).range?.[0] ?? 0;
  }
  return document.contents?.range[0] ?? 0;
}

/**
 * The file NORMALS_FILE: what it lists counts as normal for as long as it does. It is read again when
 * it has changed; while it can't be used, what it listed before counts.
 */
export class NormalsFile {
  readonly #path: string;
  readonly #periods: NormalPeriods;
  readonly #logger: Logger;
  #text: string | undefined;
  #marks: readonly Mark[] = [];
  /** Whether the file could be used when it was last read. */
  isGood = true;

  private constructor(path: string, periods: NormalPeriods, logger: Logger) {
    this.#path = path;
    this.#periods = periods;
    this.#logger = logger;
  }

  /** @throws when it can't be used */
  static async open(path: string, periods: NormalPeriods, logger: Logger): Promise<NormalsFile> {
    const file = new NormalsFile(path, periods, logger);
    await file.#read();
    return file;
  }

  /** Follows the file until the signal aborts. */
  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await clock.sleep(CHECK_MS, signal);
      } catch {
        return;
      }
      try {
        await this.#read();
        this.isGood = true;
      } catch (error) {
        if (this.isGood)
          this.#logger.warn(
            { err: error },
            "NORMALS_FILE can't be used; what it listed before counts",
          );
        this.isGood = false;
      }
      // Every time: a period may be over now, and its series there.
      this.#apply();
    }
  }

  async #read(): Promise<void> {
    const text = await readFile(this.#path, "utf8");
    if (text === this.#text) return;
    if (text.length > MAX_BYTES) throw new Error(`${this.#path} has more than ${MAX_BYTES} bytes`);
    this.#marks = parseNormals(text, this.#path);
    this.#text = text;
  }

  #apply(): void {
    const listed = new Set(this.#marks.map(idOf));
    for (const { id, origin } of this.#periods.list)
      if (origin === "file" && !listed.has(id)) this.#periods.takeBack(id, "file");
    const known = new Map(this.#periods.list.map((period) => [period.id, period]));
    for (const mark of this.#marks) {
      const period = known.get(idOf(mark));
      if (period && period.problem === undefined) continue;
      try {
        this.#periods.mark(mark, "file");
      } catch (error) {
        if (!(error instanceof NormalPeriodError)) throw error;
        if (this.#periods.setProblem(mark, error.message))
          this.#logger.warn(
            { from: new Date(mark.from).toISOString(), by: mark.by, reason: error.message },
            "a period of NORMALS_FILE has not been learnt",
          );
      }
    }
  }
}
