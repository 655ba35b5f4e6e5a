// SPDX-License-Identifier: Apache-2.0

// The enumeration: every short trace of steps, every crash in it, and of each crash every subset of
// the unsynced sectors old, new or torn; one further fault in any sector, or two that rot; every
// crash inside of the recovery from that; and one more Write on what was recovered. Equal images
// are judged once.
//
// The invariants (durability.md §9.2), with groups in place of entries:
//
//	I1, I2  What was acknowledged is there, or it is in a Lost range with the right name, or the
//	        head is unknown and the view is the one in which it was acknowledged.
//	I3      View numbers and the checkpoint are never below those that were spoken of.
//	I4      Without a fault nothing is lost, no head is unknown, and nothing is refused.
//	I5      What recovery finds it finds again, also when it is interrupted.
//	I6      A dropped entry, or a group that was cut off, does not return.
//	I7      A restarted replica says the same: this is I5 for the views and the name of the log.
//
// All of them follow from comparing a recovered state with the states that the trace went through.

package journal

import (
	"errors"
	"flag"
	"fmt"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Longer traces take long; ENUMERATION.md has what they found.
var (
	enumerateLength = flag.Int("length", 3, "longest trace of TestEnumerate, in steps")
	enumerateFaulty = flag.Int("faulty", 3, "longest trace with a fault in every image")
)

// oracle is what is known about a trace: the states that a crash may lead to.
type oracle struct {
	// past are the states before states[0].
	past []vsr.Durable
	// states[0] is acknowledged; each of the others follows by one Write that was handed over.
	states []vsr.Durable
	// checkpoint, if it is not nil, is being made durable.
	checkpoint *vsr.Checkpoint
	sequence   uint64 // of the last Write
	steps      string
}

func (o *oracle) newest() vsr.Durable { return o.states[len(o.states)-1] }

// acknowledge makes the states up to that sequence the past.
func (o *oracle) acknowledge(durable uint64) {
	n := len(o.states) - 1 - int(o.sequence-durable)
	o.past = append(o.past[:len(o.past):len(o.past)], o.states[:n]...)
	o.states = o.states[n:]
}

// allowed are the states that a crash may lead to.
func (o *oracle) allowed() (states []vsr.Durable) {
	states = append(states, o.states...)
	if o.checkpoint != nil {
		for _, s := range o.states {
			states = append(states, taken(s, *o.checkpoint))
		}
	}
	return states
}

// taken is the state with a checkpoint, be it of its own log or of another.
func taken(s vsr.Durable, cp vsr.Checkpoint) vsr.Durable {
	if n := cp.Name.OpNumber; n <= length(&s) && nameAt(&s, n) == cp.Name {
		return afterCheckpoint(s, cp)
	}
	s.Checkpoint, s.Log = cp, nil
	return s
}

// context is a number for what images are judged by.
func (o *oracle) context() (sum uint64) {
	for _, s := range o.allowed() {
		sum = sum*31 + uint64(s.ViewNumber)*7 + uint64(s.LastNormalView)*13 +
			uint64(s.Checkpoint.Name.OpNumber)*17 + uint64(len(s.Log))*19
		for i := range s.Log {
			sum = sum*31 + uint64(s.Log[i].Checksum[0]) + uint64(s.Log[i].Checksum[1])<<8
		}
	}
	return sum
}

// node is a place in the tree of traces.
type node struct {
	oracle
	disk    *storage.Sim
	journal *Journal
}

// enumeration counts what it has judged and stops at the first violation.
type enumeration struct {
	storage.Enum
	config    Config
	faulty    int // longest trace with faults
	kinds     []kind
	opens     int
	violation error
	memory    []byte // for recoverFrom
}

// recoverFrom is what a disk says; nothing is written.
func (e *enumeration) recoverFrom(disk storage.Disk) (*recovered, error) {
	if e.memory == nil {
		e.memory = storage.Buffer(16 * storage.SectorSize)
	}
	return recoverFrom(disk, e.config.Identity, e.memory)
}

// enumConfig is small: the header ring goes round in short traces.
func enumConfig() Config {
	c := testConfig()
	c.Slots, c.PrepareBytes, c.StateMax = 4, 12*storage.SectorSize, 4000
	return c
}

func (e *enumeration) fail(format string, args ...any) {
	if e.violation == nil {
		e.violation = fmt.Errorf("image %d: %w", e.Images, fmt.Errorf(format, args...))
	}
}

var errPlanted = errors.New("planted")

// root is the node of the empty trace.
func (e *enumeration) root() *node {
	n := &node{disk: storage.NewSim(), oracle: oracle{states: []vsr.Durable{{}}}}
	if err := Format(n.disk, e.config); err != nil {
		panic(err)
	}
	j, _, err := Open(n.disk, e.config)
	if err != nil {
		e.fail("a new file is refused: %w", err)
	}
	n.journal = j
	return n
}

// clone is an independent copy of a node.
func (n *node) clone() *node {
	c := *n
	c.disk = n.disk.Clone()
	c.journal = n.journal.onCopy(c.disk)
	return &c
}

// onCopy is the same journal on a copy of its disk.
func (j *Journal) onCopy(disk storage.Disk) *Journal {
	c := *j
	c.disk = disk
	c.group = append(storage.Buffer(int(storage.RoundUp(int64(len(j.group)))))[:0], j.group...)
	c.summer = bodySummer{}
	c.spare = make([]byte, headerSize)
	c.memory = storage.Buffer(2 * storage.SectorSize)
	c.queue = append([]queuedMark(nil), j.queue...)
	c.index.sums = append([]vsr.Checksum(nil), j.index.sums...)
	c.index.groups = append([]uint64(nil), j.index.groups...)
	c.starts = append([]int64(nil), j.starts...)
	c.body.sector = append([]byte(nil), j.body.sector...)
	c.header.sector = append([]byte(nil), j.header.sector...)
	return &c
}

// tap is a disk that lets the enumeration look before each flush: that is when most is undecided.
type tap struct {
	*storage.Sim
	look func()
}

func (t *tap) Flush() error {
	t.look()
	return t.Sim.Flush()
}

// tapped lets f run on the journal of a node, with a look at every flush.
func (e *enumeration) tapped(n *node, look func(), f func()) {
	n.journal.disk = &tap{n.disk, look}
	if n.journal.checkpoint != nil {
		n.journal.checkpoint.disk = n.journal.disk
	}
	f()
	n.journal.disk = n.disk
}

// explore goes through all traces that begin with that of the node.
func (e *enumeration) explore(n *node, depth, steps int) {
	if e.violation != nil {
		return
	}
	// What is on its way when the trace ends is settled too.
	settled := n.clone()
	e.step(settled, depth, "settle", func() { e.commit(settled) })
	if steps == 0 {
		return
	}
	for _, k := range e.kinds {
		next := n.clone()
		if e.take(next, k, depth+1) {
			e.explore(next, depth+1, steps-1)
		}
	}
}

// take does one step of a trace. It is false if the step is not possible here.
func (e *enumeration) take(n *node, k kind, depth int) bool {
	switch k {
	case takeCheckpoint:
		newest := n.newest()
		op := min(length(&n.states[0]), length(&newest)) - 1
		if int64(op) <= int64(newest.Checkpoint.Name.OpNumber) || op == 1<<64-1 {
			return false
		}
		e.step(n, depth, k.String(), func() { e.makeCheckpoint(n, checkpointOf(&newest, op)) })
	case takeOver:
		e.step(n, depth, k.String(), func() {
			e.commit(n)
			newest := n.newest()
			name := vsr.LogName{OpNumber: length(&newest) + 2, Checksum: vsr.Checksum{9}}
			e.makeCheckpoint(n, vsr.Checkpoint{Name: name, State: []byte("of another")})
		})
	default:
		w := makeWrite(k, n.newest(), n.sequence+1, 10*(depth+1))
		e.step(n, depth, k.String(), func() { e.write(n, w) })
	}
	return true
}

// step does a part of a trace and judges every crash in it.
func (e *enumeration) step(n *node, depth int, name string, f func()) {
	n.steps += " " + name
	e.tapped(n, func() { e.crashes(n, depth) }, f)
	e.crashes(n, depth)
}

// write hands over a Write and does one round, so that the next one overlaps it.
func (e *enumeration) write(n *node, w vsr.Write) {
	j := n.journal
	n.states = append(n.states[:len(n.states):len(n.states)], after(n.newest(), w))
	n.sequence = w.Sequence
	if err := errors.Join(j.Append(w), j.WriteQueued()); err != nil {
		e.fail("%s: %w", n.steps, err)
		return
	}
	durable, err := j.Flush()
	if err != nil {
		e.fail("%s: %w", n.steps, err)
		return
	}
	n.acknowledge(durable)
}

// commit settles what was handed over.
func (e *enumeration) commit(n *node) {
	for n.journal.Pending() && e.violation == nil {
		if err := n.journal.WriteQueued(); err != nil {
			e.fail("%s: %w", n.steps, err)
		}
		durable, err := n.journal.Flush()
		if err != nil {
			e.fail("%s: %w", n.steps, err)
		}
		n.acknowledge(durable)
	}
}

// makeCheckpoint makes a checkpoint durable.
func (e *enumeration) makeCheckpoint(n *node, cp vsr.Checkpoint) {
	if err := n.journal.BeginCheckpoint(cp); err != nil {
		e.fail("%s: %w", n.steps, err)
		return
	}
	n.checkpoint = &cp
	for done := false; !done; {
		var err error
		if done, err = n.journal.StepCheckpoint(); err != nil {
			e.fail("%s: %w", n.steps, err)
			return
		}
	}
	n.checkpoint = nil
	states := make([]vsr.Durable, 0, len(n.states))
	for _, s := range n.states {
		states = append(states, taken(s, cp))
	}
	n.states, n.past = states, nil
}

// crashes judges all images that a crash can leave now.
func (e *enumeration) crashes(n *node, depth int) {
	if e.violation != nil {
		return
	}
	context := n.context()
	if depth <= e.faulty {
		e.killed(n)
	}
	e.Crashes(n.disk, context, func(image *storage.Sim) {
		if e.violation != nil {
			return
		}
		found := e.sound(image, n.steps, n.allowed())
		if e.violation == nil {
			e.recovery(image, n.steps, found)
		}
		if e.violation == nil && depth <= e.faulty {
			e.faults(n, image, depth, context)
		}
		if e.violation == nil && depth < e.faulty {
			e.twoRotten(n, image, depth, context)
		}
	})
}

// killed lets the process die alone: what it has written is in the cache and not on the disk, and
// the next process reads it. What that one has returned must then be durable.
func (e *enumeration) killed(n *node) {
	disk := n.disk.Clone()
	states := n.allowed()
	what := n.steps + "; killed"
	look := func() {
		e.Crashes(disk, n.context()^0xdead, func(image *storage.Sim) {
			if e.violation == nil {
				e.sound(image, what, states)
			}
		})
	}
	_, found, err := Open(&tap{disk, look}, e.config)
	if err != nil {
		e.fail("%s: refused without damage: %w", what, err)
		return
	}
	states, what = []vsr.Durable{found}, what+", then opened"
	e.Crashes(disk, (&oracle{states: states}).context()^0xdeae, func(image *storage.Sim) {
		if e.violation == nil {
			e.sound(image, what, states)
		}
	})
}

// sound wants one of the states from an image that no fault has touched.
func (e *enumeration) sound(image *storage.Sim, what string, states []vsr.Durable) vsr.Durable {
	e.opens++
	r, err := e.recoverFrom(image)
	if err != nil {
		e.fail("%s: refused without damage: %w", what, err)
		return vsr.Durable{}
	}
	for _, state := range states {
		if sameState(r.durable, state) {
			return state
		}
	}
	e.fail("%s: found %s, expected one of %s", what, short(r.durable), short(states...))
	return vsr.Durable{}
}

// recovery opens an image, with every crash in that, and goes on.
func (e *enumeration) recovery(image *storage.Sim, what string, found vsr.Durable) {
	const inRecovery = 0x5ec0
	n := &node{disk: image.Clone(), oracle: oracle{states: []vsr.Durable{found}}}
	n.steps = what + "; recovery"
	context := n.context() ^ inRecovery
	look := func() {
		e.Crashes(n.disk, context, func(again *storage.Sim) {
			if e.violation == nil {
				e.sound(again, n.steps, n.states)
			}
		})
	}
	j, _, err := Open(&tap{n.disk, look}, e.config)
	if err != nil {
		e.fail("%s: refused without damage: %w", n.steps, err)
		return
	}
	look()
	j.disk = n.disk
	n.journal = j
	for _, k := range []kind{appendTwo, replaceTail} {
		e.goOn(n.clone(), k, inRecovery+1)
	}
}

// goOn commits one more Write on what was recovered, with every crash.
func (e *enumeration) goOn(n *node, k kind, context uint64) {
	n.steps += ", " + k.String()
	w := makeWrite(k, n.newest(), 1, 100)
	look := func() {
		e.Crashes(n.disk, n.oracle.context()^context, func(again *storage.Sim) {
			if e.violation == nil {
				e.sound(again, n.steps, n.allowed())
			}
		})
	}
	e.tapped(n, look, func() {
		e.write(n, w)
		e.commit(n)
	})
	look()
}

// enumerate goes through all traces of up to so many steps. Traces with different first steps share
// little, so each worker takes some of them.
func enumerate(c Config, steps, faulty, workers int) (total enumeration) {
	var mu sync.Mutex
	var all sync.WaitGroup
	firsts := make(chan kind, kinds)
	for k := range kinds {
		firsts <- k
	}
	close(firsts)
	for range workers {
		all.Go(func() {
			for first := range firsts {
				e := &enumeration{config: c, faulty: faulty}
				for k := range kinds {
					e.kinds = append(e.kinds, k)
				}
				root := e.root()
				if e.violation == nil && e.take(root, first, 1) {
					e.explore(root, 1, steps-1)
				}
				mu.Lock()
				total.Images += e.Images
				total.opens += e.opens
				if total.violation == nil {
					total.violation = e.violation
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return total
}

// enumerateUpTo is shorter under the race detector, which has nothing to find in one goroutine and
// makes it many times slower.
func enumerateUpTo() int {
	if raceDetector {
		return min(1, *enumerateLength)
	}
	return *enumerateLength
}

// The counts say that the enumeration has seen what it claims to see. A change of the format or of
// the order of writes changes them; then they are counted again here and in ENUMERATION.md.
func TestEnumerate(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	counted := map[[2]int]int{{1, 1}: 12_735, {2, 2}: 170_766, {3, 3}: 1_209_656}
	steps := enumerateUpTo()
	faulty := min(*enumerateFaulty, steps)
	e := enumerate(enumConfig(), steps, faulty, 2)
	t.Logf("up to %d steps, %d with faults: %d images, %d recoveries", steps, faulty, e.Images,
		e.opens)
	require.NoError(t, e.violation)
	if want, ok := counted[[2]int{steps, faulty}]; ok {
		require.Equal(t, want, e.Images, "images of all traces of up to %d steps", steps)
	}
}
