import { readdir, readFile } from "node:fs/promises";

/** A file of this workspace as text. */
export const read = (path: string): Promise<string> =>
  readFile(new URL(`../${path}`, import.meta.url), "utf8");

/** The files of a folder of this workspace. */
export const names = (folder: string): Promise<string[]> =>
  readdir(new URL(`../${folder}/`, import.meta.url));
