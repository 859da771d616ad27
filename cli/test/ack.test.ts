import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { describe, test } from "node:test";
import { serve } from "./support/http.ts";
import { outliers } from "./support/run.ts";

const NORMAL = {
  id: "73b71aa38f2e",
  series: ["cpu_utilization_percent", "load1"],
  from: "2026-11-26T02:00:00.500Z",
  to: "2026-11-26T02:20:00.500Z",
  note: "nightly \u001b[31mbackup",
  by: "ada",
  markedAt: "2026-11-26T07:00:00.000Z",
  origin: "marked",
  problem: null,
  parts: [
    { series: "cpu_utilization_percent", samples: 1200, state: "learnt" },
    { series: "load1", samples: 1200, state: "pending" },
  ],
};

/** A collector that answers every request in one way, and keeps what it was asked. */
async function collector(status: number, reply: unknown) {
  const asked: { method: string; url: string; type: string | undefined; body: string }[] = [];
  const server = await serve(({ method = "", url = "", headers }, body) => {
    asked.push({ method, url, type: headers["content-type"], body });
    return { status, body: reply === undefined ? "" : JSON.stringify(reply) };
  });
  return Object.assign(server, { asked });
}

describe("outliers ack", () => {
  test("marks a period, with what it is given and no more", async () => {
    await using server = await collector(201, {
      ...NORMAL,
      leftOut: [{ series: "core", reason: "the samples of core are kept from 02:10 on" }],
    });
    const times = ["--from", "2026-11-26T02:00:00Z", "--to", "2026-11-26T02:20:00Z"];
    const which = ["--series", "cpu_utilization_percent", "--series", "load1"];
    const said = ["--note", "nightly backup", "--by", "ada"];
    const { code, stdout, stderr } = await outliers([
      "ack",
      ...times,
      ...which,
      ...said,
      server.url,
    ]);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /cpu_utilization_percent, +2026-11-26T02:00:00Z +20m +ada +pending +73b71aa38f2e\n +load1\n/,
    );
    assert.match(stdout, /\n73b71aa38f2e: nightly \uFFFD\[31mbackup\n$/);
    assert.match(stderr, /^left out: 1 series\n {2}core: the samples of core are kept/);
    const [asked] = server.asked;
    assert.partialDeepStrictEqual(asked, {
      method: "POST",
      url: "/normals",
      type: "application/json",
    });
    assert.deepEqual(JSON.parse(asked?.body ?? ""), {
      from: "2026-11-26T02:00:00.000Z",
      to: "2026-11-26T02:20:00.000Z",
      series: ["cpu_utilization_percent", "load1"],
      note: "nightly backup",
      by: "ada",
    });
  });

  test("marks all series until now by the collector's clock, in the user's name", async () => {
    await using server = await collector(201, { ...NORMAL, leftOut: [] });
    const { code } = await outliers(["ack", "--from", "-10m", server.url], "", { USER: "bob" });
    assert.equal(code, 0);
    const { from, ...rest } = JSON.parse(server.asked[0]?.body ?? "");
    assert.ok(Math.abs(Date.parse(from) - (Date.now() - 600_000)) < 60_000, from);
    assert.deepEqual(rest, { note: "", by: "bob" });
  });

  for (const [env, by] of [
    [{ LOGNAME: "eve", USERNAME: "mallory" }, "eve"],
    [{ USER: " " }, userInfo().username],
  ] as const) {
    test(`knows the user without USER, with ${JSON.stringify(env)}`, async () => {
      await using server = await collector(201, { ...NORMAL, leftOut: [] });
      assert.equal((await outliers(["ack", "--from", "-10m", server.url], "", env)).code, 0);
      assert.equal(JSON.parse(server.asked[0]?.body ?? "").by, by);
    });
  }

  test("lists what is marked, for people and for programs", async () => {
    const listed = { ...NORMAL, series: null, origin: "file", problem: "it ends in the future" };
    await using server = await collector(200, { normals: [listed] });
    const { stdout } = await outliers(["ack", "--list", server.url]);
    assert.match(stdout, /^series +from +for +by +state +id\nall +.* not learnt +73b71aa38f2e\n/);
    assert.match(stdout, /backup; listed in NORMALS_FILE; it ends in the future\n$/);
    assert.ok(
      stdout.split("\n").every(({ length }) => length <= 80),
      stdout,
    );
    const json = await outliers(["ack", "--list", "--output", "json", server.url]);
    assert.partialDeepStrictEqual(JSON.parse(json.stdout), {
      id: "73b71aa38f2e",
      from: "2026-11-26T02:00:00.500Z",
      state: "not learnt",
      samples: 2400,
    });
    await using none = await collector(200, { normals: [] });
    assert.match((await outliers(["ack", "--list", none.url])).stderr, /nothing is marked/);
  });

  test("takes back what was marked", async () => {
    await using server = await collector(204, undefined);
    const { code, stderr } = await outliers([
      "ack",
      "--take-back",
      "a/b",
      "--by",
      "ada",
      server.url,
    ]);
    assert.deepEqual([code, stderr], [0, "taken back: it no longer counts as normal\n"]);
    assert.partialDeepStrictEqual(server.asked, [
      { method: "DELETE", url: "/normals/a%2Fb?by=ada" },
    ]);
  });

  test("passes on why a collector refuses", async () => {
    await using server = await collector(409, { error: "the samples are kept from 09:00 on" });
    for (const action of [["--from", "-1h"], ["--take-back", "x"], ["--list"]]) {
      const { code, stderr } = await outliers(["ack", ...action, "--by", "ada", server.url]);
      assert.deepEqual([code, stderr], [2, "outliers: the samples are kept from 09:00 on\n"]);
    }
    await using old = await serve(() => ({ status: 405, body: "use GET\n" }));
    const { stderr } = await outliers(["ack", "--from", "-1h", "--by", "ada", old.url]);
    assert.match(stderr, /is no collector, or one that can't be told what was normal/);
    const away = await outliers(["ack", "--list", "127.0.0.1:1"]);
    assert.match(away.stderr, /^outliers: no answer from http:\/\/127.0.0.1:1\/normals: /);
  });

  test("says what it needs to know", async () => {
    const none = await outliers(["ack"]);
    assert.match(none.stderr, /give one of --from, --list and --take-back/);
    const nobody = await outliers(["ack", "--from", "-1h", "--by", " ", "127.0.0.1:1"]);
    assert.match(nobody.stderr, /--by: expected a name/);
    assert.deepEqual([none.code, nobody.code], [2, 2]);
  });
});
