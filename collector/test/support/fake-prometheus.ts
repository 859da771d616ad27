import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A series of a fake Prometheus: its value at any time, or none. */
export type FakeSeries = {
  metric: Record<string, string>;
  at: (timeMs: number) => number | string | undefined;
};

export type FakeRequest = {
  method: string | undefined;
  headers: IncomingMessage["headers"];
  query: string;
  startMs: number;
  endMs: number;
  stepMs: number;
};

/** Answers `query_range` as Prometheus does, or as a test wants. */
export async function fakePrometheus() {
  const requests: FakeRequest[] = [];
  const fake = {
    url: "",
    requests,
    series: (_query: string): FakeSeries[] => [],
    /** More in an answer that succeeds. */
    more: {} as Record<string, unknown>,
    /** Answers a request; returns false to have it answered as usual. */
    answer: (_request: FakeRequest, _response: ServerResponse): boolean => false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const url = new URL(request.url ?? "", "http://fake");
    const form = request.method === "POST" ? new URLSearchParams(body) : url.searchParams;
    const asked: FakeRequest = {
      method: request.method,
      headers: request.headers,
      query: form.get("query") ?? "",
      startMs: Number(form.get("start")) * 1000,
      endMs: Number(form.get("end")) * 1000,
      stepMs: Number(form.get("step")) * 1000,
    };
    requests.push(asked);
    if (fake.answer(asked, response)) return;
    const result = fake.series(asked.query).flatMap(({ metric, at }) => {
      const values: [number, string][] = [];
      for (let timeMs = asked.startMs; timeMs <= asked.endMs; timeMs += asked.stepMs) {
        const value = at(Math.round(timeMs));
        if (value !== undefined) values.push([Math.round(timeMs) / 1000, String(value)]);
      }
      return values.length > 0 ? [{ metric, values }] : [];
    });
    const data = { resultType: "matrix", result };
    response.end(JSON.stringify({ status: "success", data, ...fake.more }));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fake;
}
