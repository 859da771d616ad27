import { startDetector } from "../speed/services.ts";

export type Replica = Awaited<ReturnType<typeof startReplica>>;

/**
 * A replica of the detector at a loopback address of its own.
 * @param port 0: any; all replicas of a detector have the same
 * @param core the only one that it may run on
 */
export async function startReplica(nth: number, port = 0, core?: number) {
  const host = `127.0.0.${nth}`;
  const settings = { DETECTOR_LISTEN_ADDRESS: `${host}:${port}` };
  const detector = await startDetector(settings, core);
  const taken = Number(detector.address.split(":").at(-1));
  return { ...detector, host, port: taken, resolved: { addresses: [host], port: taken } };
}
