import type { Io } from "../io.ts";

/** Colours are for terminals, and for those who have not asked for none. @see https://no-color.org */
export const isColoured = ({ stdout }: Io, env: NodeJS.ProcessEnv): boolean =>
  stdout.isTTY === true && !env.NO_COLOR;
