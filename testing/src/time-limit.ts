// Imported before each test file: what a failed test leaves running must not keep the others waiting.
const LIMIT_MS = 15 * 60_000;

if (process.env.NODE_TEST_CONTEXT !== undefined) {
  setTimeout(() => {
    process.stderr.write(`ended after ${LIMIT_MS / 60_000} minutes: something still runs\n`);
    process.exit(1);
  }, LIMIT_MS).unref();
}
