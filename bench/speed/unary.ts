import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OutliersRequest } from "@outliers/proto";
import { h2load, UnfinishedLoad } from "./h2load.ts";
import { has, type Peer, prepareGo, preparePython } from "./prepare-peers.ts";
import { cpuSeconds } from "./process-stats.ts";
import { file, type Server, startDetector, startPeer } from "./services.ts";
import { median, table, whole } from "./table.ts";
import { checkAnswer, frame, windowOf } from "./window.ts";

const WINDOWS = [60, 1000];
const ROUNDS = 3;
const WARM_UP_SECONDS = 2;
/** Servers of ours end connections after 4.5 s at the earliest, and h2load opens no new ones. */
const MAX_RUN_SECONDS = 2;
/** Enough to tell a server's rate by, few enough to take no time. */
const FIRST_REQUESTS = 200;

type Turn = { perSecond: number; perCoreSecond: number };
type Column = { name: string; server: Server; rate: number; turns: Turn[] };

/** Unary calls per second: the detector beside its peers, in turns. */
export async function unary(seconds: number, print: (text: string) => void): Promise<void> {
  if (!has("h2load")) {
    print("Unary left out: h2load is not installed (Debian: nghttp2-client).\n\n");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "outliers-bench-"));
  await using servers = new AsyncDisposableStack();
  servers.defer(() => rmSync(folder, { recursive: true }));
  const columns: Column[] = [];
  const add = (name: string, server: Server) =>
    columns.push({ name, server: servers.use(server), rate: 0, turns: [] });
  add("ours", await startDetector());
  for (const [name, peer] of peers(print)) {
    add(name, await startPeer(peer.command, peer.args, peer.env));
    print(`${name}: ${peer.versions}\n`);
  }
  add("nothing", await startPeer(process.execPath, [file("bench/peers/nothing.ts")]));

  const rates: string[][] = [];
  const coreRates: string[][] = [];
  for (const size of WINDOWS) {
    const request = windowOf(size);
    const bodyPath = join(folder, `window-${size}`);
    writeFileSync(bodyPath, frame(request));
    for (const column of columns) await warmUp(column, request, bodyPath);
    for (let round = 0; round < ROUNDS; round++) {
      for (const column of columns) {
        column.turns.push(await takeTurn(column, request, bodyPath, seconds));
      }
    }
    rates.push([`window ${size}, calls/s`, ...row(columns, ({ perSecond }) => perSecond)]);
    coreRates.push([
      `window ${size}, calls per core-second`,
      ...row(columns, ({ perCoreSecond }) => perCoreSecond),
    ]);
  }
  const names = columns.map(({ name }) => name);
  const header = ["Detect", ...names, ...names.slice(1).map((name) => `ours/${name}`)];
  print(`\n${table(header, [...rates, ...coreRates])}`);
}

/** Those that can be had here; a line for each that can't. */
function* peers(print: (text: string) => void): Iterable<[string, Peer]> {
  const hasPython = has("python3");
  if (hasPython) yield ["Python", preparePython()];
  else print("Python left out: python3 is not installed.\n");
  if (!has("go", "version")) print("Go left out: go is not installed.\n");
  else if (!hasPython) print("Go left out: its stubs are made by Python's protoc.\n");
  else yield ["Go", prepareGo()];
}

/** Has the compiler see the hot path, and learns how many calls a run may have. */
async function warmUp(column: Column, request: OutliersRequest, bodyPath: string): Promise<void> {
  column.turns = [];
  let calls = FIRST_REQUESTS;
  for (let left = WARM_UP_SECONDS; left > 0; ) {
    left -= (await run(column, request, bodyPath, calls)).seconds;
    calls = Math.max(FIRST_REQUESTS, Math.round(column.rate * Math.min(left, MAX_RUN_SECONDS)));
  }
}

async function takeTurn(
  column: Column,
  request: OutliersRequest,
  bodyPath: string,
  seconds: number,
): Promise<Turn> {
  const runs = Math.ceil(seconds / MAX_RUN_SECONDS);
  const total = { calls: 0, seconds: 0, cpu: 0 };
  for (let left = runs; left > 0; left--) {
    const calls = Math.max(FIRST_REQUESTS, Math.round((column.rate * seconds) / runs));
    const one = await run(column, request, bodyPath, calls);
    total.calls += one.calls;
    total.seconds += one.seconds;
    total.cpu += one.cpu;
  }
  return { perSecond: total.calls / total.seconds, perCoreSecond: total.calls / total.cpu };
}

async function run(
  column: Column,
  request: OutliersRequest,
  bodyPath: string,
  calls: number,
): Promise<{ calls: number; seconds: number; cpu: number }> {
  try {
    const one = await loadOnce(column, request, bodyPath, calls);
    column.rate = one.calls / one.seconds;
    return one;
  } catch (error) {
    // The machine became so slow that connections reached their age: fewer calls fit in.
    if (!(error instanceof UnfinishedLoad) || calls < FIRST_REQUESTS) throw error;
    process.stderr.write(`${column.name}: ${error.message}: again with half of them\n`);
    return run(column, request, bodyPath, Math.floor(calls / 2));
  }
}

/** @throws when a call was answered wrongly, or not counted by the server as handled well */
async function loadOnce(
  { server, name }: Column,
  request: OutliersRequest,
  bodyPath: string,
  calls: number,
): Promise<{ calls: number; seconds: number; cpu: number }> {
  await checkAnswer(server.address, request);
  const handledBefore = await server.handled();
  const cpuBefore = cpuSeconds(server.pid);
  const { succeeded, seconds } = await h2load(server.address, bodyPath, calls);
  const cpu = cpuSeconds(server.pid) - cpuBefore;
  const handled = (await server.handled()) - handledBefore;
  if (handled !== succeeded) throw new Error(`${name}: ${handled} OK of ${succeeded} answered`);
  await checkAnswer(server.address, request);
  return { calls, seconds, cpu };
}

function row(columns: readonly Column[], figure: (turn: Turn) => number): string[] {
  const medians = columns.map(({ turns }) => median(turns.map(figure)));
  const [ours = Number.NaN, ...others] = medians;
  return [...medians.map(whole), ...others.map((other) => (ours / other).toFixed(2))];
}
