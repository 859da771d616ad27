import type { ServerResponse } from "node:http";
import type { Handler } from "@outliers/service/ops-server";
import { createFeed, type FeedEvent, type View } from "./feed.ts";
import { securityHeaders } from "./security-headers.ts";

/** Each viewer costs memory: a host's page is looked at by few. */
export const MAX_VIEWERS = 20;

/** Short enough for a sample to show at once, long enough to cost nothing. */
const FRAME_MS = 250;
/** Proxies and NATs forget connections that are silent for longer, some after 30 s. */
const HEARTBEAT_MS = 15_000;
/** A reader that takes nothing for that long is gone: its page will reconnect when it is back. */
const STALLED_MS = 30_000;

type Viewer = {
  response: ServerResponse;
  next(): Generator<FeedEvent, void>;
  /** Since when it has not taken what was written; undefined when it has. */
  blockedAtMs: number | undefined;
  writtenAtMs: number;
};

/**
 * Streams the view as server-sent events: what is there, then what is new. A reader that is slow is
 * sent nothing until it has taken what was written, and then all that it missed in one go.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createEvents(view: View): Handler {
  const viewers = new Set<Viewer>();
  let timer: NodeJS.Timeout | undefined;

  /** Nothing is computed while nobody looks. */
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
        .end(`${MAX_VIEWERS} pages are connected already, and that is the limit\n`);
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
      next: createFeed(view),
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

/** Sends what is new, until there is no more or the reader can't take more. */
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
