import { createLogger } from "@outliers/service/logger";
import { NormalPeriods } from "../../src/normal-periods.ts";
import type { Series } from "../../src/series.ts";

/** Nothing is marked as normal yet. */
export const testNormals = (series: () => readonly Series[] = () => []) =>
  new NormalPeriods({
    series,
    outliersOf: () => [],
    now: Date.now,
    logger: createLogger("test", "silent"),
    onEdit() {},
  });
