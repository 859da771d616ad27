/**
 * Pairwise sum, in exactly the order of operations of `numpy.sum` on contiguous float64: eight
 * accumulators in blocks of up to 128, halves above. The rounding error grows with log n, and a
 * result equals NumPy's to the last bit.
 * @see https://github.com/numpy/numpy/blob/main/numpy/_core/src/umath/loops_utils.h.src
 */
export function sum(values: Float64Array): number {
  return pairwise(values, 0, values.length);
}

const BLOCK = 128;

function pairwise(values: Float64Array, start: number, count: number): number {
  if (count > BLOCK) {
    const half = Math.floor(count / 2);
    const left = half - (half % 8);
    return pairwise(values, start, left) + pairwise(values, start + left, count - left);
  }
  const at = (index: number): number => values[start + index] ?? 0;
  if (count < 8) {
    let total = 0;
    for (let i = 0; i < count; i++) total += at(i);
    return total;
  }
  let [r0, r1, r2, r3, r4, r5, r6, r7] = [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
  const aligned = count - (count % 8);
  for (let i = 8; i < aligned; i += 8) {
    r0 += at(i);
    r1 += at(i + 1);
    r2 += at(i + 2);
    r3 += at(i + 3);
    r4 += at(i + 4);
    r5 += at(i + 5);
    r6 += at(i + 6);
    r7 += at(i + 7);
  }
  let total = r0 + r1 + (r2 + r3) + (r4 + r5 + (r6 + r7));
  for (let i = aligned; i < count; i++) total += at(i);
  return total;
}
