// SPDX-License-Identifier: Apache-2.0

// Random histories: longer, with larger groups, growth of the file, torn bytes and noise, and one
// crash after the other, wherever the disk is called.

package journal

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// history is a replica's life on one disk, with everything that it may still turn out to be.
type history struct {
	config  Config
	disk    *storage.Sim
	rng     *rand.Rand
	journal *Journal
	// states[0] is durable for sure; the others follow from it by one Write each.
	states []vsr.Durable
	// sequence counts the Writes since the journal was opened, tag all of them.
	sequence uint64
	first    uint64 // the sequence that led to states[0]
	tag      int
}

func (h *history) newest() vsr.Durable { return h.states[len(h.states)-1] }

// draw is a random Write that may come next.
func (h *history) draw(t *rapid.T) vsr.Write {
	state := h.newest()
	h.sequence++
	w := vsr.Write{Sequence: h.sequence, Keep: vsr.OpNumber(len(state.Log)),
		ViewNumber: state.ViewNumber, LastNormalView: state.LastNormalView}
	if rapid.IntRange(0, 3).Draw(t, "view change") == 0 {
		w.ViewNumber += vsr.ViewNumber(rapid.IntRange(1, 3).Draw(t, "views"))
		if rapid.Bool().Draw(t, "starts") {
			w.LastNormalView = w.ViewNumber
			w.Keep = vsr.OpNumber(rapid.IntRange(0, len(state.Log)).Draw(t, "keep"))
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "entries") {
		h.tag++
		size := rapid.SampledFrom([]int{0, 1, 64, 3600, 4096, 9000}).Draw(t, "size")
		w.Entries = append(w.Entries, entry(w.ViewNumber, h.tag, string(make([]byte, size))))
	}
	chained(state.Log[:w.Keep], w.Entries...)
	return w
}

// acknowledge makes the states up to that sequence the past.
func (h *history) acknowledge(durable uint64) {
	h.states = h.states[durable-h.first:]
	h.first = durable
}

// restart opens the disk, perhaps with crashes in between, and compares.
func (h *history) restart(t *rapid.T) {
	for rapid.IntRange(0, 2).Draw(t, "crash in open") == 0 {
		h.plant(t)
		_, _, err := Open(h.disk, h.config)
		if err == nil {
			break // the planted call was not reached
		}
		require.ErrorIs(t, err, errPlanted)
		h.disk.Crash(h.rng)
	}
	h.disk.FailNext(storage.CallFlush, 0, nil)
	h.disk.FailNext(storage.CallWrite, 0, nil)
	j, got, err := Open(h.disk, h.config)
	require.NoError(t, err, "a crash is no damage")
	found := -1
	for i, state := range h.states {
		if sameState(got, state) {
			found = i
		}
	}
	require.GreaterOrEqual(t, found, 0, "found %s, expected one of %s",
		short(got), short(h.states...))
	h.journal, h.states = j, h.states[found:found+1]
	h.sequence, h.first = 0, 0
}

func (h *history) plant(t *rapid.T) {
	call := rapid.SampledFrom([]storage.Call{storage.CallWrite, storage.CallFlush}).Draw(t, "call")
	h.disk.FailNext(call, rapid.IntRange(1, 6).Draw(t, "nth"), errPlanted)
}

func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { randomHistory(t, none) })
}

func randomHistory(t *rapid.T, f fault) {
	c := withExtent(int64(rapid.IntRange(1, 9).Draw(t, "extent")))
	c.fault = f
	h := &history{config: c, disk: storage.NewSim(), states: []vsr.Durable{{}}}
	h.rng = rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	require.NoError(t, Format(h.disk, c))
	h.restart(t)
	// settle looks at what a call has returned; after an error the process is gone.
	settle := func(t *rapid.T, durable uint64, err error) {
		h.acknowledge(durable)
		if err != nil {
			require.ErrorIs(t, err, errPlanted)
			h.disk.Crash(h.rng)
			h.restart(t)
		}
	}
	t.Repeat(map[string]func(*rapid.T){
		"append": func(t *rapid.T) {
			w := h.draw(t)
			h.states = append(h.states, after(h.newest(), w))
			require.NoError(t, h.journal.Append(w))
		},
		"write": func(t *rapid.T) { settle(t, h.first, h.journal.WriteQueued()) },
		"flush": func(t *rapid.T) {
			durable, err := h.journal.Flush()
			settle(t, durable, err)
		},
		"commit": func(t *rapid.T) {
			durable, err := h.journal.Commit()
			settle(t, durable, err)
			require.Len(t, h.states, 1)
		},
		"plant an error": h.plant,
		"crash": func(t *rapid.T) {
			h.disk.Crash(h.rng)
			h.restart(t)
		},
		"kill": h.restart,
		"close": func(t *rapid.T) {
			if err := h.journal.Close(); err != nil {
				require.ErrorIs(t, err, errPlanted)
				h.disk.Crash(h.rng)
			}
			h.restart(t)
		},
		"": func(t *rapid.T) {
			report, err := Inspect(h.disk)
			require.NoError(t, err)
			require.NoError(t, report.Damage)
		},
	})
}

// A crash while a disk is formatted leaves a disk that is not formatted, or one that is.
func TestCrashInFormat(t *testing.T) {
	config := withExtent(2)
	config.Force = true
	old, _, err := threeGroups(roomy(), true)
	require.NoError(t, err)
	for seed := range uint64(300) {
		disk := storage.NewSim()
		if seed%2 == 1 {
			disk = old.Clone()
		}
		rng := rand.New(rand.NewPCG(seed, 0))
		call := []storage.Call{storage.CallWrite, storage.CallFlush}[seed/2%2]
		disk.FailNext(call, 1+rng.IntN(6), errPlanted)
		formatErr := Format(disk, config)
		disk.Crash(rng)
		_, state, err := Open(disk, config)
		switch {
		case err == nil && formatErr == nil, err == nil && len(state.Log) == 0:
			require.Empty(t, state.Log)
		case err == nil:
			require.Len(t, state.Log, 3, "seed %d: nothing of the old was touched", seed)
		default:
			require.Error(t, formatErr, "seed %d", seed)
			require.True(t, errors.Is(err, ErrNotFormatted) || errors.Is(err, ErrDamaged),
				"seed %d: %v", seed, err)
		}
	}
}
