// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
)

// Scripts: a schedule as a story, with what each replica does at each point. testdata/paper follows
// the paper, testdata/disk is about what survives a crash, testdata/log about long logs. To write
// the output anew: go test ./impl/vsr -run TestScripts -rewrite

// TestScripts runs all scripts.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		s := &script{t: t}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return s.run(d)
		})
	})
}

// script is the cluster of one file.
type script struct {
	*cluster
	t *testing.T
}

// run does one command and tells which steps it led to.
//
//	group replicas=3 [bytes=n]       a new group; [interval=n retain=n] with checkpoints
//	request to=0 client=1 number=1   a client sends a request; [size=n] makes it long
//	deliver [kind= from= to= max=]   deliver the messages that match and are on their way now
//	lose    [kind= from= to= max=]   lose them
//	repeat  [kind= from= to= max=]   deliver them and keep them on their way
//	persist [at=0 writes=n]          the disk of a replica, or of all, has caught up
//	damage at=0 first=1 [lost=n]     crash; the disk has lost n entries, or the head from there on
//	replace at=0 view=v              the disk is gone; a new one of vsr recover, after view v
//	checkpoint at=0                  the checkpoint of a replica is durable
//	cut at=0                         this replica hears nothing from now on; at=-1 ends that
//	settle                           deliver and persist until nothing happens any more
//	tick at=0 [count=1]              time passes at a replica
//	timeout at=0                     time passes until it wants the next view
//	crash at=0 [writes=n]            crash and restart; so many writes reach the disk before
//	state, network                   show the replicas, the messages on their way
//	waiting                          show what new primaries wait for
func (s *script) run(d *datadriven.TestData) string {
	before := 0
	if s.cluster != nil {
		before = len(s.trace)
	}
	switch d.Cmd {
	case "group":
		config := Config{Trace: true, TraceIgnored: true, HeartbeatTicks: 1000, Seed: 1}
		d.ScanArgs(s.t, "replicas", &config.Replicas)
		d.MaybeScanArgs(s.t, "bytes", &config.MessageBytesMax)
		d.MaybeScanArgs(s.t, "interval", &config.CheckpointInterval)
		d.MaybeScanArgs(s.t, "retain", &config.LogRetain)
		config.ViewChangeTicks = 1001
		s.cluster = newCluster(s.t, config)
		return ""
	case "request":
		s.request(d)
	case "deliver", "lose", "repeat":
		s.packets(d)
	case "persist":
		s.persistOf(d)
	case "damage":
		first, lost := 1, 0
		d.ScanArgs(s.t, "first", &first)
		d.MaybeScanArgs(s.t, "lost", &lost)
		s.crashDamaged(s.at(d), 0, OpNumber(first), lost)
	case "replace":
		var view uint64
		d.ScanArgs(s.t, "view", &view)
		s.replaceDisk(s.at(d), ViewNumber(view))
	case "checkpoint":
		s.persistCheckpoint(s.at(d))
	case "settle":
		s.settle()
	case "tick":
		i, count := s.at(d), 1
		d.MaybeScanArgs(s.t, "count", &count)
		for range count {
			s.tick(i)
		}
	case "timeout":
		s.timeout(s.at(d))
	case "crash":
		writes := 0
		d.MaybeScanArgs(s.t, "writes", &writes)
		s.crash(s.at(d), writes)
	case "state":
		return s.states()
	case "cut":
		var at int
		d.ScanArgs(s.t, "at", &at)
		s.filter = func(p packet) bool { return int(p.to) != at }
	case "waiting":
		return s.waiting()
	case "network":
		return s.packetsText()
	default:
		d.Fatalf(s.t, "unknown command %q", d.Cmd)
	}
	return s.steps(before)
}

// waiting is what new primaries wait for.
func (s *script) waiting() string {
	var b strings.Builder
	for i, m := range s.members {
		w := m.replica.Waiting()
		if w == nil {
			continue
		}
		fmt.Fprintf(&b, "%d waits for %d", i, w.OpNumber)
		if w.Head {
			b.WriteString(" or above")
		}
		fmt.Fprintf(&b, ", %d must deny it:", w.Needed)
		for j, vote := range w.Votes {
			fmt.Fprintf(&b, " %d %v,", j, vote)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// at is the replica that a command names.
func (s *script) at(d *datadriven.TestData) ReplicaNumber {
	var i int
	d.ScanArgs(s.t, "at", &i)
	return ReplicaNumber(i)
}

func (s *script) request(d *datadriven.TestData) {
	var to, size int
	var c, number uint64
	d.ScanArgs(s.t, "to", &to)
	d.ScanArgs(s.t, "client", &c)
	d.ScanArgs(s.t, "number", &number)
	d.MaybeScanArgs(s.t, "size", &size)
	m := request(c, number)
	m.Operation = append(m.Operation, make([]byte, size)...)
	s.receive(ReplicaNumber(to), m)
}

// packets delivers, loses or repeats those that match and are on their way now.
func (s *script) packets(d *datadriven.TestData) {
	kind, from, to, most := "", -1, -1, 1000
	d.MaybeScanArgs(s.t, "kind", &kind)
	d.MaybeScanArgs(s.t, "from", &from)
	d.MaybeScanArgs(s.t, "to", &to)
	d.MaybeScanArgs(s.t, "max", &most)
	var matching, others []packet
	for _, p := range s.cluster.network {
		if (kind == "" || kind == kindText(p.message.Kind())) &&
			(from < 0 || from == int(p.from)) && (to < 0 || to == int(p.to)) &&
			len(matching) < most {
			matching = append(matching, p)
		} else {
			others = append(others, p)
		}
	}
	require.NotEmpty(s.t, matching, "%s: no message matches", d.Pos)
	if d.Cmd != "repeat" {
		s.cluster.network = others
	}
	for _, p := range matching {
		if d.Cmd != "lose" {
			s.receive(p.to, p.message)
		}
	}
}

func (s *script) persistOf(d *datadriven.TestData) {
	at, writes := -1, 1000
	d.MaybeScanArgs(s.t, "at", &at)
	d.MaybeScanArgs(s.t, "writes", &writes)
	for i := range s.members {
		if at < 0 || at == i {
			s.persist(ReplicaNumber(i), writes)
		}
	}
}

// timeout ticks until the replica has begun a view change.
func (s *script) timeout(i ReplicaNumber) {
	v := s.members[i].replica.ViewNumber()
	for range 100_000 {
		if s.tick(i); s.members[i].replica.ViewNumber() != v {
			return
		}
	}
	s.t.Fatalf("replica %d wants no other view", i)
}

// steps tells the events since before, and what went back to clients.
func (s *script) steps(before int) string {
	var b strings.Builder
	for _, e := range s.trace[before:] {
		fmt.Fprintf(&b, "%d %s", e.Replica, e.Step)
		for _, m := range e.Received {
			fmt.Fprintf(&b, " %s", text(m))
		}
		if e.Ignored != "" {
			fmt.Fprintf(&b, ": %s\n", e.Ignored)
			continue
		}
		b.WriteByte('\n')
		for _, m := range e.Sent {
			fmt.Fprintf(&b, "    sends %s\n", text(m))
		}
	}
	if b.Len() == 0 {
		return "no step\n"
	}
	return b.String()
}

// lostText is what is lost of a log.
func lostText(list []LostRange) string {
	text := ""
	for _, lost := range list {
		text += fmt.Sprintf(" lost %d to %d", lost.Below.OpNumber+1, lost.Name.OpNumber)
	}
	return text
}

// states tells the state of each replica, its disk and what waits for it.
func (s *script) states() string {
	var b strings.Builder
	for i, m := range s.members {
		r := m.replica
		fmt.Fprintf(&b, "%d %s view=%d lastNormal=%d log=%s commit=%d", i, r.Status(),
			r.ViewNumber(), r.LastNormalView(), logText(&r.log), r.CommitNumber())
		if r.headUnknown {
			b.WriteString(" head unknown")
		}
		b.WriteString(lostText(r.lost()))
		if len(m.writes) > 0 {
			fmt.Fprintf(&b, "; disk: view=%d lastNormal=%d log=%s", m.disk.ViewNumber,
				m.disk.LastNormalView, logText(m.disk.log()))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (s *script) packetsText() string {
	var b strings.Builder
	for _, p := range s.cluster.network {
		fmt.Fprintf(&b, "%d to %d: %s\n", p.from, p.to, text(p.message))
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

// logText is the entries, after the op-number below them if that is not 0.
func logText(l *log) string {
	if l.base.OpNumber == 0 {
		return entriesText(l.entries)
	}
	return fmt.Sprintf("%d+%s", l.base.OpNumber, entriesText(l.entries))
}

// entriesText is the operations with the view that assigned them.
func entriesText(entries []Entry) string {
	list := make([]string, len(entries))
	for i := range entries {
		operation := strings.TrimRight(string(entries[i].Operation), "\x00")
		list[i] = fmt.Sprintf("%s@%d", operation, entries[i].ViewNumber)
	}
	return "[" + strings.Join(list, " ") + "]"
}

// kindText is the paper's name of the message.
func kindText(k Kind) string {
	return [...]string{"", "REQUEST", "PREPARE", "PREPAREOK", "REPLY", "COMMIT", "STARTVIEWCHANGE",
		"DOVIEWCHANGE", "STARTVIEW", "GETSTATE", "NEWSTATE", "GETENTRIES", "ENTRIES",
		"GETCHECKPOINT", "CHECKPOINT", "REFUSED"}[k]
}

// suffixText is how far a log goes and how much of it is in the message.
func suffixText(s LogSuffix) string {
	return fmt.Sprintf("n=%d above=%d %s", s.Name.OpNumber, s.Base.OpNumber, entriesText(s.Entries))
}

// text is a message in one line.
func text(m Message) string {
	name := kindText(m.Kind())
	switch m := m.(type) {
	case *Request:
		return fmt.Sprintf("%s(%d.%d)", name, m.ClientID[0], m.RequestNumber)
	case *Prepare:
		return fmt.Sprintf("%s(v=%d n=%d k=%d %s)", name, m.ViewNumber, m.Parent.OpNumber+1,
			m.CommitNumber, entriesText([]Entry{m.Entry}))
	case *PrepareOK:
		return fmt.Sprintf("%s(v=%d n=%d from=%d)", name, m.ViewNumber, m.OpNumber, m.From)
	case *Reply:
		return fmt.Sprintf("%s(v=%d %d.%d n=%d)", name, m.ViewNumber, m.ClientID[0],
			m.RequestNumber, m.OpNumber)
	case *Commit:
		return fmt.Sprintf("%s(v=%d k=%d)", name, m.ViewNumber, m.CommitNumber)
	case *StartViewChange:
		return fmt.Sprintf("%s(v=%d from=%d)", name, m.ViewNumber, m.From)
	case *DoViewChange:
		unknown := ""
		if m.HeadUnknown {
			unknown = " head unknown"
		}
		unknown += lostText(m.Lost)
		return fmt.Sprintf("%s(v=%d %s lastNormal=%d k=%d from=%d%s)", name, m.ViewNumber,
			suffixText(m.Log), m.LastNormalView, m.CommitNumber, m.From, unknown)
	case *StartView:
		return fmt.Sprintf("%s(v=%d %s k=%d)", name, m.ViewNumber, suffixText(m.Log),
			m.CommitNumber)
	case *GetState:
		return fmt.Sprintf("%s(v=%d n=%d from=%d)", name, m.ViewNumber, m.OpNumber, m.From)
	case *NewState:
		return fmt.Sprintf("%s(v=%d after=%d %s k=%d to=%d)", name, m.ViewNumber, m.After,
			suffixText(m.Log), m.CommitNumber, m.To)
	case *GetEntries:
		return fmt.Sprintf("%s(n=%d after=%d from=%d)", name, m.Name.OpNumber, m.After, m.From)
	case *Entries:
		return fmt.Sprintf("%s(n=%d %s)", name, m.Name.OpNumber, entriesText(m.Entries))
	case *GetCheckpoint:
		return fmt.Sprintf("%s(n=%d offset=%d from=%d)", name, m.Name.OpNumber, m.Offset, m.From)
	case *CheckpointPart:
		return fmt.Sprintf("%s(n=%d %d of %d bytes at %d)", name, m.Name.OpNumber, len(m.Bytes),
			m.Size, m.Offset)
	}
	return name
}
