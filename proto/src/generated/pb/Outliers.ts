// Original file: outliers.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { OutliersRequest as _pb_OutliersRequest, OutliersRequest__Output as _pb_OutliersRequest__Output } from '../pb/OutliersRequest.ts';
import type { OutliersResponse as _pb_OutliersResponse, OutliersResponse__Output as _pb_OutliersResponse__Output } from '../pb/OutliersResponse.ts';

/**
 * Finds the outliers of series.
 */
export interface OutliersClient extends grpc.Client {
  /**
   * Scores a window. A pure function of the request, so any replica can answer.
   * 
   * INVALID_ARGUMENT: a value is not finite, or an option is out of range.
   * RESOURCE_EXHAUSTED: there are more metrics or bytes than the server's limits
   * allow.
   */
  Detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _pb_OutliersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _pb_OutliersRequest, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Scores a window. A pure function of the request, so any replica can answer.
   * 
   * INVALID_ARGUMENT: a value is not finite, or an option is out of range.
   * RESOURCE_EXHAUSTED: there are more metrics or bytes than the server's limits
   * allow.
   */
  detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _pb_OutliersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _pb_OutliersRequest, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Scores series as they grow, with METHOD_ADAPTIVE. A request has the new
   * metrics of one or more series, and gets one response, about its own metrics.
   * The state of a series lasts as long as the stream. To keep it, request
   * checkpoints now and then. A client that opens a new stream, to any replica,
   * sends the last checkpoint of each series and then its metrics since, and gets
   * exactly the verdicts that the old stream would have given. Options come with
   * the first request; later requests may only repeat them.
   * 
   * INVALID_ARGUMENT: as with Detect; also if a metric has no time, a time is not
   * later than the previous one of its series, the method is not METHOD_ADAPTIVE,
   * options change, or a name is longer than 1,024 bytes.
   * FAILED_PRECONDITION: a checkpoint is damaged, from a release that is too old
   * or too new, or was made with other options. Send the metrics that you have.
   * RESOURCE_EXHAUSTED: as with Detect; also if there are more series than a
   * stream may hold, or than the replica has room for.
   * UNAVAILABLE: the stream was idle for too long or has reached its maximum age,
   * or the server is shutting down. Open a new stream.
   */
  DetectStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_pb_OutliersRequest, _pb_OutliersResponse__Output>;
  DetectStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_pb_OutliersRequest, _pb_OutliersResponse__Output>;
  /**
   * Scores series as they grow, with METHOD_ADAPTIVE. A request has the new
   * metrics of one or more series, and gets one response, about its own metrics.
   * The state of a series lasts as long as the stream. To keep it, request
   * checkpoints now and then. A client that opens a new stream, to any replica,
   * sends the last checkpoint of each series and then its metrics since, and gets
   * exactly the verdicts that the old stream would have given. Options come with
   * the first request; later requests may only repeat them.
   * 
   * INVALID_ARGUMENT: as with Detect; also if a metric has no time, a time is not
   * later than the previous one of its series, the method is not METHOD_ADAPTIVE,
   * options change, or a name is longer than 1,024 bytes.
   * FAILED_PRECONDITION: a checkpoint is damaged, from a release that is too old
   * or too new, or was made with other options. Send the metrics that you have.
   * RESOURCE_EXHAUSTED: as with Detect; also if there are more series than a
   * stream may hold, or than the replica has room for.
   * UNAVAILABLE: the stream was idle for too long or has reached its maximum age,
   * or the server is shutting down. Open a new stream.
   */
  detectStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_pb_OutliersRequest, _pb_OutliersResponse__Output>;
  detectStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_pb_OutliersRequest, _pb_OutliersResponse__Output>;
  
}

/**
 * Finds the outliers of series.
 */
export interface OutliersHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Scores a window. A pure function of the request, so any replica can answer.
   * 
   * INVALID_ARGUMENT: a value is not finite, or an option is out of range.
   * RESOURCE_EXHAUSTED: there are more metrics or bytes than the server's limits
   * allow.
   */
  Detect: grpc.handleUnaryCall<_pb_OutliersRequest__Output, _pb_OutliersResponse>;
  
  /**
   * Scores series as they grow, with METHOD_ADAPTIVE. A request has the new
   * metrics of one or more series, and gets one response, about its own metrics.
   * The state of a series lasts as long as the stream. To keep it, request
   * checkpoints now and then. A client that opens a new stream, to any replica,
   * sends the last checkpoint of each series and then its metrics since, and gets
   * exactly the verdicts that the old stream would have given. Options come with
   * the first request; later requests may only repeat them.
   * 
   * INVALID_ARGUMENT: as with Detect; also if a metric has no time, a time is not
   * later than the previous one of its series, the method is not METHOD_ADAPTIVE,
   * options change, or a name is longer than 1,024 bytes.
   * FAILED_PRECONDITION: a checkpoint is damaged, from a release that is too old
   * or too new, or was made with other options. Send the metrics that you have.
   * RESOURCE_EXHAUSTED: as with Detect; also if there are more series than a
   * stream may hold, or than the replica has room for.
   * UNAVAILABLE: the stream was idle for too long or has reached its maximum age,
   * or the server is shutting down. Open a new stream.
   */
  DetectStream: grpc.handleBidiStreamingCall<_pb_OutliersRequest__Output, _pb_OutliersResponse>;
  
}

export interface OutliersDefinition extends grpc.ServiceDefinition {
  Detect: MethodDefinition<_pb_OutliersRequest, _pb_OutliersResponse, _pb_OutliersRequest__Output, _pb_OutliersResponse__Output>
  DetectStream: MethodDefinition<_pb_OutliersRequest, _pb_OutliersResponse, _pb_OutliersRequest__Output, _pb_OutliersResponse__Output>
}
