import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { describe, test } from "node:test";
import { createAuthority, temporaryFolder } from "@outliers/testing/certificates";
import { START } from "./support/data.ts";
import { serve } from "./support/http.ts";
import { outliers } from "./support/run.ts";

const BODY = JSON.stringify({
  status: "success",
  data: {
    resultType: "matrix",
    result: [
      {
        metric: { __name__: "cpu" },
        values: [
          [START, "1"],
          [START + 5, "2"],
        ],
      },
    ],
  },
});

const backtest = (url: string, args: readonly string[] = [], env: Record<string, string> = {}) =>
  outliers(["backtest", "--prometheus", url, "--query", "cpu", "--start", "-1h", ...args], "", env);

const basic = (account: string): string => `Basic ${Buffer.from(account).toString("base64")}`;

/** Answers requests with a query, whether it is in the form or in the URL. */
const answer = ({ url = "" }: IncomingMessage, body: string) => {
  const query = body === "" ? new URL(url, "http://x").searchParams : new URLSearchParams(body);
  return query.get("query") === "cpu" ? { body: BODY } : { status: 400, body: "no query" };
};

describe("Prometheus is asked", () => {
  for (const [name, args, env, userinfo, headers] of [
    [
      "with the name and password of its URL",
      [],
      {},
      "u:p%40ss@",
      { authorization: basic("u:p@ss") },
    ],
    ["with --user", ["--user", "u:secret:x"], {}, "", { authorization: basic("u:secret:x") }],
    ["with --bearer-token", ["--bearer-token", "t"], {}, "", { authorization: "Bearer t" }],
    [
      "with the token of the environment",
      [],
      { PROMETHEUS_BEARER_TOKEN: "t\n" },
      "",
      { authorization: "Bearer t" },
    ],
    [
      "with the user of the environment",
      [],
      { PROMETHEUS_USER: "u:p" },
      "",
      { authorization: basic("u:p") },
    ],
    [
      "with headers",
      ["--header", "X-Scope-OrgID: team", "--header", "X-Two:2"],
      {},
      "",
      { "x-scope-orgid": "team", "x-two": "2" },
    ],
    [
      "with an option rather than its URL",
      ["--bearer-token", "t"],
      {},
      "u:p@",
      { authorization: "Bearer t" },
    ],
  ] as const) {
    test(name, async () => {
      const asked: IncomingMessage["headers"][] = [];
      await using server = await serve((request, body) => {
        asked.push(request.headers);
        return answer(request, body);
      });
      const { code, stdout } = await backtest(server.url.replace("//", `//${userinfo}`), args, env);
      assert.equal(code, 0);
      assert.match(stdout, /^2 samples, /);
      for (const [header, value] of Object.entries(headers))
        assert.equal(asked[0]?.[header], value);
    });
  }

  test("without showing credentials in any message", async () => {
    for (const reply of [
      { status: 401, body: "" },
      { status: 500, body: "oops" },
      { body: '{"status":"success","data":{"resultType":"matrix","result":[]}}' },
    ]) {
      await using server = await serve(() => reply);
      const { code, stderr } = await backtest(server.url.replace("//", "//u:secret@"));
      assert.equal(code, 2);
      assert.ok(!stderr.includes("secret"), stderr);
      assert.ok(stderr.includes(server.url), stderr);
    }
    for (const [args, message] of [
      [["--header", "secret"], /--header: expected a name and a value/],
      [["--user", "secret"], /--user: expected a name and a password/],
      [["--bearer-token", "secret\nx"], /holds a character that no HTTP header can hold/],
      [["--user", "u:secret", "--bearer-token", "secret"], /give either --user or --bearer-token/],
    ] as const) {
      const { code, stderr } = await backtest("127.0.0.1:1", args);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.ok(!stderr.includes("secret"), stderr);
    }
  });

  test("for credentials when it wants some", async () => {
    await using server = await serve(() => ({ status: 401, body: "" }));
    const { stderr } = await backtest(server.url);
    assert.match(stderr, /wants credentials \(HTTP 401\): give --user or --bearer-token\n$/);
  });

  test("over TLS with a CA of one's own, and says when that is missing", async () => {
    const authority = await createAuthority("a CA of one's own");
    using folder = temporaryFolder();
    const ca = folder.write("ca.pem", authority.cert);
    await using server = await serve(answer, await authority.issue(["127.0.0.1"]));
    const { stdout, stderr } = await backtest(server.url, ["--ca", ca]);
    assert.match(stdout, /^2 samples, /, stderr);
    const without = await backtest(server.url);
    assert.match(without.stderr, /can't be reached: .*: name the file of its CA with --ca/);
    const invalid = await backtest(server.url, ["--ca", folder.write("other.pem", "no PEM")]);
    assert.match(invalid.stderr, /--ca .*other.pem: expected the path of a PEM file/);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`at another path when it redirects with ${status}, with the query`, async () => {
      await using server = await serve((request, body) =>
        request.url?.startsWith("/prometheus/")
          ? answer(request, body)
          : { status, body: "", headers: { location: `/prometheus${request.url}` } },
      );
      const { stdout, stderr } = await backtest(server.url);
      assert.match(stdout, /^2 samples, /, stderr);
    });
  }

  for (const status of [403, 405, 501]) {
    test(`by GET when it refuses POST with ${status}`, async () => {
      await using server = await serve((request, body) =>
        request.method === "GET" ? answer(request, body) : { status, body: "no" },
      );
      const { stdout, stderr } = await backtest(server.url);
      assert.match(stdout, /^2 samples, /, stderr);
    });
  }

  test("elsewhere without the credentials", async () => {
    let authorization: string | undefined = "none was asked";
    await using other = await serve((request) => {
      authorization = request.headers.authorization;
      return { status: 401, body: "" };
    });
    await using server = await serve(({ url }) => ({
      status: 308,
      body: "",
      headers: { location: `${other.url}${url}` },
    }));
    const { stderr } = await backtest(server.url.replace("//", "//u:secret@"));
    assert.equal(authorization, undefined);
    assert.match(stderr, /HTTP 401 after a redirect to .*: give it that URL/);
    assert.ok(stderr.includes(other.url) && !stderr.includes("secret"), stderr);
  });

  test("no more often than it makes sense", async () => {
    await using server = await serve(({ url = "" }) => ({
      status: 302,
      body: "",
      headers: { location: url },
    }));
    const { code, stderr } = await backtest(server.url);
    assert.equal(code, 2);
    assert.match(stderr, /can't be reached: it redirects more than 5 times/);
    await using odd = await serve(() => ({
      status: 302,
      body: "",
      headers: { location: "ftp:x" },
    }));
    assert.match(
      (await backtest(odd.url)).stderr,
      /redirects to "ftp:x", which is not an HTTP URL/,
    );
  });

  test("below the path of its URL, and from a time before now", async () => {
    let [path, start, end] = ["", 0, 0];
    await using server = await serve((request, body) => {
      const form = new URLSearchParams(body);
      [path, start, end] = [request.url ?? "", Number(form.get("start")), Number(form.get("end"))];
      return answer(request, body);
    });
    const { code } = await backtest(`${server.url}/a/b/`);
    assert.equal(code, 0);
    assert.equal(path, "/a/b/api/v1/query_range");
    assert.ok(Math.abs(end - Date.now() / 1000) < 60);
    assert.ok(Math.abs(end - start - 3600) < 60);
    await backtest(server.url, ["--start", "now-1d12h", "--end", "-1d"]);
    assert.ok(Math.abs(end - start - 12 * 3600) < 60);
  });

  test("and its warnings are shown once", async () => {
    const body = JSON.stringify({ ...JSON.parse(BODY), warnings: ["a store is down"] });
    await using server = await serve(() => ({ body }));
    const { code, stderr } = await backtest(server.url, ["--start", "-3d"]);
    assert.equal(code, 0);
    assert.equal(stderr, "Prometheus warns: a store is down\n");
  });
});
