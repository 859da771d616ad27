// The live page in a real browser, with a real detector and collector as processes of this host.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { waitFor } from "@outliers/service/wait-for";
import { temporaryFolder } from "@outliers/testing/certificates";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./browser.ts";
import { createServices } from "./services.ts";

const MEMORY = "memory_used_percent";
/** The text of an item in the list. */
const INCIDENT =
  /^\d\d:\d\d:\d\d\d+ outliers?.*Memory used[\d.]+\s% ↑, upexpected [\d.]+ \([\d.]+ to [\d.]+\), score \d+\.\d.+/;
/** 2 series of over 140 samples: more than the 100 that are never outliers. */
const WARM = /^collector_samples_total (29\d|[3-9]\d\d|\d{4})$/m;

let services: Awaited<ReturnType<typeof createServices>>;
let browser: Browser;
let page: Page;
/** What went wrong in the browser: errors on the console, failed requests, requests to other hosts. */
const troubles: string[] = [];

before(async () => {
  browser = await launchChromium();
  // Without the CPU, whose bursts of other work would be incidents, too.
  services = await createServices({ SOURCES: "memory,load" });
  await services.detector.start();
  await services.collector.start();
  await waitFor("the end of the warm-up", 60_000, async () => WARM.test(await metrics()));
  page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: "light" });
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("response", (response) => {
    if (response.status() >= 400) troubles.push(`${response.status()} ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${services.url}/`)) troubles.push(request.url());
  });
  await page.goto(services.url);
});

after(async () => {
  await browser?.close();
  await services?.collector.stop();
  await services?.detector.stop();
  await services?.clean();
});

const metrics = async (): Promise<string> => (await fetch(`${services.url}/metrics`)).text();

/** The text of an element, even of a hidden one. */
const text = async (selector: string): Promise<string> =>
  (await page.locator(selector).first().textContent()) ?? "";

const until = (what: string, limitMs: number, holds: () => Promise<boolean>) =>
  waitFor(what, limitMs, holds);

const memorySummary = async (): Promise<string> =>
  (await page.locator(`[data-series="${MEMORY}"] [role=img]`).getAttribute("aria-label")) ?? "";

/** The memory's chart as it is drawn now. */
const drawing = (): Promise<string> =>
  page.evaluate<string>(`document.querySelector('[data-series="${MEMORY}"] canvas').toDataURL()`);

/** Whether the memory's chart has a pixel of a colour of the style sheet. */
const isDrawnIn = (colour: string): Promise<boolean> =>
  page.evaluate<boolean>(`(() => {
    const hex = getComputedStyle(document.documentElement).getPropertyValue("--${colour}").trim();
    const rgb = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    const canvas = document.querySelector('[data-series="${MEMORY}"] canvas');
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] === 255 && rgb.every((part, index) => data[at + index] === part)) return true;
    }
    return false;
  })()`);

const untilRedrawn = async (): Promise<void> => {
  const old = await drawing();
  await until("the chart to be redrawn", 10_000, async () => (await drawing()) !== old);
};

describe("the live page", () => {
  it("draws values and scores of every series", async () => {
    const exported = (await metrics()).matchAll(/^outliers_value\{series="(.+)"\}/gm);
    const names = [...exported].map(([, name]) => name);
    assert.deepEqual(
      names.toSorted((a = "", b = "") => a.localeCompare(b)),
      ["load1", MEMORY],
    );
    for (const name of names) {
      const canvases = page.locator(`[data-series="${name}"] canvas`);
      await until(`charts of ${name}`, 10_000, async () => (await canvases.count()) === 2);
    }
    await until("the line", 10_000, () => isDrawnIn("line"));
  });

  it("updates as samples arrive", async () => {
    await untilRedrawn();
    await untilRedrawn();
    assert.match(await text("#connection"), /^Live$/);
  });

  it("describes every chart in words", async () => {
    await until("a summary", 10_000, async () =>
      /^Memory used: [\d.]+\s%, expected [\d.]+ to [\d.]+, score \d\.\d\d, /.test(
        await memorySummary(),
      ),
    );
  });

  it("has landmarks and headings", async () => {
    const [title, ...headings] = await page.locator("h1:visible, h2:visible").allTextContents();
    assert.equal(title, `Outliers ${new URL(services.url).host}`);
    assert.match(headings.join(), /^Series,Incidents \d*$/);
    for (const landmark of ["header", "nav[aria-label]", "main", "section[aria-labelledby]"]) {
      assert.ok((await page.locator(landmark).count()) > 0, landmark);
    }
  });

  it("shows the keyboard focus", async () => {
    const seen: string[] = [];
    for (let count = 0; count < 3; count++) {
      await page.keyboard.press("Tab");
      const [name, outline, width] = await page.evaluate<string[]>(`(() => {
        const { outlineStyle } = getComputedStyle(document.activeElement);
        const { width } = document.activeElement.getBoundingClientRect();
        return [document.activeElement.textContent, outlineStyle, String(width)];
      })()`);
      seen.push(name ?? "");
      assert.equal(outline, "solid", name);
      assert.ok(Number(width) > 10, `${name} can be seen`);
    }
    assert.deepEqual(seen, ["Skip to the incidents", "Metrics", "Readiness"]);
  });

  it("lets keys explore a chart, sample by sample", async () => {
    const chart = page.locator(`[data-series="${MEMORY}"] [role=img]`);
    const summary = () => text("#series-memory_used_percent .summary");
    const sample = /^\d\d:\d\d:\d\d: [\d.]+\s%, expected/;
    await chart.focus();
    await chart.press("End");
    await chart.press("PageUp");
    const pointed = await summary();
    assert.match(pointed, sample);
    assert.match(await text("#announcer"), sample);
    await untilRedrawn();
    assert.equal(await summary(), pointed, "it stays on the sample while the chart moves on");
    for (let count = 0; count < 10; count++) await chart.press("ArrowLeft");
    assert.notEqual(await summary(), pointed);
    await chart.press("Escape");
    await until("the newest sample", 5000, async () => (await summary()).startsWith("expected"));
  });

  it("fits a phone without scrolling sideways", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await until("the charts to fit", 10_000, async () => {
      const box = await page.locator(`[data-series="${MEMORY}"] canvas`).first().boundingBox();
      return box !== null && box.x + box.width <= 360;
    });
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    assert.equal(width, 360);
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  it("follows the dark colour scheme, including its charts", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    const background = "getComputedStyle(document.body).backgroundColor";
    assert.equal(await page.evaluate<string>(background), "rgb(14, 18, 23)");
    await until("the dark scheme's line", 10_000, () => isDrawnIn("line"));
    await page.emulateMedia({ colorScheme: "light" });
    await until("the light scheme's line", 10_000, () => isDrawnIn("line"));
  });

  it("lists and announces a jump of the memory that is used", async () => {
    const startedAtMs = Date.now();
    services.memory.use(80);
    const incidents = page.locator("#incidents-list > li");
    await until("an incident of the memory", 20_000, async () => {
      const items = await incidents.all();
      for (const item of items) {
        const time = await item.locator("time").getAttribute("datetime", { timeout: 1000 });
        if (Date.parse(time ?? "") < startedAtMs) break;
        if (INCIDENT.test((await item.textContent()) ?? "")) return true;
      }
      throw new Error(await memorySummary());
    });
    assert.match(await text("#announcer"), /^New incident: .*[\d.]+.*, expected /);
    await until("a red point", 10_000, () => isDrawnIn("outlier"));
    const link = page.getByRole("link", { name: "Memory used", exact: true });
    await until("the jump as one incident", 10_000, async () =>
      /\d\d outliers/.test(
        (await incidents.filter({ has: link }).first().locator(".length").textContent()) ?? "",
      ),
    );
    services.memory.use(30);
  });

  it("has the recent samples at once after a reload", async () => {
    await page.reload();
    await until("the incident in the list", 5000, async () =>
      (await text("#incidents-list")).includes("Memory used"),
    );
    await until("the outlier in the chart", 5000, () => isDrawnIn("outlier"));
    assert.equal(await text("#announcer"), "", "earlier incidents are not announced");
  });

  it("takes it that an incident was normal, and takes that back, by keys", async () => {
    const item = page.locator("#incidents-list > li").first();
    await item.getByRole("button", { name: "This was normal" }).press("Enter");
    await page.keyboard.type("a jump of the test");
    await page.keyboard.press("Tab");
    await page.keyboard.type("ada");
    await page.keyboard.press("Enter");
    const marked = item.locator(".marked");
    await until("the detector to have learnt it", 10_000, async () =>
      /^Marked as normal by ada: a jump of the testTake back$/.test(
        (await marked.textContent()) ?? "",
      ),
    );
    const listed = async () => (await fetch(`${services.url}/normals`)).text();
    assert.match(await listed(), /"note":"a jump of the test","by":"ada"/);
    await item.getByRole("button", { name: "Take back" }).press("Enter");
    await item.getByRole("button", { name: "This was normal" }).waitFor({ timeout: 10_000 });
    assert.equal(await listed(), '{"normals":[]}\n');
  });

  it("keeps running without the detector, shows that, and catches up when it is back", async () => {
    await services.detector.stop();
    await until(
      "the page to show it",
      20_000,
      async () => (await text("#detector")) === "Detector unavailable",
    );
    await until("samples to wait", 20_000, async () =>
      /^[1-9]\d* samples waiting$/.test(await text("#backlog")),
    );
    await untilRedrawn();
    await services.detector.start();
    await until("the detector", 20_000, async () => (await text("#detector")) === "Detector up");
    await until("the backlog to drain", 20_000, async () => (await text("#backlog")) === "");
  });

  it("shows since when a series has had no samples, until it gets some", async () => {
    const summary = () => text("#series-load1 .summary");
    await services.load.hide();
    await until("the page to show it", 10_000, async () =>
      /^no sample since \d\d:\d\d:\d\d$/.test(await summary()),
    );
    assert.match(await text("#series-memory_used_percent .summary"), /^expected/);
    await services.load.show();
    await until("samples", 10_000, async () => (await summary()).startsWith("expected"));
  });

  it("had no errors, no failed requests and no requests to other hosts", () => {
    assert.deepEqual(troubles, []);
  });

  it("shows that the collector is down, and is live again when it is back", async () => {
    await services.collector.stop();
    await until("the page to show it", 10_000, async () =>
      /^Connection lost, retrying$/.test(await text("#connection")),
    );
    assert.equal(await text("#detector"), "Detector unknown");
    const opacity = `getComputedStyle(document.querySelector('[data-series="${MEMORY}"] .value')).opacity`;
    assert.equal(await page.evaluate<string>(opacity), "0.4", "what is shown may be stale");
    await services.collector.start();
    await until("the page to be live", 20_000, async () => (await text("#connection")) === "Live");
    await untilRedrawn();
    assert.equal(
      await page.locator("#incidents-list > li").count(),
      0,
      "incidents of the previous collector",
    );
  });
});

/** A Prometheus that has 30 series, which hold millions. */
async function fakePrometheus() {
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const form = new URLSearchParams(body);
      const [start = 0, end = 0, step = 1] = ["start", "end", "step"].map((name) =>
        Number(form.get(name)),
      );
      const times = Array.from({ length: 1 + (end - start) / step }, (_, at) => start + at * step);
      const result = Array.from({ length: 30 }, (_, at) => ({
        metric: { __name__: "bytes", instance: `web-${at}` },
        values: times.map((time) => [time, String(1_234_567 + 1000 * at + (time % 7))]),
      }));
      response.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe("the live page with more series than it draws", () => {
  it("draws the host's, lists those of queries, each with its name once, and draws those that are ticked", async () => {
    await using prometheus = await fakePrometheus();
    using folder = temporaryFolder();
    const queries = `url: ${prometheus.url}\nqueries: [{ name: memory_used, expr: bytes, interval: 1s }]\n`;
    const watching = await createServices({
      SOURCES: "load",
      METHOD: "mad",
      QUERIES_FILE: folder.write("queries.yml", queries),
    });
    try {
      await watching.detector.start();
      await watching.collector.start();
      const view = await browser.newPage({ viewport: { width: 375, height: 740 } });
      await view.goto(watching.url);
      const id = 'bytes{instance="web-7",query="memory_used"}';
      const box = view.getByRole("checkbox", { name: `Draw ${id}`, exact: true });
      await box.waitFor();
      const row = view.locator("tr", { has: box });
      await until("a value", 10_000, async () =>
        ((await row.textContent()) ?? "").startsWith(`${id}1.242M`),
      );
      const drawn = view.locator("article");
      await until("the load alone", 10_000, async () => (await drawn.count()) === 1);
      assert.equal(await drawn.first().getAttribute("data-series"), "load1");
      await box.check();
      const canvases = view.locator("#chosen canvas");
      await until("its charts", 10_000, async () => (await canvases.count()) === 2);
      assert.equal(await drawn.count(), 2);
      assert.equal(await view.evaluate<number>("document.documentElement.scrollWidth"), 375);
      const exported = await (await fetch(`${watching.url}/metrics`)).text();
      const [line = ""] = /^outliers_value\{.*web-7.*\}/m.exec(exported) ?? [];
      await view.getByRole("searchbox").or(view.getByRole("combobox")).fill(line);
      await until("that one", 10_000, async () => (await view.locator("tbody tr").count()) === 1);
      assert.equal(await box.isChecked(), true);
    } finally {
      await watching.collector.stop();
      await watching.detector.stop();
      await watching.clean();
    }
  });
});
