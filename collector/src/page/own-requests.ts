import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * Why a request that changes something may come from another site's page; undefined when it can't.
 * A browser sends `Origin` with every such request. It has to be the page's own, and not only by name:
 * the owner of a name can have it resolve to our address (DNS rebinding). That can't be done with an
 * address, with `localhost`, or with the name in PAGE_URL. Programs send no `Origin`, and may do it.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function foreignReason(
  { headers }: Pick<IncomingMessage, "headers">,
  pageUrl: string | undefined,
): string | undefined {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return "it comes from another site's page";
  const { origin, host } = headers;
  if (origin === undefined)
    return site === undefined ? undefined : "it comes from a browser, and names no Origin";
  if (pageUrl !== undefined && origin === new URL(pageUrl).origin) return undefined;
  const from = URL.parse(origin);
  if (from === null || from.host !== host) return `it comes from ${origin}, another site's page`;
  const name = from.hostname.replace(/^\[|\]$/g, "");
  if (isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost")) return undefined;
  return `the page is opened as ${origin}, which could be anybody's name for this address: set PAGE_URL to it, or open the page by its address`;
}
