// SPDX-License-Identifier: Apache-2.0

// What the tests share: kinds of Writes, what they lead to, and how states are compared.

package journal

import (
	"bytes"
	"fmt"

	"viewstamp/impl/vsr"
)

// kind is one step of a trace.
type kind byte

const (
	appendOne kind = iota
	appendTwo
	replaceTail // with a view change, as STARTVIEW does
	viewOnly
	takeCheckpoint // of the log without its last entry
	takeOver       // a checkpoint of a log that goes on above this one
	kinds
)

func (k kind) String() string {
	return [kinds]string{"append", "append-2", "replace", "view", "checkpoint", "take-over"}[k]
}

// large is an operation that fills a sector, so that a group with it has two. Its content is the
// same in all entries: then a sector of one group can complete a torn other one.
var large = bytes.Repeat([]byte("z"), 5000)

// length is the op-number of a state.
func length(s *vsr.Durable) vsr.OpNumber {
	return s.Checkpoint.Name.OpNumber + vsr.OpNumber(len(s.Log))
}

// makeWrite is the next Write after a state. The tag makes its entries different from others.
func makeWrite(k kind, state vsr.Durable, sequence uint64, tag int) vsr.Write {
	w := vsr.Write{
		Sequence:       sequence,
		Keep:           length(&state),
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
		w.Keep = max(w.Keep, state.Checkpoint.Name.OpNumber+1) - 1
		w.ViewNumber += 3
		w.LastNormalView = w.ViewNumber
		small.ViewNumber = w.ViewNumber
		w.Entries = []vsr.Entry{small}
	case viewOnly:
		w.ViewNumber++
	}
	chainedOn(nameAt(&state, w.Keep).Checksum, w.Entries)
	return w
}

// chainedOn gives entries the checksums that they have on top of parent.
func chainedOn(parent vsr.Checksum, entries []vsr.Entry) {
	for i := range entries {
		entries[i].Checksum = vsr.ChecksumOf(parent, &entries[i])
		parent = entries[i].Checksum
	}
}

// nameAt is the name of the log of a state up to op.
func nameAt(s *vsr.Durable, op vsr.OpNumber) vsr.LogName {
	base := s.Checkpoint.Name
	if op <= base.OpNumber {
		return base
	}
	return vsr.LogName{OpNumber: op, Checksum: s.Log[op-base.OpNumber-1].Checksum}
}

// after is the state that a Write leads to.
func after(state vsr.Durable, w vsr.Write) vsr.Durable {
	base := state.Checkpoint.Name.OpNumber
	log := append([]vsr.Entry(nil), state.Log[:w.Keep-base]...)
	return vsr.Durable{
		ViewNumber:     w.ViewNumber,
		LastNormalView: w.LastNormalView,
		Checkpoint:     state.Checkpoint,
		Log:            append(log, w.Entries...),
	}
}

// checkpointOf is a checkpoint of the log of a state up to op.
func checkpointOf(s *vsr.Durable, op vsr.OpNumber) vsr.Checkpoint {
	name := nameAt(s, op)
	return vsr.Checkpoint{Name: name, State: []byte(fmt.Sprintf("state at %d, %v", op, name))}
}

// afterCheckpoint is the state with a new checkpoint.
func afterCheckpoint(s vsr.Durable, cp vsr.Checkpoint) vsr.Durable {
	s.Log = s.Log[cp.Name.OpNumber-s.Checkpoint.Name.OpNumber:]
	s.Checkpoint = cp
	return s
}

func sameEntry(x, y *vsr.Entry) bool {
	return x.Checksum == y.Checksum && x.ViewNumber == y.ViewNumber && x.ClientID == y.ClientID &&
		x.RequestNumber == y.RequestNumber && x.Timestamp == y.Timestamp &&
		bytes.Equal(x.Operation, y.Operation)
}

// sameState says whether two states without losses are equal.
func sameState(a, b vsr.Durable) bool {
	if a.ViewNumber != b.ViewNumber || a.LastNormalView != b.LastNormalView ||
		a.Checkpoint.Name != b.Checkpoint.Name || len(a.Log) != len(b.Log) ||
		!bytes.Equal(a.Checkpoint.State, b.Checkpoint.State) ||
		len(a.Lost)+len(b.Lost) > 0 || a.HeadUnknown || b.HeadUnknown {
		return false
	}
	for i := range a.Log {
		if !sameEntry(&a.Log[i], &b.Log[i]) {
			return false
		}
	}
	return true
}

// short names states by their views and request numbers.
func short(states ...vsr.Durable) (text string) {
	for _, s := range states {
		text += fmt.Sprintf("{view %d, last normal %d, checkpoint %d:", s.ViewNumber,
			s.LastNormalView, s.Checkpoint.Name.OpNumber)
		for i := range s.Log {
			text += fmt.Sprintf(" %d", s.Log[i].RequestNumber)
		}
		for _, l := range s.Lost {
			text += fmt.Sprintf(" lost %d-%d", l.First, l.Last)
		}
		if s.HeadUnknown {
			text += " head unknown"
		}
		text += "} "
	}
	return text
}

// play commits Writes as one group.
func play(j *Journal, writes ...vsr.Write) error {
	for _, w := range writes {
		if err := j.Append(w); err != nil {
			return err
		}
	}
	_, err := j.Commit()
	return err
}
