import { connect, type TLSSocket } from "node:tls";
import { credentials } from "@grpc/grpc-js";
import { OutliersClient } from "@outliers/proto";
import { serverCredentials } from "@outliers/service/tls";
import { createAuthority, type Pair, temporaryFolder } from "./certificates.ts";
import { startDetector } from "./detector.ts";
import { captureLog } from "./log.ts";

export const authority = await createAuthority("ours");
export const stranger = await createAuthority("another");
export const serverPair = await authority.issue(["localhost", "127.0.0.1"]);
export const clientPair = await authority.issue(["collector"]);

/** The certificate and key as files, next to the CA that clients are held to. */
export function writeFiles(folder: ReturnType<typeof temporaryFolder>, { cert, key }: Pair) {
  return {
    TLS_CERT: folder.write("tls.crt", cert),
    TLS_KEY: folder.write("tls.key", key),
    TLS_CA: folder.write("ca.crt", authority.cert),
  };
}

/** A detector with TLS on a free port, and its log. */
export async function startTlsDetector(requireClients = false, pair = serverPair) {
  const folder = temporaryFolder();
  const log = captureLog();
  const files = writeFiles(folder, pair);
  const tls = serverCredentials(files, requireClients, log.logger);
  const detector = await startDetector({ credentials: tls.credentials }, log.logger);
  return {
    ...detector,
    log,
    folder,
    files,
    async [Symbol.asyncDispose]() {
      await detector[Symbol.asyncDispose]();
      tls.close();
      folder[Symbol.dispose]();
    },
  };
}

/** A client by name, on a connection of its own. */
export function connectTls(port: number, pair?: Pair, ca = authority.cert) {
  const [key, cert] = pair ? [Buffer.from(pair.key), Buffer.from(pair.cert)] : [null, null];
  const client = new OutliersClient(
    `127.0.0.1:${port}`,
    credentials.createSsl(Buffer.from(ca), key, cert),
    { "grpc.use_local_subchannel_pool": 1, "grpc.ssl_target_name_override": "localhost" },
  );
  return { client, [Symbol.dispose]: () => client.close() };
}

/** The serial number of the certificate that a new connection is shown. */
export function shownSerial(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { port, host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false },
      () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}
