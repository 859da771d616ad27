import type { handleBidiStreamingCall } from "@grpc/grpc-js";
import type { Logger } from "@outliers/service/logger";

import type { SeriesLimit } from "./admission.ts";
import { DetectionStream } from "./detection-stream.ts";
import { RequestError, StreamEnded, toStatus } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import { answerInSteps, takesLong } from "./slices.ts";
import type { Turns } from "./turns.ts";
import type { Verdicts } from "./verdicts.ts";
import type { Window } from "./window.ts";

export type StreamLimits = {
  /** How many series a stream may hold. */
  maxSeries: number;
  /** How long a stream may go without a request. */
  idleTimeoutMs: number;
  /** How long a stream may live, so that its client comes to a new replica. */
  maxAgeMs: number;
};

/** What streams share with all other calls. */
type Shared = {
  maxPoints: number;
  judge: (request: Buffer, respond: (window: Window) => Verdicts) => Verdicts;
  /** @throws RequestError for a response that clients would not take */
  checked: (response: Buffer) => Buffer;
  turns: Turns;
  series: SeriesLimit;
};

/** What a new stream counts as having used, so that opening one gets nobody ahead of those that are. */
const STREAM_HANDICAP_MS = 20;

/** The calls of `DetectStream`: each with a state of its own, which ends with it. */
export function createStreams(
  limits: StreamLimits,
  { maxPoints, judge, checked, turns, series }: Shared,
  metrics: Metrics,
  logger: Logger,
) {
  const open = new Set<(reason: string) => void>();

  const onDetectStream: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    const stream = new DetectionStream(limits.maxSeries);
    const lane = turns.lane(STREAM_HANDICAP_MS);
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
      series.add(-stream.size);
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

    function take(answer: Generator<void, Buffer>, held: number) {
      try {
        return answer.next();
      } finally {
        metrics.series.inc(stream.size - held);
        series.add(stream.size - held);
      }
    }

    /** Does the next step of an answer. @returns whether there is more to do */
    function proceed(answer: Generator<void, Buffer>): boolean {
      if (!open.has(end)) return false;
      const held = stream.size;
      try {
        const { done, value } = take(answer, held);
        series.check();
        if (!done) return true;
        // A slow reader gets no further ahead of itself than the channel's own buffers.
        if (!call.write(checked(value)) && !call.isPaused()) {
          call.pause().once("drain", () => call.resume());
        }
      } catch (error) {
        if (!(error instanceof RequestError)) logger.error({ err: error }, "DetectStream failed");
        fail(error);
      }
      return false;
    }

    const respond = (window: Window) => stream.judge(window);
    const judgeSlice = (slice: Buffer) => judge(slice, respond);
    call.on("data", (request: Buffer) => {
      idle.refresh();
      const answer = answerInSteps(request, maxPoints, judgeSlice);
      lane.add(() => proceed(answer), takesLong(request));
    });
    call.on("end", () => {
      lane.add(() => {
        close();
        call.end();
        return false;
      });
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
