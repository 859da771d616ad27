import { startDetector } from "../speed/services.ts";

export type Replica = Awaited<ReturnType<typeof startReplica>>;

/**
 * A replica of the detector at a loopback address of its own.
 * @param port 0: any; all replicas of a detector have the same
 * @param core the only one that it may run on
 */
export async function startReplica(
  nth: number,
  port = 0,
  core?: number,
  settings: NodeJS.ProcessEnv = {},
) {
  const host = `127.0.0.${nth}`;
  const address = { DETECTOR_LISTEN_ADDRESS: `${host}:${port}` };
  const detector = await startDetector({ ...settings, ...address }, core);
  const taken = Number(detector.address.split(":").at(-1));
  return { ...detector, host, port: taken, resolved: { addresses: [host], port: taken } };
}
