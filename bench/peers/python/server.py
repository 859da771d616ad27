"""The detector as the project began: numpy, and a gRPC server with ten threads.

Prints its port. Each line on standard input is answered with the number of requests that were
handled, which is how the bench counts them; the end of standard input ends the server.
"""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import outliers_pb2
import outliers_pb2_grpc


class Outliers(outliers_pb2_grpc.OutliersServicer):
    def __init__(self):
        self.handled = 0
        self.lock = threading.Lock()

    def Detect(self, request, context):
        data = np.array([metric.value for metric in request.metrics])
        indices = np.where(np.abs(data - data.mean()) > 2 * data.std())[0]
        response = outliers_pb2.OutliersResponse(indices=indices)
        with self.lock:
            self.handled += 1
        return response


def main():
    outliers = Outliers()
    server = grpc.server(ThreadPoolExecutor(10))
    outliers_pb2_grpc.add_OutliersServicer_to_server(outliers, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    for _ in sys.stdin:
        print(outliers.handled, flush=True)
    server.stop(None)


main()
