import type { Deadline, handleUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { WARM_UP_SAMPLES } from "@outliers/detection/adaptive";
import { OutliersClient } from "@outliers/proto";
import type { Logger } from "@outliers/service/logger";
import { SeriesLimit } from "./admission.ts";
import { detect } from "./detect.ts";
import { RequestError, toStatus } from "./errors.ts";
import { LongWork, type LongWorkLimits } from "./long-work.ts";
import type { JudgeMetrics, Metrics } from "./metrics.ts";
import { encode } from "./slices.ts";
import { createStreams, type StreamLimits } from "./stream-calls.ts";
import { Turns } from "./turns.ts";
import type { Verdicts } from "./verdicts.ts";
import { decodeWindow, type Window } from "./window.ts";
import { RequestDecoder } from "./wire/request-decoder.ts";

export type ServiceLimits = {
  maxPoints: number;
  /** Bytes that a response may have: what gRPC clients take by default. */
  maxResponseBytes: number;
  /** Series that all streams together may hold. */
  maxSeries: number;
  streams: StreamLimits;
  longWork: LongWorkLimits;
};

/** Requests and responses are bytes here: grpc-js would hide why one can't be decoded. */
const asIs = (bytes: Buffer): Buffer => bytes;

/** Longer requests are judged elsewhere: decoding and answering them takes time too. */
const LONG_BYTES = 64 * 1024;
/** Unary calls come after streams, unless these took so much lately. */
const UNARY_HANDICAP_MS = 1000;

const isLong = ({ settings, points }: Window): boolean =>
  "start" in settings.method && points > WARM_UP_SAMPLES;

const hasPassed = (deadline: Deadline): boolean =>
  deadline !== Number.POSITIVE_INFINITY && Number(deadline) <= Date.now();

/** The `pb.Outliers` service: decodes requests, judges them, counts them. */
export function createService(limits: ServiceLimits, metrics: Metrics, logger: Logger) {
  const { maxPoints } = limits;
  // One for all calls: what is decoded is judged before the next one is.
  const decoder = new RequestDecoder();
  const metricsOf = new Map<string, JudgeMetrics>();
  const turns = new Turns();
  const unary = turns.lane(UNARY_HANDICAP_MS);
  const series = new SeriesLimit(limits.maxSeries, () =>
    metrics.rejected.inc({ reason: "series" }),
  );
  const longWork = new LongWork(limits.longWork);

  function count(method: string, points: number, outliers: number, seconds: number): void {
    let ofMethod = metricsOf.get(method);
    if (!ofMethod) {
      ofMethod = metrics.ofJudging(method);
      metricsOf.set(method, ofMethod);
    }
    ofMethod.observe(seconds);
    ofMethod.points.add(points);
    ofMethod.outliers.add(outliers);
  }

  /** @throws RequestError */
  function judge(window: Window, respond: (window: Window) => Verdicts): Verdicts {
    const startedMs = performance.now();
    const verdicts = respond(window);
    const seconds = (performance.now() - startedMs) / 1000;
    count(window.settings.method.name, window.points, verdicts.indices.length, seconds);
    return verdicts;
  }

  /** @throws RequestError for a response that clients would not take */
  function checked(response: Buffer): Buffer {
    if (response.length <= limits.maxResponseBytes) return response;
    throw new RequestError(
      "over_limit",
      `the response has ${response.length} bytes, the limit is ${limits.maxResponseBytes} (MAX_RESPONSE_BYTES): send fewer metrics, or leave out include_scores`,
    );
  }

  const fail = (error: unknown, callback: sendUnaryData<Buffer>): void => {
    if (!(error instanceof RequestError)) logger.error({ err: error }, "Detect failed");
    callback(toStatus(error));
  };

  const onDetect: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
    // Nobody waits any more for what would be judged then: grpc-js has sent the status, or will.
    const isOver = () => call.cancelled || hasPassed(call.getDeadline());
    const { request } = call;
    unary.add(() => {
      if (isOver()) return false;
      try {
        const window =
          request.length > LONG_BYTES
            ? undefined
            : decodeWindow(decoder, request, maxPoints, "window");
        if (window && !isLong(window)) callback(null, checked(encode(judge(window, detect))));
        else void answerLong(request, isOver, callback);
      } catch (error) {
        fail(error, callback);
      }
      return false;
    });
  };

  async function answerLong(
    request: Buffer,
    isOver: () => boolean,
    callback: sendUnaryData<Buffer>,
  ): Promise<void> {
    try {
      callback(null, await detectLong(request, isOver));
    } catch (error) {
      if (!isOver()) fail(error, callback);
    }
  }

  async function detectLong(request: Buffer, isOver: () => boolean): Promise<Buffer> {
    // A copy, as the request shares its memory with others.
    const answer = await longWork.detect({ bytes: Uint8Array.from(request), maxPoints }, isOver);
    if ("code" in answer) throw new RequestError(answer.code, answer.message);
    const { method, points, outliers, seconds, bytes } = answer;
    count(method, points, outliers, seconds);
    return checked(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  const streams = createStreams(
    limits.streams,
    {
      maxPoints,
      judge: (request, respond) =>
        judge(decodeWindow(decoder, request, maxPoints, "stream"), respond),
      checked,
      turns,
      series,
    },
    metrics,
    logger,
  );
  const { Detect, DetectStream } = OutliersClient.service;
  const ofBytes = { requestDeserialize: asIs, responseSerialize: asIs };
  return {
    definition: {
      Detect: { ...Detect, ...ofBytes },
      DetectStream: { ...DetectStream, ...ofBytes },
    },
    handlers: { Detect: onDetect, DetectStream: streams.onDetectStream },
    /** Ends every stream: its client is to open a new one elsewhere. */
    endStreams: streams.endAll,
    /** Gives up what is kept for later. */
    relieve: () => longWork.relieve(),
    close: () => longWork.close(),
  };
}
