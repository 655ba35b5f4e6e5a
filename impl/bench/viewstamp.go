// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"viewstamp/impl/journal"
	"viewstamp/impl/server"
	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Our own replicas, as a program that embeds them uses them.

// nothing is a service that does nothing.
type nothing struct{}

func (nothing) Execute(vsr.Timestamp, []byte) []byte { return nil }
func (nothing) Snapshot() []byte                     { return nil }
func (nothing) Restore([]byte) error                 { return nil }

// viewstamp is a cluster of servers; replica 0 leads.
type viewstamp struct{ servers []*server.Server }

func startViewstamp(dir string) (Cluster, error) {
	v := &viewstamp{}
	var addresses []string
	var listeners []net.Listener
	for range replicas {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, l)
		addresses = append(addresses, l.Addr().String())
	}
	for i := range replicas {
		path := filepath.Join(dir, fmt.Sprintf("replica-%d.vsr", i))
		if err := formatFile(path, vsr.ReplicaNumber(i)); err != nil {
			return nil, errors.Join(err, v.Close())
		}
		s, err := server.Start(server.Config{DataFile: path, Addresses: addresses,
			Listener:   listeners[i],
			NewService: func() vsr.Service { return nothing{} }})
		if err != nil {
			return nil, errors.Join(err, v.Close())
		}
		v.servers = append(v.servers, s)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := v.servers[0].Do(ctx, []byte{0}); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// stateMax is the room for a checkpoint of a service without a state. Format writes the whole file,
// and a virtual disk may make later flushes pay for that.
const stateMax = 1 << 20

// formatFile makes the data file of a replica.
func formatFile(path string, replica vsr.ReplicaNumber) error {
	disk, err := storage.CreateFile(path, storage.FileConfig{})
	if err != nil {
		return err
	}
	err = journal.Format(disk, journal.Config{Identity: journal.Identity{
		Cluster: [16]byte{1}, Replica: replica, Replicas: replicas}, StateMax: stateMax})
	return errors.Join(err, disk.Close())
}

func (v *viewstamp) Propose(operation []byte) error {
	_, err := v.servers[0].Do(context.Background(), operation)
	return err
}

func (v *viewstamp) Close() error {
	var err error
	for _, s := range v.servers {
		err = errors.Join(err, s.Stop())
	}
	return err
}
