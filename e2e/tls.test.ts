// The stack with mutual TLS, enabled as in the README, and a collector of another host, as in docs/fleets.md.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, credentials, status as Status } from "@grpc/grpc-js";
import { waitFor } from "@outliers/service/wait-for";
import { valueNow } from "./prometheus.ts";
import { collectorMetric, compose, composeWith, containers, docker, logOf, make } from "./stack.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = ["--file", "docker-compose.yml", "--file", "docker-compose.tls.yml"];
const SERVICES = ["detector", "collector", "prometheus"];
const targets = `${root}/prometheus/targets/e2e.yml`;
const EDGE_PORT = "19564";

/** The address of this machine for containers of any network. */
const machine = (): Promise<string> =>
  docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}");

/** Runs Compose for the collector of another host. */
function edge(settings: Record<string, string>, ...args: string[]): Promise<void> {
  const own = { COMPOSE_PROJECT_NAME: "outliers-e2e-edge", COLLECTOR_PORT: EDGE_PORT };
  return composeWith({ ...own, ...settings }, "--file", "docker-compose.collector.yml", ...args);
}

/** What happens to a plaintext client on a replica's published port. */
async function plaintextCall(): Promise<number> {
  const address = await compose(...files, "port", "detector", "9999");
  const client = new Client(address, credentials.createInsecure());
  const identity = (bytes: Buffer): Buffer => bytes;
  const code = await new Promise<number>((resolve) => {
    const deadline = Date.now() + 10_000;
    const path = "/pb.Outliers/Detect";
    client.makeUnaryRequest(path, identity, identity, Buffer.of(), { deadline }, (error) =>
      resolve(error?.code ?? Status.OK),
    );
  });
  client.close();
  return code;
}

describe("docker compose with docker-compose.tls.yml", () => {
  before(async () => {
    const address = await machine();
    await make("certs", `NAMES=${address}`);
    const up = ["up", "--build", "--detach", "--wait", ...SERVICES];
    await composeWith({ DETECTOR_BIND_ADDRESS: address }, ...files, ...up);
  });
  after(async () => {
    await rm(targets, { force: true });
    const down = ["down", "--volumes", "--timeout", "2"];
    await edge({ REMOTE_DETECTOR: "detector:9999" }, ...down);
    await compose(...files, ...down);
  });

  it("gives verdicts over mutual TLS", async () => {
    await waitFor("verdicts", 60_000, async () => {
      return (await collectorMetric(/^collector_detect_requests_total\{code="OK"/)) > 10;
    });
    assert.equal(await collectorMetric(/^collector_detector_up/), 1);
  });

  it("serves the collector of another host, and Prometheus shows both by their names", async () => {
    const settings = {
      HOST_NAME: "edge-1",
      BIND_ADDRESS: await machine(),
      REMOTE_DETECTOR: await compose(...files, "port", "detector", "9999"),
    };
    const target = `${settings.BIND_ADDRESS}:${EDGE_PORT}`;
    await writeFile(targets, `[{targets: ["${target}"], labels: {instance: edge-1}}]\n`);
    await edge(settings, "up", "--build", "--detach");
    for (const host of ["edge-1", hostname()]) {
      await waitFor(`verdicts of ${host}`, 60_000, async () => {
        return (await valueNow(`collector_detector_up{instance="${host}"}`)) === 1;
      });
    }
  });

  it("rejects a plaintext client, and reports it in the detector's log", async () => {
    assert.equal(await plaintextCall(), Status.UNAVAILABLE);
    const [detector = ""] = await containers("detector");
    await waitFor("the line in the log", 20_000, async () =>
      (await logOf(detector)).some(({ msg }) => msg === "no TLS handshake"),
    );
  });
});
