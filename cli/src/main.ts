#!/usr/bin/env -S node
import { run } from "./program.ts";

// Whoever reads our output may end first, as `head` does: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 2);
});
process.exitCode = await run(process.argv.slice(2), process, process.env);
