import { z } from "zod";
import type { Order } from "../input/order.ts";
import type { Batch } from "../sample.ts";
import { seriesIdentity } from "./identity.ts";

/** The series of a matrix; native histograms are not read. */
const matrix = z.array(
  z.object({
    metric: z.record(z.string(), z.string()),
    values: z.array(z.tuple([z.number(), z.string()])).default([]),
    histograms: z.array(z.unknown()).default([]),
  }),
);

const data = z.object({ resultType: z.literal("matrix"), result: matrix });

const failure = z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() });
const success = z.object({
  status: z.literal("success"),
  data,
  warnings: z.array(z.string()).default([]),
  /** VictoriaMetrics: not all of its storage nodes answered. */
  isPartial: z.boolean().default(false),
});

/**
 * What `/api/v1/query_range` answers.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
 */
export const rangeResponse = z.discriminatedUnion("status", [success, failure]);

/** The same in a file: whole, its `data`, or its `result` as `promtool query range -o json` prints it. */
export const savedResponse = z.union([
  rangeResponse,
  data.transform((saved) => ({ status: "success" as const, data: saved })),
  matrix.transform((result) => ({ status: "success" as const, data: { result } })),
]);

type Matrix = z.output<typeof matrix>;

/** The samples of each series in turn. */
export function* batchesOf(result: Matrix, order: Order): Generator<Batch> {
  for (const { metric, values, histograms } of result) {
    const { __name__: name = "", ...labels } = metric;
    const series = seriesIdentity(name, new Map(Object.entries(labels)));
    const batch: Batch = {
      samples: [],
      skipped: { withoutValue: histograms.length, outOfOrder: 0 },
    };
    for (const [at, [seconds, text]] of values.entries()) {
      const value = Number(text);
      const sample = { series, timeMs: Math.round(seconds * 1000), value };
      if (!Number.isFinite(value)) batch.skipped.withoutValue += 1;
      else if (order.accepts(sample, at + 1)) batch.samples.push(sample);
      else batch.skipped.outOfOrder += 1;
    }
    yield batch;
  }
}
