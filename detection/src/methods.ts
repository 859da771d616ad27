import { adaptive } from "./adaptive.ts";
import { mad } from "./mad.ts";
import type { Judgement, Method, Options } from "./method.ts";
import { sigma } from "./sigma.ts";

/** Every detection method by its name: adding one is one file and one line here. */
export const methods = { adaptive, sigma, mad } as const satisfies Record<string, Method>;

/** The time between two values of a window that does not say it. */
export const DEFAULT_INTERVAL_MS = 1000;

export type MethodName = keyof typeof methods;

export const isMethodName = (name: string): name is MethodName => Object.hasOwn(methods, name);

export const methodNames: readonly MethodName[] = Object.keys(methods).filter(isMethodName);

/**
 * Judges a window by any method: one that learns starts anew, with the values an interval apart.
 * @param values a series in order of time, each value finite
 */
export function judgeWindow(method: Method, values: Float64Array, options: Options): Judgement {
  if ("judge" in method) return method.judge(values, options);
  const intervalMs = options.sampleIntervalMs || DEFAULT_INTERVAL_MS;
  const timesMs = Float64Array.from(values, (_, at) => at * intervalMs);
  return method.start(options).judge(timesMs, values);
}
