import { ANY_TIME, damaged, type Fields } from "./checkpoint.ts";
import { distanceTo, noRanges, type Ranges, rangesFields } from "./ranges.ts";

/** So many stretches of a series may be normal by what somebody said. */
export const MAX_NORMALS = 8;
const MAX_ID_LENGTH = 64;

/** A stretch that somebody has called normal. */
export type Normal = { id: string; fromMs: number; toMs: number };
export type LearntNormal = Normal & {
  /** What it reached beyond what was known. */
  ranges: Ranges;
  /** The longest run of equal values. */
  run: number;
};

/** What was called normal, until it is taken back. */
export class Normals {
  #list: LearntNormal[] = [];

  get list(): readonly Normal[] {
    return this.#list.map(({ id, fromMs, toMs }) => ({ id, fromMs, toMs }));
  }

  /** @throws {RangeError} when there are too many, or the id is too long */
  add(normal: LearntNormal): void {
    const others = this.#list.filter(({ id }) => id !== normal.id);
    if (others.length >= MAX_NORMALS)
      throw new RangeError(`a series keeps at most ${MAX_NORMALS} normals: take one back first`);
    if (normal.id.length === 0 || normal.id.length > MAX_ID_LENGTH)
      throw new RangeError(`the id of a normal has 1 to ${MAX_ID_LENGTH} characters`);
    this.#list = [...others, normal];
  }

  /** @returns whether there was such a one */
  remove(id: string): boolean {
    const before = this.#list.length;
    this.#list = this.#list.filter((normal) => normal.id !== id);
    return this.#list.length < before;
  }

  /** The distance to the nearest; Infinity when there is none. */
  distance(view: number, value: number): number {
    let nearest = Number.POSITIVE_INFINITY;
    for (const { ranges } of this.#list)
      nearest = Math.min(nearest, distanceTo(ranges, view, value));
    return nearest;
  }

  get longestRun(): number {
    let longest = 0;
    for (const { run } of this.#list) longest = Math.max(longest, run);
    return longest;
  }

  fields(fields: Fields): void {
    const size = fields.integer(this.#list.length, MAX_NORMALS);
    this.#list = Array.from({ length: size }, (_, at) => {
      const normal = this.#list[at] ?? { id: "", fromMs: 0, toMs: 0, ranges: noRanges(), run: 0 };
      const { ranges } = normal;
      const id = fields.text(normal.id, MAX_ID_LENGTH);
      const fromMs = fields.number(normal.fromMs, ANY_TIME);
      const toMs = fields.number(normal.toMs, ANY_TIME);
      const run = fields.integer(normal.run, Number.MAX_SAFE_INTEGER);
      rangesFields(fields, ranges);
      return { id, fromMs, toMs, ranges, run };
    });
    if (new Set(this.#list.map(({ id }) => id)).size < size) throw damaged("an id comes twice");
  }
}
