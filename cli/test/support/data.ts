import { normalFrom } from "@outliers/testing/random";

/** 2023-11-14T22:13:20Z, in s. */
export const START = 1_700_000_000;

/** Calm values with one spike, of 97 at position 400. */
export function calmWithSpike(length = 500, seed = 1): number[] {
  const normal = normalFrom(seed);
  return Array.from({ length }, (_, at) => (at === 400 ? 97 : 3 + normal() / 10));
}

/** CSV with Unix seconds as times. */
export const csvOf = (values: readonly (number | string)[], stepS = 1): string =>
  ["time,value", ...values.map((value, at) => `${START + at * stepS},${value}`), ""].join("\n");
