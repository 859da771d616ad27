import {
  type ChannelCredentials,
  credentials,
  experimental,
  ServerCredentials,
} from "@grpc/grpc-js";
import { z } from "zod";
import type { Certificates } from "./certificate-expiry.ts";
import { watchCertificates } from "./certificate-watcher.ts";
import type { SettingMeta } from "./env.ts";
import type { Logger } from "./logger.ts";
import { readPems, type TlsFiles } from "./pem.ts";

const path = z
  .string()
  .trim()
  .optional()
  .meta({ default: "", allowed: "the path of a PEM file" } satisfies SettingMeta);

/** The settings for TLS, for the schema of a service. */
export const tlsFiles = {
  TLS_CERT: path.describe(
    "The service's own certificate, with its chain. The detector uses TLS if it is set; the collector presents it to the detector.",
  ),
  TLS_KEY: path.describe("The private key of that certificate."),
  TLS_CA: path.describe(
    "The CAs that the other side's certificate is verified against. The collector uses TLS if it is set.",
  ),
};

/** For a schema's `superRefine`: reports files that can't be used. */
export function checkTlsFiles(files: TlsFiles, context: z.core.$RefinementCtx<TlsFiles>): void {
  readPems(files, (name, message) => {
    context.addIssue({ code: "custom", path: [name], message });
  });
}

/** Credentials that are reloaded when their files change, until they are closed. */
export type Credentials<T> = {
  credentials: T;
  /** The certificates in use; undefined without TLS. */
  certificates: (() => Certificates) | undefined;
  close(): void;
};

// The minimum version of TLS is Node's default, 1.2; tests verify that.

/**
 * Credentials of a server: TLS if TLS_CERT is set.
 * @param requireClients whether clients need a certificate that TLS_CA verifies
 */
export function serverCredentials(
  files: TlsFiles,
  requireClients: boolean,
  logger: Logger,
): Credentials<ServerCredentials> {
  if (files.TLS_CERT === undefined) return plaintext(ServerCredentials.createInsecure());
  const watcher = watchCertificates(files, logger);
  return {
    // The first argument is the identity, despite its name in grpc-js 1.14.
    credentials: experimental.createCertificateProviderServerCredentials(
      watcher,
      requireClients ? watcher : null,
      requireClients,
    ),
    certificates: () => watcher.certificates(),
    close: () => watcher.close(),
  };
}

/** Credentials of a client: TLS if TLS_CA is set, with a client certificate if there is one. */
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
