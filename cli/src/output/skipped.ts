import type { Skipped } from "../sample.ts";
import { count } from "./number.ts";

/** What was skipped and why, a text for each reason. */
export const skippedTexts = ({ withoutValue, outOfOrder }: Skipped): string[] => [
  ...(withoutValue > 0 ? [`${count(withoutValue, "row")} without a value skipped`] : []),
  ...(outOfOrder > 0
    ? [`${count(outOfOrder, "row")} skipped because the time is not after that of the row before`]
    : []),
];

/** How many series are too short for a verdict, if any is. */
export const warmingUpTexts = (warmingUp: number, series: number): string[] =>
  warmingUp === 0 ? [] : [`no verdict yet on ${warmingUp} of ${series} series: still warming up`];
