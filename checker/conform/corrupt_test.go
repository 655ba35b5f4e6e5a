// SPDX-License-Identifier: Apache-2.0

package conform

// Every field of a state and of a message is corrupted, one after the other,
// and events are dropped, repeated and exchanged: all of it must be reported.

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// seeds and lengths of the runs that are corrupted.
const (
	corruptSeed   = 3
	corruptEvents = 400
)

func TestRunsOfTheSpecConform(t *testing.T) {
	seen := map[string]int{}
	ignored := map[spec.Ignored]int{}
	for seed := uint64(1); seed <= 40; seed++ {
		w := newWalk(seed, 2+int(seed%4), 3).run(600)
		report, err := w.check(Options{}, w.events)
		require.NoError(t, err, "seed %d", seed)
		require.Equal(t, len(w.events), report.Events)
		for step, n := range report.Steps {
			seen[step] += n
		}
		for why, n := range report.Ignored {
			ignored[why] += n
		}
	}
	// Nothing is shown about a step that never happened.
	for _, step := range spec.AcknowledgeJoined(spec.ViewstampedReplication()).Steps {
		if !step.Client {
			require.Positive(t, seen[step.Name], step.Name)
		}
	}
	require.Greater(t, len(ignored), 10, "reasons: %v", ignored)
}

// corruption changes one thing of an event.
type corruption struct {
	what  string
	event vsr.Event
}

// corruptions lists an event with each of its fields changed.
func corruptions(e vsr.Event) []corruption {
	var list []corruption
	fields(reflect.ValueOf(e.State), "State", func(what string, v reflect.Value) {
		changed := e
		changed.State = v.Interface().(vsr.State)
		list = append(list, corruption{what, changed})
	})
	side := func(name string, messages []vsr.Message, set func(*vsr.Event, []vsr.Message)) {
		for i, m := range messages {
			kind := fmt.Sprintf("%s %T", name, m)
			fields(reflect.ValueOf(m).Elem(), kind, func(what string, v reflect.Value) {
				p := reflect.New(v.Type())
				p.Elem().Set(v)
				changed, all := e, slices.Clone(messages)
				all[i] = p.Interface().(vsr.Message)
				set(&changed, all)
				list = append(list, corruption{what, changed})
			})
			changed := e
			set(&changed, slices.Delete(slices.Clone(messages), i, i+1))
			if e.Ignored == "" || len(messages) == 1 { // A refused quorum may be incomplete.
				list = append(list, corruption{kind + " missing", changed})
			}
			changed = e
			set(&changed, append(slices.Clone(messages), m))
			list = append(list, corruption{kind + " twice", changed})
		}
	}
	side("Received", e.Received, func(e *vsr.Event, all []vsr.Message) { e.Received = all })
	side("Sent", e.Sent, func(e *vsr.Event, all []vsr.Message) { e.Sent = all })
	forged := e
	forged.Sent = append(slices.Clone(e.Sent), &vsr.Commit{From: e.Replica, CommitNumber: 99})
	list = append(list, corruption{"Sent forged", forged})
	other := e
	other.Ignored = "no-such-reason"
	list = append(list, corruption{"Ignored", other})
	other = e
	other.Step = "SendGetState"
	if e.Step == other.Step {
		other.Step = "OnPrepare"
	}
	list = append(list, corruption{"Step", other})
	other = e
	other.Replica += 100
	list = append(list, corruption{"Replica", other})
	other = e
	other.Sequence++
	return append(list, corruption{"Sequence", other})
}

// fields calls try with a copy of the struct for each field that differs from
// it in that field.
func fields(v reflect.Value, path string, try func(string, reflect.Value)) {
	for i := range v.NumField() {
		name := path + "." + v.Type().Field(i).Name
		with := func(field reflect.Value) reflect.Value {
			changed := reflect.New(v.Type()).Elem()
			changed.Set(v)
			changed.Field(i).Set(field)
			return changed
		}
		field := v.Field(i)
		switch field.Kind() {
		case reflect.Struct:
			fields(field, name, func(what string, inner reflect.Value) { try(what, with(inner)) })
		case reflect.Slice:
			if field.Type().Elem().Kind() == reflect.Uint8 {
				longer := append(slices.Clone(field.Bytes()), 'x')
				try(name, with(reflect.ValueOf(longer)))
			}
		case reflect.Array:
			changed := reflect.New(field.Type()).Elem()
			changed.Set(field)
			changed.Index(1).SetUint(changed.Index(1).Uint() ^ 1)
			try(name, with(changed))
		case reflect.Uint8, reflect.Uint64:
			changed := reflect.New(field.Type()).Elem()
			changed.SetUint(field.Uint() + 101)
			try(name, with(changed))
		case reflect.Bool:
			try(name, with(reflect.ValueOf(!field.Bool())))
		case reflect.Int64:
			changed := reflect.New(field.Type()).Elem()
			changed.SetInt(field.Int() + 101)
			try(name, with(changed))
		default:
			panic(fmt.Sprintf("a field of kind %v: %s", field.Kind(), name))
		}
	}
}

// free is what the spec says nothing about: the result of an operation is
// judged by checker/linear, where a log is cut is the sender's choice, and a new
// primary need not send all REPLYs. Since is for what the implementation refuses.
func free(step, what string) bool {
	return what == "Sent *vsr.Reply.Result" || what == "Received *vsr.Request.Since" ||
		step == "OnDoViewChange" && what == "Sent *vsr.Reply missing"
}

func TestEveryCorruptedFieldIsReported(t *testing.T) {
	w := newWalk(corruptSeed, 3, 3).run(corruptEvents)
	_, err := w.check(Options{}, w.events)
	require.NoError(t, err)
	count := map[string]int{}
	for i, e := range w.events {
		for _, corrupt := range corruptions(e) {
			if free(e.Step, corrupt.what) || count[corrupt.what] >= 6 {
				continue
			}
			count[corrupt.what]++
			events := slices.Clone(w.events)
			events[i] = corrupt.event
			_, err := w.check(Options{}, events)
			var d *Divergence
			require.ErrorAs(t, err, &d, "event %d (%s): %s", i, e.Step, corrupt.what)
			require.NotEmpty(t, d.Reason)
		}
	}
	for _, kind := range []vsr.Message{&vsr.Prepare{}, &vsr.PrepareOK{}, &vsr.Commit{},
		&vsr.StartViewChange{}, &vsr.DoViewChange{}, &vsr.StartView{}, &vsr.GetState{},
		&vsr.NewState{}} {
		require.Positive(t, count[fmt.Sprintf("Received %T missing", kind)], "%T", kind)
		require.Positive(t, count[fmt.Sprintf("Sent %T missing", kind)], "%T", kind)
	}
	require.Positive(t, count["Received *vsr.Request.Operation"])
	require.Positive(t, count["Sent *vsr.Reply.OpNumber"])
	require.Positive(t, count["State.Log.Checksum"])
}

func TestEveryMissingRepeatedAndExchangedEventIsReported(t *testing.T) {
	w := newWalk(corruptSeed, 3, 3).run(250)
	mustFail := func(events []vsr.Event, what string, i int) {
		_, err := w.check(Options{}, events)
		require.Error(t, err, "%s event %d: %+v", what, i, w.events[i])
	}
	for i, e := range w.events {
		next := slices.IndexFunc(w.events[i+1:], func(later vsr.Event) bool {
			return later.Replica == e.Replica
		}) + i + 1
		if next == i || w.events[next].Step == stepRestart {
			continue // The last steps before a crash, or the end, may be lost.
		}
		if e.Step != stepRestart { // A replica may crash twice in a row.
			mustFail(slices.Delete(slices.Clone(w.events), i, i+1), "without", i)
			mustFail(slices.Insert(slices.Clone(w.events), i, e), "twice", i)
		}
		exchanged := slices.Clone(w.events)
		exchanged[i], exchanged[next] = exchanged[next], exchanged[i]
		mustFail(exchanged, "later", i)
	}
}

// A step that put an entry into the log cannot be missed even if the numbers
// close the gap. Of other steps that is not so: without a step to view 3 the
// next one to view 4 is right, too.
func TestEventMissingWithItsNumberIsReported(t *testing.T) {
	w := newWalk(corruptSeed, 3, 3).run(corruptEvents)
	states := map[vsr.ReplicaNumber]vsr.State{}
	tried := 0
	for i, e := range w.events {
		grows := states[e.Replica].Log != e.State.Log
		states[e.Replica] = e.State
		if !grows || e.Step != "OnRequest" && e.Step != "OnPrepare" {
			continue
		}
		events := slices.Delete(slices.Clone(w.events), i, i+1)
		followed := false
		for j := i; j < len(events) && events[j].Step != stepRestart; j++ {
			if events[j].Replica == e.Replica {
				followed = true
				events[j].Sequence--
			}
		}
		if followed {
			_, err := w.check(Options{}, events)
			require.Error(t, err, "without event %d: %+v", i, e)
			tried++
		}
	}
	require.Greater(t, tried, 10)
}
