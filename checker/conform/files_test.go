// SPDX-License-Identifier: Apache-2.0

package conform

// Traces in files: one for each start of each replica, in no order among each
// other.

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/trace"
	"viewstamp/impl/vsr"
)

// write puts events into files as processes do, and returns the paths in a
// wrong order.
func write(t testing.TB, replicas int, events []vsr.Event) []string {
	dir := t.TempDir()
	var paths []string
	writers := map[vsr.ReplicaNumber]*trace.Writer{}
	starts := map[vsr.ReplicaNumber]int{}
	for _, e := range events {
		i := e.Replica
		if e.Sequence == 1 {
			starts[i]++
			path := filepath.Join(dir, fmt.Sprintf("replica-%d-start-%d.jsonl", i, starts[i]))
			file, err := os.Create(path)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, file.Close()) })
			number := int(i)
			writers[i], err = trace.NewWriter(file, trace.Header{Replicas: replicas, Replica: &number})
			require.NoError(t, err)
			paths = append(paths, path)
		}
		require.NoError(t, writers[i].Write([]vsr.Event{e}))
	}
	slices.Sort(paths)
	slices.Reverse(paths)
	return paths
}

// writeAll puts all events into one file.
func writeAll(t testing.TB, replicas int, events []vsr.Event) string {
	path := filepath.Join(t.TempDir(), "all.jsonl")
	var b bytes.Buffer
	w, err := trace.NewWriter(&b, trace.Header{Replicas: replicas})
	require.NoError(t, err)
	require.NoError(t, w.Write(events))
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

func TestFilesInAnyOrder(t *testing.T) {
	restarts := 0
	for seed := uint64(1); seed <= 10; seed++ {
		w := newWalk(seed, 3, 3).run(500)
		direct, err := w.check(Options{}, w.events)
		require.NoError(t, err)
		many, err := Files(context.Background(), write(t, 3, w.events))
		require.NoError(t, err, "seed %d", seed)
		one, err := Files(context.Background(), []string{writeAll(t, 3, w.events)})
		require.NoError(t, err)
		many.Clients, one.Clients = direct.Clients, direct.Clients // Some sent and were not heard.
		require.Equal(t, direct, one)
		require.Equal(t, direct, many)
		restarts += many.Restarts
	}
	// With more than nine files of a replica, their numbers must be read as numbers.
	require.Greater(t, restarts, 10*10)
}

func TestCorruptedFileIsNamedWithItsLine(t *testing.T) {
	w := newWalk(corruptSeed, 3, 3).run(300)
	i := lastOf(w.events, "OnPrepareOK")
	events := slices.Clone(w.events)
	events[i].State.CommitNumber--
	for _, paths := range [][]string{write(t, 3, events), {writeAll(t, 3, events)}} {
		_, err := Files(context.Background(), paths)
		var d *Divergence
		require.ErrorAs(t, err, &d)
		require.Equal(t, WrongState, d.Problem)
		require.Equal(t, w.events[i].Replica, d.Replica)
		require.Equal(t, w.events[i].Sequence, d.Sequence)
		require.Positive(t, d.Position.Line)
		require.Contains(t, err.Error(), d.Position.String())
		require.Contains(t, err.Error(), "CommitNumber: expected")
	}
}

// Without the trace of the primary nobody has sent what the others received.
func TestMissingFileIsReported(t *testing.T) {
	s := newStory(t)
	prepare := s.step(0, "OnRequest", s.request(0))
	s.step(1, "OnPrepare", prepare[0])
	s.step(2, "OnPrepare", prepare[0])
	paths := write(t, 3, s.events)
	_, err := Files(context.Background(), paths)
	require.NoError(t, err)
	without := slices.DeleteFunc(paths, func(path string) bool {
		return filepath.Base(path) == "replica-0-start-1.jsonl"
	})
	_, err = Files(context.Background(), without)
	var d *Divergence
	require.ErrorAs(t, err, &d)
	require.Equal(t, NeverSent, d.Problem)
	require.Contains(t, d.Reason, "behind it wait")
}

// In files the sender's crash can come late: its message was sent again after
// it, or it was not.
func TestLostStepInFiles(t *testing.T) {
	s := newStory(t)
	prepare := s.step(0, "OnRequest", s.request(0))
	durable := s.replicas[1]
	ok := s.step(1, "OnPrepare", prepare[0])
	s.step(0, "OnPrepareOK", ok[0])
	commit := s.step(0, "SendCommit")
	s.step(1, "OnCommit", commit[0])
	s.crash(1, durable)
	_, err := Files(context.Background(), write(t, 3, s.events))
	var d *Divergence
	require.ErrorAs(t, err, &d)
	require.Equal(t, NotDurable, d.Problem)

	s.step(1, "OnPrepare", prepare[0])
	_, err = Files(context.Background(), write(t, 3, s.events))
	require.NoError(t, err)
}

func TestFilesThatDoNotFit(t *testing.T) {
	w := newWalk(1, 3, 2).run(50)
	other := newWalk(1, 5, 2).run(50)
	paths := write(t, 3, w.events)
	all := writeAll(t, 3, w.events)
	torn := filepath.Join(t.TempDir(), "torn.jsonl")
	require.NoError(t, os.WriteFile(torn, []byte(`{"format"`), 0o600))
	for what, list := range map[string][]string{
		"no files":         {},
		"no file holds":    {torn},
		"of a group of":    append(slices.Clone(paths), write(t, 5, other.events)...),
		"of all replicas":  append(slices.Clone(paths), all),
		"no such file":     {filepath.Join(t.TempDir(), "none.jsonl")},
		"is this a trace?": {"files_test.go"},
	} {
		_, err := Files(context.Background(), list)
		require.Error(t, err, what)
	}
	report, err := Files(context.Background(), append(slices.Clone(paths), torn))
	require.NoError(t, err)
	require.Equal(t, 1, report.Torn)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Files(ctx, paths)
	require.ErrorIs(t, err, context.Canceled)
}
