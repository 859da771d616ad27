import type { Route } from "@outliers/service/ops-server";
import { createEvents } from "./events.ts";
import type { View } from "./feed.ts";
import { normalsRoutes } from "./normals-api.ts";
import { staticRoutes } from "./static-files.ts";

/**
 * The live page: its files, `/events`, which streams its data, and `/normals`, where people mark what
 * was normal.
 * @param pageUrl where people open the page, if that is known
 */
export const pageRoutes = (view: View, pageUrl: string | undefined): ReadonlyMap<string, Route> =>
  new Map<string, Route>([
    ...staticRoutes(),
    ["/events", createEvents(view)],
    ...normalsRoutes({ ...view, pageUrl, now: Date.now }),
  ]);
