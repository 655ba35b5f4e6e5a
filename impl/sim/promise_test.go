// SPDX-License-Identifier: Apache-2.0

package sim

// Each promise is seen to be broken.

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// unquiet is a run in which each replica is started again now and then.
func unquiet() Config {
	c := quiet()
	c.CheckpointInterval, c.Requests = 256, 100
	for i := range 15 {
		c.Schedule = append(c.Schedule, Fault{Kind: Crash, At: time.Duration(5+5*i) * time.Second,
			Replica: i % 3, How: crashNow, For: 100 * time.Millisecond})
	}
	return c
}

func TestWordsThatAreBroken(t *testing.T) {
	_, err := Run(unquiet())
	require.NoError(t, err)
	for name, plant := range map[string]func(*node){
		"a view that is forgotten":    func(n *node) { n.promises.view = 1000 },
		"a last normal view":          func(n *node) { n.promises.lastNormal = 1000 },
		"a checkpoint":                func(n *node) { n.promises.checkpoint = 1000 },
		"a log that was acknowledged": func(n *node) { n.promises.acknowledged.OpNumber = 1000 },
		"another log of the same size": func(n *node) {
			n.promises.acknowledged.Checksum = vsr.Checksum{1}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := newWorld(unquiet())
			require.NoError(t, err)
			// Before each start, once something was acknowledged.
			n := w.nodes[2]
			for !w.done && w.failure == nil {
				e := w.queue.pop()
				w.now = e.at
				w.take(&e)
				if !n.up && n.promises.acknowledged.OpNumber > 0 {
					n.promises.acknowledgedIn = n.promises.lastNormal
					plant(n)
				}
			}
			require.NotNil(t, w.failure)
			require.Equal(t, Broken, w.failure.Reason, "%v", w.failure)
		})
	}
}

// A vote for an old log breaks the word too, where the disk has kept it.
func TestVotesAreHeard(t *testing.T) {
	w, err := newWorld(quiet())
	require.NoError(t, err)
	n := w.nodes[1]
	n.promises = promises{view: 5, lastNormal: 4, acknowledgedIn: 4,
		acknowledged: vsr.LogName{OpNumber: 3, Checksum: vsr.Checksum{3}}}
	for _, m := range []vsr.Message{
		&vsr.StartViewChange{ViewNumber: 4},
		&vsr.DoViewChange{ViewNumber: 6, LastNormalView: 3},
		&vsr.DoViewChange{ViewNumber: 6, LastNormalView: 4},
	} {
		w.failure = nil
		before := n.promises
		n.promise(0, m)
		require.NotNil(t, w.failure, "%+v", m)
		require.Equal(t, Broken, w.failure.Reason)
		n.promises = before
	}
}

func TestDifferentCheckpointsAreADivergence(t *testing.T) {
	c := quiet()
	c.CheckpointInterval = 16
	failing(t, c, Diverged, func(w *world) { w.truth.roots[32] = vsr.Checksum{1} })
}

// Each kind of damage changes the disk, and a group of which every disk is damaged
// stops, and says so.
func TestDamage(t *testing.T) {
	for _, how := range hows[Damage] {
		if how == damageSwapped || how == damageRead || how == damageSuperblock ||
			how == damageRunning || how == damageHead {
			continue
		}
		disk := storage.NewSim()
		sector := make([]byte, storage.SectorSize)
		sector[7] = 1
		require.NoError(t, disk.WriteSectors(sector, 0))
		require.NoError(t, disk.Flush())
		hurt(disk, how, 0, rand.New(rand.NewPCG(1, 1)))
		found := make([]byte, storage.SectorSize)
		if err := disk.ReadSectors(found, 0); err == nil {
			require.NotEqual(t, sector, found, how)
		}
	}
}

func TestGroupOfDamagedDisksStops(t *testing.T) {
	stopped := 0
	for seed := uint64(1); seed <= 30; seed++ {
		_, err := Run(Config{Seed: seed, Replicas: 3, SafetyTime: 8 * time.Second, LiveTicks: 6000,
			FlushDelay: 5 * time.Millisecond, LinkDelay: 2 * time.Millisecond,
			CheckpointInterval: 32,
			Faults: &Faults{DamageEvery: 150 * time.Millisecond, DamageAll: true,
				DownMean: time.Second, PartitionEvery: 500 * time.Millisecond,
				PartitionMean: 3 * time.Second}})
		if err == nil {
			continue
		}
		var failure *Failure
		require.ErrorAs(t, err, &failure)
		require.Equal(t, Unrecoverable, failure.Reason, "%v", failure)
		stopped++
	}
	require.Positive(t, stopped)
}
