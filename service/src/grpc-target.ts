import { isIPv4, isIPv6 } from "node:net";

/** A name or an IP address, without brackets, and a port. */
type Endpoint = { host: string; port: number };

/** Where a gRPC server is: behind a name, at IP addresses, or at a Unix socket. */
export type GrpcTarget =
  | ({ kind: "name" } & Endpoint)
  | { kind: "addresses"; endpoints: readonly Endpoint[] }
  | { kind: "socket"; path: string };

const HOST_PORT = /^(?:\[([^[\]]+)\]|([\p{L}\p{N}_][\p{L}\p{N}_.-]*)):(\d{1,5})$/u;

function endpointOf(text: string): Endpoint | undefined {
  const [, ipv6, name, digits] = HOST_PORT.exec(text) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= 65_535)) return undefined;
  if (name !== undefined) return { host: name, port };
  return ipv6 !== undefined && isIPv6(ipv6) ? { host: ipv6, port } : undefined;
}

function addressesOf(list: string, isAddress: (host: string) => boolean): GrpcTarget | undefined {
  const parts = list.split(",");
  const endpoints = parts.flatMap((part) => endpointOf(part) ?? []);
  const isValid =
    endpoints.length === parts.length && endpoints.every(({ host }) => isAddress(host));
  return isValid ? { kind: "addresses", endpoints } : undefined;
}

/**
 * Parses `detector:9999`, `dns:///detector:9999`, `ipv4:10.0.0.1:9999,10.0.0.2:9999`,
 * `ipv6:[::1]:9999` or `unix:/path`. The port is required: gRPC's default, 443, is never right.
 * @returns undefined for any other text
 * @see https://github.com/grpc/grpc/blob/master/doc/naming.md
 */
export function parseGrpcTarget(text: string): GrpcTarget | undefined {
  const [, scheme, rest = ""] = /^(ipv4|ipv6|unix):(.*)$/.exec(text) ?? [];
  if (scheme === "ipv4") return addressesOf(rest, isIPv4);
  if (scheme === "ipv6") return addressesOf(rest, isIPv6);
  if (scheme === "unix") {
    const path = rest.replace(/^\/\/(?=\/)/, "");
    return path === "" || path.startsWith("//") ? undefined : { kind: "socket", path };
  }
  const endpoint = endpointOf(text.replace(/^dns:(?:\/\/\/)?/, ""));
  return endpoint && { kind: "name", ...endpoint };
}
