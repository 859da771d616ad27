// The rule of METHOD_SIGMA behind grpc-go, as short as Go has it.
//
// Prints its port. Each line on standard input is answered with the number of requests that were
// handled, which is how the bench counts them; the end of standard input ends the server.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"math"
	"net"
	"os"
	"sync/atomic"

	"google.golang.org/grpc"

	"outliers-bench/pb"
)

type server struct {
	pb.UnimplementedOutliersServer
	handled atomic.Int64
}

func (s *server) Detect(_ context.Context, request *pb.OutliersRequest) (*pb.OutliersResponse, error) {
	indices := outliers(request.GetMetrics())
	s.handled.Add(1)
	return &pb.OutliersResponse{Indices: indices}, nil
}

func outliers(metrics []*pb.Metric) []int32 {
	count := float64(len(metrics))
	sum := 0.0
	for _, metric := range metrics {
		sum += metric.Value
	}
	mean := sum / count
	squares := 0.0
	for _, metric := range metrics {
		squares += (metric.Value - mean) * (metric.Value - mean)
	}
	limit := 2 * math.Sqrt(squares/count)
	var indices []int32
	for at, metric := range metrics {
		if math.Abs(metric.Value-mean) > limit {
			indices = append(indices, int32(at))
		}
	}
	return indices
}

func main() {
	log.SetFlags(0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	outliers := &server{}
	grpcServer := grpc.NewServer()
	pb.RegisterOutliersServer(grpcServer, outliers)
	go func() {
		if err := grpcServer.Serve(listener); err != nil {
			log.Fatal(err)
		}
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(outliers.handled.Load())
	}
	grpcServer.Stop()
}
