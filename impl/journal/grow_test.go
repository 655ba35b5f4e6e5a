// SPDX-License-Identifier: Apache-2.0

// Grow: nothing gets lost, whatever the journal holds and wherever the copying ends.

package journal

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// played is a journal after a trace, closed or not, and what is durable in it.
func played(t *testing.T, closed bool, trace ...kind) (*storage.Sim, vsr.Durable) {
	c := enumConfig()
	c.Slots, c.PrepareBytes = 16, 64*storage.SectorSize
	disk := storage.NewSim()
	require.NoError(t, Format(disk, c))
	j, state, err := Open(disk, c)
	require.NoError(t, err)
	sequence := uint64(0)
	for i, k := range trace {
		if k == takeCheckpoint {
			cp := checkpointOf(&state, length(&state)-1)
			require.NoError(t, j.BeginCheckpoint(cp))
			for done := false; !done; {
				done, err = j.StepCheckpoint()
				require.NoError(t, err)
			}
			state = afterCheckpoint(state, cp)
			continue
		}
		sequence++
		w := makeWrite(k, state, sequence, 10*i)
		require.NoError(t, play(j, w))
		state = after(state, w)
	}
	if closed {
		require.NoError(t, j.Close())
	}
	return disk, state
}

// largerConfig has more room of each kind.
func largerConfig() Config {
	return Config{PrepareBytes: 128 * storage.SectorSize, StateMax: 200_000, FormatID: [16]byte{9}}
}

func TestGrow(t *testing.T) {
	for name, trace := range map[string][]kind{
		"nothing": {},
		"log":     {appendOne, appendTwo, viewOnly, replaceTail, appendTwo},
		"all": {appendTwo, takeCheckpoint, appendTwo, viewOnly, replaceTail, takeCheckpoint,
			appendOne},
		"ends": {appendOne, appendTwo, takeCheckpoint, viewOnly},
	} {
		for _, closed := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				from, state := played(t, closed, trace...)
				before := from.Image()
				to := storage.NewSim()
				require.NoError(t, Grow(from, to, largerConfig()))
				require.Equal(t, before, from.Image())

				report, err := Inspect(to)
				require.NoError(t, err)
				require.True(t, report.Good() && report.Healthy && report.Clean, report)
				require.EqualValues(t, 200_000, report.StateMax)
				require.EqualValues(t, 128*storage.SectorSize, report.PrepareBytes)
				j, found, err := Open(to, enumConfig())
				require.NoError(t, err)
				require.True(t, sameState(state, found), short(state, found))
				require.EqualValues(t, 3, j.Opens()) // the first, that of Grow, this one
				// It goes on, with a state that had no room before.
				w := makeWrite(appendTwo, state, 1, 1000)
				require.NoError(t, play(j, w))
				state = after(state, w)
				cp := checkpointOf(&state, length(&state))
				cp.State = make([]byte, 150_000)
				require.NoError(t, j.BeginCheckpoint(cp))
				for done := false; !done; {
					done, err = j.StepCheckpoint()
					require.NoError(t, err)
				}
			})
		}
	}
}

func TestGrowOfAFileThatWasNeverStarted(t *testing.T) {
	from, to := storage.NewSim(), storage.NewSim()
	require.NoError(t, Format(from, enumConfig()))
	require.NoError(t, Grow(from, to, largerConfig()))
	j, found, err := Open(to, enumConfig())
	require.NoError(t, err)
	require.Equal(t, vsr.Durable{}, found)
	require.EqualValues(t, 1, j.Opens()) // the replica is new
}

func TestGrowRefuses(t *testing.T) {
	from, _ := played(t, true, appendOne, appendTwo)
	for says, change := range map[string]func(*Config){
		"PrepareBytes is 16384, the file has 262144": func(c *Config) { c.PrepareBytes = 16384 },
		"StateMax is 3999, the file has 4000":        func(c *Config) { c.StateMax = 3999 },
		"expected 1 to":                              func(c *Config) { c.StateMax = 1 << 50 },
	} {
		c := largerConfig()
		change(&c)
		to := storage.NewSim()
		require.ErrorContains(t, Grow(from, to, c), says)
		require.Zero(t, to.Size())
	}
	used := storage.NewSim()
	require.NoError(t, used.WriteSectors(make([]byte, storage.SectorSize), 0))
	require.NoError(t, used.Flush())
	used.Damage(5, 1)
	require.ErrorIs(t, Grow(from, used, largerConfig()), ErrFormatted)
	report, err := Inspect(from)
	require.NoError(t, err)
	from.Damage(report.Groups[0].Offset+headerSize, 1)
	require.ErrorContains(t, Grow(from, storage.NewSim(), largerConfig()), "gets them from the others")
	require.ErrorIs(t, Grow(storage.NewSim(), storage.NewSim(), largerConfig()), ErrNotFormatted)
}

// TestGrowIsCutOff: Grow is ended at each write and each flush, and then the power fails. The old
// disk is as it was; the new one is no journal, or has all.
func TestGrowIsCutOff(t *testing.T) {
	from, state := played(t, false, appendTwo, takeCheckpoint, appendTwo, viewOnly)
	before := from.Image()
	refused, whole := 0, 0
	for _, call := range []storage.Call{storage.CallWrite, storage.CallFlush} {
		for n := 1; ; n++ {
			to := storage.NewSim()
			to.FailNext(call, n, errPlanted)
			err := Grow(from, to, largerConfig())
			if err == nil {
				break
			}
			require.ErrorIs(t, err, errPlanted)
			for seed := range uint64(12) {
				image := to.Clone()
				image.Crash(rand.New(rand.NewPCG(seed, uint64(n))))
				_, found, err := Open(image, enumConfig())
				if err != nil {
					refused++
					continue
				}
				whole++
				require.True(t, sameState(state, found), "%v %d seed %d: %s", call, n, seed,
					short(state, found))
			}
		}
	}
	require.Equal(t, before, from.Image())
	require.Positive(t, refused)
	require.Positive(t, whole)
}

// TestSuperblockFirstIsSeenToFail: with the superblocks written as the rest is, a journal that
// is half copied opens, and has not all.
func TestSuperblockFirstIsSeenToFail(t *testing.T) {
	from, state := played(t, false, appendTwo, takeCheckpoint, appendTwo, viewOnly)
	r, err := recoverFrom(from, Identity{}, storage.Buffer(recoverMemory))
	require.NoError(t, err)
	c := largerConfig()
	super, err := grown(&r.survey.super, &c)
	require.NoError(t, err)
	to := storage.NewSim()
	require.NoError(t, format(to, super))
	_, found, err := Open(to, enumConfig())
	require.NoError(t, err)
	require.False(t, sameState(state, found))
}
