import type { Exporter } from "../speed/services.ts";

/** A figure that a process exports, without labels. */
export async function gauge(of: Pick<Exporter, "metrics">, name: string): Promise<number> {
  return Number(new RegExp(`^${name} (.+)$`, "m").exec(await of.metrics())?.[1]);
}
