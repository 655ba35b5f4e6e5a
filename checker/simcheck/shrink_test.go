// SPDX-License-Identifier: Apache-2.0

package simcheck

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/sim"
	"viewstamp/impl/vsr"
)

// forgetful judges runs of a replica that tells a wrong CommitNumber once a view
// has changed.
func forgetful(c sim.Config) (sim.Result, error) {
	w, err := newWatch(c)
	if err != nil {
		return sim.Result{}, err
	}
	w.attach(&c)
	event := c.Hooks.Event
	c.Hooks.Event = func(e vsr.Event) {
		if e.Step == "OnPrepareOK" && e.Ignored == "" && e.State.ViewNumber > 0 {
			e.State.CommitNumber--
		}
		event(e)
	}
	result, runErr := sim.Run(c)
	if _, err := w.finish(); err != nil {
		return result, &Failure{Layer: Conformance, Config: c, Err: err}
	}
	return result, runErr
}

func TestShrink(t *testing.T) {
	shrunk, err := shrinkWith(sim.Config{Seed: 21}, 0, forgetful)
	require.NoError(t, err)
	t.Logf("%d runs, %d faults of %d\n%q", shrunk.Runs, shrunk.FaultsAfter, shrunk.FaultsBefore,
		shrunk.Script.Story)
	require.Greater(t, shrunk.FaultsBefore, 20)
	require.LessOrEqual(t, shrunk.FaultsAfter, 2)
	c := shrunk.Script.Config
	require.LessOrEqual(t, c.Clients*c.Requests, 20)
	require.Zero(t, c.Faults.Loss)

	var file bytes.Buffer
	require.NoError(t, WriteScript(&file, shrunk.Script))
	script, err := ReadScript(&file)
	require.NoError(t, err)
	require.Equal(t, shrunk.Script, script)
	_, err = forgetful(script.Config)
	failure(t, err, Conformance)
	_, err = One(context.Background(), script.Config)
	require.NoError(t, err, "without the defect the script passes")

	_, err = Shrink(context.Background(), script.Config, 0)
	require.ErrorContains(t, err, "does not fail")
}

// A run that is told its faults is the run in which they were drawn.
func TestScheduleIsTheRun(t *testing.T) {
	for seed := uint64(1); seed <= 6; seed++ {
		drawn, err := sim.Run(sim.Config{Seed: seed})
		require.NoError(t, err)
		c := sim.Config{Seed: seed}.Whole()
		c.Faults, c.Schedule = c.Faults.WithoutTimes(), drawn.Schedule
		told, err := sim.Run(c)
		require.NoError(t, err)
		require.Equal(t, drawn.Operations, told.Operations)
		require.Equal(t, drawn.Finals, told.Finals)
		require.Equal(t, drawn.Schedule, told.Schedule)
	}
}

func TestScriptsAreChecked(t *testing.T) {
	good := Script{Why: "w", Seeds: []uint64{1}, Config: sim.Config{Replicas: 3,
		Faults: &sim.Faults{}, Schedule: []sim.Fault{{At: time.Second, Kind: sim.PowerCut}}}}
	good.Story = Story(good.Config)
	for name, change := range map[string]func(*Script){
		"":      func(*Script) {},
		"why":   func(s *Script) { s.Why = "" },
		"seeds": func(s *Script) { s.Seeds = nil },
		"story": func(s *Script) { s.Story = slices.Concat(s.Story, []string{"and more"}) },
	} {
		var file bytes.Buffer
		s := good
		change(&s)
		require.NoError(t, WriteScript(&file, s))
		_, err := ReadScript(&file)
		if name == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, name)
		}
	}
	_, err := ReadScript(bytes.NewBufferString(`{"what": 1}`))
	require.Error(t, err)
}
