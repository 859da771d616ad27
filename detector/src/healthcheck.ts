// A gRPC health probe that the image itself can run: exits 0 when the detector serves, else 1.
import { readFileSync } from "node:fs";
import { Client, credentials } from "@grpc/grpc-js";
import { hostPort, reachable } from "@outliers/service/env";
import { service } from "grpc-health-check";
import { type Config, parseConfig } from "./config.ts";

/** TLS as the detector has it; the probe has no certificate but the detector's own to show. */
function credentialsFor({ TLS_CERT, TLS_KEY }: Config) {
  if (TLS_CERT === undefined || TLS_KEY === undefined) return credentials.createInsecure();
  // It asks its own host, by an address that no certificate needs to name.
  return credentials.createSsl(null, readFileSync(TLS_KEY), readFileSync(TLS_CERT), {
    rejectUnauthorized: false,
  });
}

const config = parseConfig(process.env);
const address = hostPort(reachable(config.DETECTOR_LISTEN_ADDRESS));
const check = service.Check;
if (!check) throw new Error("grpc-health-check has no Check method");
const client = new Client(address, credentialsFor(config), {
  // Node warns of an address in the place of a name.
  "grpc.ssl_target_name_override": "localhost",
  // No proxy of the environment leads to this container.
  "grpc.enable_http_proxy": 0,
});
client.makeUnaryRequest(
  check.path,
  check.requestSerialize,
  check.responseDeserialize,
  { service: "pb.Outliers" },
  { deadline: Date.now() + 2000 },
  (error, response) => {
    const status = error ? error.message : String(Reflect.get(response ?? {}, "status"));
    process.stdout.write(`${status}\n`);
    process.exit(status === "SERVING" ? 0 : 1);
  },
);
