import type { handleBidiStreamingCall } from "@grpc/grpc-js";
import type { OutliersResponse } from "@outliers/proto";
import type { Logger } from "@outliers/service/logger";
import { DetectionStream } from "./detection-stream.ts";
import { RequestError, StreamEnded, toStatus } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import type { Verdicts } from "./verdicts.ts";
import type { Use, Window } from "./window.ts";

export type StreamLimits = {
  /** How many series a stream may hold. */
  maxSeries: number;
  /** How long a stream may go without a request. */
  idleTimeoutMs: number;
  /** How long a stream may live, so that its client comes to a new replica. */
  maxAgeMs: number;
};

type Judge = (request: Buffer, use: Use, respond: (window: Window) => Verdicts) => Verdicts;

/** The calls of `DetectStream`: each with a state of its own, which ends with it. */
export function createStreams(
  limits: StreamLimits,
  judge: Judge,
  metrics: Metrics,
  logger: Logger,
) {
  const open = new Set<(reason: string) => void>();

  const onDetectStream: handleBidiStreamingCall<Buffer, OutliersResponse> = (call) => {
    const stream = new DetectionStream(limits.maxSeries);
    const isIdle = `was idle for ${limits.idleTimeoutMs / 1000} s (STREAM_IDLE_TIMEOUT)`;
    const isOld = `has reached its greatest age, ${limits.maxAgeMs / 1000} s (MAX_STREAM_AGE)`;
    const idle = setTimeout(() => end(isIdle), limits.idleTimeoutMs);
    // Up to a tenth earlier, so that streams which began together don't all end together.
    const age = setTimeout(() => end(isOld), limits.maxAgeMs * (1 - Math.random() / 10));
    metrics.streams.inc();
    open.add(end);

    function close(): void {
      if (!open.delete(end)) return;
      clearTimeout(idle);
      clearTimeout(age);
      metrics.streams.dec();
      metrics.series.dec(stream.size);
    }

    function fail(error: unknown): void {
      close();
      // No more than one status: what is still to come of the call's requests is not read.
      call.removeAllListeners("data").resume();
      call.emit("error", toStatus(error));
    }

    function end(reason: string): void {
      fail(new StreamEnded(`the stream ${reason}: open a new one and send its history first`));
    }

    call.on("data", (request: Buffer) => {
      idle.refresh();
      const held = stream.size;
      try {
        const response = judge(request, "stream", (window) => stream.judge(window));
        metrics.series.inc(stream.size - held);
        // A slow reader gets no further ahead of itself than the channel's own buffers.
        if (!call.write(response)) call.pause().once("drain", () => call.resume());
      } catch (error) {
        metrics.series.inc(stream.size - held);
        if (!(error instanceof RequestError)) logger.error({ err: error }, "DetectStream failed");
        fail(error);
      }
    });
    call.on("end", () => {
      close();
      call.end();
    });
    call.on("cancelled", close);
    call.on("error", close);
  };

  return {
    onDetectStream,
    endAll: (reason: string): void => {
      for (const endOne of open) endOne(reason);
    },
  };
}
