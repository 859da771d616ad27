// Burns a share of one core in slices of 50 ms: node bench/cpu/burn.ts SECONDS PERCENT
const SLICE_MS = 50;
const [seconds = 1, percent = 100] = process.argv.slice(2).map(Number);
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const endMs = performance.now() + seconds * 1000;

while (performance.now() < endMs) {
  const startMs = performance.now();
  while (performance.now() - startMs < (SLICE_MS * percent) / 100);
  const restMs = SLICE_MS - (performance.now() - startMs);
  if (restMs > 0) Atomics.wait(sleeper, 0, 0, restMs);
}
