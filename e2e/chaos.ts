import { setTimeout as delay } from "node:timers/promises";
import { compose, containers, docker, inspect, killHard, processOf } from "./stack.ts";

/** How long a replica stays paused or disconnected: longer than the deadline of a detection. */
const OUTAGE_MS = 4000;

type Disturbance = { name: string; disturb(replica: string): Promise<void> };

const networkOf = (container: string): Promise<string> =>
  inspect(container, "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}");

/** What may happen to a replica of the detector, or to all of them. */
const disturbances: readonly Disturbance[] = [
  { name: "kill -9", disturb: killHard },
  {
    name: "SIGSTOP",
    async disturb(replica) {
      const pid = await processOf(replica);
      process.kill(pid, "SIGSTOP");
      await delay(OUTAGE_MS);
      process.kill(pid, "SIGCONT");
    },
  },
  {
    name: "docker pause",
    async disturb(replica) {
      await docker("pause", replica);
      await delay(OUTAGE_MS);
      await docker("unpause", replica);
    },
  },
  {
    name: "docker network disconnect",
    async disturb(replica) {
      const network = await networkOf(replica);
      await docker("network", "disconnect", "--force", network, replica);
      await delay(OUTAGE_MS);
      await docker("network", "connect", "--alias", "detector", network, replica);
    },
  },
  {
    name: "restart of all",
    async disturb() {
      await compose("restart", "detector");
    },
  },
  {
    name: "scale up and down",
    async disturb() {
      for (const replicas of [3, 1, 2]) {
        await compose(
          "up",
          "--detach",
          "--no-recreate",
          "--scale",
          `detector=${replicas}`,
          "detector",
        );
      }
    },
  },
];

/** Disturbs the replicas for a while: one disturbance after another, all equally often. */
export async function chaos(durationMs: number): Promise<string[]> {
  const done: string[] = [];
  const endMs = Date.now() + durationMs;
  for (let turn = 0; Date.now() < endMs || turn < disturbances.length; turn++) {
    const replicas = await containers("detector");
    const victim = replicas[Math.floor(Math.random() * replicas.length)];
    const disturbance = disturbances[turn % disturbances.length];
    if (victim === undefined || disturbance === undefined) continue;
    await disturbance.disturb(victim);
    done.push(disturbance.name);
    // Time to recover, so that every disturbance meets a healthy stack.
    await delay(1000 + 3000 * Math.random());
  }
  return done;
}
