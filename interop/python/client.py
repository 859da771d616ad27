"""A client generated from the frozen contract, as the contract's users have it.

It calls Detect with 1000 values below 40 and three above 90, and wants exactly the three back.
"""

import random
import sys
from datetime import datetime, timedelta, timezone

import grpc
import outliers_pb2
import outliers_pb2_grpc

SPIKES = {7: 97.3, 113: 92.1, 835: 93.2}


def request(step):
    """Times are step apart: 0 makes all equal, as the contract's first client did by mistake."""
    start = datetime.now(timezone.utc)
    message = outliers_pb2.OutliersRequest()
    for at in range(1000):
        metric = message.metrics.add(name="CPU", value=SPIKES.get(at, random.random() * 40))
        metric.time.FromDatetime(start + at * step)
    return message


def main(address):
    with grpc.insecure_channel(address) as channel:
        stub = outliers_pb2_grpc.OutliersStub(channel)
        for step in (timedelta(seconds=1), timedelta(0)):
            indices = list(stub.Detect(request(step), timeout=10).indices)
            if indices != list(SPIKES):
                sys.exit(f"python: times {step} apart: got {indices}, want {list(SPIKES)}")
    print(indices)


main(*sys.argv[1:])
