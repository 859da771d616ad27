import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { hostName, type Simulated } from "./fleet.ts";

/** Answers `query_range` for a metric of simulated hosts as Prometheus does. */
export async function startPrometheus({ values, timeOf, stepAt }: Simulated) {
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const [from, to] = ["start", "end"].map((field) => stepAt(1000 * Number(form.get(field))));
    const [, hosts = []] = [...values].find(([metric]) => metric === form.get("query")) ?? [];
    const result = hosts.flatMap((ofHost, host) => {
      const pairs: [number, string][] = [];
      for (let step = Math.max(0, from ?? 0); step <= (to ?? 0); step++) {
        const value = ofHost[step] ?? Number.NaN;
        if (!Number.isNaN(value)) pairs.push([timeOf(step) / 1000, String(value)]);
      }
      return pairs.length > 0 ? [{ metric: { instance: hostName(host) }, values: pairs }] : [];
    });
    response.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
