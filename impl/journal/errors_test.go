// SPDX-License-Identifier: Apache-2.0

// Errors of the disk: every write and flush in two lives and in Format, with every error that a
// file system has. No line of the package that writes or flushes is left out.

package journal

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// diskErrors are those that a file system has for writes and flushes.
func diskErrors() []error {
	return []error{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, io.ErrShortWrite}
}

// life is what a journal does in these tests: it opens, writes with and without a change of view,
// makes a checkpoint while a group is on its way, and closes.
type life struct {
	*node
	sites *siteDisk // the disk, as the journal sees it
	j     *Journal
	err   error // the first
	// late is what was acknowledged after the first error.
	late bool
}

// run goes through the whole life. Calls go on after an error, as those of a driver with a mistake.
func (l *life) run(c Config) {
	l.sites = &siteDisk{Sim: l.disk, failed: map[string]bool{}}
	j, _, err := Open(l.sites, c)
	if l.note(err) {
		return
	}
	l.j = j
	for i, k := range []kind{replaceTail, appendTwo, appendTwo, replaceTail, viewOnly} {
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
	l.late = l.late || failed && !equal(&before, &l.states[0])
}

func (l *life) makeCheckpoint() {
	newest := l.newest()
	cp := checkpointOf(&newest, length(&newest)-2)
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

// wornLife begins where Open has all to do that it ever does: a copy of the superblock, a header
// with a good body and two idle header slots have rotted. The prepare ring is near its end.
func wornLife(t *testing.T, c Config) *life {
	l := newLife(t, c)
	j, state, err := Open(l.disk, c)
	require.NoError(t, err)
	for i, k := range []kind{appendTwo, appendTwo, appendTwo, appendTwo, appendOne, appendOne} {
		w := makeWrite(k, state, uint64(i+1), 1000+10*i)
		require.NoError(t, play(j, w))
		state = after(state, w)
		if i == 4 {
			cp := checkpointOf(&state, length(&state)-1)
			require.NoError(t, takeNow(j, cp))
			state = afterCheckpoint(state, cp)
		}
	}
	sizes, err := c.sizes()
	require.NoError(t, err)
	for _, off := range []int64{superblockOffset(2, sizes.size()),
		sizes.headerOffset(j.written.number), sizes.headerOffset(j.written.number + 1),
		sizes.headerOffset(j.written.number + 2)} {
		l.disk.Damage(off+50, 0x10)
	}
	state.HeadUnknown = true // What the first idle slot has held, nobody knows.
	l.states[0] = state
	return l
}

// takeNow makes a checkpoint durable.
func takeNow(j *Journal, cp vsr.Checkpoint) error {
	err := j.BeginCheckpoint(cp)
	for done := false; !done && err == nil; {
		done, err = j.StepCheckpoint()
	}
	return err
}

// Nothing is acknowledged after an error, every later call returns it, and the next start finds all
// that was acknowledged before: whatever the machine has done with what was on its way.
func TestDiskErrors(t *testing.T) {
	c := testConfig()
	c.PrepareBytes = 12 * storage.SectorSize
	failed := map[string]bool{}
	for _, kind := range []struct {
		name  string
		begin func(*testing.T, Config) *life
		sites map[storage.Call]int
	}{
		{"new", newLife, map[storage.Call]int{storage.CallWrite: 36, storage.CallFlush: 32}},
		{"worn", wornLife, map[storage.Call]int{storage.CallWrite: 40, storage.CallFlush: 35}},
	} {
		whole := kind.begin(t, c)
		writes, flushes := whole.disk.Calls(storage.CallWrite), whole.disk.Calls(storage.CallFlush)
		whole.run(c)
		require.NoError(t, whole.err)
		sites := map[storage.Call]int{
			storage.CallWrite: whole.disk.Calls(storage.CallWrite) - writes,
			storage.CallFlush: whole.disk.Calls(storage.CallFlush) - flushes,
		}
		require.Equal(t, kind.sites, sites, kind.name)
		for _, call := range []storage.Call{storage.CallWrite, storage.CallFlush} {
			for n := 1; n <= sites[call]; n++ {
				for _, planted := range diskErrors() {
					l := kind.begin(t, c)
					l.disk.FailNext(call, n, planted)
					l.run(c)
					maps.Copy(failed, l.sites.failed)
					l.check(t, c, planted, fmt.Sprintf("%s: %s %d: %v", kind.name, call, n, planted))
				}
			}
		}
	}
	checkFormatErrors(t, c, failed)
	checkRepairErrors(t, failed)
	require.Equal(t, callSites(t), slices.Sorted(maps.Keys(failed)), "lines that have failed")
}

// check wants what is promised after an error.
func (l *life) check(t *testing.T, c Config, planted error, what string) {
	require.ErrorIs(t, l.err, planted, what)
	require.False(t, l.late, what)
	if l.j != nil {
		l.checkFailed(t, what)
	}
	l.checkRestart(t, c, what)
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
			found = found || equal(&got, &s)
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

// checkFormatErrors lets every call of Format fail. A disk that is too small is a disk that fails,
// not one that is used in part.
func checkFormatErrors(t *testing.T, c Config, failed map[string]bool) {
	whole := storage.NewSim()
	require.NoError(t, Format(whole, c))
	for _, call := range []storage.Call{storage.CallWrite, storage.CallFlush} {
		for n := 1; n <= whole.Calls(call); n++ {
			for _, planted := range diskErrors() {
				disk := &siteDisk{Sim: storage.NewSim(), failed: failed}
				disk.FailNext(call, n, planted)
				require.ErrorIs(t, Format(disk, c), planted)
				disk.CrashWith(func(_ int64, _ []byte, v [][]byte) []byte { return v[len(v)-1] })
				_, _, err := Open(disk, c)
				// With two of its four copies the superblock is there; what a flush that fails
				// should have made durable is there in this crash.
				calls := map[storage.Call]int{storage.CallWrite: 2, storage.CallFlush: 3}[call]
				require.Equal(t, n > whole.Calls(call)-calls, err == nil, "%s %d: %v", call, n, err)
			}
		}
	}
}

// checkRepairErrors makes the repair of what the scrubber has found fail: that is final as well.
func checkRepairErrors(t *testing.T, failed map[string]bool) {
	for _, call := range []storage.Call{storage.CallWrite, storage.CallFlush} {
		for _, planted := range diskErrors() {
			for _, copied := range []bool{true, false} { // a copy of the superblock, a chunk
				sim, state := sample(t)
				j, _ := reopen(t, &siteDisk{Sim: sim, failed: failed})
				x := extent{layout: j.super.layout, owner: j.owner,
					checkpointRecord: j.super.checkpoint}
				offset, _ := x.chunk(0)
				if copied {
					offset = superblockOffset(1, sim.Size())
				}
				sim.Damage(offset+60, 1)
				damage := (*Damage)(nil)
				for damage == nil {
					var err error
					damage, _, err = j.ScrubStep()
					require.NoError(t, err)
				}
				require.Equal(t, copied, damage.Superblock)
				sim.FailNext(call, 1, planted)
				for range 2 {
					_, err := j.Repair(damage, &state.Checkpoint)
					require.ErrorIs(t, err, planted)
				}
			}
		}
	}
}

// siteDisk is a disk that notes which lines of the package have got an error from it.
type siteDisk struct {
	*storage.Sim
	failed map[string]bool
}

func (d *siteDisk) WriteSectors(p []byte, off int64) error {
	return d.note(d.Sim.WriteSectors(p, off))
}

func (d *siteDisk) Flush() error { return d.note(d.Sim.Flush()) }

// note keeps the line that has called WriteSectors or Flush.
func (d *siteDisk) note(err error) error {
	if err != nil {
		_, file, line, _ := runtime.Caller(2)
		d.failed[fmt.Sprintf("%s:%d", filepath.Base(file), line)] = true
	}
	return err
}

// callSites lists the lines of the package that write to the disk or flush it.
func callSites(t *testing.T) (sites []string) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	call := regexp.MustCompile(`disk\.(WriteSectors|Flush)\(`)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		for i, line := range strings.Split(string(source), "\n") {
			if call.MatchString(line) {
				sites = append(sites, fmt.Sprintf("%s:%d", name, i+1))
			}
		}
	}
	slices.Sort(sites)
	return sites
}
