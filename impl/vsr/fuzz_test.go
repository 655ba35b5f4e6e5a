// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Anything may arrive. A replica must not panic, must not lose what it has executed, and must keep
// its invariants, whatever the messages say. They come from a generator that prefers numbers and
// logs that the replica knows: mere noise would be refused by valid.go and get no further.

// bytesSource hands out bytes; zeros when there are no more.
type bytesSource struct {
	bytes []byte
}

func (s *bytesSource) next() int {
	if len(s.bytes) == 0 {
		return 0
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return int(b)
}

// below is a number from 0 to n−1.
func (s *bytesSource) below(n int) int { return s.next() % n }

// near is a number around n, and sometimes a very large one.
func (s *bytesSource) near(n uint64) uint64 {
	switch b := s.next(); {
	case b < 200:
		return n + uint64(b%5) - min(n, 2)
	case b < 250:
		return uint64(b % 8)
	case b == 250:
		return 1 << 63
	default:
		return numberMax
	}
}

// FuzzReceive gives a replica messages made of the input.
func FuzzReceive(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("a few letters that lead to some messages of each kind, one hopes; 0123456789"))
	f.Add([]byte{2, 1, 0, 3, 5, 0, 1, 1, 6, 2, 1, 7, 2, 1, 1, 0, 8, 1, 1, 2, 13, 14, 15, 11, 12})
	f.Fuzz(func(t *testing.T, input []byte) { receiveAnything(t, &bytesSource{input}) })
}

// TestReceiveAnything does the same with a generator that needs no corpus.
func TestReceiveAnything(t *testing.T) {
	for seed := range uint64(300) {
		x := random{state: seed}
		input := make([]byte, 1500)
		for i := range input {
			input[i] = byte(x.below(256))
		}
		receiveAnything(t, &bytesSource{input})
	}
}

func receiveAnything(t *testing.T, s *bytesSource) {
	config := Config{
		Replicas: 3, Replica: ReplicaNumber(s.below(3)), PipelineMax: 4, MessageBytesMax: 4096,
		ViewChangeTicks: 11, Trace: true, TraceIgnored: true,
	}
	service := &chainService{}
	r, err := New(config, service, Durable{Log: chain(s.below(4))}, false)
	require.NoError(t, err)
	known := []log{{entries: chain(6)}, {entries: fork(6, 3)}}
	for len(s.bytes) > 0 {
		before := r.State()
		executed, _ := r.LogNameAt(before.CommitNumber)
		switch s.below(8) {
		case 0:
			r.Tick(0)
		case 1:
			r.Persisted(r.held.persisted + uint64(s.below(int(r.held.written-r.held.persisted)+1)))
		default:
			r.Receive(Timestamp(s.next()), anything(s, r, known))
		}
		if s.below(4) == 0 {
			r.Output()
		}
		after := r.State()
		require.GreaterOrEqual(t, after.ViewNumber, before.ViewNumber)
		require.GreaterOrEqual(t, after.CommitNumber, before.CommitNumber)
		require.LessOrEqual(t, after.CommitNumber, after.Log.OpNumber)
		require.Equal(t, after.Status == Normal, after.LastNormalView == after.ViewNumber)
		require.Equal(t, int(after.CommitNumber), service.calls)
		require.True(t, executed.OpNumber < r.log.base.OpNumber || r.log.has(executed),
			"what was executed is gone")
		require.NoError(t, verifyLog(r.log.base, r.log.entries, numberMax))
	}
}

// fork is a log that is like chain up to an entry and then goes on in view 1.
func fork(n, same int) []Entry {
	l := log{entries: chain(same)}
	for i := same; i < n; i++ {
		e := Entry{
			ViewNumber: 1, ClientID: client(uint64(i)), RequestNumber: 2, Operation: []byte("f"),
		}
		e.Checksum = ChecksumOf(l.name().Checksum, &e)
		l.append(e)
	}
	return l.entries
}

// anything makes a message of any kind.
func anything(s *bytesSource, r *Replica, known []log) Message {
	from, v := ReplicaNumber(s.below(4)), ViewNumber(s.near(uint64(r.viewNumber)))
	n, k := OpNumber(s.near(uint64(r.OpNumber()))), OpNumber(s.near(uint64(r.commitNumber)))
	primary := from
	if s.below(5) > 0 {
		primary = r.cfg.Primary(v)
	}
	l := &known[s.below(len(known))]
	if s.below(3) == 0 && r.log.base.OpNumber == 0 {
		l = &r.log
	}
	switch s.below(16) {
	case 0:
		return request(uint64(s.below(4)), s.near(3))
	case 1:
		return anyPrepare(s, l, primary, v, k)
	case 2:
		return &PrepareOK{from, v, n}
	case 3:
		return &Commit{primary, v, k}
	case 4:
		return &StartViewChange{from, v}
	case 5, 6:
		suffix := anySuffix(s, l)
		return &DoViewChange{from, v, suffix, ViewNumber(s.near(uint64(v)) - 1), k,
			s.below(4) == 0, anyLost(s, l, suffix.Base.OpNumber)}
	case 7:
		return &StartView{primary, v, anySuffix(s, l), k}
	case 8:
		return &GetState{from, v, n}
	case 9:
		return &NewState{from, r.cfg.Replica, v, n, anySuffix(s, l), k}
	case 10:
		return &GetEntries{from, anySuffix(s, l).Name, n}
	case 11:
		suffix := anySuffix(s, l)
		return &Entries{from, suffix.Name, suffix.Entries}
	case 12:
		return &GetCheckpoint{from, anySuffix(s, l).Name, s.near(0)}
	case 13, 14:
		return anyCheckpoint(s, l, from)
	}
	return nil
}

// anyCheckpoint makes a checkpoint of some part of a log, which may be one, in one part.
func anyCheckpoint(s *bytesSource, l *log, from ReplicaNumber) Message {
	n := OpNumber(s.below(int(l.opNumber()) + 1))
	c := checkpointOf(l, n)
	for range s.below(3) {
		c.State[s.below(len(c.State)-len(c.Name.Checksum)-8)]++ // Not in the service's part.
	}
	m := &CheckpointPart{from, c.Name, c.Root(), uint64(len(c.State)), 0, c.State}
	switch s.below(6) {
	case 0:
		m.Offset, m.Bytes = m.Size, nil
	case 1:
		m.Offset++
	case 2:
		m.Bytes = m.Bytes[:s.below(len(m.Bytes))]
	}
	return m
}

// checkpointOf is the checkpoint of a log up to n, made independently of any replica's state.
func checkpointOf(l *log, n OpNumber) *Checkpoint {
	r := Replica{service: &chainService{}, clientTable: newClientTable(), log: *l,
		cfg: Config{}.withDefaults()}
	r.clientTable.addAll(l.after(0, n), 0)
	at := Timestamp(0)
	for r.commitNumber < n {
		e, _ := r.execute()
		at = e.Timestamp
	}
	return r.makeCheckpoint(at)
}

// anyPrepare makes a PREPARE on top of some part of a log.
func anyPrepare(s *bytesSource, l *log, from ReplicaNumber, v ViewNumber, k OpNumber) Message {
	parent := l.nameAt(OpNumber(s.below(int(l.opNumber()) + 1)))
	e := Entry{
		ViewNumber: v, ClientID: client(uint64(s.below(4))),
		RequestNumber: RequestNumber(s.below(5)), Operation: make([]byte, s.next()*s.below(20)),
	}
	e.Checksum = ChecksumOf(parent.Checksum, &e)
	return &Prepare{from, v, parent, e, k}
}

// anyLost is mostly nothing, or parts of the log up to an op-number.
func anyLost(s *bytesSource, l *log, most OpNumber) []LostRange {
	var list []LostRange
	low := OpNumber(0)
	for s.below(4) == 0 && len(list) < 3 {
		below := low + OpNumber(s.below(3))
		name := below + OpNumber(s.below(3))
		if most = min(most, l.opNumber()); name > most || below < l.base.OpNumber {
			break
		}
		list = append(list, LostRange{l.nameAt(below), l.nameAt(name)})
		low = name
	}
	return list
}

// anySuffix makes a suffix that is mostly right.
func anySuffix(s *bytesSource, l *log) LogSuffix {
	n := s.below(int(l.opNumber()) + 1)
	suffix := l.suffix(OpNumber(s.below(n+1)), OpNumber(n), 1<<20)
	switch s.below(12) {
	case 0:
		suffix.Name.OpNumber++
	case 1:
		suffix.Base = LogName{OpNumber(s.next()), Checksum{byte(s.next())}}
	case 2:
		suffix.Entries = append([]Entry(nil), suffix.Entries...)
		for i := range suffix.Entries {
			suffix.Entries[i].Operation = []byte("other")
		}
	}
	return suffix
}
