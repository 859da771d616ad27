import {
  type ChannelCredentials,
  type ClientDuplexStream,
  type ClientOptions,
  credentials as grpcCredentials,
  Metadata,
  type ServiceError,
  status as Status,
} from "@grpc/grpc-js";
import {
  type DecodedResponse,
  type DetectionOptions,
  type Metric,
  OutliersClient,
  type OutliersRequest,
} from "@outliers/proto";

/** A stream to one replica of the detector, which remembers what it was sent. */
export type DetectorStream = {
  readonly isOpen: boolean;
  /**
   * One request at a time. After an error the stream is not open any more.
   * @throws ServiceError
   */
  send(metrics: Metric[]): Promise<DecodedResponse>;
  close(): void;
};

/** Has samples judged by the detector. */
export type DetectorClient = {
  /**
   * Has whole windows judged.
   * @throws ServiceError
   */
  detect(metrics: Metric[], options: DetectionOptions): Promise<DecodedResponse>;
  /** Opens a stream; whether a detector answers shows on its first request. */
  openStream(options: DetectionOptions): DetectorStream;
  /** Ends the streams too. */
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
 * @param deadlineMs how long a request may take: a call with its retries, a message of a stream
 */
export function createDetectorClient(
  target: string,
  deadlineMs: number,
  credentials: ChannelCredentials = grpcCredentials.createInsecure(),
): DetectorClient {
  const client = new OutliersClient(target, credentials, channelOptions);
  const streams = new Set<DetectorCall>();
  return {
    detect: (metrics, options) =>
      new Promise((resolve, reject) => {
        const deadline = Date.now() + deadlineMs;
        client.Detect({ metrics, options }, { deadline }, (error, response) => {
          if (error) reject(error);
          else if (response) resolve(response);
        });
      }),
    openStream(options) {
      const call = client.DetectStream();
      streams.add(call);
      // However it ended: of grpc-js, this event alone comes each time.
      call.on("status", () => streams.delete(call));
      return openStream(call, options, deadlineMs);
    },
    close() {
      for (const call of streams) call.cancel();
      client.close();
    },
  };
}

type DetectorCall = ClientDuplexStream<OutliersRequest, DecodedResponse>;

function openStream(
  call: DetectorCall,
  options: DetectionOptions,
  deadlineMs: number,
): DetectorStream {
  let ended: Error | undefined;
  let waiting: PromiseWithResolvers<DecodedResponse> | undefined;

  function end(error: Error): void {
    ended ??= error;
    waiting?.reject(ended);
    waiting = undefined;
  }
  call.on("data", (response: DecodedResponse) => {
    waiting?.resolve(response);
    waiting = undefined;
  });
  call.on("error", end);
  call.on("end", () => end(serviceError(Status.UNAVAILABLE, "the detector ended the stream")));

  return {
    close: () => call.cancel(),
    get isOpen() {
      return ended === undefined;
    },
    async send(metrics) {
      if (ended) throw ended;
      waiting = Promise.withResolvers();
      const { promise } = waiting;
      const late = setTimeout(() => {
        end(serviceError(Status.DEADLINE_EXCEEDED, `no answer within ${deadlineMs / 1000} s`));
        call.cancel();
      }, deadlineMs);
      try {
        call.write({ metrics, options });
        return await promise;
      } finally {
        clearTimeout(late);
      }
    },
  };
}

const serviceError = (code: Status, details: string): ServiceError =>
  Object.assign(new Error(`${code} ${Status[code]}: ${details}`), {
    code,
    details,
    metadata: new Metadata(),
  });
