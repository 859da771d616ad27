// Takes the README's pictures of the live page, docs/live-page*.png, in four minutes: `npm run pictures`.
// The host is simulated, with a burst of 20 s, so that the pictures don't depend on who takes them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../e2e/browser.ts";

const PORT = Number(process.argv[2] ?? 9474);
const BURST_AT_S = 165;
const PICTURE_AT_S = 210;
const CORES = 16;
const TICKS_PER_SECOND = 100;

const startedAtMs = Date.now();
const elapsedS = (): number => (Date.now() - startedAtMs) / 1000;
const isBurst = (): boolean => elapsedS() > BURST_AT_S && elapsedS() < BURST_AT_S + 20;
const root = fileURLToPath(new URL("..", import.meta.url));
const work = await mkdtemp(join(tmpdir(), "outliers-pictures-"));

/** CPU time in ticks, by the columns of /proc/stat: user, nice, system, idle. */
const ticks = { user: 1e6, nice: 0, system: 1e6, idle: 1e8 };
let load = 0.32;
let usedShare = 0.32;

/** Replaces a file at once, so that no reader sees half of it. */
async function replace(name: string, text: string): Promise<void> {
  await writeFile(join(work, `${name}.new`), text);
  await rename(join(work, `${name}.new`), join(work, name));
}

async function simulate(seconds: number): Promise<void> {
  const noise = (): number => (Math.random() + Math.random() - 1) / 2;
  const user = isBurst() ? 0.87 + noise() / 100 : 0.03 + noise() / 50;
  const system = isBurst() ? 0.1 + noise() / 100 : 0.014 + noise() / 100;
  const all = seconds * CORES * TICKS_PER_SECOND;
  ticks.user += all * user;
  ticks.system += all * system;
  ticks.idle += all * (1 - user - system);
  load += ((isBurst() ? CORES : 0.33) - load) * (1 - Math.exp(-seconds / 60));
  usedShare += noise() / 2000;
  const counters = [ticks.user, ticks.nice, ticks.system, ticks.idle, 0, 0, 0, 0, 0, 0];
  const cpu = (name: string, share: number): string =>
    [name, ...counters.map((count) => Math.round(count * share))].join(" ");
  const cores = Array.from({ length: CORES }, (_, core) => cpu(`cpu${core}`, 1 / CORES));
  await replace("stat", `${[cpu("cpu ", 1), ...cores, "btime 1700000000"].join("\n")}\n`);
  await replace("loadavg", `${load.toFixed(2)} 0.30 0.30 1/300 1000\n`);
  const available = Math.round(64e6 * (1 - usedShare));
  await replace("meminfo", `MemTotal: 64000000 kB\nMemAvailable: ${available} kB\n`);
}

function start(): ChildProcess {
  return spawn(process.execPath, [join(root, "scripts/start.ts")], {
    env: {
      ...process.env,
      HOST_PROC: work,
      STATE_DIR: join(work, "state"),
      COLLECTOR_LISTEN_ADDRESS: `127.0.0.1:${PORT}`,
      DETECTOR_LISTEN_ADDRESS: `127.0.0.1:${PORT + 1}`,
      DETECTOR_METRICS_LISTEN_ADDRESS: `127.0.0.1:${PORT + 2}`,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

async function takePictures(): Promise<void> {
  const host = "host.example:9464";
  const browser = await launchChromium(`--host-resolver-rules=MAP ${host} 127.0.0.1:${PORT}`);
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme });
    await page.goto(`http://${host}/`);
    await page.getByText("CPU", { exact: true }).first().waitFor();
    await delay(2000);
    const name = colorScheme === "dark" ? "live-page-dark.png" : "live-page.png";
    await page.screenshot({ path: join(root, "docs", name) });
  }
  await browser.close();
}

await simulate(1);
const services = start();
const exit = once(services, "exit");
process.on("exit", () => services.kill());
let isDone = false;
async function keepSimulating(): Promise<void> {
  let simulatedUntilS = elapsedS();
  while (!isDone) {
    await delay(100);
    const seconds = elapsedS() - simulatedUntilS;
    simulatedUntilS += seconds;
    await simulate(seconds);
  }
}
async function takePicturesInTime(): Promise<void> {
  await delay(PICTURE_AT_S * 1000);
  await takePictures().finally(() => {
    isDone = true;
  });
}
await Promise.all([keepSimulating(), takePicturesInTime()]);
services.kill();
await exit;
await rm(work, { recursive: true });
