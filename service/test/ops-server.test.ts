import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { Counter, Registry } from "prom-client";
import { type Handler, type Readiness, startOpsServer } from "../src/ops-server.ts";

const READY = { ready: true, reason: "ok" };

/** An ops server on a free port; `state` holds its readiness. */
async function start(registry = new Registry()) {
  const state: { readiness: Readiness } = { readiness: READY };
  const address = { host: "127.0.0.1", port: 0 };
  const server = await startOpsServer(address, registry, () => state.readiness);
  const get = async (path: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  return { ...server, state, get, [Symbol.asyncDispose]: () => server.close() };
}

/** The first line of the answer to a raw HTTP/1 request. */
async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  socket.write(request);
  await once(socket, "close");
  return answer.split("\r\n")[0] ?? "";
}

test("/metrics returns the registry in Prometheus' text format", async () => {
  const registry = new Registry();
  new Counter({ name: "a_total", help: "A.", registers: [registry] }).inc(2);
  await using server = await start(registry);
  const { status, headers, body } = await server.get("/metrics?name=a");
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(body, "# HELP a_total A.\n# TYPE a_total counter\na_total 2\n");
});

test("a metric that can't be collected is a 500 with the reason, and the next request is served", async () => {
  const registry = new Registry();
  new Counter({
    name: "a_total",
    help: "A.",
    registers: [registry],
    collect: () => Promise.reject(new Error("no data")),
  });
  await using server = await start(registry);
  const { status, body } = await server.get("/metrics");
  assert.equal(status, 500);
  assert.match(body, /no data/);
  assert.equal((await server.get("/healthz")).status, 200);
});

test("/healthz reports that the process runs, ready or not", async () => {
  await using server = await start();
  server.state.readiness = { ready: false, reason: "no detector" };
  assert.equal((await server.get("/healthz")).status, 200);
});

test("/readyz reports readiness, with the reason", async () => {
  await using server = await start();
  const ready = await server.get("/readyz");
  assert.deepEqual([ready.status, ready.body], [200, "ok\n"]);
  server.state.readiness = { ready: false, reason: "no detector" };
  const unready = await server.get("/readyz");
  assert.deepEqual([unready.status, unready.body], [503, "no detector\n"]);
});

test("/ lists the paths, and so does the 404 of any other path", async () => {
  await using server = await start();
  assert.deepEqual((await server.get("/")).body.split("\n"), [
    "/metrics",
    "/healthz",
    "/readyz",
    "",
  ]);
  const { status, body } = await server.get("/metrics/");
  assert.equal(status, 404);
  assert.match(body, /\/metrics, \/healthz, \/readyz/);
});

test("further routes are served, and may replace the list at /", async () => {
  const routes = new Map<string, Handler>([
    ["/", (_, response) => response.end("a page")],
    ["/more", (request, response) => response.end(request.url)],
  ]);
  const address = { host: "127.0.0.1", port: 0 };
  const server = await startOpsServer(address, new Registry(), () => READY, routes);
  const get = async (path: string, method = "GET") =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  assert.equal(await (await get("/")).text(), "a page");
  assert.equal(await (await get("/more?than=that")).text(), "/more?than=that");
  assert.equal(await (await get("/healthz")).text(), "ok\n");
  assert.equal((await get("/more/")).status, 404);
  assert.equal((await get("/more", "POST")).status, 405);
  await server.close();
});

test("HEAD returns only headers", async () => {
  await using server = await start();
  const { status, body } = await server.get("/healthz", "HEAD");
  assert.deepEqual([status, body], [200, ""]);
});

for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
  test(`${method} is a 405 that lists the allowed methods`, async () => {
    await using server = await start();
    const { status, headers } = await server.get("/metrics", method);
    assert.deepEqual([status, headers.get("allow")], [405, "GET, HEAD"]);
  });
}

describe("an unusual request target does no harm", () => {
  for (const target of ["//", "http://", "///metrics", "*", "/%", "http://[", "/\\"]) {
    test(target, async () => {
      await using server = await start();
      const line = await raw(
        server.port,
        `GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
      );
      assert.match(line, /^HTTP\/1\.1 (200|400|404) /);
      assert.equal((await server.get("/healthz")).status, 200);
    });
  }
});

test("anything but HTTP is a 400", async () => {
  await using server = await start();
  assert.match(await raw(server.port, "\u0000\u0001 garbage\r\n\r\n"), /^HTTP\/1\.1 400 /);
});

test("close ends open connections and frees the port", async () => {
  const server = await start();
  const idle = connect(server.port, "127.0.0.1");
  await once(idle, "connect");
  const gone = once(idle, "close");
  idle.resume();
  await server.close();
  await gone;
  const address = { host: "127.0.0.1", port: server.port };
  const again = await startOpsServer(address, new Registry(), () => READY);
  await again.close();
});

test("an address in use is an error that names it", async () => {
  await using server = await start();
  const address = { host: "127.0.0.1", port: server.port };
  await assert.rejects(
    startOpsServer(address, new Registry(), () => READY),
    new RegExp(`EADDRINUSE.*127\\.0\\.0\\.1:${server.port}`),
  );
});

for (const host of ["", "::1"]) {
  test(`it listens on ${JSON.stringify(host)}`, async () => {
    const server = await startOpsServer({ host, port: 0 }, new Registry(), () => READY);
    const name = host === "" ? "127.0.0.1" : `[${host}]`;
    assert.equal((await fetch(`http://${name}:${server.port}/healthz`)).status, 200);
    await server.close();
  });
}

test("scrapes at about the same time share one rendering", async () => {
  const registry = new Registry();
  let renderings = 0;
  new Counter({
    name: "a_total",
    help: "A.",
    registers: [registry],
    async collect() {
      renderings++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    },
  });
  await using server = await start(registry);
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.get("/metrics")));
    assert.ok(answers.every(({ status, body }) => status === 200 && body.includes("a_total 0")));
  }
  assert.ok(renderings <= 2, `${renderings} renderings for 60 scrapes`);
});

test("a scrape gets through despite a thousand idle connections", async () => {
  await using server = await start();
  const silent: Socket[] = [];
  const closed: Promise<unknown>[] = [];
  for (let at = 0; at < 1000; at++) {
    const socket = connect(server.port, "127.0.0.1").on("error", () => {});
    closed.push(once(socket, "close"));
    socket.resume();
    silent.push(socket);
    await once(socket, "connect");
  }
  assert.equal((await server.get("/healthz")).status, 200);
  // The oldest was closed.
  await Promise.all(closed.slice(0, 400));
  for (const socket of silent) socket.destroy();
});

test("a request that never ends times out", async () => {
  await using server = await start();
  assert.match(await raw(server.port, "GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: "), /408/);
});
