import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { readPems } from "@outliers/service/pem";
import { InputError } from "./errors.ts";

/**
 * How a detector is dialled: with TLS when TLS_CA is set, and with the certificate of TLS_CERT and
 * TLS_KEY if there is one, as the collector does it.
 * @throws InputError when a file can't be used
 */
export function channelCredentials(env: NodeJS.ProcessEnv): ChannelCredentials {
  const { TLS_CA, TLS_CERT, TLS_KEY } = env;
  if (!TLS_CA) return credentials.createInsecure();
  const files = { TLS_CA, TLS_CERT: TLS_CERT || undefined, TLS_KEY: TLS_KEY || undefined };
  const pems = readPems(files, (name, message) => {
    throw new InputError(`${name}=${JSON.stringify(env[name] ?? "")}: ${message}`);
  });
  return credentials.createSsl(pems.TLS_CA ?? null, pems.TLS_KEY ?? null, pems.TLS_CERT ?? null);
}
