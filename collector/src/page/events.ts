import type { ServerResponse } from "node:http";
import type { Handler } from "@outliers/service/ops-server";
import { createFeed, type FeedEvent, type View } from "./feed.ts";
import { securityHeaders } from "./security-headers.ts";

/** Fewer than the connections of the server: scrapes and probes still get in. */
export const MAX_VIEWERS = 400;

/** Short enough to feel immediate, long enough to cost next to nothing. */
const FRAME_MS = 250;
/** Proxies and NATs drop idle connections, some after 30 s. */
const HEARTBEAT_MS = 15_000;
/** A viewer that reads nothing for this long is disconnected; its page reconnects when it is back. */
const STALLED_MS = 30_000;

type Viewer = {
  response: ServerResponse;
  next(): Generator<FeedEvent, void>;
  /** Since when writes have been blocked; undefined if they are not. */
  blockedAtMs: number | undefined;
  writtenAtMs: number;
};

/**
 * Streams the view as server-sent events: first what there is, then what is new. A slow viewer gets
 * nothing until it has read what was written, and then everything that it missed.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createEvents(view: View): Handler {
  const viewers = new Set<Viewer>();
  let timer: NodeJS.Timeout | undefined;

  /** Nothing is computed while nobody is watching. */
  function updateTimer(): void {
    if (viewers.size > 0) timer ??= setInterval(sendFrames, FRAME_MS).unref();
    else {
      clearInterval(timer);
      timer = undefined;
    }
  }

  function sendFrames(): void {
    const nowMs = performance.now();
    for (const viewer of viewers) {
      if (viewer.blockedAtMs === undefined) {
        send(viewer);
        if (nowMs - viewer.writtenAtMs >= HEARTBEAT_MS) write(viewer, ": heartbeat\n\n");
      } else if (nowMs - viewer.blockedAtMs >= STALLED_MS) viewer.response.destroy();
    }
  }

  return (request, response) => {
    if (viewers.size >= MAX_VIEWERS) {
      response
        .writeHead(503, { ...securityHeaders, "content-type": "text/plain", "retry-after": "10" })
        .end(`limit of ${MAX_VIEWERS} connected pages reached\n`);
      return;
    }
    response.writeHead(200, {
      ...securityHeaders,
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const viewer: Viewer = {
      response,
      next: createFeed(view, chosenSeries(request.url)),
      blockedAtMs: undefined,
      writtenAtMs: performance.now(),
    };
    response.on("drain", () => {
      viewer.blockedAtMs = undefined;
      send(viewer);
    });
    response.on("close", () => {
      viewers.delete(viewer);
      updateTimer();
    });
    viewers.add(viewer);
    updateTimer();
    write(viewer, "retry: 1000\n\n");
    send(viewer);
  };
}

/** `/events?series=a&series=b` */
const chosenSeries = (url = ""): string[] =>
  new URL(url, "http://localhost").searchParams.getAll("series");

/** Sends what is new, until there is no more or the connection is full. */
function send(viewer: Viewer): void {
  for (const { event, data } of viewer.next()) {
    write(viewer, `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (viewer.blockedAtMs !== undefined) return;
  }
}

function write(viewer: Viewer, text: string): void {
  viewer.writtenAtMs = performance.now();
  if (!viewer.response.write(text)) viewer.blockedAtMs ??= viewer.writtenAtMs;
}
