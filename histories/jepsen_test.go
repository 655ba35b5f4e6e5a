// SPDX-License-Identifier: Apache-2.0

package histories_test

// This file tests the importers: what they take, what they refuse, and that a history survives
// being written in Jepsen's form.

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/histories"
)

// events prints events as lines of our format, without t and client where they are plain.
func events(t require.TestingT, h histories.History) string {
	var b strings.Builder
	require.NoError(t, histories.Write(&b, h))
	_, lines, _ := strings.Cut(b.String(), "\n")
	return lines
}

// TestEDN: a register, written as a vector, with a nemesis, comments and unknown outcomes.
func TestEDN(t *testing.T) {
	h, err := histories.ReadAny("x", strings.NewReader(`; history
[{:type :invoke, :f :write, :value 3, :process 0, :time 1, :index 0}
 {:type :info, :f :start, :value "cut off n1", :process :nemesis}
 {:type :ok, :f :write, :value 3, :process 0}
 #jepsen.history.Op{:type :invoke, :f :cas, :value [3 4], :process 1}
 {:type :fail, :f :cas, :value [3 4], :process 1, :error [:no-leader "x"]}
 {:type :invoke, :f :cas, :value [3 5], :process 1}
 {:type :ok, :f :cas, :value [3 5], :process 1}
 {:type :invoke, :f :read, :value nil, :process 2}, {:type :ok, :f :read, :value 5, :process 2}
 {:type :invoke, :f :write, :value 9, :process 3}
 {:type :info, :f :write, :value 9, :process 3, :error :timeout}]`))
	require.NoError(t, err)
	require.Equal(t, histories.ServiceRegister, h.Service)
	require.Equal(t, strings.TrimPrefix(`
{"t":1,"client":0,"req":1,"kind":"invoke","f":"write","value":"3"}
{"t":2,"kind":"note","text":":nemesis :info :start \"cut off n1\""}
{"t":3,"client":0,"req":1,"kind":"ok","value":null}
{"t":4,"client":1,"req":1,"kind":"invoke","f":"cas","old":"3","value":"4"}
{"t":5,"client":1,"req":1,"kind":"fail","error":"[:no-leader\"x\"]"}
{"t":6,"client":1,"req":2,"kind":"invoke","f":"cas","old":"3","value":"5"}
{"t":7,"client":1,"req":2,"kind":"ok","value":"1"}
{"t":8,"client":2,"req":1,"kind":"invoke","f":"read"}
{"t":9,"client":2,"req":1,"kind":"ok","value":"5"}
{"t":10,"client":3,"req":1,"kind":"invoke","f":"write","value":"9"}
{"t":11,"client":3,"req":1,"kind":"unknown","error":":timeout"}
`, "\n"), events(t, h))
}

// TestEDNKeys: keys come in pairs as jepsen.independent makes them, or in a field of their own.
func TestEDNKeys(t *testing.T) {
	for _, text := range []string{
		`{:process 0 :type :invoke :f :write :value [7 "v"]}
		 {:process 0 :type :ok :f :write :value [7 "v"]}`,
		`{:process 0 :type :invoke :f :put :key 7 :value "v"}
		 {:process 0 :type :ok :f :put :key 7 :value "v"}`,
	} {
		h, err := histories.ReadAny("x", strings.NewReader(text))
		require.NoError(t, err)
		require.Equal(t, "7", h.Events[0].Key)
		require.Equal(t, histories.Some("v"), h.Events[0].Value)
	}
	h, err := histories.ReadAny("x", strings.NewReader(
		`{:process 0 :type :invoke :f :get :key "a" :value nil}
		 {:process 0 :type :ok :f :get :key "a" :value ""}`))
	require.NoError(t, err)
	require.Equal(t, histories.Value{}, h.Events[1].Value, "this form knows no nil: empty is absent")
}

// TestLog: in the text log a failed cas is an answer, everything else that fails had no effect.
func TestLog(t *testing.T) {
	h, err := histories.ReadAny("x", strings.NewReader(strings.Join([]string{
		"INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2]", "INFO  jepsen.util - 0\t:fail\t:cas\t[1 2]",
		"INFO  jepsen.util - 0   :invoke :read   nil   ", "INFO  jepsen.util - 0 :fail :read :timed-out",
		"INFO  jepsen.util - 1 :invoke :write 3", "INFO  jepsen.util - 1 :info :write :timed-out",
		"INFO  jepsen.util - :nemesis :info :stop \"fully connected\"",
	}, "\n")))
	require.NoError(t, err)
	require.Equal(t, strings.TrimPrefix(`
{"t":1,"client":0,"req":1,"kind":"invoke","f":"cas","old":"1","value":"2"}
{"t":2,"client":0,"req":1,"kind":"ok","value":"0"}
{"t":3,"client":0,"req":2,"kind":"invoke","f":"read"}
{"t":4,"client":0,"req":2,"kind":"fail","error":":timed-out"}
{"t":5,"client":1,"req":1,"kind":"invoke","f":"write","value":"3"}
{"t":6,"client":1,"req":1,"kind":"unknown","error":":timed-out"}
{"t":7,"kind":"note","text":":nemesis :info :stop \"fully connected\""}
`, "\n"), events(t, h))
}

// TestImportRefused: nothing that is not understood is passed over.
func TestImportRefused(t *testing.T) {
	const read = "{:process 0 :type :invoke :f :read :value nil}\n"
	for _, c := range []struct{ name, text, want string }{
		{"cut off", `[` + read, "x:2: the file ends inside the vector"},
		{"cut off in map", `{:process 0`, "x:1: the file ends inside a map"},
		{"cut off in string", `{:process "0`, "unexpected EOF"},
		{"no map", read + `42`, `x:2: '4', expected a map`},
		{"nil process", `{:type :invoke :f :read}`, ":process is nil"},
		{"no type", `{:process 0 :f :read}`, "no :type"},
		{"type", read + `{:process 0 :type :maybe :f :read}`, "x:2: :type is :maybe"},
		{"operation", `{:process 0 :type :invoke :f :txn :value [[:r 1 nil]]}`, ":f is :txn"},
		{"two services", read + `{:process 1 :type :invoke :f :get :key 1}`,
			"began as one of a register"},
		{"no invoke", `{:process 0 :type :ok :f :read :value 1}`, "nothing outstanding"},
		{"two open", read + read, "x:2: client 0 invokes request 2"},
		{"other f", read + `{:process 0 :type :ok :f :write :value 1}`, "had :read"},
		{"other value", `{:process 0 :type :invoke :f :write :value 1}
			{:process 0 :type :ok :f :write :value 2}`, ":value of :ok is 2, expected 1"},
		{"cas", `{:process 0 :type :invoke :f :cas :value 1}`, "expected [old new]"},
		{"keys and none", `{:process 0 :type :invoke :f :write :value [1 2]}
			{:process 1 :type :invoke :f :write :value 2}`, "expected [key value]"},
		{"set value", `{:process 0 :type :invoke :f :write :value #{1}}`, "expected a number, a string"},
		{"empty value", `{:process 0 :type :invoke :f :put :key 1 :value ""}`, "cannot be told apart"},
		{"deep", `{:a ` + strings.Repeat("[", 100), "nest deeper than"},
		{"not EDN", `{:a }`, "not EDN"},
		{"log line", "INFO jepsen.util - 0 :invoke :read nil\nINFO jepsen.core - done",
			"x:2: no operation"},
		{"log fields", "INFO jepsen.util - 0 :invoke", "x:1: too few fields"},
		{"log values", "INFO jepsen.util - 0 :invoke :write 3 4", "not one value"},
		{"log process", "INFO jepsen.util - ] :invoke :write 3", "no process number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := histories.ReadAny("x", strings.NewReader(c.text))
			require.ErrorContains(t, err, c.want)
			require.True(t, strings.HasPrefix(err.Error(), "x:"), "%v", err)
		})
	}
}

// toEDN writes a register history as Jepsen would.
func toEDN(h histories.History, vector bool) string {
	var b strings.Builder
	number := func(v histories.Value) string {
		if !v.Present {
			return "nil"
		}
		return v.Text
	}
	invokes := map[int]histories.Event{}
	for _, e := range h.Events {
		kind := map[histories.Kind]string{histories.Invoke: "invoke", histories.OK: "ok",
			histories.Fail: "fail", histories.Unknown: "info"}[e.Kind]
		if e.Kind == histories.Invoke {
			invokes[e.Client] = e
		}
		in := invokes[e.Client]
		value := number(in.Value)
		switch {
		case in.F == "cas":
			value = fmt.Sprintf("[%s %s]", number(in.Old), number(in.Value))
		case in.F == "read" && e.Kind == histories.OK:
			value = number(e.Value)
		}
		fmt.Fprintf(&b, "{:process %d, :type :%s, :f :%s, :value [%q %s], :time %d}\n",
			e.Client, kind, in.F, in.Key, value, e.T)
	}
	if vector {
		return "[" + b.String() + "]"
	}
	return b.String()
}

// TestEDNRoundTrip: a history written in Jepsen's form is read as the same history.
func TestEDNRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h histories.History
		open := map[int]string{}
		reqs := map[int]uint64{}
		some := func(label string) histories.Value {
			return histories.Some(fmt.Sprint(rapid.IntRange(0, 9).Draw(t, label)))
		}
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			e := histories.Event{T: int64(len(h.Events)) + 1, Client: rapid.IntRange(0, 3).Draw(t, "client")}
			f, isOpen := open[e.Client]
			if !isOpen {
				reqs[e.Client]++
				e.Kind, e.F = histories.Invoke, rapid.SampledFrom([]string{"read", "write", "cas"}).Draw(t, "f")
				e.Key = rapid.SampledFrom([]string{"a", "b", "\"\\"}).Draw(t, "key")
				if e.F != "read" {
					e.Value = some("value")
				}
				if e.F == "cas" {
					e.Old = some("old")
				}
				open[e.Client] = e.F
			} else {
				e.Kind = rapid.SampledFrom([]histories.Kind{histories.OK, histories.Fail,
					histories.Unknown}).Draw(t, "kind")
				if e.Kind == histories.OK {
					e.Value = map[string]histories.Value{"read": some("result"), "cas": histories.Some("1")}[f]
				}
				delete(open, e.Client)
			}
			e.Req = reqs[e.Client]
			h.Events = append(h.Events, e)
		}
		text := toEDN(h, rapid.Bool().Draw(t, "vector"))
		got, err := histories.ReadAny("x", strings.NewReader(text))
		require.NoError(t, err, text)
		require.Equal(t, h.Events, got.Events, text)
	})
}
