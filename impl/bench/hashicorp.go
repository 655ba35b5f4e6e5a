// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
)

// hashicorp/raft with raft-wal, with the settings that suit many small entries.

// hashicorp is a cluster of raft nodes.
type hashicorp struct {
	nodes  []*raft.Raft
	logs   []io.Closer
	leader *raft.Raft
}

// discard is a state machine that does nothing.
type discard struct{}

func (discard) Apply(*raft.Log) any                 { return nil }
func (discard) Snapshot() (raft.FSMSnapshot, error) { return nil, errors.New("no snapshots here") }
func (discard) Restore(io.ReadCloser) error         { return nil }

func startHashicorp(dir string) (Cluster, error) {
	h := &hashicorp{}
	var servers []raft.Server
	var transports []*raft.NetworkTransport
	for i := range replicas {
		t, err := raft.NewTCPTransport("127.0.0.1:0", nil, 4, 10*time.Second, io.Discard)
		if err != nil {
			return nil, err
		}
		transports = append(transports, t)
		servers = append(servers, raft.Server{ID: raft.ServerID(fmt.Sprint(i)),
			Address: t.LocalAddr()})
	}
	for i := range replicas {
		if err := h.add(dir, servers[i].ID, transports[i], servers); err != nil {
			return nil, errors.Join(err, h.Close())
		}
	}
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		for _, n := range h.nodes {
			if n.State() == raft.Leader && n.VerifyLeader().Error() == nil {
				h.leader = n
				return h, nil
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, errors.Join(errors.New("hashicorp/raft: nobody leads"), h.Close())
}

// add starts one node.
func (h *hashicorp) add(dir string, id raft.ServerID, t raft.Transport, all []raft.Server) error {
	c := raft.DefaultConfig()
	c.LocalID, c.LogOutput = id, io.Discard
	c.BatchApplyCh, c.MaxAppendEntries = true, 512
	c.SnapshotThreshold, c.SnapshotInterval = 1<<40, time.Hour
	path := filepath.Join(dir, string(id))
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	log, err := wal.Open(path)
	if err != nil {
		return err
	}
	h.logs = append(h.logs, log)
	cache, err := raft.NewLogCache(4096, log)
	if err != nil {
		return err
	}
	snapshots := raft.NewDiscardSnapshotStore()
	err = raft.BootstrapCluster(c, cache, log, snapshots, t, raft.Configuration{Servers: all})
	if err != nil {
		return err
	}
	node, err := raft.NewRaft(c, discard{}, cache, log, snapshots, t)
	if err != nil {
		return err
	}
	h.nodes = append(h.nodes, node)
	return nil
}

func (h *hashicorp) Propose(operation []byte) error {
	return h.leader.Apply(operation, 0).Error()
}

func (h *hashicorp) Close() error {
	var err error
	for _, n := range h.nodes {
		err = errors.Join(err, n.Shutdown().Error())
	}
	for _, l := range h.logs {
		err = errors.Join(err, l.Close())
	}
	return err
}
