// A client generated from the frozen contract, as the contract's users have it. It calls Detect
// with 1000 values below 40 and three above 90, and wants exactly the three back.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/timestamppb"

	"outliers-interop/pb"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatalf("usage: %s host:port", os.Args[0])
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatalf("go: %v", err)
	}
}

func run(address string) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	spikes := map[int]float64{7: 97.3, 113: 92.1, 835: 93.2}
	want := []int32{7, 113, 835}
	for _, step := range []time.Duration{time.Second, 0} {
		response, err := pb.NewOutliersClient(conn).Detect(ctx, request(spikes, step))
		if err != nil {
			return err
		}
		if !slices.Equal(response.Indices, want) {
			return fmt.Errorf("times %v apart: got %v, want %v", step, response.Indices, want)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(want)
}

// request has times that are step apart: 0 makes all of them equal, as the contract's first client
// did by mistake.
func request(spikes map[int]float64, step time.Duration) *pb.OutliersRequest {
	start := time.Now()
	metrics := make([]*pb.Metric, 1000)
	for at := range metrics {
		value, spiked := spikes[at]
		if !spiked {
			value = float64((at * 7919) % 40)
		}
		metrics[at] = &pb.Metric{
			Time:  timestamppb.New(start.Add(time.Duration(at) * step)),
			Name:  "CPU",
			Value: value,
		}
	}
	return &pb.OutliersRequest{Metrics: metrics}
}
