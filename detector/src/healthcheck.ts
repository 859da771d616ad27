// A gRPC health probe that the image itself can run: exits 0 when the detector serves, else 1.
import { Client, credentials } from "@grpc/grpc-js";
import { hostPort, reachable } from "@outliers/service/env";
import { service } from "grpc-health-check";
import { parseConfig } from "./config.ts";

const address = hostPort(reachable(parseConfig(process.env).DETECTOR_LISTEN_ADDRESS));
const check = service.Check;
if (!check) throw new Error("grpc-health-check has no Check method");
const client = new Client(address, credentials.createInsecure());
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
