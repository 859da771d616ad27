import { z } from "zod";

/** A load of known length and level, put on the host at a known time. */
export const load = z.object({
  /** Samples after the start of the record. */
  at: z.number(),
  seconds: z.number(),
  cores: z.number(),
  /** The share of each of these cores that is burnt, in percent. */
  percent: z.number(),
});

export type Load = z.output<typeof load>;

/** Lengths of 2 to 30 s, on one core or on all, at several levels. */
const shapes: readonly { seconds: number; on: "one" | "all"; percent: number }[] = [
  { seconds: 3, on: "one", percent: 100 },
  { seconds: 10, on: "all", percent: 100 },
  { seconds: 5, on: "one", percent: 60 },
  { seconds: 2, on: "all", percent: 100 },
  { seconds: 30, on: "one", percent: 80 },
  { seconds: 4, on: "all", percent: 70 },
  { seconds: 8, on: "one", percent: 100 },
  { seconds: 15, on: "all", percent: 50 },
  { seconds: 3, on: "all", percent: 100 },
];

/** The shapes one after another, `spacingSeconds` from start to start. */
export function schedule(firstAt: number, spacingSeconds: number, cores: number): Load[] {
  return shapes.map(({ seconds, on, percent }, index) => ({
    at: firstAt + index * spacingSeconds,
    seconds,
    cores: on === "one" ? 1 : cores,
    percent,
  }));
}
