import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from './google/protobuf/Duration.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { Checkpoint as _pb_Checkpoint, Checkpoint__Output as _pb_Checkpoint__Output } from './pb/Checkpoint.ts';
import type { DetectionOptions as _pb_DetectionOptions, DetectionOptions__Output as _pb_DetectionOptions__Output } from './pb/DetectionOptions.ts';
import type { Explanation as _pb_Explanation, Explanation__Output as _pb_Explanation__Output } from './pb/Explanation.ts';
import type { Metric as _pb_Metric, Metric__Output as _pb_Metric__Output } from './pb/Metric.ts';
import type { Normal as _pb_Normal, Normal__Output as _pb_Normal__Output } from './pb/Normal.ts';
import type { OutliersClient as _pb_OutliersClient, OutliersDefinition as _pb_OutliersDefinition } from './pb/Outliers.ts';
import type { OutliersRequest as _pb_OutliersRequest, OutliersRequest__Output as _pb_OutliersRequest__Output } from './pb/OutliersRequest.ts';
import type { OutliersResponse as _pb_OutliersResponse, OutliersResponse__Output as _pb_OutliersResponse__Output } from './pb/OutliersResponse.ts';
import type { SeriesState as _pb_SeriesState, SeriesState__Output as _pb_SeriesState__Output } from './pb/SeriesState.ts';
import type { Trigger as _pb_Trigger, Trigger__Output as _pb_Trigger__Output } from './pb/Trigger.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Duration: MessageTypeDefinition<_google_protobuf_Duration, _google_protobuf_Duration__Output>
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
  pb: {
    Checkpoint: MessageTypeDefinition<_pb_Checkpoint, _pb_Checkpoint__Output>
    DetectionOptions: MessageTypeDefinition<_pb_DetectionOptions, _pb_DetectionOptions__Output>
    Direction: EnumTypeDefinition
    EventPhase: EnumTypeDefinition
    Explanation: MessageTypeDefinition<_pb_Explanation, _pb_Explanation__Output>
    Metric: MessageTypeDefinition<_pb_Metric, _pb_Metric__Output>
    Normal: MessageTypeDefinition<_pb_Normal, _pb_Normal__Output>
    /**
     * Finds the outliers of series.
     */
    Outliers: SubtypeConstructor<typeof grpc.Client, _pb_OutliersClient> & { service: _pb_OutliersDefinition }
    OutliersRequest: MessageTypeDefinition<_pb_OutliersRequest, _pb_OutliersRequest__Output>
    OutliersResponse: MessageTypeDefinition<_pb_OutliersResponse, _pb_OutliersResponse__Output>
    SeriesState: MessageTypeDefinition<_pb_SeriesState, _pb_SeriesState__Output>
    Trigger: MessageTypeDefinition<_pb_Trigger, _pb_Trigger__Output>
  }
}

