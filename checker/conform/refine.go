// SPDX-License-Identifier: Apache-2.0

package conform

// The refinement map: how a state and a message of the implementation are read
// as those of the spec. Everything that the two do not have in common is lost
// or translated here and nowhere else:
//
//	ClientID       128 bits            → a small number, in order of appearance
//	Operation      bytes               → the bytes as text, or the SHA-256 of long ones
//	Timestamp      of an entry         → left out; it belongs to the name of the log (names.go)
//	Result         of REPLY            → the op-number, which REPLY has as well
//	log by name    LogName, LogSuffix  → the log with that name; suffixes may be cut anywhere
//	n of PREPARE   Parent.OpNumber     → + 1
//
// Two things are read more generously. At a restart the commit-number may be one
// that the replica had before, where the spec begins with 0 (restart.go); and a
// new primary may leave out a REPLY, which is lost then (step.go).
//
// All other fields are the same numbers.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// refinement is the map with what it remembers: the clients and the logs seen
// so far.
type refinement struct {
	clients map[vsr.ClientID]spec.ClientID
	names   names
}

// refined is a message of the spec, and what tells it apart from all others in
// the network.
type refined struct {
	message spec.Message
	key     messageKey
	// fresh is set if the message gave a log its name.
	fresh bool
}

// errUnknownLog is returned for a message with a log that no step has made so
// far. It may be made by an event that comes later in another file.
var errUnknownLog = fmt.Errorf("names a log that no step has made")

// state reads a state.
func (f *refinement) state(i vsr.ReplicaNumber, s vsr.State) (spec.Replica, *Divergence) {
	log, ok := f.names.log(s.Log)
	if !ok {
		return spec.Replica{}, diverge(WrongState,
			"the state names a log that no step has made: %s", nameText(s.Log))
	}
	if s.Status > vsr.ViewChange {
		return spec.Replica{}, diverge(Malformed, "there is no status %d", s.Status)
	}
	if large(uint64(s.ViewNumber), uint64(s.LastNormalView), uint64(s.CommitNumber)) {
		return spec.Replica{}, diverge(Malformed, "a number of the state is 2^63 or more")
	}
	status := spec.Normal
	if s.Status == vsr.ViewChange {
		status = spec.ViewChange
	}
	return spec.Replica{ReplicaNumber: spec.ReplicaNumber(i), Status: status,
		ViewNumber: spec.ViewNumber(s.ViewNumber), LastNormalView: spec.ViewNumber(s.LastNormalView),
		Log: log, CommitNumber: spec.OpNumber(s.CommitNumber),
		Damage: spec.Damage{HeadUnknown: s.HeadUnknown}}, nil
}

// message reads a message. If define is set, a PREPARE may give a new log its
// name: its primary has just made it. The error is errUnknownLog or a
// *Divergence.
func (f *refinement) message(m vsr.Message, define bool) (refined, error) {
	switch m := m.(type) {
	case *vsr.Request:
		return keyed(f.request(m.ClientID, m.RequestNumber, m.Operation), spec.Log{}),
			numbers(uint64(m.RequestNumber))
	case *vsr.Prepare:
		return f.prepare(m, define)
	case *vsr.PrepareOK:
		return keyed(spec.PrepareOK{From: spec.ReplicaNumber(m.From),
			ViewNumber: spec.ViewNumber(m.ViewNumber), OpNumber: spec.OpNumber(m.OpNumber)},
			spec.Log{}), numbers(uint64(m.ViewNumber), uint64(m.OpNumber))
	case *vsr.Reply:
		return keyed(spec.Reply{From: spec.ReplicaNumber(m.From),
				ViewNumber: spec.ViewNumber(m.ViewNumber), ClientID: f.client(m.ClientID),
				RequestNumber: spec.RequestNumber(m.RequestNumber),
				OpNumber:      spec.OpNumber(m.OpNumber)}, spec.Log{}),
			numbers(uint64(m.ViewNumber), uint64(m.RequestNumber), uint64(m.OpNumber))
	case *vsr.Commit:
		return keyed(spec.Commit{From: spec.ReplicaNumber(m.From),
				ViewNumber:   spec.ViewNumber(m.ViewNumber),
				CommitNumber: spec.OpNumber(m.CommitNumber)}, spec.Log{}),
			numbers(uint64(m.ViewNumber), uint64(m.CommitNumber))
	case *vsr.StartViewChange:
		return keyed(spec.StartViewChange{From: spec.ReplicaNumber(m.From),
			ViewNumber: spec.ViewNumber(m.ViewNumber)}, spec.Log{}), numbers(uint64(m.ViewNumber))
	case *vsr.GetState:
		return keyed(spec.GetState{From: spec.ReplicaNumber(m.From),
			ViewNumber: spec.ViewNumber(m.ViewNumber), OpNumber: spec.OpNumber(m.OpNumber)},
			spec.Log{}), numbers(uint64(m.ViewNumber), uint64(m.OpNumber))
	}
	return f.messageWithLog(m)
}

// messageWithLog reads the messages that carry a whole log.
func (f *refinement) messageWithLog(m vsr.Message) (refined, error) {
	switch m := m.(type) {
	case *vsr.DoViewChange:
		log, err := f.suffix(m.Log)
		return keyed(spec.DoViewChange{From: spec.ReplicaNumber(m.From),
				ViewNumber: spec.ViewNumber(m.ViewNumber), Log: log,
				LastNormalView: spec.ViewNumber(m.LastNormalView),
				CommitNumber:   spec.OpNumber(m.CommitNumber),
				HeadUnknown:    m.HeadUnknown}, log),
			first(err, numbers(uint64(m.ViewNumber), uint64(m.LastNormalView),
				uint64(m.CommitNumber)))
	case *vsr.StartView:
		log, err := f.suffix(m.Log)
		return keyed(spec.StartView{From: spec.ReplicaNumber(m.From),
				ViewNumber: spec.ViewNumber(m.ViewNumber), Log: log,
				CommitNumber: spec.OpNumber(m.CommitNumber)}, log),
			first(err, numbers(uint64(m.ViewNumber), uint64(m.CommitNumber)))
	case *vsr.NewState:
		log, err := f.suffix(m.Log)
		if err == nil && m.After > m.Log.Name.OpNumber {
			err = diverge(Malformed, "NEWSTATE has n′=%d and a log of %d entries",
				m.After, m.Log.Name.OpNumber)
		}
		if err != nil {
			return refined{}, err
		}
		return keyed(spec.NewState{From: spec.ReplicaNumber(m.From), To: spec.ReplicaNumber(m.To),
				ViewNumber: spec.ViewNumber(m.ViewNumber), After: spec.OpNumber(m.After),
				Log:          log.After(spec.OpNumber(m.After)),
				CommitNumber: spec.OpNumber(m.CommitNumber)}, log),
			numbers(uint64(m.ViewNumber), uint64(m.CommitNumber))
	}
	return refined{}, diverge(Malformed, "a message of type %T is no message of the spec", m)
}

// prepare reads PREPARE. In the spec it stands for a log only through the steps
// before it; here it names the log below its entry, and with the entry's
// checksum the log with it. The checksum of a new entry is computed anew,
// unless its operation has the length of a SHA-256: then it may be one, because
// a trace has that in place of a long operation.
func (f *refinement) prepare(m *vsr.Prepare, define bool) (refined, error) {
	e := &m.Entry
	if err := numbers(uint64(m.ViewNumber), uint64(m.CommitNumber), uint64(m.Parent.OpNumber),
		uint64(e.RequestNumber)); err != nil {
		return refined{}, err
	}
	if e.ViewNumber != m.ViewNumber {
		return refined{}, diverge(Malformed, "PREPARE of view %d has an entry of view %d",
			m.ViewNumber, e.ViewNumber)
	}
	parent, ok := f.names.log(m.Parent)
	if !ok {
		return refined{}, errUnknownLog
	}
	request := f.request(e.ClientID, e.RequestNumber, e.Operation)
	name := vsr.LogName{OpNumber: m.Parent.OpNumber + 1, Checksum: e.Checksum}
	if _, known := f.names.logs[name]; !known && !define {
		return refined{}, errUnknownLog
	}
	log := parent.Append(spec.Entry{ViewNumber: spec.ViewNumber(e.ViewNumber),
		ClientID: request.ClientID, RequestNumber: request.RequestNumber,
		Operation: request.Operation})
	if _, known := f.names.logs[name]; !known && len(e.Operation) != sha256.Size {
		if sum := vsr.ChecksumOf(m.Parent.Checksum, e); sum != e.Checksum {
			return refined{}, diverge(WrongName, "the checksum of the entry is %v, computed is %v",
				e.Checksum, sum)
		}
	}
	fresh, d := f.names.define(name, log, e.Timestamp)
	if d != nil {
		return refined{}, d
	}
	r := keyed(spec.Prepare{From: spec.ReplicaNumber(m.From),
		ViewNumber: spec.ViewNumber(m.ViewNumber), Request: request, OpNumber: log.OpNumber(),
		CommitNumber: spec.OpNumber(m.CommitNumber)}, log)
	r.fresh = fresh
	return r, nil
}

// suffix is the log that a suffix stands for. Where the sender cut it is no
// matter, but the part that is there must be a part of that log.
func (f *refinement) suffix(s vsr.LogSuffix) (spec.Log, error) {
	log, ok := f.names.log(s.Name)
	base, baseOK := f.names.log(s.Base)
	switch {
	case !ok || !baseOK:
		return spec.Log{}, errUnknownLog
	case !log.StartsWith(base):
		return spec.Log{}, diverge(WrongName, "the log %s does not start with its base %s",
			nameText(s.Name), nameText(s.Base))
	case len(s.Entries) > 0 && s.Base.OpNumber+vsr.OpNumber(len(s.Entries)) != s.Name.OpNumber:
		return spec.Log{}, diverge(Malformed, "the log %s above %s has %d entries",
			nameText(s.Name), nameText(s.Base), len(s.Entries))
	}
	below := log
	for i := len(s.Entries) - 1; i >= 0; i-- {
		name := vsr.LogName{OpNumber: s.Base.OpNumber + vsr.OpNumber(i) + 1,
			Checksum: s.Entries[i].Checksum}
		if named, ok := f.names.log(name); !ok || named != below {
			return spec.Log{}, diverge(WrongName, "the log %s has another entry %s",
				nameText(s.Name), nameText(name))
		}
		below = below.UpTo(below.OpNumber() - 1)
	}
	return log, nil
}

// request reads what a client asked for.
func (f *refinement) request(c vsr.ClientID, s vsr.RequestNumber, operation []byte) spec.Request {
	return spec.Request{ClientID: f.client(c), RequestNumber: spec.RequestNumber(s),
		Operation: operationText(operation)}
}

// client gives the clients numbers.
func (f *refinement) client(c vsr.ClientID) spec.ClientID {
	number, ok := f.clients[c]
	if !ok {
		number = spec.ClientID(len(f.clients))
		f.clients[c] = number
	}
	return number
}

// operationText keeps short operations as they are. Two operations never have
// one text: texts of long ones are longer than short operations.
func operationText(operation []byte) spec.Operation {
	if len(operation) < sha256.Size {
		return spec.Operation(operation)
	}
	sum := sha256.Sum256(operation)
	return spec.Operation(hex.EncodeToString(sum[:]))
}

// numbers refuses numbers that the spec cannot hold.
func numbers(list ...uint64) error {
	if large(list...) {
		return diverge(Malformed, "a number of the message is 2^63 or more")
	}
	return nil
}

func large(list ...uint64) bool {
	for _, n := range list {
		if n > math.MaxInt64 {
			return true
		}
	}
	return false
}

// first is the first error that is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
