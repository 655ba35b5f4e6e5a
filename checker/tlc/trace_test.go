// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/sim"
	"viewstamp/impl/trace"
	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// A run of the simulator becomes a module of TLA+. That TLC accepts such a module, and rejects one
// that was changed, is seen by running it: tla/README.md says how.

// record writes the trace of a short run with crashes into a file.
func record(t *testing.T) string {
	return recordOf(t, sim.Config{
		Seed: 3, Replicas: 3, Clients: 1, Requests: 6, SafetyTime: 6 * time.Second,
		Faults: &sim.Faults{Loss: 0.02, CrashEvery: 2 * time.Second},
	})
}

// recordOf writes the trace of that run into a file.
func recordOf(t *testing.T, config sim.Config) string {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	f, err := os.Create(path)
	require.NoError(t, err)
	w, err := trace.NewWriter(f, trace.Header{Replicas: 3, Origin: "test", Seed: config.Seed})
	require.NoError(t, err)
	config.Hooks = sim.Hooks{Event: func(e vsr.Event) {
		require.NoError(t, w.Write([]vsr.Event{e}))
	}}
	_, err = sim.Run(config)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return path
}

// The committed TraceEvents.tla is such a run, with checkpoints and damaged disks. Which seeds make
// one changes with the simulator.
func TestDamagedRunIsExported(t *testing.T) {
	withState := regexp.MustCompile(
		`"Restart",[^\[]*(\[[^\]]*\],?\s*)*>>, commitNumber \|-> [1-9]`)
	for seed := uint64(1); seed <= 60; seed++ {
		path := recordOf(t, sim.Config{
			Seed: seed, Replicas: 3, Clients: 1, Requests: 14, SafetyTime: 8 * time.Second,
			CheckpointInterval: 4, Faults: &sim.Faults{Loss: 0.02, CrashEvery: 2 * time.Second,
				DamageEvery: 2 * time.Second},
		})
		var text bytes.Buffer
		report, err := ExportTrace(context.Background(), &text, []string{path})
		require.NoError(t, err)
		if report.Damaged > 0 && strings.Contains(text.String(), "headUnknown |-> TRUE") &&
			withState.MatchString(text.String()) {
			return
		}
	}
	require.Fail(t, "no run with a checkpoint and an unknown head")
}

func TestRunIsExported(t *testing.T) {
	path := record(t)
	var text bytes.Buffer
	report, err := ExportTrace(context.Background(), &text, []string{path})
	require.NoError(t, err)
	steps := 0
	for name, n := range report.Steps {
		if name != "Start" {
			steps += n
		}
	}
	require.Equal(t, steps-report.Undone, strings.Count(text.String(), "[step |-> "))
	require.Contains(t, text.String(), "GroupSize == 3\n")
	require.Contains(t, text.String(), `[step |-> "Restart", `)
	require.Positive(t, report.Restarts)
}

// Every message of the model can be written, with the fields that VSR.tla gives it.
func TestMessagesAreWrittenWithTheirFields(t *testing.T) {
	written := vsrModule(t).Messages()
	for _, m := range messages(t) {
		if _, request := m.(spec.Request); request {
			continue // Clients leave no trace.
		}
		kind, text := messageText(m)
		var names []string
		for _, field := range strings.Split(text, ", ") {
			name, _, _ := strings.Cut(field, " |-> ")
			names = append(names, strings.TrimPrefix(name, "["))
		}
		want := written[kind]
		if kind == "Prepare" {
			want = append(want[:3:3], append([]string{"requestNumber"}, want[3:]...)...)
		}
		if kind == "DoViewChange" {
			want = append(want[:len(want):len(want)], "headUnknown") // That of VSRStorage.tla.
		}
		require.ElementsMatch(t, want, names, kind)
	}
	require.Panics(t, func() { messageText(spec.Recovery{}) })
}

// A wrong step is exported as it was recorded, so that TLC sees it, and nothing after it.
func TestWrongStepIsTheLastOne(t *testing.T) {
	path := record(t)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	changed := 0
	for i, line := range lines {
		if changed == 0 && strings.Contains(line, `"kind":"PREPAREOK"`) &&
			strings.Contains(line, `"step":"OnPrepare"`) {
			lines[i] = strings.Replace(line, `"op":1}],`, `"op":2}],`, 1)
			changed = i
		}
	}
	require.NotZero(t, changed)
	require.NotEqual(t, string(text), strings.Join(lines, "\n"))
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
	var module bytes.Buffer
	_, err = ExportTrace(context.Background(), &module, []string{path})
	require.ErrorContains(t, err, "OnPrepare")
	last := module.String()[strings.LastIndex(module.String(), "[step |-> "):]
	require.Contains(t, last, `[step |-> "OnPrepare", `)
	require.Contains(t, last, `<<"PrepareOK", [from |-> `)
	require.Contains(t, last, "opNumber |-> 2]")
}

func TestExportSaysWhatIsWrong(t *testing.T) {
	var text bytes.Buffer
	_, err := ExportTrace(context.Background(), &text, []string{"none.jsonl"})
	require.ErrorContains(t, err, "none.jsonl")
	require.Zero(t, text.Len())
}
