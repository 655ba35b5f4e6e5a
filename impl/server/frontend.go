// SPDX-License-Identifier: Apache-2.0

// The front end for Redis clients, and the client of the cluster behind it.

package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"viewstamp/impl/client"
	"viewstamp/impl/resp"
	"viewstamp/impl/vsr"
)

// startFrontEnd starts both.
func (s *Server) startFrontEnd() error {
	if _, err := s.ownClient(); err != nil {
		return err
	}
	var err error
	s.resp, err = resp.Listen(resp.Config{
		Address: s.config.RESP, Listener: s.config.RESPListener, Version: s.config.Version,
		Submit: s.submit, NotExecuted: notExecuted, Info: s.info,
	})
	if err != nil {
		return fmt.Errorf("server: %w: %w", ErrStorage, err)
	}
	s.respAddress = s.resp.Address().String()
	return nil
}

// Do runs one operation on the cluster and returns its result, from within the process of this
// replica. Errors are those of client.Do. A program that embeds a replica needs no other client.
func (s *Server) Do(ctx context.Context, operation []byte) (client.Result, error) {
	c, err := s.ownClient()
	if err != nil {
		return client.Result{}, err
	}
	return c.Do(ctx, operation)
}

// ownClient is the client of this process. It is made when it is first needed.
func (s *Server) ownClient() (*client.Client, error) {
	s.clientMu.Lock()
	defer s.clientMu.Unlock()
	if s.client != nil {
		return s.client, nil
	}
	select {
	case <-s.stop:
		return nil, fmt.Errorf("server: %w", client.ErrClosed)
	default:
	}
	c, err := client.New(client.Config{
		Cluster: s.identity.Cluster, Addresses: s.config.Addresses,
		Insecure: s.config.Insecure,
		Connect: func(to vsr.ReplicaNumber, deliver func(vsr.Message), _ func(bool)) client.Link {
			if to != s.identity.Replica {
				return nil // over the network
			}
			return s.bus.NewLocal(s.inbox.offer, deliver)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s.client = c
	return c, nil
}

// closeClient ends the client of this process, and lets no other be made.
func (s *Server) closeClient() {
	s.clientMu.Lock()
	defer s.clientMu.Unlock()
	if s.client != nil {
		s.client.Close()
	}
	close(s.stop)
}

// submit replicates one operation.
func (s *Server) submit(ctx context.Context, operation []byte) (resp.Result, error) {
	result, err := s.Do(ctx, operation)
	return resp.Result{Value: result.Value, OpNumber: uint64(result.OpNumber),
		ViewNumber: uint64(result.ViewNumber)}, err
}

func notExecuted(err error) bool { return !errors.Is(err, client.ErrIndeterminate) }

// info are the sections Vsr and Memory of INFO.
func (s *Server) info() []resp.Section {
	status := s.Status()
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	primary := uint64(status.ViewNumber) % uint64(s.identity.Replicas)
	counters := s.bus.Counters()
	return []resp.Section{{Name: "Vsr", Fields: []resp.Field{
		{Name: "cluster", Value: fmt.Sprintf("%x", s.identity.Cluster)},
		{Name: "replica", Value: number(uint64(status.From))},
		{Name: "replicas", Value: strconv.Itoa(s.identity.Replicas)},
		{Name: "status", Value: status.Status.String()},
		{Name: "view", Value: number(uint64(status.ViewNumber))},
		{Name: "last_normal_view", Value: number(uint64(status.LastNormalView))},
		{Name: "primary", Value: number(primary)},
		{Name: "op", Value: number(uint64(status.OpNumber))},
		{Name: "commit", Value: number(uint64(status.CommitNumber))},
		{Name: "clocks_agreed", Value: number(uint64(status.ClocksAgreed))},
		{Name: "clock_offset_microseconds",
			Value: strconv.FormatInt(int64(status.ClockOffset)/1000, 10)},
		{Name: "connections_malformed", Value: number(counters.Malformed.Load())},
		{Name: "connections_refused", Value: number(counters.Refused.Load())},
		{Name: "messages_lost", Value: number(counters.Lost.Load())},
	}}, {Name: "Memory", Fields: []resp.Field{
		{Name: "used_memory", Value: number(status.StateBytes)},
		{Name: "maxmemory", Value: number(status.StateLimit)},
		{Name: "maxmemory_policy", Value: "noeviction"},
	}}}
}
