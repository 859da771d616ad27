import type { Io } from "../io.ts";

/** Colours are for terminals, unless NO_COLOR is set. @see https://no-color.org */
export const isColoured = ({ stdout }: Io, env: NodeJS.ProcessEnv): boolean =>
  stdout.isTTY === true && !env.NO_COLOR;

/** How wide lines may be: a pipe has no width of its own. */
export const widthOf = ({ stdout }: Io): number => stdout.columns ?? 80;
