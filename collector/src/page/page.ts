import type { Handler } from "@outliers/service/ops-server";
import { createEvents } from "./events.ts";
import type { View } from "./feed.ts";
import { staticRoutes } from "./static-files.ts";

/** The live page: its files, and `/events`, which streams its data. */
export const pageRoutes = (view: View): ReadonlyMap<string, Handler> =>
  new Map([...staticRoutes(), ["/events", createEvents(view)]]);
