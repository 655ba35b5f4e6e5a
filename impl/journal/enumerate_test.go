// SPDX-License-Identifier: Apache-2.0

// The enumeration: every short trace of Writes, every crash point in it, and every subset of the
// unsynced sectors old, new or torn; then recovery, with every crash inside of it; then one more
// Write on what was recovered, with every crash again.

package journal

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Longer traces take long: 3 Writes in depth are 223,774 images, 4 are millions.
var (
	enumerateWrites = flag.Int("enumerate", 3, "longest trace of TestEnumerate, in Writes")
	enumerateDeep   = flag.Int("deep", 2, "longest trace with crashes in its recovery too")
)

// enumerateUpTo is shorter under the race detector, which has nothing to find in one goroutine and
// makes it many times slower.
func enumerateUpTo() int {
	if raceDetector {
		return min(2, *enumerateWrites)
	}
	return *enumerateWrites
}

// kind is one Write of a trace.
type kind byte

const (
	appendOne kind = iota
	appendTwo
	replaceTail // with a view change, as STARTVIEW does
	viewOnly
	kinds
)

// large is an operation that fills a sector, so that a group with it has two. Its content is the
// same in all entries: then a sector of one group can complete a torn other one.
var large = bytes.Repeat([]byte("z"), 5000)

// makeWrite is the next Write after a state. The tag makes its entries different from others.
func makeWrite(k kind, state vsr.Durable, sequence uint64, tag int) vsr.Write {
	w := vsr.Write{
		Sequence:       sequence,
		Keep:           vsr.OpNumber(len(state.Log)),
		ViewNumber:     state.ViewNumber,
		LastNormalView: state.LastNormalView,
	}
	small := entry(w.ViewNumber, tag, "small")
	switch k {
	case appendOne:
		w.Entries = []vsr.Entry{small}
	case appendTwo:
		w.Entries = []vsr.Entry{small, entry(w.ViewNumber, tag+1, string(large))}
	case replaceTail:
		w.Keep = max(w.Keep, 1) - 1
		w.ViewNumber += 3
		w.LastNormalView = w.ViewNumber
		small.ViewNumber = w.ViewNumber
		w.Entries = []vsr.Entry{small}
	case viewOnly:
		w.ViewNumber++
	}
	chained(state.Log[:w.Keep], w.Entries...)
	return w
}

// after is the state that a Write leads to.
func after(state vsr.Durable, w vsr.Write) vsr.Durable {
	log := append([]vsr.Entry(nil), state.Log[:w.Keep]...)
	return vsr.Durable{
		ViewNumber:     w.ViewNumber,
		LastNormalView: w.LastNormalView,
		Log:            append(log, w.Entries...),
	}
}

func sameState(a, b vsr.Durable) bool {
	if a.ViewNumber != b.ViewNumber || a.LastNormalView != b.LastNormalView ||
		len(a.Log) != len(b.Log) {
		return false
	}
	for i := range a.Log {
		x, y := &a.Log[i], &b.Log[i]
		if x.Checksum != y.Checksum || x.ViewNumber != y.ViewNumber || x.ClientID != y.ClientID ||
			x.RequestNumber != y.RequestNumber || x.Timestamp != y.Timestamp ||
			!bytes.Equal(x.Operation, y.Operation) {
			return false
		}
	}
	return true
}

// enumeration counts what it has judged and stops at the first violation.
type enumeration struct {
	config    Config
	shallow   bool         // no crashes in recovery
	base      *storage.Sim // formatted
	images    int          // crash images, with repetition
	opens     int
	violation error
}

func newEnumeration(c Config) *enumeration {
	e := &enumeration{config: c, base: storage.NewSim()}
	if err := Format(e.base, c); err != nil {
		panic(err)
	}
	return e
}

func (e *enumeration) fail(format string, args ...any) {
	if e.violation == nil {
		e.violation = fmt.Errorf(format, args...)
	}
}

var errPlanted = errors.New("planted")

// crashes runs step again and again, with a crash at its first, second … flush, and at last
// without one. visit gets every image; done says that step had returned before the crash.
func (e *enumeration) crashes(disk *storage.Sim, step func(*storage.Sim) error,
	visit func(image *storage.Sim, done bool)) {
	for n := 1; e.violation == nil; n++ {
		d := disk.Clone()
		d.FailNext(storage.CallFlush, n, errPlanted)
		err := step(d)
		if err != nil && !errors.Is(err, errPlanted) {
			e.fail("refused without damage: %w", err)
			return
		}
		e.all(d, func(image *storage.Sim) { visit(image, err == nil) })
		if err == nil {
			return
		}
	}
}

// all visits every image that a power cut can leave now.
func (e *enumeration) all(disk *storage.Sim, visit func(*storage.Sim)) {
	total := 1
	for range disk.Unsynced() {
		total *= 3
	}
	for choice := 0; choice < total && e.violation == nil; choice++ {
		image, rest := disk.Clone(), choice
		image.CrashWith(func(_ int64, old []byte, versions [][]byte) []byte {
			fate := rest % 3
			rest /= 3
			switch newest := versions[len(versions)-1]; fate {
			case 0:
				return nil
			case 1:
				return newest
			default:
				return tornHalf(old, newest)
			}
		})
		e.images++
		visit(image)
	}
}

// tornHalf is a sector of which half of the changed bytes have been written.
func tornHalf(old, newer []byte) []byte {
	low, high := 0, len(old)
	for low < high && old[low] == newer[low] {
		low++
	}
	for high > low && old[high-1] == newer[high-1] {
		high--
	}
	return append(bytes.Clone(newer[:(low+high)/2]), old[(low+high)/2:]...)
}

// open opens an image that no fault has touched, so it must open.
func (e *enumeration) open(disk *storage.Sim) (*Journal, vsr.Durable) {
	e.opens++
	j, durable, err := Open(disk, e.config)
	if err != nil {
		e.fail("refused without damage: %w", err)
	}
	return j, durable
}

// expect opens a copy of an image and wants one of the states.
func (e *enumeration) expect(image *storage.Sim, what string, states ...vsr.Durable) {
	_, got := e.open(image.Clone())
	for _, state := range states {
		if sameState(got, state) {
			return
		}
	}
	e.fail("%s: found %s, expected one of %s", what, short(got), short(states...))
}

// short names states by their views and request numbers.
func short(states ...vsr.Durable) (text string) {
	for _, s := range states {
		text += fmt.Sprintf("{view %d, last normal %d:", s.ViewNumber, s.LastNormalView)
		for i := range s.Log {
			text += fmt.Sprintf(" %d", s.Log[i].RequestNumber)
		}
		text += "} "
	}
	return text
}

// onCopy is the same journal on a copy of its disk.
func (j *Journal) onCopy(disk storage.Disk) *Journal {
	c := *j
	c.disk = disk
	c.group = append([]byte(nil), j.group...)
	return &c
}

// play writes groups and flushes once.
func play(j *Journal, groups ...[]vsr.Write) error {
	if err := write(j, groups...); err != nil {
		return err
	}
	_, err := j.Flush()
	return err
}

func write(j *Journal, groups ...[]vsr.Write) error {
	for _, group := range groups {
		for _, w := range group {
			if err := j.Append(w); err != nil {
				return err
			}
		}
		if err := j.WriteQueued(); err != nil {
			return err
		}
	}
	return nil
}

// trace plays one trace, cut into groups. The last groups, as many as are in flight, share a flush.
func (e *enumeration) trace(what string, groups [][]vsr.Write, states []vsr.Durable, inFlight int) {
	disk := e.base.Clone()
	j, _ := e.open(disk)
	acknowledged := 0
	for _, group := range groups[:len(groups)-inFlight] {
		acknowledged += len(group)
		if err := play(j, group); err != nil {
			e.fail("%s: %w", what, err)
			return
		}
	}
	last := groups[len(groups)-inFlight:]
	commit := func(d *storage.Sim) error { return play(j.onCopy(d), last...) }
	e.crashes(disk, commit, func(image *storage.Sim, done bool) {
		if done {
			e.recover(image, what+", all acknowledged", states[len(states)-1:])
		} else {
			e.recover(image, fmt.Sprintf("%s, %d acknowledged", what, acknowledged),
				states[acknowledged:])
		}
	})
	// The process may also die alone: what it has written is in the cache and not on the disk.
	killed := disk.Clone()
	if err := write(j.onCopy(killed), last...); err != nil {
		e.fail("%s: %w", what, err)
	}
	e.recover(killed, what+", killed", states[acknowledged:])
}

// recover opens an image, wants one of the states, and goes on from there.
func (e *enumeration) recover(image *storage.Sim, what string, states []vsr.Durable) {
	opened := image.Clone()
	j, state := e.open(opened)
	e.expect(image, what, states...)
	if e.violation != nil {
		return
	}
	// What recovery finds it must find again, also when it was interrupted; only what was not
	// synced before its first flush is still undecided.
	if len(image.Unsynced()) == 0 {
		states = []vsr.Durable{state}
	}
	open := func(d *storage.Sim) error {
		_, _, err := Open(d, e.config)
		return err
	}
	if e.shallow {
		e.goOn(j, opened, state, what, appendTwo)
		return
	}
	e.crashes(image, open, func(again *storage.Sim, done bool) {
		if done {
			e.expect(again, what+", crash after recovery", state)
		} else {
			e.expect(again, what+", crash in recovery", states...)
		}
	})
	e.goOn(j, opened, state, what, appendTwo)
	e.goOn(j, opened, state, what, replaceTail)
}

// goOn commits one more Write on what was recovered, with every crash.
func (e *enumeration) goOn(j *Journal, disk *storage.Sim, state vsr.Durable, what string, k kind) {
	w := makeWrite(k, state, 1, 100)
	next := after(state, w)
	commit := func(d *storage.Sim) error { return play(j.onCopy(d), []vsr.Write{w}) }
	e.crashes(disk, commit, func(again *storage.Sim, done bool) {
		if done {
			e.expect(again, what+", one more acknowledged", next)
		} else {
			e.expect(again, what+", crash in one more", state, next)
		}
	})
}

// run enumerates all traces of that many Writes, each cut into groups in every way, with one or
// two groups in flight.
func (e *enumeration) run(writes int) {
	traces := 1
	for range writes {
		traces *= int(kinds)
	}
	for number := 0; number < traces && e.violation == nil; number++ {
		list, states := drawTrace(number, writes)
		for cuts := 0; cuts < 1<<(writes-1) && e.violation == nil; cuts++ {
			groups := cut(list, cuts)
			for inFlight := 1; inFlight <= min(2, len(groups)); inFlight++ {
				e.trace(fmt.Sprintf("trace %d of %d writes in %d groups (cuts %b), %d in flight",
					number, writes, len(groups), cuts, inFlight), groups, states, inFlight)
			}
		}
	}
}

// drawTrace is the trace of that number, its digits being the kinds of its Writes, and the states
// before, between and after them.
func drawTrace(number, writes int) (list []vsr.Write, states []vsr.Durable) {
	states = []vsr.Durable{{}}
	for i := range writes {
		w := makeWrite(kind(number%int(kinds)), states[i], uint64(i+1), 10*(i+1))
		list, states = append(list, w), append(states, after(states[i], w))
		number /= int(kinds)
	}
	return list, states
}

// cut splits Writes after each position whose bit is set.
func cut(list []vsr.Write, cuts int) (groups [][]vsr.Write) {
	start := 0
	for i := range list {
		if i == len(list)-1 || cuts>>i&1 == 1 {
			groups = append(groups, list[start:i+1])
			start = i + 1
		}
	}
	return groups
}

// roomy has sectors for all groups; cramped needs a new extent for each sector.
func roomy() Config   { return withExtent(8) }
func cramped() Config { return withExtent(1) }

func withExtent(sectors int64) Config {
	c := testConfig()
	c.ExtentSize = sectors * storage.SectorSize
	return c
}

// The counts say that the enumeration has seen what it claims to see. A change of the format or of
// the order of writes changes them; then they are counted again here, and the reason is in the log.
func TestEnumerate(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1000))
	// Images of all traces of up to so many Writes: in depth up to 2, and up to 3.
	counted := map[int]int{1: 686, 2: 16_694, 3: 101_342}
	if *enumerateDeep >= 3 {
		counted[3] = 223_774
	}
	e := newEnumeration(roomy())
	for writes := 1; writes <= enumerateUpTo(); writes++ {
		e.shallow = writes > *enumerateDeep
		e.run(writes)
		require.NoError(t, e.violation)
		t.Logf("up to %d writes: %d images, %d opens", writes, e.images, e.opens)
		if want, ok := counted[writes]; ok && *enumerateDeep >= 2 {
			require.Equal(t, want, e.images, "images of all traces of up to %d writes", writes)
		}
	}
}

func TestEnumerateWhileTheFileGrows(t *testing.T) {
	e := newEnumeration(cramped())
	e.run(1)
	e.run(2)
	require.NoError(t, e.violation)
	require.Equal(t, 24_050, e.images)
}
