import {
  type ChannelCredentials,
  credentials,
  experimental,
  ServerCredentials,
} from "@grpc/grpc-js";
import { z } from "zod";
import type { Certificates } from "./certificate-expiry.ts";
import { watchCertificates } from "./certificate-watcher.ts";
import type { Logger } from "./logger.ts";
import { readPems, type TlsFiles } from "./pem.ts";

const path = z.string().trim().optional();

/** Paths of PEM files, for the schema of a service. */
export const tlsFiles = { TLS_CERT: path, TLS_KEY: path, TLS_CA: path };

/** For a schema's `superRefine`: whether the files can be used. */
export function checkTlsFiles(files: TlsFiles, context: z.core.$RefinementCtx<TlsFiles>): void {
  readPems(files, (name, message) => {
    context.addIssue({ code: "custom", path: [name], message });
  });
}

/** Credentials that follow their files until they are closed. */
export type Credentials<T> = {
  credentials: T;
  /** Those in use; undefined without TLS. */
  certificates: (() => Certificates) | undefined;
  close(): void;
};

// Neither side is given a least version of TLS: Node's own is 1.2, and tests hold it to that.

/**
 * What a server is bound with: TLS when TLS_CERT is set.
 * @param requireClients whether clients need a certificate that TLS_CA vouches for
 */
export function serverCredentials(
  files: TlsFiles,
  requireClients: boolean,
  logger: Logger,
): Credentials<ServerCredentials> {
  if (files.TLS_CERT === undefined) return plaintext(ServerCredentials.createInsecure());
  const watcher = watchCertificates(files, logger);
  return {
    // The first argument is the identity, whatever grpc-js 1.14 calls it.
    credentials: experimental.createCertificateProviderServerCredentials(
      watcher,
      requireClients ? watcher : null,
      requireClients,
    ),
    certificates: () => watcher.certificates(),
    close: () => watcher.close(),
  };
}

/** What a client connects with: TLS when TLS_CA is set, and with a certificate if there is one. */
export function channelCredentials(
  files: TlsFiles,
  logger: Logger,
): Credentials<ChannelCredentials> {
  if (files.TLS_CA === undefined) return plaintext(credentials.createInsecure());
  const watcher = watchCertificates(files, logger);
  return {
    credentials: experimental.createCertificateProviderChannelCredentials(
      watcher,
      files.TLS_CERT === undefined ? null : watcher,
    ),
    certificates: () => watcher.certificates(),
    close: () => watcher.close(),
  };
}

const plaintext = <T>(insecure: T): Credentials<T> => ({
  credentials: insecure,
  certificates: undefined,
  close() {},
});
