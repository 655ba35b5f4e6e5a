// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
)

// The exhaustive table: what each message of an older, the same and a newer view does to a replica
// of each status and role. It is a file for people, testdata/table, and one change of a guard shows
// there.

// receiver is a situation that a message can meet. All are in view 3 of three replicas, with a log
// of two entries of which the first is committed, if they know what is committed.
type receiver struct {
	name    string
	replica ReplicaNumber
	status  Status
}

var receivers = []receiver{
	{"Normal, primary", 0, Normal}, {"Normal, backup", 1, Normal},
	{"ViewChange, new primary", 0, ViewChange}, {"ViewChange, other", 1, ViewChange},
}

// The views of the table: replica 2, which is never the receiver, leads views 2 and 5.
const (
	tableOlder, tableSame, tableNewer = 2, 3, 5
)

// TestTable prints the table for its golden file. Each cell is what happened: the steps, with the
// reason if a guard refused; or in brackets why no step was tried.
func TestTable(t *testing.T) {
	run := func(t *testing.T, d *datadriven.TestData) string { return tableOf(t, d.Cmd) }
	datadriven.RunTest(t, "testdata/table/outcomes.txt", run)
}

func tableOf(t *testing.T, kind string) string {
	var b strings.Builder
	for _, name := range tableMessages {
		if strings.Fields(name)[0] != kind {
			continue
		}
		for _, situation := range receivers {
			fmt.Fprintf(&b, "%s at %s:", name, situation.name)
			for _, v := range []ViewNumber{tableOlder, tableSame, tableNewer} {
				r := situation.make(t)
				fmt.Fprintf(&b, " %s |", outcome(r, tableMessage(r, name, v)))
			}
			b.WriteByte('\n')
		}
	}
	return strings.ReplaceAll(b.String(), " |\n", "\n")
}

// make leads a replica into the situation, by messages only.
func (s receiver) make(t *testing.T) *Replica {
	config := Config{Replicas: 3, Replica: s.replica, Trace: true, TraceIgnored: true}
	disk := Durable{ViewNumber: tableSame, Log: tableLog()}
	if s.status == Normal && s.replica != 0 {
		disk.LastNormalView = tableSame
	}
	r, err := New(config, &chainService{}, disk, false)
	require.NoError(t, err)
	if s.status == Normal {
		switch s.replica {
		case 0:
			r.Receive(0, &StartViewChange{1, tableSame})
			own := r.sent.doViewChange
			other := *own
			other.From, other.CommitNumber = 1, 1
			r.Receive(0, &other)
		default:
			r.Receive(0, &Commit{0, tableSame, 1})
		}
	}
	drain(r)
	require.Equal(t, s.status, r.Status())
	require.Equal(t, ViewNumber(tableSame), r.ViewNumber())
	return r
}

// drain lets all that waits leave.
func drain(r *Replica) Output {
	out := r.Output()
	for r.held.persisted < r.held.written {
		r.Persisted(r.held.written)
		more := r.Output()
		out.Events = append(out.Events, more.Events...)
		out.Sends = append(out.Sends, more.Sends...)
		out.Writes = append(out.Writes, more.Writes...)
	}
	return out
}

// tableLog is the log of all receivers: two entries of view 0, and a third for messages.
func tableLog() []Entry { return chain(2) }

// chain makes a log of n entries of view 0, one of each client.
func chain(n int) []Entry {
	var l log
	for i := range n {
		m := request(uint64(i+1), 1)
		e := Entry{ClientID: m.ClientID, RequestNumber: 1, Operation: m.Operation}
		e.Checksum = ChecksumOf(l.name().Checksum, &e)
		l.append(e)
	}
	return l.entries
}

// tableMessages names the messages. A number in an acknowledgement or a commit is an op-number.
var tableMessages = []string{
	"REQUEST new", "REQUEST in-progress", "REQUEST executed",
	"PREPARE next", "PREPARE again", "PREPARE after-gap",
	"PREPAREOK 2", "PREPAREOK 1", "PREPAREOK 9",
	"COMMIT 1", "COMMIT 2", "COMMIT 9",
	"STARTVIEWCHANGE", "DOVIEWCHANGE", "STARTVIEW",
	"GETSTATE 1", "GETSTATE 2", "GETSTATE 9",
	"NEWSTATE longer", "NEWSTATE same", "NEWSTATE after-gap", "NEWSTATE to-another",
	"GETENTRIES known", "GETENTRIES unknown", "ENTRIES unasked", "GETCHECKPOINT",
	"CHECKPOINT unasked", "REPLY",
}

// tableMessage makes the message in view v, from replica 2 where the view does not say who.
func tableMessage(r *Replica, name string, v ViewNumber) Message {
	primary := r.cfg.Primary(v)
	entries := log{entries: chain(3)}
	suffix := func(base, n OpNumber) LogSuffix { return entries.suffix(base, n, 1<<20) }
	newState := func(after, n OpNumber, to ReplicaNumber) Message {
		return &NewState{2, to, v, after, suffix(after, n), 1}
	}
	prepare := func(parent LogName, c uint64) Message {
		m := request(c, 1)
		e := Entry{ViewNumber: v, ClientID: m.ClientID, RequestNumber: 1, Operation: m.Operation}
		e.Checksum = ChecksumOf(parent.Checksum, &e)
		return &Prepare{primary, v, parent, e, 0}
	}
	switch name {
	case "REQUEST new":
		return request(9, 1)
	case "REQUEST in-progress":
		return request(2, 1)
	case "REQUEST executed":
		return request(1, 1)
	case "PREPARE next":
		return prepare(entries.nameAt(2), 9)
	case "PREPARE again":
		// The own second entry, as if it had been prepared in view v.
		parent := entries.nameAt(1)
		m := prepare(parent, 2).(*Prepare)
		if r.status == Normal && !r.isPrimary() && v == r.viewNumber {
			r.log.entries[1] = m.Entry
		}
		return m
	case "PREPARE after-gap":
		return prepare(LogName{8, Checksum{1}}, 9)
	case "STARTVIEWCHANGE":
		return &StartViewChange{2, v}
	case "DOVIEWCHANGE":
		return &DoViewChange{2, v, suffix(0, 2), 0, 1, false, nil}
	case "STARTVIEW":
		return &StartView{primary, v, suffix(0, 3), 1}
	case "NEWSTATE longer":
		return newState(0, 3, r.cfg.Replica)
	case "NEWSTATE same":
		return newState(0, 2, r.cfg.Replica)
	case "NEWSTATE after-gap":
		return &NewState{2, r.cfg.Replica, v, 8, LogSuffix{
			Name: LogName{8, Checksum{1}}, Base: LogName{8, Checksum{1}}}, 1}
	case "NEWSTATE to-another":
		return newState(0, 3, 2)
	case "GETENTRIES known":
		return &GetEntries{2, entries.nameAt(2), 0}
	case "GETENTRIES unknown":
		return &GetEntries{2, LogName{2, Checksum{1}}, 0}
	case "ENTRIES unasked":
		return &Entries{2, entries.nameAt(2), entries.after(0, 2)}
	case "GETCHECKPOINT":
		return &GetCheckpoint{From: 2}
	case "CHECKPOINT unasked":
		return &CheckpointPart{From: 2, Name: entries.nameAt(2), Size: 1, Bytes: []byte{0}}
	case "REPLY":
		return &Reply{From: 2, ViewNumber: v}
	}
	n := OpNumber(name[len(name)-1] - '0')
	switch strings.Fields(name)[0] {
	case "PREPAREOK":
		return &PrepareOK{2, v, n}
	case "COMMIT":
		return &Commit{primary, v, n}
	default:
		return &GetState{2, v, n}
	}
}

// outcome says what a message did.
func outcome(r *Replica, m Message) string {
	before := r.IgnoredCounts()
	r.Receive(0, m)
	out := drain(r)
	var parts []string
	for _, e := range out.Events {
		part := e.Step
		if e.Ignored != "" {
			part += ": " + string(e.Ignored)
			before[e.Ignored]++
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		for _, why := range allIgnored {
			if r.ignored[why] > before[why] {
				parts = append(parts, "("+string(why)+")")
			}
		}
	}
	kinds := map[Kind]bool{}
	for _, send := range out.Sends {
		kinds[send.Message.Kind()] = true
	}
	sends := ""
	for kind := KindRequest; kind <= KindRefused; kind++ {
		if kinds[kind] {
			sends += " " + kindText(kind)
		}
	}
	if sends != "" {
		sends = " →" + sends
	}
	return strings.Join(parts, ", ") + sends
}

// allIgnored lists the reasons in a fixed order.
var allIgnored = []Ignored{
	NotNormal, NotPrimary, NotBackup, OlderView, NewerView, StaleRequest, RequestInProgress, Gap,
	NoGap, AlreadyCommitted, NothingNew, AlreadyNormal, NotInViewChange, NotNewPrimary, NewPrimary,
	NotForMe, Malformed, TooLarge, PipelineFull, DiskBehind, HearsNobody, Evicted, Damaged,
	BelowQuorum, AlreadyAsked, LogIncomplete, LogMismatch, UnknownLog, NotAsked,
}
