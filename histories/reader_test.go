// SPDX-License-Identifier: Apache-2.0

package histories_test

// This file tests that the reader takes what the writer gives, refuses everything else with an
// error that helps, and never panics.

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/histories"
)

const (
	header = `{"format":"vsr-history/1","service":"kv"}` + "\n"
	invoke = `{"t":1,"client":0,"req":1,"kind":"invoke","f":"get","key":"a"}` + "\n"
	set    = `{"t":1,"client":0,"req":1,"kind":"invoke","f":"set","key":"a","value":"1"}` + "\n"
)

// Beginnings of lines.
const (
	begin = `{"t":1,"client":0,"req":1,"kind":"invoke",`
	end   = `{"t":2,"client":0,"req":1,"kind":`
)

// TestRefused: each rule of the format, the line that breaks it, and what the error says.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "x:1: no operation"},
		{"header only", header, "x:1: no operation"},
		{"notes only", header + `{"t":1,"kind":"note","text":"x"}`, "x:2: no operation"},
		{"no JSON", "hello", "x:1: not a history header"},
		{"event first", invoke, "x:1: not a history header"},
		{"version", `{"format":"vsr-history/2","service":"kv"}`, "newer version"},
		{"service", `{"format":"vsr-history/1","service":"queue"}`, "expected register, kv or lock"},
		{"expect", `{"format":"vsr-history/1","service":"kv","expect":"ok"}`, `"not-linearizable"`},
		{"header field", `{"format":"vsr-history/1","service":"kv","sede":"1"}`, `unknown field "sede"`},
		{"event field", header + `{"t":1,"cleint":0}`, `x:2: column 8: unknown field "cleint"`},
		{"two objects", header + strings.TrimSpace(invoke) + "{}", "one object on each line"},
		{"no t", header + `{"client":0,"req":1,"kind":"invoke","f":"get"}`, `no "t"`},
		{"t zero", header + `{"t":0,"client":0,"req":1,"kind":"invoke","f":"get"}`, "from 1 on"},
		{"t goes back", header + strings.Replace(invoke, `"t":1`, `"t":5`, 1) +
			`{"t":4,"client":0,"req":1,"kind":"ok"}`, "4 after 5"},
		{"kind", header + `{"t":1,"client":0,"req":1,"kind":"info"}`, `"kind" is "info"`},
		{"no client", header + `{"t":1,"req":1,"kind":"invoke","f":"get"}`, `no "client"`},
		{"client", header + `{"t":1,"client":-1,"req":1,"kind":"invoke","f":"get"}`, `"client" is -1`},
		{"operation", header + begin + `"f":"put"}`,
			"expected an operation of service kv: get, mget"},
		{"no value", header + begin + `"f":"set"}`, `needs the argument "value"`},
		{"value", header + begin + `"f":"get","value":"1"}`,
			`takes no argument "value"`},
		{"number", header + begin + `"f":"set","value":1}`, "value"},
		{"old", header + begin + `"f":"get","old":"1"}`, `takes no "old"`},
		{"no old", header + begin + `"f":"cas","value":"1"}`, "set-nx"},
		{"op on invoke", header + begin + `"f":"get","op":1}`, "on its outcome"},
		{"op zero", header + invoke + end + `"ok","op":0}`, `"op" is 0`},
		{"op huge", header + invoke + end + `"ok","op":9223372036854775808}`, "2^63"},
		{"two open", header + invoke + `{"t":2,"client":0,"req":2,"kind":"invoke","f":"get"}`,
			"x:3: client 0 invokes request 2 while its request 1 has no outcome"},
		{"req repeated", header + invoke + end + `"ok"}` + "\n" + invoke,
			`expected it not to decrease`},
		{"req not larger", header + invoke + end + `"ok"}` + "\n" +
			`{"t":3,"client":0,"req":1,"kind":"invoke","f":"get"}`, "expected more than 1"},
		{"no invoke", header + `{"t":1,"client":0,"req":1,"kind":"ok"}`, "not outstanding"},
		{"other req", header + invoke + `{"t":2,"client":0,"req":2,"kind":"ok"}`, "not outstanding"},
		{"other f", header + invoke + end + `"ok","f":"del"}`, `the request was "get"`},
		{"other key", header + invoke + end + `"ok","key":"b"}`, `had "a"`},
		{"result", header + set + end + `"ok","value":"1"}`, `expected "OK" or null`},
		{"error", header + set + end + `"ok","error":"ERR"}`, "fail (certainly no effect)"},
		{"value on fail", header + set + end + `"fail","value":"OK"}`, "only if the outcome is ok"},
		{"op on fail", header + set + end + `"fail","op":1}`, "no place in the log"},
		{"note", header + `{"t":1,"kind":"note"}`, `without "text"`},
		{"note of client", header + `{"t":1,"client":0,"kind":"note","text":"x"}`, "a note with fields"},
		{"text", header + begin + `"f":"get","text":"x"}`, "on a note only"},
		{"long", header + strings.Repeat("x", histories.LineBytesMax+10), "x:2: longer than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := histories.Read("x", strings.NewReader(c.text))
			require.ErrorContains(t, err, c.want)
			require.True(t, strings.HasPrefix(err.Error(), "x:"), "%v", err)
		})
	}
}

// TestEmptyIsNamed: callers can tell an empty history from a broken one.
func TestEmptyIsNamed(t *testing.T) {
	_, err := histories.ReadAny("x", strings.NewReader(" \n"))
	require.ErrorIs(t, err, histories.ErrEmpty)
	_, err = histories.Read("x", strings.NewReader(header))
	require.ErrorIs(t, err, histories.ErrEmpty)
}

// TestAtTheLimit: a line of exactly the largest length is read, and the Writer refuses longer ones.
func TestAtTheLimit(t *testing.T) {
	event := histories.Event{T: 1, Req: 1, Kind: histories.Invoke, F: "set", Value: histories.Some("")}
	var b bytes.Buffer
	write := func(length int) error {
		b.Reset()
		w, err := histories.NewWriter(&b, histories.Header{Service: "kv"})
		require.NoError(t, err)
		event.Value.Text = strings.Repeat("v", length)
		return errors.Join(w.Write(event), w.Flush())
	}
	require.NoError(t, write(0))
	overhead := b.Len() - len(header)
	require.NoError(t, write(histories.LineBytesMax-overhead))
	require.Equal(t, len(header)+histories.LineBytesMax, b.Len())
	_, err := histories.Read("x", &b)
	require.NoError(t, err)
	require.ErrorContains(t, write(histories.LineBytesMax-overhead+1), "expected at most")
}

// drawHistory makes any valid history.
func drawHistory(t *rapid.T) histories.History {
	h := histories.History{Header: histories.Header{Format: histories.Format,
		Service: rapid.SampledFrom([]string{"register", "kv", "lock"}).Draw(t, "service"),
		Origin:  rapid.String().Draw(t, "origin"), Note: rapid.String().Draw(t, "note")}}
	table := histories.Operations(h.Service)
	open := map[int]histories.Operation{}
	at := int64(1)
	for i := range rapid.IntRange(1, 30).Draw(t, "events") {
		at += rapid.Int64Range(0, 3).Draw(t, "pause")
		client := rapid.IntRange(0, 3).Draw(t, "client")
		op, isOpen := open[client]
		e := histories.Event{T: at, Client: client, Req: uint64(i/4) + 1}
		if !isOpen {
			op = rapid.SampledFrom(table).Draw(t, "operation")
			e.Req, e.Kind, e.F, e.Key = uint64(i)+1, histories.Invoke, op.F, rapid.String().Draw(t, "key")
			if op.TakesValue {
				e.Value = histories.Some(rapid.String().Draw(t, "value"))
			}
			if op.TakesOld {
				e.Old = histories.Some(rapid.String().Draw(t, "old"))
			}
			open[client] = op
		} else {
			e.Req = h.Events[lastInvoke(h, client)].Req
			e.Kind = rapid.SampledFrom([]histories.Kind{histories.Fail, histories.Unknown}).Draw(t, "kind")
			e.Error = rapid.String().Draw(t, "error")
			if op.Read && op.F != "exists" {
				e.Kind, e.Error, e.Value = histories.OK, "", histories.Some(rapid.String().Draw(t, "result"))
				e.Op, e.View = rapid.Uint64Max(9).Draw(t, "op"), rapid.Uint64().Draw(t, "view")
			}
			delete(open, client)
		}
		h.Events = append(h.Events, e)
	}
	return h
}

func lastInvoke(h histories.History, client int) int {
	for i := len(h.Events) - 1; ; i-- {
		if e := h.Events[i]; e.Client == client && e.Kind == histories.Invoke {
			return i
		}
	}
}

// TestRoundTrip: what is written is read again, field by field.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		require.NoError(t, h.Validate())
		var b bytes.Buffer
		require.NoError(t, histories.Write(&b, h))
		got, err := histories.Read("x", &b)
		require.NoError(t, err)
		h.Name = "x"
		require.Equal(t, h, got)
	})
}

// TestWriterNumbersEvents: several clients share a Writer; each event gets a later t, and the
// file is a valid history.
func TestWriterNumbersEvents(t *testing.T) {
	var b bytes.Buffer
	w, err := histories.NewWriter(&b, histories.Header{Service: "kv", Origin: "test"})
	require.NoError(t, err)
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			for req := uint64(1); req <= 50; req++ {
				e := histories.Event{Client: client, Req: req, Kind: histories.Invoke, F: "incr", Key: "n"}
				if w.Write(e) != nil {
					return
				}
				e = histories.Event{Client: client, Req: req, Kind: histories.OK, Value: histories.Some("1")}
				if w.Write(e) != nil || w.Note("x") != nil {
					return
				}
			}
		})
	}
	clients.Wait()
	require.NoError(t, w.Flush())
	h, err := histories.Read("x", &b)
	require.NoError(t, err)
	require.Len(t, h.Events, 8*50*3)
	for i, e := range h.Events {
		require.Equal(t, int64(i)+1, e.T)
	}
}

// TestWriterRefuses: a recorder's mistake shows at once, is final, and leaves a valid file.
func TestWriterRefuses(t *testing.T) {
	var b bytes.Buffer
	w, err := histories.NewWriter(&b, histories.Header{Service: "kv"})
	require.NoError(t, err)
	first := histories.Event{Req: 1, Kind: histories.Invoke, F: "get"}
	require.NoError(t, w.Write(first))
	require.NoError(t, w.Flush())
	err = w.Write(histories.Event{Req: 2, Kind: histories.OK})
	require.ErrorContains(t, err, "not outstanding")
	require.Equal(t, err, w.Write(first))
	require.Equal(t, err, w.Flush())
	_, err = histories.Read("x", &b)
	require.NoError(t, err)
	_, err = histories.NewWriter(io.Discard, histories.Header{Service: "queue"})
	require.ErrorContains(t, err, "expected register, kv or lock")
	w, err = histories.NewWriter(io.Discard, histories.Header{Service: "kv"})
	require.NoError(t, err)
	binary := histories.Event{Kind: histories.Invoke, Req: 1, F: "get", Key: "\xff"}
	require.ErrorContains(t, w.Write(binary), "not UTF-8")
}

// TestOpen: files are recognised by content, and a missing one is named.
func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "some.file")
	for _, c := range []struct{ text, want string }{
		{header + invoke, ""}, {"\n  " + header + invoke, ""},
		{`{:type :invoke, :process 0, :f :read, :value nil}`, "Jepsen EDN"},
		{"; comment\n[{:type :invoke :process 0 :f :read :value nil}]", "Jepsen EDN"},
		{`#jepsen.history.Op{:type :invoke, :process 0, :f :read, :value nil}`, "Jepsen EDN"},
		{"INFO  jepsen.util - 0\t:invoke\t:read\tnil", "Jepsen log"},
	} {
		require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
		h, err := histories.Open(path)
		require.NoError(t, err)
		require.Equal(t, c.want, h.Origin)
		require.Equal(t, path, h.Name)
		require.Len(t, h.Events, 1)
	}
	require.NoError(t, os.WriteFile(path, []byte("t,client\n1,2\n"), 0o600))
	_, err := histories.Open(path)
	require.ErrorContains(t, err, path+":1: starts with")
	_, err = histories.Open(path + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// FuzzReadAny: no bytes make a reader panic, and what is read is valid and can be written.
func FuzzReadAny(f *testing.F) {
	f.Add([]byte(header + set + `{"t":2,"client":0,"req":1,"kind":"ok","value":"OK","op":1}`))
	f.Add([]byte(`[{:type :invoke, :process 0, :f :cas, :value [1 [2 3]]}
		{:process :nemesis :type :info :f :kill}]`))
	f.Add([]byte(`{:process 1, :type :invoke, :f :append, :key "0", :value "x"}`))
	f.Add([]byte("INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2]\n" +
		"INFO  jepsen.util - 0\t:fail\t:cas\t[1 2]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := histories.ReadAny("fuzz", bytes.NewReader(data))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz:") {
				t.Fatalf("error without a line: %v", err)
			}
			return
		}
		if err := h.Validate(); err != nil {
			t.Fatalf("read, but not valid: %v", err)
		}
		err = histories.Write(io.Discard, h)
		if err != nil && !strings.Contains(err.Error(), "at most") { // Quoting makes it longer.
			t.Fatalf("read, but cannot be written: %v", err)
		}
	})
}
