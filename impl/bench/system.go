// SPDX-License-Identifier: Apache-2.0

package bench

// What is measured: systems, and the clusters that they make.

// System is a replicated log that can be measured.
type System struct {
	// Name of the log and of what keeps it on the disk.
	Name string
	// Start makes three replicas with empty logs in dir and returns when one of them leads.
	Start func(dir string) (Cluster, error)
}

// Cluster is three running replicas.
type Cluster interface {
	// Propose gives one operation to the replica that leads, and returns when it is committed and
	// executed there. It is safe for concurrent use.
	Propose(operation []byte) error
	// Close stops the replicas.
	Close() error
}

// replicas is the size of every cluster.
const replicas = 3

// Systems lists all systems, ours first.
func Systems() []System {
	return []System{
		{"viewstamp", startViewstamp},
		{"etcd raft + etcd wal", startEtcd},
		{"hashicorp raft + raft-wal", startHashicorp},
	}
}
