// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"viewstamp/checker/conform"
	"viewstamp/impl/trace"
	"viewstamp/spec"
)

// Recorded runs of the implementation as TLA+: the module TraceEvents, which TraceVSR.tla holds
// against VSR.tla. The events are those of checker/conform, which reads the implementation's words
// as those of the spec; TLC judges them by itself.

// exported is one step of a replica, with the state after it and what it sent.
type exported struct {
	step  string
	after spec.Replica
	sent  []spec.Message
}

// ExportTrace reads the trace files of one run and writes the module TraceEvents. The steps that a
// crash took back are not in it. If checker/conform finds that the run is no run of the spec, the
// steps up to the wrong one are written, that one as it was recorded, and its error is returned.
func ExportTrace(ctx context.Context, w io.Writer, paths []string) (conform.Report, error) {
	var events []exported
	report, wrong := conform.FilesObserved(ctx, paths, conform.Observer{
		Step: func(name string, after spec.Replica, sent []spec.Message) {
			events = append(events, exported{name, after, slices.Clone(sent)})
		},
		Undo: func(i spec.ReplicaNumber) {
			for last := len(events) - 1; last >= 0; last-- {
				if events[last].after.ReplicaNumber == i {
					events = slices.Delete(events, last, last+1)
					return
				}
			}
		},
	})
	if len(events) == 0 && wrong != nil {
		return report, wrong // There may be no files at all.
	}
	replicas, err := groupSize(paths)
	if err != nil {
		return report, err
	}
	if err := writeTrace(w, replicas, events); err != nil {
		return report, fmt.Errorf("write the module TraceEvents: %w", err)
	}
	return report, wrong
}

// groupSize is how many replicas there are, as the first file that is not torn says.
func groupSize(paths []string) (int, error) {
	var last error
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return 0, fmt.Errorf("read a trace: %w", err)
		}
		reader, err := trace.NewReader(f, path)
		f.Close()
		if err == nil {
			return reader.Header().Replicas, nil
		}
		last = err
	}
	return 0, last
}

// writeTrace writes the module.
func writeTrace(w io.Writer, replicas int, events []exported) error {
	var b strings.Builder
	fmt.Fprintf(&b, "---------------------------- MODULE TraceEvents ----------------------------\n"+
		"\\* A recorded run: the steps of the replicas with the state after each and the messages\n"+
		"\\* that it sent. Written by vsrcheck conform -export-tlc.\n\n"+
		"GroupSize == %d\n\nTrace == <<", replicas)
	for i, e := range events {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n  [step |-> %q, replica |-> %d, status |-> %q, viewNumber |-> %d, "+
			"lastNormalView |-> %d,\n   log |-> %s, commitNumber |-> %d, headUnknown |-> %s,\n"+
			"   sent |-> %s]",
			e.step, e.after.ReplicaNumber, e.after.Status, e.after.ViewNumber,
			e.after.LastNormalView, logText(e.after.Log), e.after.CommitNumber,
			boolText(e.after.Damage.HeadUnknown), sentText(e.sent))
	}
	b.WriteString(">>\n\n" +
		"============================================================================\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// boolText is a truth value.
func boolText(b bool) string { return strings.ToUpper(fmt.Sprint(b)) }

// logText is a log as a sequence of entries.
func logText(l spec.Log) string {
	entries := make([]string, l.OpNumber())
	for i := range entries {
		e := l.At(spec.OpNumber(i + 1))
		entries[i] = fmt.Sprintf("[viewNumber |-> %d, clientID |-> %d, requestNumber |-> %d]",
			e.ViewNumber, e.ClientID, e.RequestNumber)
	}
	return "<<" + strings.Join(entries, ", ") + ">>"
}

// sentText is the messages as a set of pairs of a kind and a message.
func sentText(sent []spec.Message) string {
	texts := make([]string, len(sent))
	for i, m := range sent {
		kind, fields := messageText(m)
		texts[i] = fmt.Sprintf("<<%q, [%s]>>", kind, fields)
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

// messageText is the kind and the fields of a message of a replica. It panics on one that VSR.tla
// does not have: the protocol that conform checks sends none.
func messageText(m spec.Message) (kind, fields string) {
	from, _ := spec.Sender(m)
	head := func(v spec.ViewNumber) string {
		return fmt.Sprintf("from |-> %d, viewNumber |-> %d", from, v)
	}
	switch m := m.(type) {
	case spec.Prepare:
		return "Prepare", fmt.Sprintf("%s, request |-> [clientID |-> %d, requestNumber |-> %d], "+
			"opNumber |-> %d, commitNumber |-> %d", head(m.ViewNumber), m.Request.ClientID,
			m.Request.RequestNumber, m.OpNumber, m.CommitNumber)
	case spec.PrepareOK:
		return "PrepareOK", fmt.Sprintf("%s, opNumber |-> %d", head(m.ViewNumber), m.OpNumber)
	case spec.Reply:
		return "Reply", fmt.Sprintf("%s, clientID |-> %d, requestNumber |-> %d, opNumber |-> %d",
			head(m.ViewNumber), m.ClientID, m.RequestNumber, m.OpNumber)
	case spec.Commit:
		return "Commit", fmt.Sprintf("%s, commitNumber |-> %d", head(m.ViewNumber), m.CommitNumber)
	case spec.StartViewChange:
		return "StartViewChange", head(m.ViewNumber)
	case spec.DoViewChange:
		return "DoViewChange", fmt.Sprintf("%s, log |-> %s, lastNormalView |-> %d, "+
			"commitNumber |-> %d, headUnknown |-> %s", head(m.ViewNumber), logText(m.Log),
			m.LastNormalView, m.CommitNumber, boolText(m.HeadUnknown))
	case spec.StartView:
		return "StartView", fmt.Sprintf("%s, log |-> %s, commitNumber |-> %d", head(m.ViewNumber),
			logText(m.Log), m.CommitNumber)
	case spec.GetState:
		return "GetState", fmt.Sprintf("%s, opNumber |-> %d", head(m.ViewNumber), m.OpNumber)
	case spec.NewState:
		return "NewState", fmt.Sprintf("%s, to |-> %d, after |-> %d, log |-> %s, "+
			"commitNumber |-> %d", head(m.ViewNumber), m.To, m.After, logText(m.Log), m.CommitNumber)
	}
	panic(fmt.Sprintf("tlc: %v is no message of VSR.tla", m))
}
