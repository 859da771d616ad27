// Original file: outliers.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { OutliersRequest as _pb_OutliersRequest, OutliersRequest__Output as _pb_OutliersRequest__Output } from '../pb/OutliersRequest.ts';
import type { OutliersResponse as _pb_OutliersResponse, OutliersResponse__Output as _pb_OutliersResponse__Output } from '../pb/OutliersResponse.ts';

/**
 * Finds the values of a series that do not belong.
 */
export interface OutliersClient extends grpc.Client {
  /**
   * Judges a window: a pure function of the request, so any replica can answer.
   * 
   * INVALID_ARGUMENT: a value that is not finite, or options that are not as
   * DetectionOptions says. RESOURCE_EXHAUSTED: more metrics or bytes than the
   * server's limits allow.
   */
  Detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _pb_OutliersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _pb_OutliersRequest, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Judges a window: a pure function of the request, so any replica can answer.
   * 
   * INVALID_ARGUMENT: a value that is not finite, or options that are not as
   * DetectionOptions says. RESOURCE_EXHAUSTED: more metrics or bytes than the
   * server's limits allow.
   */
  detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _pb_OutliersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _pb_OutliersRequest, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Judges series as they grow, by METHOD_ADAPTIVE: a request carries the new
   * metrics of one or more series, and gets one response, about its own metrics.
   * What was learnt of a series lives as long as the stream. Whoever opens a new
   * one, on any replica, sends its history first, and gets the verdicts that the
   * old stream would have given: history that matters is no older than 41,000
   * sample intervals. Options come with the first request, and later ones may
   * only repeat them.
   * 
   * INVALID_ARGUMENT: as with Detect; also a metric without a time, a time that
   * is not after the one before it in its series, a method other than
   * METHOD_ADAPTIVE, options that change, a name of more than 1,024 bytes.
   * RESOURCE_EXHAUSTED: as with Detect; also more series than a stream may hold.
   * UNAVAILABLE: the stream was idle for too long, or has reached its greatest
   * age, or the server shuts down: open a new one.
   */
  DetectStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_pb_OutliersRequest, _pb_OutliersResponse__Output>;
  DetectStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_pb_OutliersRequest, _pb_OutliersResponse__Output>;
  /**
   * Judges series as they grow, by METHOD_ADAPTIVE: a request carries the new
   * metrics of one or more series, and gets one response, about its own metrics.
   * What was learnt of a series lives as long as the stream. Whoever opens a new
   * one, on any replica, sends its history first, and gets the verdicts that the
   * old stream would have given: history that matters is no older than 41,000
   * sample intervals. Options come with the first request, and later ones may
   * only repeat them.
   * 
   * INVALID_ARGUMENT: as with Detect; also a metric without a time, a time that
   * is not after the one before it in its series, a method other than
   * METHOD_ADAPTIVE, options that change, a name of more than 1,024 bytes.
   * RESOURCE_EXHAUSTED: as with Detect; also more series than a stream may hold.
   * UNAVAILABLE: the stream was idle for too long, or has reached its greatest
   * age, or the server shuts down: open a new one.
   */
  detectStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_pb_OutliersRequest, _pb_OutliersResponse__Output>;
  detectStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_pb_OutliersRequest, _pb_OutliersResponse__Output>;
  
}

/**
 * Finds the values of a series that do not belong.
 */
export interface OutliersHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Judges a window: a pure function of the request, so any replica can answer.
   * 
   * INVALID_ARGUMENT: a value that is not finite, or options that are not as
   * DetectionOptions says. RESOURCE_EXHAUSTED: more metrics or bytes than the
   * server's limits allow.
   */
  Detect: grpc.handleUnaryCall<_pb_OutliersRequest__Output, _pb_OutliersResponse>;
  
  /**
   * Judges series as they grow, by METHOD_ADAPTIVE: a request carries the new
   * metrics of one or more series, and gets one response, about its own metrics.
   * What was learnt of a series lives as long as the stream. Whoever opens a new
   * one, on any replica, sends its history first, and gets the verdicts that the
   * old stream would have given: history that matters is no older than 41,000
   * sample intervals. Options come with the first request, and later ones may
   * only repeat them.
   * 
   * INVALID_ARGUMENT: as with Detect; also a metric without a time, a time that
   * is not after the one before it in its series, a method other than
   * METHOD_ADAPTIVE, options that change, a name of more than 1,024 bytes.
   * RESOURCE_EXHAUSTED: as with Detect; also more series than a stream may hold.
   * UNAVAILABLE: the stream was idle for too long, or has reached its greatest
   * age, or the server shuts down: open a new one.
   */
  DetectStream: grpc.handleBidiStreamingCall<_pb_OutliersRequest__Output, _pb_OutliersResponse>;
  
}

export interface OutliersDefinition extends grpc.ServiceDefinition {
  Detect: MethodDefinition<_pb_OutliersRequest, _pb_OutliersResponse, _pb_OutliersRequest__Output, _pb_OutliersResponse__Output>
  DetectStream: MethodDefinition<_pb_OutliersRequest, _pb_OutliersResponse, _pb_OutliersRequest__Output, _pb_OutliersResponse__Output>
}
