// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/model"
	"viewstamp/spec"
)

// JSON and ITF: what is written is read again, by a reader that knows only the types of the spec,
// and must be the same counterexample.

// zeroOf lists a zero value of everything that a counterexample may hold, by the tag of ITF.
func zeroOf(tag string) any {
	for _, v := range []any{
		spec.Request{}, spec.Prepare{}, spec.PrepareOK{}, spec.Reply{}, spec.Commit{},
		spec.StartViewChange{}, spec.DoViewChange{}, spec.StartView{}, spec.GetState{},
		spec.NewState{}, spec.Recovery{}, spec.RecoveryResponse{}, spec.Read{}, spec.ReadReply{},
		spec.GiveLease{}, spec.LeaseOver{}, spec.ClientRecovery{}, spec.ClientNumber{},
		spec.GetEntries{}, spec.Entries{}, spec.CheckpointOffer{}, spec.NoOp{},
		spec.Replica{}, spec.Client{}, spec.Crowd{},
	} {
		m, isMessage := v.(spec.Message)
		if strings.EqualFold(typeName(v), tag) || isMessage && m.Kind().String() == tag {
			return v
		}
	}
	return nil
}

// number reads an integer of JSON, or of ITF.
func number(t *testing.T, v any) int64 {
	t.Helper()
	if o, ok := v.(map[string]any); ok {
		n, err := strconv.ParseInt(o["#bigint"].(string), 10, 64)
		require.NoError(t, err)
		return n
	}
	return int64(v.(float64))
}

// fill reads a value of the spec back from a tree.
func fill(t *testing.T, tree any, into reflect.Value) {
	t.Helper()
	switch into.Interface().(type) {
	case spec.Log:
		var log spec.Log
		for _, e := range tree.([]any) {
			entry := reflect.New(reflect.TypeFor[spec.Entry]()).Elem()
			fill(t, e, entry)
			log = log.Append(entry.Interface().(spec.Entry))
		}
		into.Set(reflect.ValueOf(log))
	case spec.CrashVector:
		var v spec.CrashVector
		for i, x := range tree.([]any) {
			v = v.With(spec.ReplicaNumber(i), spec.Nonce(number(t, x)))
		}
		into.Set(reflect.ValueOf(v))
	case spec.Members:
		group, ok := spec.Operation("→" + tree.(string)).NewGroup()
		require.True(t, ok)
		into.SetUint(uint64(group.Members))
	case spec.OpSet:
		var set spec.OpSet
		for _, n := range tree.([]any) {
			set = set.With(spec.OpNumber(number(t, n)))
		}
		into.Set(reflect.ValueOf(set))
	case spec.Status:
		into.SetUint(uint64(map[string]spec.Status{"Normal": spec.Normal,
			"ViewChange": spec.ViewChange, "Recovering": spec.Recovering}[tree.(string)]))
	case spec.LeasePhase:
		into.SetUint(uint64(map[string]spec.LeasePhase{"NoLease": spec.NoLease,
			"Valid": spec.Valid, "Expired": spec.Expired}[tree.(string)]))
	default:
		fillPlain(t, tree, into)
	}
}

// fillPlain reads what Go knows how to write.
func fillPlain(t *testing.T, tree any, into reflect.Value) {
	t.Helper()
	switch {
	case into.Kind() == reflect.Struct:
		o := tree.(map[string]any)
		for i := range into.NumField() {
			name := lowerFirst(into.Type().Field(i).Name)
			require.Contains(t, o, name)
			fill(t, o[name], into.Field(i))
		}
	case into.CanInt():
		into.SetInt(number(t, tree))
	case into.Kind() == reflect.String:
		into.SetString(tree.(string))
	case into.Kind() == reflect.Bool:
		into.SetBool(tree.(bool))
	default:
		require.Fail(t, "unexpected", "%v", into.Type())
	}
}

// value reads a tree as what the tag says.
func value(t *testing.T, tag string, tree any) any {
	t.Helper()
	zero := zeroOf(tag)
	require.NotNil(t, zero, "nothing is called %q", tag)
	into := reflect.New(reflect.TypeOf(zero)).Elem()
	fill(t, tree, into)
	return into.Interface()
}

// parse reads JSON.
func parse(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var o map[string]any
	require.NoError(t, json.Unmarshal(b, &o), "%s", b)
	return o
}

// messages reads a list of messages of JSON.
func messages(t *testing.T, tree any) []spec.Message {
	t.Helper()
	var all []spec.Message
	for _, m := range tree.([]any) {
		all = append(all, value(t, m.(map[string]any)["kind"].(string), m).(spec.Message))
	}
	return all
}

// samples are counterexamples with restarts and outcomes, with leases, with recoveries, with
// clients, and one that is made up of what the short ones do not have.
func samples(t *testing.T) map[string]Counterexample {
	all := map[string]Counterexample{}
	for _, id := range []string{"C-105d", "C-203a", "C-104", "C-602a"} {
		c := named(t, id)
		all[id] = find(t, c.Claimed, c.Properties...)
	}
	log := spec.Log{}.Append(spec.Entry{}).Append(spec.Entry{
		ViewNumber: 1, ClientID: 2, RequestNumber: 3, Operation: "c3′<&>"})
	crashes := spec.CrashVector{}.With(1, 2)
	before := spec.Replica{ReplicaNumber: 1, Status: spec.Recovering, Nonce: 2, CrashVector: crashes}
	after := before
	after.Status, after.ViewNumber, after.LastNormalView = spec.ViewChange, 4, 3
	after.Log, after.Noted, after.CommitNumber = log, log.UpTo(1), 1
	after.Lease = spec.Lease{ViewNumber: 3, Phase: spec.Valid}
	after.Given = spec.Lease{ViewNumber: 2, Phase: spec.Expired}
	all["made up"] = Counterexample{System: spec.System{Name: "made up",
		Bounds: spec.Bounds{Replicas: 3, Clients: 2, Requests: 5}}, Property: "Anything",
		Steps: []model.Transition{{Process: 1, Step: "OnRecoveryResponse", Choice: 1,
			Received: []spec.Message{
				spec.RecoveryResponse{From: 2, To: 1, ViewNumber: 4, Nonce: 2, Log: log,
					CommitNumber: 1, CrashVector: crashes},
				spec.NewState{From: 0, To: 1, ViewNumber: 4, After: 1, Log: log.After(1)},
			},
			Before: before, After: after,
			Sent: []spec.Message{spec.GiveLease{From: 1, ViewNumber: 4},
				spec.Recovery{From: 1, Nonce: 2}}}}}
	return all
}

func TestJSONIsReadBack(t *testing.T) {
	for name, c := range samples(t) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, JSON(&b, c))
			o := parse(t, b.Bytes())
			require.Equal(t, "viewstamp-counterexample/1", o["format"])
			require.Equal(t, c.System.Name, o["system"])
			require.Equal(t, c.Property, o["property"])
			var bounds spec.Bounds
			fill(t, o["bounds"], reflect.ValueOf(&bounds).Elem())
			require.Equal(t, c.System.Bounds, bounds)
			var steps []model.Transition
			for i, tree := range o["steps"].([]any) {
				s := tree.(map[string]any)
				process := func(name string) spec.Process {
					p := s[name].(map[string]any)
					return value(t, p["type"].(string), p).(spec.Process)
				}
				require.Equal(t, c.System.ProcessName(c.Steps[i].Process), s["processName"])
				steps = append(steps, model.Transition{Process: int(number(t, s["process"])),
					Step: s["step"].(string), Choice: int(number(t, s["choice"])),
					Received: messages(t, s["received"]), Before: process("before"),
					After: process("after"), Sent: messages(t, s["sent"]), New: c.Steps[i].New})
			}
			require.Equal(t, len(c.Steps), len(steps))
			for i := range steps {
				requireSame(t, c.Steps[i], steps[i])
			}
		})
	}
}

// requireSame compares two steps; no messages are the same as none.
func requireSame(t *testing.T, want, got model.Transition) {
	t.Helper()
	require.Equal(t, want.Process, got.Process)
	require.Equal(t, want.Step, got.Step)
	require.Equal(t, want.Choice, got.Choice)
	require.Equal(t, want.Before, got.Before)
	require.Equal(t, want.After, got.After)
	require.Equal(t, append([]spec.Message{}, want.Received...),
		append([]spec.Message{}, got.Received...))
	require.Equal(t, append([]spec.Message{}, want.Sent...), append([]spec.Message{}, got.Sent...))
}

// variants reads a set of messages of ITF.
func variants(t *testing.T, tree any) []spec.Message {
	t.Helper()
	all := []spec.Message{}
	for _, e := range tree.(map[string]any)["#set"].([]any) {
		m := e.(map[string]any)
		require.Len(t, m, 2)
		all = append(all, value(t, m["tag"].(string), m["value"]).(spec.Message))
	}
	return all
}

// table reads a map of processes of ITF.
func table(t *testing.T, tree any, tag string) []spec.Process {
	t.Helper()
	var all []spec.Process
	for i, pair := range tree.(map[string]any)["#map"].([]any) {
		require.Equal(t, int64(i), number(t, pair.([]any)[0]))
		all = append(all, value(t, tag, pair.([]any)[1]).(spec.Process))
	}
	return all
}

func TestITFIsReadBack(t *testing.T) {
	for name, c := range samples(t) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, ITF(&b, c))
			o := parse(t, b.Bytes())
			require.Equal(t, "ITF", o["#meta"].(map[string]any)["format"])
			states := o["states"].([]any)
			require.Len(t, states, len(c.Steps)+1)
			processes, sent := c.System.Processes(), []spec.Message{}
			for i := range states {
				s := states[i].(map[string]any)
				require.Equal(t, map[string]any{"index": float64(i)}, s["#meta"])
				require.Len(t, s, 1+len(o["vars"].([]any)))
				for _, name := range o["vars"].([]any) {
					require.Contains(t, s, name)
				}
				action, picks := "init", s["mbt::nondetPicks"].(map[string]any)
				if i > 0 {
					step := c.Steps[i-1]
					action = step.Step
					processes[step.Process] = step.After
					sent = append(sent, step.Sent...)
					got := picks["received"].(map[string]any)
					require.Equal(t, "Some", got["tag"])
					require.ElementsMatch(t, step.Received, variants(t, got["value"]))
					require.Equal(t, int64(step.Process),
						number(t, picks["process"].(map[string]any)["value"]))
				}
				require.Equal(t, action, s["mbt::actionTaken"])
				require.Equal(t, processes, append(table(t, s["replicas"], "replica"),
					table(t, s["clients"], typeName(processes[len(processes)-1]))...))
				got := variants(t, s["sent"])
				require.Subset(t, got, sent)
				require.Subset(t, sent, got)
				requireDistinct(t, got)
			}
		})
	}
}

// requireDistinct: a set has no element twice.
func requireDistinct(t *testing.T, all []spec.Message) {
	t.Helper()
	seen := map[spec.Message]bool{}
	for _, m := range all {
		require.False(t, seen[m], "%v is there twice", m)
		seen[m] = true
	}
}
