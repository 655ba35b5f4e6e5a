// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Checkpoints by themselves. What they do in a group is in testdata/scripts/checkpoint and in the
// random runs.

// TestCheckpointRoundTrip: a replica that restores a checkpoint makes the same one again.
func TestCheckpointRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := log{}
		for i := range rapid.IntRange(1, 20).Draw(t, "entries") {
			e := Entry{ClientID: client(rapid.Uint64Range(0, 5).Draw(t, "client")),
				RequestNumber: RequestNumber(i + 1), Timestamp: Timestamp(i), Operation: []byte{1}}
			e.Checksum = ChecksumOf(l.name().Checksum, &e)
			l.append(e)
		}
		n := l.opNumber()
		c := checkpointOf(&l, n)
		r, err := New(Config{Replicas: 3}, &chainService{}, Durable{Checkpoint: *c}, false)
		require.NoError(t, err)
		require.Equal(t, l.name(), r.LogName())
		require.Equal(t, n, r.CommitNumber())
		require.Equal(t, l.timestamp(), r.log.timestamp())
		require.Equal(t, c, r.makeCheckpoint(r.log.timestamp()))

		// Any other bytes are refused, or are another state.
		cut := rapid.IntRange(0, len(c.State)-1).Draw(t, "cut")
		short := Checkpoint{c.Name, c.State[:cut]}
		_, err = New(Config{Replicas: 3}, &chainService{}, Durable{Checkpoint: short}, false)
		require.ErrorContains(t, err, "the disk is damaged: checkpoint")
		require.NotEqual(t, c.Root(), short.Root())
	})
}

// TestRootsDiffer: a replica whose state is not that of another one stops, and says why.
func TestRootsDiffer(t *testing.T) {
	c := newCluster(t, Config{Replicas: 3, CheckpointInterval: 1})
	c.receive(0, request(1, 1))
	for len(c.members[0].writes)+len(c.network) > 0 {
		c.persist(0, 1)
		for len(c.network) > 0 {
			c.deliver(0)
		}
		c.persist(1, 1)
	}
	c.persistCheckpoint(0)
	r := c.members[0].replica
	require.Equal(t, OpNumber(1), r.CheckpointNumber())
	held := r.checkpoints.held[0]
	same := CheckpointPart{1, held.checkpoint.Name, held.root, 9, 9, nil}
	r.Receive(0, &same)
	require.NoError(t, r.Output().Err)
	other := same
	other.Root[0]++
	r.Receive(0, &other)
	err := r.Output().Err
	require.ErrorContains(t, err, "replica 0: its state after operation 1 has the root")
	r.Receive(0, request(2, 1))
	r.Tick(0)
	out := r.Output()
	require.Equal(t, err, out.Err)
	require.Empty(t, out.Sends)
}

// TestLogFull: while no checkpoint becomes durable the log grows to its bound and no further.
func TestLogFull(t *testing.T) {
	const bytes = 4096
	c := newCluster(t, Config{Replicas: 3, CheckpointInterval: 8, CheckpointBytes: 1000,
		LogBytesMax: bytes, OperationBytesMax: 500, LogRetain: 1})
	primary := c.members[0].replica
	rest := func() { // settle, without checkpoints
		for busy := true; busy; {
			busy = len(c.network) > 0
			if busy {
				c.deliver(0)
			}
			for i, m := range c.members {
				if len(m.writes) > 0 {
					c.persist(ReplicaNumber(i), len(m.writes))
					busy = true
				}
			}
		}
	}
	for i := range uint64(100) {
		c.receive(0, request(i, 1))
		rest()
		require.LessOrEqual(t, primary.LogBytes(), bytes)
	}
	full := primary.OpNumber()
	require.Less(t, full, OpNumber(40))
	require.NotZero(t, primary.IgnoredCounts()[DiskBehind])
	c.settle()
	require.NotZero(t, primary.CheckpointNumber())
	require.Equal(t, primary.CheckpointNumber()-1, primary.log.base.OpNumber)
	c.receive(0, request(200, 1))
	c.settle()
	require.Equal(t, full+1, primary.CommitNumber())
}

// TestLaggingInOneView: a backup that lacks more than LogBytesMax holds, in the view that it is in,
// catches up; it must not wait for a checkpoint that is due only above what it lacks.
func TestLaggingInOneView(t *testing.T) {
	c := newCluster(t, Config{Replicas: 3, CheckpointInterval: 16, CheckpointBytes: 1400,
		LogBytesMax: 4096, OperationBytesMax: 500, LogRetain: 1000})
	for i := range uint64(60) {
		c.receive(0, request(i, 1))
		for busy := true; busy; { // settle, without what is for replica 2
			busy = len(c.network) > 0
			if busy && c.network[0].to == 2 && i >= 3 {
				c.network = c.network[1:]
			} else if busy {
				c.deliver(0)
			}
			for m := range ReplicaNumber(3) {
				if len(c.members[m].writes) > 0 {
					c.persist(m, len(c.members[m].writes))
					busy = true
				}
				c.persistCheckpoint(m)
			}
		}
	}
	behind, ahead := c.members[2].replica, c.members[0].replica
	require.Less(t, behind.OpNumber(), OpNumber(10))
	require.Equal(t, Normal, behind.Status())
	require.Greater(t, ahead.OpNumber(), OpNumber(40))
	for range 1000 {
		c.tick(0)
		c.settle()
	}
	require.Equal(t, ahead.CommitNumber(), behind.CommitNumber())
}

// TestLogBytesMaxNeedsCheckpoints: otherwise a replica would stop for ever.
func TestLogBytesMaxNeedsCheckpoints(t *testing.T) {
	for i, config := range []Config{
		{Replicas: 3, LogBytesMax: 1 << 30},
		{Replicas: 3, LogBytesMax: 1 << 30, CheckpointInterval: 9},
		{Replicas: 3, LogBytesMax: 3 << 20, CheckpointInterval: 9, CheckpointBytes: 1 << 20},
	} {
		_, err := New(config, nullService{}, Durable{}, true)
		require.ErrorContains(t, err, "LogBytesMax is", fmt.Sprint(i))
	}
}

// TestSpareCheckpoints: while there is room, a checkpoint is made only where the log has grown to
// half of its bound, and then where one is due on all replicas.
func TestSpareCheckpoints(t *testing.T) {
	c := newCluster(t, Config{Replicas: 3, CheckpointInterval: 4, CheckpointBytes: 4000,
		LogBytesMax: 1 << 14, OperationBytesMax: 500, LogRetain: 1})
	spare := c.members[0].replica
	spare.LogRoom(RoomPlenty)
	made := map[OpNumber]bool{}
	for i := range uint64(200) {
		c.receive(0, request(i, 1))
		c.settle()
		require.Equal(t, spare.OpNumber(), spare.CommitNumber(), "the log never fills up")
		if n := spare.CheckpointNumber(); n > 0 {
			made[n] = true
			require.Zero(t, n%4)
		}
	}
	require.NotEmpty(t, made)
	require.Less(t, len(made), 10)
	// A backup hears of the last commit with the next operation.
	require.Equal(t, OpNumber(196), c.members[1].replica.CheckpointNumber())

	spare.LogRoom(RoomUnknown)
	for i := range uint64(4) {
		c.receive(0, request(300+i, 1))
		c.settle()
	}
	require.Equal(t, OpNumber(204), spare.CheckpointNumber())
}

// TestLittleRoom: a Write that changes a view number then has the whole log above the durable
// checkpoint, and if it is tight no entries are taken.
func TestLittleRoom(t *testing.T) {
	c := newCluster(t, Config{Replicas: 3, CheckpointInterval: 4, LogRetain: 1})
	for i := range uint64(6) {
		c.receive(0, request(i, 1))
		c.settle()
	}
	backup := c.members[1]
	require.Equal(t, OpNumber(4), backup.replica.CheckpointNumber())
	backup.replica.LogRoom(RoomLittle)
	for backup.replica.Status() == Normal {
		c.tick(1)
	}
	require.Len(t, backup.writes, 1)
	require.Equal(t, OpNumber(4), backup.writes[0].Keep)
	require.Len(t, backup.writes[0].Entries, 2)
	require.Equal(t, OpNumber(6), backup.replica.DurableOpNumber(), "the log on the disk stays")
	c.settle()
	require.True(t, backup.replica.IsPrimary())

	backup.replica.LogRoom(RoomTight)
	c.receive(1, request(9, 1))
	require.Equal(t, OpNumber(6), backup.replica.OpNumber())
	require.NotZero(t, backup.replica.IgnoredCounts()[DiskBehind])
	backup.replica.LogRoom(RoomPlenty)
	c.receive(1, request(9, 1))
	c.settle()
	require.Equal(t, OpNumber(7), backup.replica.CommitNumber())
}

// TestLittleRoomAboveCheckpointUnderWay: a Write that changes a view number does not go below a
// checkpoint that the driver has in hand. A driver may have made that durable before it gets the
// Write, and a disk with a checkpoint has no log below it.
func TestLittleRoomAboveCheckpointUnderWay(t *testing.T) {
	c := newCluster(t, Config{Replicas: 3, CheckpointInterval: 4, LogRetain: 1})
	backup := c.members[1]
	backup.replica.LogRoom(RoomLittle)
	for i := range uint64(6) {
		c.receive(0, request(i, 1))
		for len(c.network) > 0 || len(backup.writes) > 0 { // settle, without checkpoints
			for len(c.network) > 0 {
				c.deliver(0)
			}
			for i, m := range c.members {
				c.persist(ReplicaNumber(i), len(m.writes))
			}
		}
	}
	require.Zero(t, backup.replica.CheckpointNumber())
	require.NotNil(t, backup.replica.checkpoints.underWay)
	for backup.replica.Status() == Normal {
		c.tick(1)
	}
	require.Len(t, backup.writes, 1)
	require.Equal(t, OpNumber(4), backup.writes[0].Keep)
}

// TestLogBelowCheckpoint: a late STARTVIEW does not cut the log below the checkpoint on the disk.
func TestLogBelowCheckpoint(t *testing.T) {
	c := newCluster(t, Config{Replicas: 3, CheckpointInterval: 4, LogRetain: 100})
	for i := range uint64(6) {
		c.receive(0, request(i+1, 1))
	}
	c.settle()
	disk := c.members[0].disk
	require.NotZero(t, disk.Checkpoint.Name.OpNumber)
	disk.ViewNumber = 1
	r, err := New(Config{Replicas: 3}, &chainService{}, disk, false)
	require.NoError(t, err)
	early := log{entries: chain(1)}
	r.Receive(0, &StartView{1, 1, early.suffix(0, 1, 1<<20), 0})
	require.Equal(t, ViewChange, r.Status())
	require.Equal(t, uint64(1), r.IgnoredCounts()[BelowCheckpoint])
}
