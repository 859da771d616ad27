import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { text as streamText } from "node:stream/consumers";
import { describe, it } from "node:test";
import { startOpsServer } from "@outliers/service/ops-server";
import { waitFor } from "@outliers/service/wait-for";
import { Registry } from "prom-client";
import { MAX_VIEWERS } from "../../src/page/events.ts";
import { pageRoutes } from "../../src/page/page.ts";
import { testView } from "../support/view.ts";

const MAX_BYTES = 130_000;
const PAGE_URL = "https://outliers.example/";

async function start(readOnly?: string) {
  const view = { ...testView(), readOnly };
  const routes = pageRoutes(view, PAGE_URL);
  /** The server's ends of the streams to viewers. */
  const streams: ServerResponse[] = [];
  const server = await startOpsServer(
    { host: "127.0.0.1", port: 0 },
    new Registry(),
    () => ({ ready: true, reason: "ok" }),
    new Map(routes).set("/events", (request, response) => {
      streams.push(response);
      const route = routes.get("/events");
      assert.ok(typeof route === "function");
      route(request, response);
    }),
  );
  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;
  return { ...server, view, streams, url, [Symbol.asyncDispose]: () => server.close() };
}

/** Sends any header, also those that `fetch` sets itself. */
async function post(port: number, headers: Record<string, string>, body: string) {
  const sent = request({ port, host: "127.0.0.1", path: "/normals", method: "POST", headers });
  sent.end(body);
  const [response]: IncomingMessage[] = await once(sent, "response");
  assert.ok(response);
  return { status: response.statusCode, text: await streamText(response) };
}

/** A viewer: the names and data of the events that it got. */
async function look(url: string) {
  const sent = get(url, { agent: false });
  const [response]: IncomingMessage[] = await once(sent, "response");
  assert.ok(response);
  let text = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  // The server may close the stream while it is read.
  response.on("error", () => {});
  const closed = new Promise<void>((resolve) => response.once("close", resolve));
  return {
    status: response.statusCode,
    headers: response.headers,
    text: () => text,
    names: () => [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name),
    closed,
    close: () => sent.destroy(),
  };
}

const until = (what: string, holds: () => boolean) => waitFor(what, 10_000, async () => holds());

describe("the page", () => {
  it("consists of small files that refer to no other host", async () => {
    await using server = await start();
    const html = await (await fetch(server.url("/"))).text();
    const linked = [...html.matchAll(/(?:src|href)="(\/[\w.]+)"/g)].map(([, path]) => path ?? "");
    const seen = new Map([["/", html]]);
    for (const path of linked.filter((one) => !["/metrics", "/readyz"].includes(one))) {
      await load(path);
    }
    async function load(path: string): Promise<void> {
      if (seen.has(path)) return;
      const response = await fetch(server.url(path));
      assert.equal(response.status, 200, path);
      const text = await response.text();
      seen.set(path, text);
      const imports = [...text.matchAll(/^import .* from "\.(\/\w+\.js)";$/gm)];
      for (const [, imported = ""] of imports) await load(imported);
    }
    assert.deepEqual([...seen.keys()].sort(), [
      "/",
      "/app.js",
      "/card.js",
      "/chart.js",
      "/dom.js",
      "/filter.js",
      "/format.js",
      "/icon.svg",
      "/incidents.js",
      "/list.js",
      "/normals.js",
      "/series.js",
      "/style.css",
      "/uplot.css",
      "/uplot.js",
    ]);
    const bytes = [...seen.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    assert.ok(bytes < MAX_BYTES, `${bytes} bytes`);
    for (const [path, text] of seen) {
      assert.doesNotMatch(text, /(?:src|href|url|import)[("'= ]+https?:/, path);
    }
  });

  it("has a security policy that allows only its own files", async () => {
    await using server = await start();
    for (const path of ["/", "/app.js", "/uplot.css"]) {
      const { headers } = await fetch(server.url(path));
      assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'; /);
      assert.doesNotMatch(headers.get("content-security-policy") ?? "", /unsafe|http|\*/);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
    }
  });

  it("is revalidated every time, and only sent if it has changed", async () => {
    await using server = await start();
    const { headers } = await fetch(server.url("/app.js"));
    assert.equal(headers.get("cache-control"), "no-cache");
    const etag = headers.get("etag") ?? "";
    const again = await fetch(server.url("/app.js"), { headers: { "if-none-match": etag } });
    assert.deepEqual([again.status, await again.text()], [304, ""]);
  });

  it("leaves the other paths alone, accepts only GET and HEAD, and serves no other file", async () => {
    await using server = await start();
    const status = async (path: string, method = "GET") =>
      (await fetch(server.url(path), { method })).status;
    assert.equal(await status("/metrics"), 200);
    assert.equal(await status("/healthz"), 200);
    assert.equal(await status("/readyz"), 200);
    assert.equal(await status("/", "HEAD"), 200);
    assert.equal(await status("/events", "HEAD"), 200);
    assert.equal(await status("/", "POST"), 405);
    assert.equal(await status("/events", "DELETE"), 405);
    for (const path of ["/tsconfig.json", "/page.ts", "/static/app.js", "/%2e%2e/page.ts"]) {
      assert.equal(await status(path), 404, path);
    }
  });
});

describe("/normals", () => {
  const time = "2023-11-14T22:13:20Z";
  const body = JSON.stringify({ from: time, to: time, series: ["load1"], by: "ada" });
  const json = { "content-type": "application/json" };

  async function ask(server: Awaited<ReturnType<typeof start>>, init: RequestInit, path = "") {
    const response = await fetch(server.url(`/normals${path}`), init);
    const text = await response.text();
    return { status: response.status, text, headers: response.headers };
  }

  it("lists what is marked, marks, and takes back", async () => {
    await using server = await start();
    server.view.push("load1", 99);
    assert.equal((await ask(server, {})).text, '{"normals":[]}\n');
    const marked = await ask(server, { method: "POST", headers: json, body });
    assert.equal(marked.status, 201);
    const [period] = server.view.normals.list;
    assert.ok(period);
    assert.partialDeepStrictEqual(JSON.parse(marked.text), {
      id: period.id,
      series: ["load1"],
      from: "2023-11-14T22:13:20.000Z",
      note: "",
      by: "ada",
      origin: "marked",
      parts: [{ series: "load1", samples: 1, state: "pending" }],
      leftOut: [],
    });
    assert.match((await ask(server, {})).text, new RegExp(period.id));
    const again = await ask(server, { method: "POST", headers: json, body });
    assert.deepEqual(again.status, 409);
    assert.equal((await ask(server, { method: "DELETE" }, "/unknown")).status, 404);
    assert.equal((await ask(server, { method: "DELETE" }, `/${period.id}`)).status, 204);
    assert.deepEqual(server.view.normals.list, []);
  });

  it("says from when on samples are kept, when those that are meant are not", async () => {
    await using server = await start();
    server.view.push("load1", 99);
    const early = body.replace(time, "2023-11-14T22:00:00Z");
    const { status, text } = await ask(server, { method: "POST", headers: json, body: early });
    assert.equal(status, 409);
    assert.deepEqual(JSON.parse(text), {
      error:
        "the samples of load1 are kept from 2023-11-14T22:13:20.000Z on, and it begins at 2023-11-14T22:00:00.000Z",
      keptFrom: "2023-11-14T22:13:20.000Z",
    });
  });

  const wrong: [body: string, status: number, error: RegExp][] = [
    ["{", 400, /the body is no JSON/],
    ["[]", 400, /expected object/],
    ['{"from":"yesterday","by":"ada"}', 400, /from: expected a time such as/],
    [`{"from":"${time}"}`, 400, /by: /],
    [`{"from":"${time}","by":"ada","until":1}`, 400, /Unrecognized key: "until"/],
    [
      `{"from":"${time}","to":"${time}","by":"ada","series":["x"]}`,
      409,
      /there is no series "x": there are load1/,
    ],
    [`{"from":"2999-01-01T00:00:00Z","to":"${time}","by":"ada"}`, 400, /ends before it begins/],
    [JSON.stringify({ note: "x".repeat(200_000) }), 413, /more than 131072 bytes/],
  ];
  for (const [given, status, error] of wrong) {
    it(`refuses ${given.slice(0, 60)} with ${status}`, async () => {
      await using server = await start();
      server.view.push("load1", 99);
      const answer = await ask(server, { method: "POST", headers: json, body: given });
      assert.equal(answer.status, status, answer.text);
      assert.match(JSON.parse(answer.text).error, error);
      assert.deepEqual(server.view.normals.list, []);
    });
  }

  const foreign: [what: string, headers: Record<string, string>, error: RegExp][] = [
    ["a form", { "content-type": "text/plain" }, /expected content-type: application\/json/],
    ["another origin", { ...json, origin: "https://evil.example" }, /another site's page/],
    ["a frame of nobody", { ...json, origin: "null" }, /another site's page/],
    ["another site", { ...json, "sec-fetch-site": "cross-site" }, /another site's page/],
    ["another port", { ...json, "sec-fetch-site": "same-site" }, /another site's page/],
    [
      "a name that resolves to us",
      { ...json, origin: "http://evil.example:9464", host: "evil.example:9464" },
      /anybody's name .* set PAGE_URL/,
    ],
    ["a browser without an origin", { ...json, "sec-fetch-site": "same-origin" }, /no Origin/],
  ];
  for (const [what, headers, error] of foreign) {
    it(`refuses a request from ${what}`, async () => {
      await using server = await start();
      server.view.push("load1", 99);
      const answer = await post(server.port, headers, body);
      assert.match(answer.text, error);
      assert.ok(answer.status === 403 || answer.status === 415, answer.text);
      assert.deepEqual(server.view.normals.list, []);
    });
  }

  const own = ["http://127.0.0.1:9464", "http://localhost:9464", "http://[::1]:9464"];
  for (const origin of [...own, new URL(PAGE_URL).origin]) {
    it(`takes a request from the page at ${origin}`, async () => {
      await using server = await start();
      server.view.push("load1", 99);
      const host = own.includes(origin) ? new URL(origin).host : "collector:9464";
      const headers = { ...json, origin, host, "sec-fetch-site": "same-origin" };
      assert.equal((await post(server.port, headers, body)).status, 201);
    });
  }

  it("takes none when that is switched off, but lists what there is", async () => {
    await using server = await start("ALLOW_MARKING is false");
    server.view.push("load1", 99);
    const refused = await ask(server, { method: "POST", headers: json, body });
    assert.deepEqual([refused.status, refused.text], [403, '{"error":"ALLOW_MARKING is false"}\n']);
    assert.equal((await ask(server, { method: "DELETE" }, "/x")).status, 403);
    assert.equal((await ask(server, {})).status, 200);
    assert.equal((await ask(server, { method: "PUT" })).headers.get("allow"), "GET, HEAD, POST");
  });
});

describe("/events", () => {
  it("sends the recent samples first, then what is new", async () => {
    await using server = await start();
    server.view.detect(server.view.push("load1", 99));
    const viewer = await look(server.url("/events"));
    assert.equal(viewer.headers["content-type"], "text/event-stream");
    await until("the recent samples", () => viewer.names().length === 5);
    assert.deepEqual(viewer.names(), ["status", "descriptions", "series", "normals", "incidents"]);
    assert.match(viewer.text(), /"values":\[99\]/);
    server.view.detect(server.view.push("load1", 7));
    await until("what is new", () => viewer.names().length >= 6);
    assert.match(viewer.text(), /"isNew":false,"from":1,.*"values":\[7\]/);
    viewer.close();
  });

  it("reports that no detector answers, and the size of the backlog", async () => {
    await using server = await start();
    const viewer = await look(server.url("/events"));
    server.view.push("load1", 1);
    server.view.push("load1", 1);
    server.view.state.code = "Unavailable";
    await until("the state", () => /"code":"Unavailable","backlog":2/.test(viewer.text()));
    viewer.close();
  });

  it("refuses viewers above the limit until one leaves", async () => {
    await using server = await start();
    const viewers = await Promise.all(
      Array.from({ length: MAX_VIEWERS }, () => look(server.url("/events"))),
    );
    const refused = await fetch(server.url("/events"));
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /^limit of 400 connected pages reached/);
    viewers[0]?.close();
    await waitFor("a place", 10_000, async () => {
      const next = await look(server.url("/events"));
      next.close();
      return next.status === 200;
    });
    for (const viewer of viewers) viewer.close();
  });

  it("buffers little for a viewer that reads nothing, and later sends what it missed", async () => {
    await using server = await start();
    const names = Array.from({ length: 20 }, (_, index) => `cpu${index}_utilization_percent`);
    const pushAll = (count: number, value: number) => {
      for (const name of names) {
        for (let index = 0; index < count; index++) server.view.push(name, value);
        server.view.detect(server.view.push(name, value));
      }
    };
    pushAll(600, 1);
    const socket = connect(server.port, "127.0.0.1").pause();
    socket.write("GET /events HTTP/1.1\r\nhost: a\r\n\r\n");
    await until("the reader", () => server.streams.length === 1);
    let rounds = 0;
    // The system's own buffers fill first.
    await until("the reader to be behind", () => {
      pushAll(600, 1);
      return server.streams[0]?.writableNeedDrain === true && ++rounds > 10;
    });
    const waiting = server.streams[0]?.writableLength ?? 0;
    // Node's own limit of 16 KiB, and the event that went over it.
    assert.ok(waiting < 100_000, `${waiting} bytes`);
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-200_000);
    });
    socket.resume();
    pushAll(0, 42);
    await until("the newest sample of the last series", () =>
      new RegExp(`"id":"${names.at(-1)}","state".*42\\]`).test(text),
    );
    socket.destroy();
  });

  it("ends when the server closes, without delaying it", async () => {
    const server = await start();
    const viewer = await look(server.url("/events"));
    await server.close();
    await viewer.closed;
  });
});
