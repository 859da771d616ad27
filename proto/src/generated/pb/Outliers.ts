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
   * INVALID_ARGUMENT: a value that is not finite, a threshold or sensitivity that
   * is not a positive number, an unknown method. RESOURCE_EXHAUSTED: more metrics or
   * bytes than the server's limits allow.
   */
  Detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _pb_OutliersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  Detect(argument: _pb_OutliersRequest, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Judges a window: a pure function of the request, so any replica can answer.
   * 
   * INVALID_ARGUMENT: a value that is not finite, a threshold or sensitivity that
   * is not a positive number, an unknown method. RESOURCE_EXHAUSTED: more metrics or
   * bytes than the server's limits allow.
   */
  detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _pb_OutliersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _pb_OutliersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  detect(argument: _pb_OutliersRequest, callback: grpc.requestCallback<_pb_OutliersResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * Finds the values of a series that do not belong.
 */
export interface OutliersHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Judges a window: a pure function of the request, so any replica can answer.
   * 
   * INVALID_ARGUMENT: a value that is not finite, a threshold or sensitivity that
   * is not a positive number, an unknown method. RESOURCE_EXHAUSTED: more metrics or
   * bytes than the server's limits allow.
   */
  Detect: grpc.handleUnaryCall<_pb_OutliersRequest__Output, _pb_OutliersResponse>;
  
}

export interface OutliersDefinition extends grpc.ServiceDefinition {
  Detect: MethodDefinition<_pb_OutliersRequest, _pb_OutliersResponse, _pb_OutliersRequest__Output, _pb_OutliersResponse__Output>
}
