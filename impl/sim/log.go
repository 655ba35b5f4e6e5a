// SPDX-License-Identifier: Apache-2.0

package sim

// The log for people, one line for each thing that happens, and the
// fingerprints of messages.

import (
	"fmt"
	"io"
	"strings"
	"time"

	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// log writes lines. Without a writer nothing is even formatted.
type log struct {
	out io.Writer
}

// legend explains the lines.
const legend = `# time in seconds; r0, r1, … are replicas, c0, c1, … clients
# r0 -> r1 M   r0 sends M           r0 <- r1 M   M of r1 arrives at r0
# r0 * S       r0 takes step S      r0 . S why   step S is ignored
`

// header writes what the run is.
func (l *log) header(p *plan) {
	if l.out == nil {
		return
	}
	fmt.Fprintf(l.out, "# seed %d, %d replicas, %d clients with %d requests each, %v with faults\n",
		p.Seed, p.Replicas, p.Clients, p.Requests, p.SafetyTime)
	fmt.Fprintf(l.out, "# faults %+v\n%s", p.faults, legend)
}

// line writes one line about anything.
func (l *log) line(now int64, what, format string, args ...any) {
	if l.out != nil {
		fmt.Fprintf(l.out, "%12.6f %-8s %s\n", float64(now)/1e9, what, fmt.Sprintf(format, args...))
	}
}

// node writes one line about a replica.
func (l *log) node(now int64, number int, what, format string, args ...any) {
	if l.out != nil {
		l.line(now, fmt.Sprintf("r%d", number), "%s %s", what, fmt.Sprintf(format, args...))
	}
}

// client writes one line about a client.
func (l *log) client(now int64, place int, what, format string, args ...any) {
	if l.out != nil {
		l.line(now, fmt.Sprintf("c%d", place), "%s %s", what, fmt.Sprintf(format, args...))
	}
}

// message writes one line about a message.
func (l *log) message(now int64, arrow string, at, other int, m vsr.Message, n *network) {
	if l.out != nil {
		l.line(now, n.name(at), "%s %s %s", arrow, n.name(other), messageText(m))
	}
}

// event writes one line about a step.
func (l *log) event(now int64, e *vsr.Event) {
	if l.out == nil {
		return
	}
	mark, why := "*", ""
	if e.Ignored != "" {
		mark, why = ".", " "+string(e.Ignored)
	}
	l.line(now, fmt.Sprintf("r%d", e.Replica), "%s %s%s → %v v=%d v′=%d n=%d k=%d", mark, e.Step,
		why, e.State.Status, e.State.ViewNumber, e.State.LastNormalView, e.State.Log.OpNumber,
		e.State.CommitNumber)
}

// messageText is a message on one line.
func messageText(m vsr.Message) string {
	_, name, _ := strings.Cut(strings.ToUpper(fmt.Sprintf("%T", m)), ".")
	suffix := func(l vsr.LogSuffix) string {
		return fmt.Sprintf("l=%d/%v above %d", l.Name.OpNumber, l.Name.Checksum, l.Base.OpNumber)
	}
	switch m := m.(type) {
	case *vsr.Request:
		return fmt.Sprintf("%s(c=%.6s s=%d)", name, m.ClientID, m.RequestNumber)
	case *vsr.Prepare:
		return fmt.Sprintf("%s(v=%d n=%d k=%d c=%.6s s=%d %v)", name, m.ViewNumber,
			m.Parent.OpNumber+1, m.CommitNumber, m.Entry.ClientID, m.Entry.RequestNumber,
			m.Entry.Checksum)
	case *vsr.PrepareOK:
		return fmt.Sprintf("%s(v=%d n=%d)", name, m.ViewNumber, m.OpNumber)
	case *vsr.Reply:
		return fmt.Sprintf("%s(v=%d c=%.6s s=%d x=%d)", name, m.ViewNumber, m.ClientID,
			m.RequestNumber, m.OpNumber)
	case *vsr.Refused:
		return fmt.Sprintf("%s(c=%.6s s=%d evicted=%v k=%d)", name, m.ClientID, m.RequestNumber,
			m.Evicted, m.CommitNumber)
	case *vsr.Commit:
		return fmt.Sprintf("%s(v=%d k=%d)", name, m.ViewNumber, m.CommitNumber)
	case *vsr.StartViewChange:
		return fmt.Sprintf("%s(v=%d)", name, m.ViewNumber)
	case *vsr.DoViewChange:
		return fmt.Sprintf("%s(v=%d %s v′=%d k=%d)", name, m.ViewNumber, suffix(m.Log),
			m.LastNormalView, m.CommitNumber)
	case *vsr.StartView:
		return fmt.Sprintf("%s(v=%d %s k=%d)", name, m.ViewNumber, suffix(m.Log), m.CommitNumber)
	case *vsr.GetState:
		return fmt.Sprintf("%s(v=%d n′=%d)", name, m.ViewNumber, m.OpNumber)
	case *vsr.NewState:
		return fmt.Sprintf("%s(v=%d n′=%d %s k=%d)", name, m.ViewNumber, m.After, suffix(m.Log),
			m.CommitNumber)
	case *vsr.GetEntries:
		return fmt.Sprintf("%s(%d/%v above %d)", name, m.Name.OpNumber, m.Name.Checksum, m.After)
	case *vsr.Entries:
		return fmt.Sprintf("%s(%d up to %d/%v)", name, len(m.Entries), m.Name.OpNumber,
			m.Name.Checksum)
	case *vsr.GetCheckpoint:
		return fmt.Sprintf("%s(%d/%v from %d)", name, m.Name.OpNumber, m.Name.Checksum, m.Offset)
	case *wire.Ping:
		return fmt.Sprintf("%s(at %v)", name, time.Duration(m.Sent))
	case *wire.Pong:
		return fmt.Sprintf("%s(at %v: %v)", name, time.Duration(m.Sent),
			time.Duration(m.Wall-epochStart))
	case *vsr.CheckpointPart:
		return fmt.Sprintf("%s(%d/%v root %v, %d of %d from %d)", name, m.Name.OpNumber,
			m.Name.Checksum, m.Root, len(m.Bytes), m.Size, m.Offset)
	}
	return name
}

// fingerprint is a number that differs for different messages, nearly always.
func fingerprint(m vsr.Message) uint64 {
	// Not the memory of the message, but its fields: a digest must not depend on
	// where things lie, nor on what the wire leaves out.
	mix := func(numbers ...uint64) uint64 {
		h := uint64(digestStart)
		for _, n := range numbers {
			h = (h ^ n) * digestPrime
			h ^= h >> 29
		}
		return h
	}
	name := func(l vsr.LogName) uint64 { return hashBytes(uint64(l.OpNumber), l.Checksum[:]) }
	switch m := m.(type) {
	case *vsr.Request:
		return mix(hashBytes(uint64(m.RequestNumber), m.ClientID[:]), hashBytes(0, m.Operation))
	case *vsr.Prepare:
		return mix(uint64(m.ViewNumber), name(m.Parent), uint64(m.CommitNumber),
			hashBytes(0, m.Entry.Checksum[:]))
	case *vsr.PrepareOK:
		return mix(uint64(m.ViewNumber), uint64(m.OpNumber))
	case *vsr.Reply:
		return mix(uint64(m.ViewNumber), uint64(m.OpNumber), uint64(m.RequestNumber),
			hashBytes(0, m.Result))
	case *vsr.Refused:
		return mix(hashBytes(uint64(m.RequestNumber), m.ClientID[:]), uint64(m.CommitNumber))
	case *vsr.Commit:
		return mix(uint64(m.ViewNumber), uint64(m.CommitNumber))
	case *vsr.StartViewChange:
		return mix(uint64(m.ViewNumber))
	case *vsr.DoViewChange:
		return mix(uint64(m.ViewNumber), name(m.Log.Name), name(m.Log.Base),
			uint64(m.LastNormalView), uint64(m.CommitNumber))
	case *vsr.StartView:
		return mix(uint64(m.ViewNumber), name(m.Log.Name), name(m.Log.Base), uint64(m.CommitNumber))
	case *vsr.GetState:
		return mix(uint64(m.ViewNumber), uint64(m.OpNumber))
	case *vsr.NewState:
		return mix(uint64(m.ViewNumber), uint64(m.After), name(m.Log.Name), name(m.Log.Base),
			uint64(m.CommitNumber))
	case *vsr.GetEntries:
		return mix(name(m.Name), uint64(m.After))
	case *vsr.Entries:
		return mix(name(m.Name), uint64(len(m.Entries)))
	case *vsr.GetCheckpoint:
		return mix(name(m.Name), m.Offset)
	case *vsr.CheckpointPart:
		return mix(name(m.Name), hashBytes(0, m.Root[:]), m.Offset, uint64(len(m.Bytes)))
	case *wire.Ping:
		return mix(m.Sent)
	case *wire.Pong:
		return mix(m.Sent, uint64(m.Wall))
	}
	return 0
}
