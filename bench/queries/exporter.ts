// Exports synthetic series, a target for each thousand: node exporter.ts SERIES. Prints its port.
import { createServer } from "node:http";
import { METRIC, SERIES_PER_TARGET, TARGETS_PATH, valueAt } from "./series.ts";

const series = Number(process.argv[2]);

function metricsOf(target: number): string {
  const seconds = Date.now() / 1000;
  let text = "";
  const end = Math.min(series, (target + 1) * SERIES_PER_TARGET);
  for (let n = target * SERIES_PER_TARGET; n < end; n++)
    text += `${METRIC}{n="${n}"} ${valueAt(n, seconds)}\n`;
  return text;
}

const server = createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
  response.end(metricsOf(Number(request.url?.slice(TARGETS_PATH.length))));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) process.stdout.write(`${address.port}\n`);
});
process.once("SIGTERM", () => process.exit());
