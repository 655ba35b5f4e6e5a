// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/vsr"
)

// counter counts the calls of Write.
type counter struct {
	bytes.Buffer
	calls int
}

func (c *counter) Write(b []byte) (int, error) {
	c.calls++
	return c.Buffer.Write(b)
}

// TestRoundTrip writes any events in batches and reads them back.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file counter
		seed := rapid.Uint64().Draw(t, "seed")
		w, err := NewWriter(&file, Header{Replicas: 5, Origin: "test", Seed: seed})
		require.NoError(t, err)
		var all []vsr.Event
		sequences := make([]uint64, 5)
		calls := file.calls
		for range rapid.IntRange(0, 5).Draw(t, "batches") {
			var batch []vsr.Event
			for range rapid.IntRange(0, 4).Draw(t, "events") {
				batch = append(batch, drawEvent(t, sequences))
			}
			require.NoError(t, w.Write(batch))
			if len(batch) > 0 {
				calls++
			}
			require.Equal(t, calls, file.calls, "one Write for each batch")
			all = append(all, batch...)
		}
		r, err := NewReader(&file, "file")
		require.NoError(t, err)
		want := Header{Format: Format, Replicas: 5, Origin: "test", Seed: seed}
		require.Equal(t, want, r.Header())
		for _, want := range all {
			got, err := r.Next()
			require.NoError(t, err)
			require.Equal(t, asRead(want), got)
		}
		_, err = r.Next()
		require.ErrorIs(t, err, io.EOF)
		require.False(t, r.Torn())
	})
}

// drawEvent makes an event that follows the others of its replica.
func drawEvent(t *rapid.T, sequences []uint64) vsr.Event {
	e := vsr.Event{
		Replica: drawReplica(t), Step: "OnRequest",
		State: vsr.State{
			Status:         vsr.Status(rapid.IntRange(0, 1).Draw(t, "status")),
			ViewNumber:     vsr.ViewNumber(drawNumber(t)),
			LastNormalView: vsr.ViewNumber(drawNumber(t)),
			Log:            drawName(t),
			CommitNumber:   vsr.OpNumber(drawNumber(t)),
			HeadUnknown:    rapid.Bool().Draw(t, "headUnknown"),
			Lost:           drawLost(t),
		},
	}
	if sequences[e.Replica] == 0 || rapid.IntRange(0, 9).Draw(t, "restart") == 0 {
		e.Step = rapid.SampledFrom([]string{"Restart", "RestartDamaged",
			"RestartSilent"}).Draw(t, "step")
		sequences[e.Replica] = 0
	}
	sequences[e.Replica]++
	e.Sequence = sequences[e.Replica]
	for range rapid.IntRange(0, 3).Draw(t, "received") {
		e.Received = append(e.Received, drawMessage(t))
	}
	if rapid.Bool().Draw(t, "ignored") {
		e.Ignored = vsr.NotNormal
		return e
	}
	for range rapid.IntRange(0, 3).Draw(t, "sent") {
		e.Sent = append(e.Sent, drawMessage(t))
	}
	return e
}

func drawNumber(t *rapid.T) uint64 { return rapid.Uint64().Draw(t, "number") }

func drawReplica(t *rapid.T) vsr.ReplicaNumber {
	return vsr.ReplicaNumber(rapid.IntRange(0, 4).Draw(t, "replica"))
}

func drawLost(t *rapid.T) (list []vsr.LostRange) {
	for range rapid.IntRange(0, 2).Draw(t, "lost") {
		list = append(list, vsr.LostRange{Below: drawName(t), Name: drawName(t)})
	}
	return list
}

func drawName(t *rapid.T) (l vsr.LogName) {
	l.OpNumber = vsr.OpNumber(rapid.Uint64Range(0, 3).Draw(t, "n"))
	if l.OpNumber > 0 {
		l.Checksum = sha256.Sum256([]byte{byte(drawNumber(t))})
	}
	return l
}

func drawClient(t *rapid.T) (id vsr.ClientID) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "client"))
	return id
}

func drawBytes(t *rapid.T) []byte {
	text := rapid.StringN(0, 100, 100).Draw(t, "text")
	return []byte(text)
}

func drawSuffix(t *rapid.T) vsr.LogSuffix {
	return vsr.LogSuffix{Name: drawName(t), Base: drawName(t), Entries: []vsr.Entry{{}}}
}

// drawMessage makes a message of any kind that can be in a trace.
func drawMessage(t *rapid.T) vsr.Message {
	from, v := drawReplica(t), vsr.ViewNumber(drawNumber(t))
	n, k := vsr.OpNumber(drawNumber(t)), vsr.OpNumber(drawNumber(t))
	s := vsr.RequestNumber(drawNumber(t))
	kind := rapid.IntRange(int(vsr.KindRequest), int(vsr.KindNewState)).Draw(t, "kind")
	switch vsr.Kind(kind) {
	case vsr.KindRequest:
		return &vsr.Request{ClientID: drawClient(t), RequestNumber: s, Operation: drawBytes(t)}
	case vsr.KindPrepare:
		e := vsr.Entry{
			ViewNumber: v, ClientID: drawClient(t), RequestNumber: s, Operation: drawBytes(t),
			Timestamp: vsr.Timestamp(rapid.Int64().Draw(t, "time")),
		}
		e.Checksum = vsr.ChecksumOf(vsr.Checksum{}, &e)
		return &vsr.Prepare{
			From: from, ViewNumber: v, Parent: drawName(t), Entry: e, CommitNumber: k,
		}
	case vsr.KindPrepareOK:
		return &vsr.PrepareOK{From: from, ViewNumber: v, OpNumber: n}
	case vsr.KindReply:
		return &vsr.Reply{
			From: from, ViewNumber: v, ClientID: drawClient(t), RequestNumber: s, OpNumber: n,
			Result: drawBytes(t),
		}
	case vsr.KindCommit:
		return &vsr.Commit{From: from, ViewNumber: v, CommitNumber: k}
	case vsr.KindStartViewChange:
		return &vsr.StartViewChange{From: from, ViewNumber: v}
	case vsr.KindDoViewChange:
		return &vsr.DoViewChange{
			From: from, ViewNumber: v, Log: drawSuffix(t), LastNormalView: v / 2, CommitNumber: k,
			HeadUnknown: rapid.Bool().Draw(t, "headUnknown"), Lost: drawLost(t),
		}
	case vsr.KindStartView:
		return &vsr.StartView{From: from, ViewNumber: v, Log: drawSuffix(t), CommitNumber: k}
	case vsr.KindGetState:
		return &vsr.GetState{From: from, ViewNumber: v, OpNumber: n}
	}
	return &vsr.NewState{
		From: from, To: drawReplica(t), ViewNumber: v, After: n, Log: drawSuffix(t),
		CommitNumber: k,
	}
}

// asRead is what the reader makes of an event: without what a trace does not hold.
func asRead(e vsr.Event) vsr.Event {
	for _, list := range []*[]vsr.Message{&e.Received, &e.Sent} {
		var read []vsr.Message
		for _, m := range *list {
			read = append(read, messageAsRead(m))
		}
		*list = read
	}
	return e
}

func messageAsRead(m vsr.Message) vsr.Message {
	short := func(b []byte) []byte {
		if len(b) > operationMax {
			sum := sha256.Sum256(b)
			return sum[:]
		}
		return b
	}
	switch m := m.(type) {
	case *vsr.Request:
		c := *m
		c.Operation = short(c.Operation)
		return &c
	case *vsr.Prepare:
		c := *m
		c.Entry.Operation = short(c.Entry.Operation)
		return &c
	case *vsr.Reply:
		c := *m
		c.Result = short(c.Result)
		return &c
	case *vsr.DoViewChange:
		c := *m
		c.Log.Entries = nil
		return &c
	case *vsr.StartView:
		c := *m
		c.Log.Entries = nil
		return &c
	case *vsr.NewState:
		c := *m
		c.Log.Entries = nil
		return &c
	}
	return m
}

const (
	header = `{"format":"vsr-trace/1","replicas":3}` + "\n"
	state  = `"state":{"status":"Normal","view":0,"lastNormalView":0,"log":"0","commit":0}`
	start  = `{"replica":1,"sequence":1,"step":"Start",` + state + "}\n"
)

// TestTornLine leaves out a last line without newline, at whatever byte it ends.
func TestTornLine(t *testing.T) {
	second := `{"replica":1,"sequence":2,"step":"OnCommit",` + state + "}\n"
	for cut := range len(second) {
		r, err := NewReader(strings.NewReader(header+start+second[:cut]), "file")
		require.NoError(t, err)
		_, err = r.Next()
		require.NoError(t, err)
		_, err = r.Next()
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, cut > 0, r.Torn())
	}
	for cut := range len(header) {
		_, err := NewReader(strings.NewReader(header[:cut]), "file")
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}

// TestBadTraces has a message for each way to be wrong, with the file and the line.
func TestBadTraces(t *testing.T) {
	name := func(n int) string { return fmt.Sprintf("%d:%064x", n, n) }
	event := func(members string) string {
		return header + start + `{"replica":1,"sequence":2,"step":"OnCommit",` + members + "}\n"
	}
	received := func(m string) string { return event(`"received":[` + m + `],` + state) }
	for _, test := range []struct{ trace, want string }{
		{"", "file:1: the header is missing or torn"},
		{"hello\n", "file:1: header: not the JSON"},
		{`{"format":"x"}` + "\n", `file:1: header: format is "x", want "vsr-trace/1"`},
		{`{"format":"vsr-trace/1"}` + "\n", "file:1: header: replicas is 0"},
		{`{"format":"vsr-trace/1","replicas":3,"replica":3}` + "\n",
			"file:1: header: replica is 3"},
		{`{"format":"vsr-trace/1","replicas":3,"a":3}` + "\n", `unknown field "a"`},
		{header + "\n", "file:2: not the JSON"},
		{header + "{} {}\n", "column 4: want the end of the line"},
		{header + "{}\n", `file:2: the event: "replica" is missing`},
		{header + `{"replica":3,"sequence":1,"step":"Start",` + state + "}\n",
			`file:2: "replica" is 3, want 0 to 2`},
		{header + `{"replica":1,"sequence":1,` + state + "}\n", `the event: "step" is missing`},
		{header + `{"replica":1,"sequence":1,"step":"",` + state + "}\n", `"step" is empty`},
		{header + `{"replica":1,"replica":1}` + "\n", `"replica" is there twice`},
		{header + `{"replica":1,"a":1}` + "\n", `unknown field "a"`},
		{header + `{"replica":1,"view":1}` + "\n", `the event: "sequence" is missing`},
		{header + `{"entry":{}}` + "\n", `"entry" does not belong here`},
		{header + `{"replica":"1"}` + "\n", `column 12: want a whole number, got`},
		{header + `{"replica":18446744073709551616}` + "\n", "a number of at most 184467440737095"},
		{header + `{"replica":01}` + "\n", "column 12: want a whole number"},
		{header + `{"replica":1.5}` + "\n", "column 13: want , or }"},
		{header + `{"step":7}` + "\n", "column 9: want \""},
		{header + `{"step":"\u0041"}` + "\n", "column 10: want a string without escapes"},
		{header + `{"step":"A` + "\n", "want \", got"},
		{header + `{"step" "A"}` + "\n", "column 9: want :"},
		{header + `{"sent":{}}` + "\n", "column 9: want ["},
		{header + `{"sent":[7]}` + "\n", "sent[0]: not the JSON of a trace: column 10: want {"},
		{header + `{"sent":[{"kind":"COMMIT","state":{}}]}` + "\n", `"state" does not belong here`},
		{header + `[]` + "\n", "column 1: want {"},
		{header + `{"replica":1,"sequence":1,"step":"Start"}` + "\n",
			`the event: "state" is missing`},
		{header + `{"replica":1,"sequence":1,"step":"OnCommit",` + state + "}\n",
			"file:2: replica 1 begins with OnCommit"},
		{header + strings.Replace(start, `:1,"step`, `:2,"step`, 1),
			"Start has sequence 2, want 1"},
		{header + start + start, "file:3: replica 1 has Start after its event 1"},
		{header + start + `{"replica":1,"sequence":3,"step":"OnCommit",` + state + "}\n",
			"file:3: replica 1 has sequence 3 after 1: events are missing"},
		{strings.Replace(header, "}", `,"replica":0}`, 1) + start,
			"file:2: replica is 1 in the trace of replica 0"},
		{event(strings.Replace(state, "Normal", "Odd", 1)), `status is "Odd"`},
		{event(strings.Replace(state, `"log":"0"`, `"log":"1"`, 1)),
			`"log" is "1", want op-number`},
		{event(strings.Replace(state, `"log":"0"`, `"log":"1:ab"`, 1)),
			`"log" has 2 hexadecimal digits, want 64`},
		{event(`"ignored":"not-normal","sent":[{"kind":"COMMIT","from":0,"view":0,"commit":0}],` +
			state), "was ignored (not-normal) and sent"},
		{received(`null`), "file:3: received[0]: not the JSON"},
		{received(`{}`), `received[0]: "kind" is missing`},
		{received(`{"kind":"COMMIT","from":0,"view":0}`),
			`received[0]: COMMIT: "commit" is missing`},
		{received(`{"kind":"COMMIT","from":9,"view":0,"commit":0}`), `"from" is 9, want 0 to 2`},
		{received(`{"kind":"COMMIT","from":0,"view":0,"commit":0,"op":1}`),
			`COMMIT has no field "op"`},
		{received(`{"kind":"COMMIT","from":0,"view":-1,"commit":0}`), "want a whole number"},
		{received(`{"kind":"REQUEST","client":"00","request":1,"operation":"text:"}`),
			`"client" has 2 hexadecimal digits, want 32`},
		{received(`{"kind":"REQUEST","client":"` + strings.Repeat("0", 32) +
			`","request":1,"operation":"a"}`), `"operation" is "a", want text:`},
		{received(`{"kind":"PREPARE","from":0,"view":0,"parent":"0","commit":0}`),
			`"entry" is missing`},
		{received(`{"kind":"STARTVIEW","from":0,"view":0,"log":"` + name(1) + `","commit":0}`),
			`"base" is missing`},
	} {
		err := readAll(test.trace)
		require.ErrorContains(t, err, test.want, "trace:\n%s", test.trace)
		require.ErrorContains(t, err, "file:")
	}
}

// readAll returns the first error of a trace that is not its end.
func readAll(trace string) error {
	r, err := NewReader(strings.NewReader(trace), "file")
	for err == nil {
		_, err = r.Next()
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// TestExtraFields refuses, for each kind, each field that belongs to another kind.
func TestExtraFields(t *testing.T) {
	sum := strings.Repeat("0", 64)
	clientID := strings.Repeat("0", 32)
	fields := map[string]string{
		"from": "0", "to": "0", "view": "0", "op": "0", "commit": "0", "lastNormalView": "0",
		"after": "0", "request": "1", "client": `"` + clientID + `"`, "operation": `"text:a"`,
		"result": `"text:a"`, "parent": `"0"`, "log": `"1:` + sum + `"`, "base": `"0"`,
		"entry": `{"view":0,"client":"` + clientID +
			`","request":1,"time":0,"operation":"text:a","checksum":"` + sum + `"}`,
	}
	for kind, list := range map[string]string{
		"REQUEST": "client request operation", "PREPARE": "from view parent entry commit",
		"PREPAREOK": "from view op", "REPLY": "from view client request op result",
		"COMMIT": "from view commit", "STARTVIEWCHANGE": "from view",
		"DOVIEWCHANGE": "from view log base lastNormalView commit",
		"STARTVIEW":    "from view log base commit", "GETSTATE": "from view op",
		"NEWSTATE": "from view to after log base commit",
	} {
		read := func(names []string) error {
			m := `{"kind":"` + kind + `"`
			for _, name := range names {
				m += `,"` + name + `":` + fields[name]
			}
			return readAll(header + start + `{"replica":1,"sequence":2,"step":"X","sent":[` + m +
				`}],` + state + "}\n")
		}
		names := strings.Fields(list)
		require.NoError(t, read(names), kind)
		for name := range fields {
			if !strings.Contains(" "+list+" ", " "+name+" ") {
				require.ErrorContains(t, read(append(names, name)), name, "%s with %s", kind, name)
			}
		}
		for i := range names {
			without := append(append([]string(nil), names[:i]...), names[i+1:]...)
			require.ErrorContains(t, read(without), names[i], "%s without %s", kind, names[i])
		}
	}
}

// TestWriterErrors: a message without a place in a trace, and a full disk, end the trace.
func TestWriterErrors(t *testing.T) {
	_, err := NewWriter(io.Discard, Header{})
	require.ErrorContains(t, err, "replicas is 0")
	w, err := NewWriter(io.Discard, Header{Replicas: 3})
	require.NoError(t, err)
	err = w.Write([]vsr.Event{{Sent: []vsr.Message{&vsr.GetEntries{}}}})
	require.ErrorContains(t, err, "*vsr.GetEntries has no place in a trace")
	require.Equal(t, err, w.Write([]vsr.Event{{}}))
	_, err = NewWriter(full{}, Header{Replicas: 3})
	require.ErrorIs(t, err, errFull)
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// FuzzReader: no input makes the reader panic, and what it accepts it writes the same way again.
func FuzzReader(f *testing.F) {
	f.Add(header + start)
	f.Add(header + start[:20])
	f.Fuzz(func(t *testing.T, input string) {
		r, err := NewReader(strings.NewReader(input), "file")
		if err != nil {
			return
		}
		var again bytes.Buffer
		w, err := NewWriter(&again, r.Header())
		require.NoError(t, err)
		var events []vsr.Event
		for {
			e, err := r.Next()
			if err != nil {
				break
			}
			events = append(events, e)
		}
		require.NoError(t, w.Write(events))
		r, err = NewReader(&again, "again")
		require.NoError(t, err)
		for _, want := range events {
			got, err := r.Next()
			require.NoError(t, err)
			require.Equal(t, asRead(want), got)
		}
	})
}

// BenchmarkWrite and BenchmarkRead print how many events pass in a second.
func BenchmarkWrite(b *testing.B) {
	w, err := NewWriter(io.Discard, Header{Replicas: 3})
	require.NoError(b, err)
	batch := []vsr.Event{benchmarkEvent()}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkRead(b *testing.B) {
	e := benchmarkEvent()
	line, err := appendEvent(nil, &e)
	require.NoError(b, err)
	line = line[:len(line)-1]
	r := &Reader{header: Header{Replicas: 3}, last: make([]uint64, 3)}
	b.ReportAllocs()
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		r.last[1] = 6
		if _, err := r.event(line); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// benchmarkEvent is the most frequent event of all.
func benchmarkEvent() vsr.Event {
	e := vsr.Entry{RequestNumber: 1, Operation: []byte("set key value")}
	e.Checksum = vsr.ChecksumOf(vsr.Checksum{}, &e)
	log := vsr.LogName{OpNumber: 1, Checksum: e.Checksum}
	return vsr.Event{
		Replica: 1, Sequence: 7, Step: "OnPrepare",
		Received: []vsr.Message{&vsr.Prepare{Entry: e}},
		Sent:     []vsr.Message{&vsr.PrepareOK{From: 1, OpNumber: 1}},
		State:    vsr.State{Log: log},
	}
}
