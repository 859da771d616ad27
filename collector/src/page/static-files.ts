import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import type { Handler } from "@outliers/service/ops-server";
import { securityHeaders } from "./security-headers.ts";

type StaticFile = { url: URL; type: string };

const own = (name: string, type: string): StaticFile => ({
  url: new URL(`static/${name}`, import.meta.url),
  type,
});

const ofUplot = (name: string, type: string): StaticFile => ({
  url: new URL(import.meta.resolve(`uplot/dist/${name}`)),
  type,
});

const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const JS = "text/javascript; charset=utf-8";

/** The files of the page, by path. */
const staticFiles: ReadonlyMap<string, StaticFile> = new Map([
  ["/", own("index.html", HTML)],
  ["/style.css", own("style.css", CSS)],
  ["/app.js", own("app.js", JS)],
  ["/card.js", own("card.js", JS)],
  ["/chart.js", own("chart.js", JS)],
  ["/dom.js", own("dom.js", JS)],
  ["/normals.js", own("normals.js", JS)],
  ["/incidents.js", own("incidents.js", JS)],
  ["/filter.js", own("filter.js", JS)],
  ["/list.js", own("list.js", JS)],
  ["/format.js", own("format.js", JS)],
  ["/series.js", own("series.js", JS)],
  ["/icon.svg", own("icon.svg", "image/svg+xml")],
  ["/uplot.js", ofUplot("uPlot.iife.min.js", JS)],
  ["/uplot.css", ofUplot("uPlot.min.css", CSS)],
]);

/** Serves the files of the page from disk, without keeping them in memory. */
export const staticRoutes = (): [string, Handler][] =>
  [...staticFiles].map(([path, file]) => [
    path,
    (request, response) => {
      answer(file, request.headers["if-none-match"], response).catch((error: unknown) => {
        response.writeHead(500, { "content-type": "text/plain" }).end(`${String(error)}\n`);
      });
    },
  ]);

async function answer(
  { url, type }: StaticFile,
  knownTag: string | undefined,
  response: ServerResponse,
): Promise<void> {
  const body = await readFile(url);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  // no-cache: kept but revalidated every time, so a new version shows at once.
  const headers = { ...securityHeaders, etag, "cache-control": "no-cache" };
  if (knownTag === etag) response.writeHead(304, headers).end();
  else
    response
      .writeHead(200, { ...headers, "content-type": type, "content-length": body.length })
      .end(body);
}
