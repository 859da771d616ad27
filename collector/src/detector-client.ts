import { type ClientOptions, credentials } from "@grpc/grpc-js";
import { type DetectionOptions, type Metric, OutliersClient } from "@outliers/proto";

/** Sends windows to the detector. */
export type DetectorClient = {
  /**
   * @returns positions of the outliers in the metrics
   * @throws ServiceError
   */
  detect(metrics: Metric[]): Promise<number[]>;
  close(): void;
};

/** @see https://github.com/grpc/grpc/blob/master/doc/service_config.md */
const serviceConfig = {
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: [{ service: "pb.Outliers" }],
      retryPolicy: {
        maxAttempts: 3,
        initialBackoff: "0.1s",
        maxBackoff: "1s",
        backoffMultiplier: 2,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
  retryThrottling: { maxTokens: 10, tokenRatio: 0.1 },
};

const channelOptions: ClientOptions = {
  "grpc.service_config": JSON.stringify(serviceConfig),
  // A TXT record must not change how we behave.
  "grpc.service_config_disable_resolution": 1,
  // New replicas are found within this time of a connection's end; the default is 30 s.
  "grpc.dns_min_time_between_resolutions_ms": 2000,
  // The default grows to two minutes: too long without verdicts.
  "grpc.initial_reconnect_backoff_ms": 500,
  "grpc.max_reconnect_backoff_ms": 5000,
  "grpc.enable_channelz": 0,
  // No client keepalive: it kills calls that drain (github.com/grpc/grpc-node/issues/3068).
};

/**
 * Opens the one channel of this process.
 * @param target a gRPC target, such as `dns:///detector:9999`
 * @param deadlineMs how long a call may take, its retries included
 */
export function createDetectorClient(
  target: string,
  options: DetectionOptions,
  deadlineMs: number,
): DetectorClient {
  const client = new OutliersClient(target, credentials.createInsecure(), channelOptions);
  return {
    detect: (metrics) =>
      new Promise((resolve, reject) => {
        const deadline = Date.now() + deadlineMs;
        client.Detect({ metrics, options }, { deadline }, (error, response) => {
          if (error) reject(error);
          else resolve(response?.indices ?? []);
        });
      }),
    close: () => client.close(),
  };
}
