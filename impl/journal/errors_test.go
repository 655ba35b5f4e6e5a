// SPDX-License-Identifier: Apache-2.0

// Errors of the disk: every write and flush in a life, with every error that a file system has.

package journal

import (
	"fmt"
	"io"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// life is what a journal does in these tests: it opens, writes with and without a change of view,
// makes a checkpoint while a group is on its way, and closes.
type life struct {
	*node
	j   *Journal
	err error // the first
	// late is what was acknowledged after the first error.
	late bool
}

// run goes through the whole life. Calls go on after an error, as those of a driver with a mistake.
func (l *life) run(c Config) {
	j, _, err := Open(l.disk, c)
	if l.note(err) {
		return
	}
	l.j = j
	for i, k := range []kind{appendOne, appendTwo, replaceTail, appendOne, viewOnly} {
		w := makeWrite(k, l.newest(), l.sequence+1, 10*(i+1))
		l.states = append(l.states[:len(l.states):len(l.states)], after(l.newest(), w))
		l.sequence = w.Sequence
		l.note(j.Append(w))
		l.note(j.WriteQueued())
		l.flush()
		if i == 3 {
			l.makeCheckpoint()
		}
	}
	for j.err == nil && j.Pending() {
		l.note(j.WriteQueued())
		l.flush()
	}
	l.note(j.Close())
}

func (l *life) note(err error) bool {
	if l.err == nil {
		l.err = err
	}
	return err != nil
}

func (l *life) flush() {
	failed := l.err != nil
	before := l.states[0]
	durable, err := l.j.Flush()
	l.note(err)
	l.acknowledge(durable)
	l.late = l.late || failed && !sameState(before, l.states[0])
}

func (l *life) makeCheckpoint() {
	newest := l.newest()
	cp := checkpointOf(&newest, 2)
	if l.note(l.j.BeginCheckpoint(cp)) {
		return
	}
	l.checkpoint = &cp
	for {
		done, err := l.j.StepCheckpoint()
		if l.note(err) {
			return
		}
		if done {
			break
		}
	}
	l.checkpoint = nil
	for i := range l.states {
		l.states[i] = taken(l.states[i], cp)
	}
}

func newLife(t *testing.T, c Config) *life {
	disk := storage.NewSim()
	require.NoError(t, Format(disk, c))
	return &life{node: &node{disk: disk, oracle: oracle{states: []vsr.Durable{{}}}}}
}

// Nothing is acknowledged after an error, every later call returns it, and the next start finds all
// that was acknowledged before: whatever the machine has done with what was on its way.
func TestDiskErrors(t *testing.T) {
	c := testConfig()
	whole := newLife(t, c)
	writes, flushes := whole.disk.Calls(storage.CallWrite), whole.disk.Calls(storage.CallFlush)
	whole.run(c)
	require.NoError(t, whole.err)
	sites := map[storage.Call]int{
		storage.CallWrite: whole.disk.Calls(storage.CallWrite) - writes,
		storage.CallFlush: whole.disk.Calls(storage.CallFlush) - flushes,
	}
	require.Equal(t, map[storage.Call]int{storage.CallWrite: 32, storage.CallFlush: 28}, sites)
	for _, call := range []storage.Call{storage.CallWrite, storage.CallFlush} {
		for n := 1; n <= sites[call]; n++ {
			for _, planted := range []error{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT,
				syscall.EROFS, io.ErrShortWrite} {
				l := newLife(t, c)
				l.disk.FailNext(call, n, planted)
				l.run(c)
				what := fmt.Sprintf("%s %d: %v", call, n, planted)
				require.ErrorIs(t, l.err, planted, what)
				require.False(t, l.late, what)
				if l.j != nil {
					l.checkFailed(t, what)
				}
				l.checkRestart(t, c, what)
			}
		}
	}
}

// checkFailed wants the first error from every call.
func (l *life) checkFailed(t *testing.T, what string) {
	want := l.j.err
	require.Error(t, want, what)
	require.Equal(t, want, l.j.Append(vsr.Write{}), what)
	require.Equal(t, want, l.j.WriteQueued(), what)
	_, err := l.j.Flush()
	require.Equal(t, want, err, what)
	require.Equal(t, want, l.j.BeginCheckpoint(vsr.Checkpoint{}), what)
	_, err = l.j.StepCheckpoint()
	require.Equal(t, want, err, what)
	_, _, err = l.j.ScrubStep()
	require.Equal(t, want, err, what)
	require.Equal(t, want, l.j.Close(), what)
}

// checkRestart wants what was acknowledged after a crash that keeps all, nothing or half of what
// was not durable.
func (l *life) checkRestart(t *testing.T, c Config, what string) {
	for fate := range 3 {
		disk := l.disk.Clone()
		disk.CrashWith(func(n int64, _ []byte, versions [][]byte) []byte {
			if fate == 0 || fate == 2 && n%2 == 0 {
				return nil
			}
			return versions[len(versions)-1]
		})
		_, got, err := Open(disk, c)
		require.NoError(t, err, what)
		found := false
		for _, s := range l.allowed() {
			found = found || sameState(got, s)
		}
		require.True(t, found, "%s: found %s, expected one of %s", what, short(got),
			short(l.allowed()...))
	}
}

// A flush that failed has dropped what it should have written. A second one that succeeds proves
// nothing, so there is none.
func TestNoSecondFlush(t *testing.T) {
	l := newLife(t, testConfig())
	j, _, err := Open(l.disk, testConfig())
	require.NoError(t, err)
	require.NoError(t, j.Append(makeWrite(appendOne, vsr.Durable{}, 1, 1)))
	require.NoError(t, j.WriteQueued())
	flushes := l.disk.Calls(storage.CallFlush)
	l.disk.FailNext(storage.CallFlush, 1, errPlanted)
	for range 3 {
		durable, err := j.Flush()
		require.ErrorIs(t, err, errPlanted)
		require.Zero(t, durable)
	}
	require.Equal(t, flushes+1, l.disk.Calls(storage.CallFlush))
}

// A disk that is too small is a disk that fails, not one that is used in part.
func TestFormatErrors(t *testing.T) {
	c := testConfig()
	whole := storage.NewSim()
	require.NoError(t, Format(whole, c))
	for _, call := range []storage.Call{storage.CallWrite, storage.CallFlush} {
		for n := 1; n <= whole.Calls(call); n++ {
			disk := storage.NewSim()
			disk.FailNext(call, n, syscall.ENOSPC)
			require.ErrorIs(t, Format(disk, c), syscall.ENOSPC)
			disk.CrashWith(func(_ int64, _ []byte, v [][]byte) []byte { return v[len(v)-1] })
			_, _, err := Open(disk, c)
			// With two of its four copies the superblock is there; what a flush that fails should
			// have made durable is there in this crash.
			calls := map[storage.Call]int{storage.CallWrite: 2, storage.CallFlush: 3}[call]
			require.Equal(t, n > whole.Calls(call)-calls, err == nil, "%s %d: %v", call, n, err)
		}
	}
}
