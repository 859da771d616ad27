import fc from "fast-check";

const toWindow = (values: number[]): Float64Array => Float64Array.from(values);

/** Any window that a request may hold. */
export const anyWindow = fc
  .array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 300 })
  .map(toWindow);

/**
 * Windows whose mean and squared deviations are exact in doubles: small integers, 2^n of them.
 * Only for these do the laws of real numbers hold to the last bit.
 */
export const exactWindow = fc
  .constantFrom(1, 2, 4, 8, 16, 32, 64, 256)
  .chain((length) =>
    fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: length, maxLength: length }),
  )
  .map(toWindow);

/** A window and a permutation: `order[i]` is where position i of the permuted one comes from. */
export const permutedWindow = exactWindow.chain((window) =>
  fc
    .shuffledSubarray([...window.keys()], { minLength: window.length })
    .map((order) => ({ window, order })),
);

export const threshold = fc.double({ min: 0.01, max: 100, noNaN: true });
