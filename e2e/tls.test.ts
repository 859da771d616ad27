// The stack with mutual TLS, enabled as in the README.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client, credentials, status as Status } from "@grpc/grpc-js";
import { waitFor } from "@outliers/service/wait-for";
import { collectorMetric, compose, containers, logOf } from "./stack.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = ["--file", "docker-compose.yml", "--file", "docker-compose.tls.yml"];
const SERVICES = ["detector", "collector"];

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
    await promisify(execFile)("make", ["certs"], { cwd: root });
    await compose(...files, "up", "--build", "--detach", "--wait", ...SERVICES);
  });
  after(() => compose(...files, "down", "--volumes", "--timeout", "2"));

  it("gives verdicts over mutual TLS", async () => {
    await waitFor("verdicts", 60_000, async () => {
      return (await collectorMetric(/^collector_detect_requests_total\{code="OK"/)) > 10;
    });
    assert.equal(await collectorMetric(/^collector_detector_up/), 1);
  });

  it("rejects a plaintext client, and reports it in the detector's log", async () => {
    assert.equal(await plaintextCall(), Status.UNAVAILABLE);
    const [detector = ""] = await containers("detector");
    await waitFor("the line in the log", 20_000, async () =>
      (await logOf(detector)).some(({ msg }) => msg === "no TLS handshake"),
    );
  });
});
