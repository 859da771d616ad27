import { readFileSync } from "node:fs";
import { z } from "zod";

// JSON has no NaN and no infinities: they stand as JavaScript's strings.
const number = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);
const verdicts = z.array(z.object({ threshold: z.number(), outliers: z.array(z.number()) }));
const formula = z.object({ seed: z.number(), count: z.number() });

const sigmaSchema = z.object({
  vectors: z.array(
    z.object({
      name: z.string(),
      values: z.array(z.number()).optional(),
      formula: formula.optional(),
      mean: number,
      std: number,
      verdicts,
    }),
  ),
});

const madSchema = z.object({
  vectors: z.array(
    z.object({ name: z.string(), values: z.array(z.number()), median: z.number(), verdicts }),
  ),
});

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));

/** The formula of make_sigma.py: the same operations in the same order, so the same bits. */
function generate({ seed, count }: z.output<typeof formula>): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, (_, at) => {
    let total = 0;
    for (let i = 0; i < 3; i++) {
      state = (state * 1664525 + 1013904223) % 2 ** 32;
      total += state / 2 ** 32;
    }
    return at % 997 === 500 ? total * 1000 : total;
  });
}

/** Windows with NumPy's mean, standard deviation and outliers: see vectors/make_sigma.py. */
export const sigmaVectors = sigmaSchema
  .parse(read("sigma.json"))
  .vectors.map(({ values, formula, ...rest }) => ({
    ...rest,
    values: formula ? generate(formula) : Float64Array.from(values ?? []),
  }));

/** Windows with SciPy's median and the outliers by its MAD: see vectors/make_mad.py. */
export const madVectors = madSchema
  .parse(read("mad.json"))
  .vectors.map(({ values, ...rest }) => ({ ...rest, values: Float64Array.from(values) }));
