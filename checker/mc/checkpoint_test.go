// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// Checkpoints: a search that was stopped anywhere and resumed must end like one that was not.

// TestResumedSearchIsTheSame stops searches after each of several levels.
func TestResumedSearchIsTheSame(t *testing.T) {
	resumed(t, textbook.TwoPhase(4), 1, 6)
	resumed(t, textbook.HastyTwoPhase(4), 3)
	resumed(t, textbook.Paxos(2, 3, 2), 7)
	resumed(t, textbook.ForgetfulPaxos(2, 3, 2), 6)
	resumed(t, textbook.Counters(4, 6), 2)
	resumed(t, textbook.Counters(5, 10), 9)
	for seed := range uint64(4) {
		resumed(t, randomModel(seed), 3)
	}
}

// resumed compares a search in one go with ones that end at the given depths and are resumed.
func resumed[L, M comparable](t *testing.T, m mc.Model[L, M], depths ...int) {
	t.Helper()
	for _, i := range []int{2, 3, 6} {
		how := modes[i]
		how.options.MaxStates = 2000
		want, err := mc.CheckTuned(context.Background(), m, how.options, how.tuning)
		require.NoError(t, err)
		for _, depth := range depths {
			got := resumedAt(t, m, how, depth)
			require.Equal(t, summary(want, how.options.SleepSets),
				summary(got, how.options.SleepSets), "%s, %+v, depth %d", m.Name, how, depth)
			require.Equal(t, want.Components, got.Components)
		}
	}
}

// resumedAt ends a search at a depth and resumes it.
func resumedAt[L, M comparable](
	t *testing.T, m mc.Model[L, M], how mode, depth int,
) mc.Result[L, M] {
	t.Helper()
	o := how.options
	o.Checkpoint, o.MaxDepth = filepath.Join(t.TempDir(), "search"), depth
	r, err := mc.CheckTuned(context.Background(), m, o, how.tuning)
	require.NoError(t, err)
	if r.Verdict != mc.Unknown {
		return r // It was over before.
	}
	o.Resume, o.MaxDepth = true, 0
	r, err = mc.CheckTuned(context.Background(), m, o, how.tuning)
	require.NoError(t, err)
	return r
}

// TestForgottenLevelIsNoticed plants the defect that a resumed search does not remember a level.
func TestForgottenLevelIsNoticed(t *testing.T) {
	noticed := 0
	for seed := range uint64(20) {
		m, o := randomModel(seed), mc.Options{MaxStates: 2000}
		want, err := mc.Check(context.Background(), m, o)
		require.NoError(t, err)
		got := resumedAt(t, m, mode{o, mc.Tuning{ForgetLevel: true}}, 3)
		if !slices.Equal(want.Levels, got.Levels) {
			noticed++
		}
	}
	require.Positive(t, noticed)
	t.Logf("noticed in %d of 20 random models", noticed)
}

// killFlag makes the test's own binary the process that is killed.
const killFlag = "-search-to-be-killed="

// TestKilledSearchGoesOn kills a search with SIGKILL in the middle of a level, and resumes it.
func TestKilledSearchGoesOn(t *testing.T) {
	m := textbook.Paxos(3, 3, 2)
	want, err := mc.Check(context.Background(), m, mc.Options{})
	require.NoError(t, err)
	folder := filepath.Join(t.TempDir(), "search")
	command := exec.Command(os.Args[0], killFlag+folder)
	var out bytes.Buffer
	command.Stderr = &out
	var died *exec.ExitError
	require.ErrorAs(t, command.Run(), &died, out.String())
	require.Equal(t, "signal: killed", died.Error(), out.String())

	o := mc.Options{Checkpoint: folder, Resume: true, MaxDepth: 1}
	half, err := mc.Check(context.Background(), m, o)
	require.NoError(t, err)
	saved := len(half.Levels)
	require.Greater(t, saved, 5)
	require.Less(t, saved, len(want.Levels))
	require.Equal(t, want.Levels[:saved], half.Levels)
	o.MaxDepth = 0
	got, err := mc.Check(context.Background(), m, o)
	require.NoError(t, err)
	require.Equal(t, summary(want, false), summary(got, false))
}

// TestMain runs the search that TestKilledSearchGoesOn kills.
func TestMain(m *testing.M) {
	for _, arg := range os.Args[1:] {
		if folder, ok := bytes.CutPrefix([]byte(arg), []byte(killFlag)); ok {
			fmt.Fprintln(os.Stderr, dieInTheMiddle(string(folder)))
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// dieInTheMiddle searches, and kills its own process when it has asked often enough.
func dieInTheMiddle(folder string) error {
	const often = 2500
	m, asked := textbook.Paxos(3, 3, 2), 0
	wants := m.Steps[1].Wants
	m.Steps[1].Wants = func(p int, l textbook.PaxosState, message textbook.PaxosMessage) bool {
		if asked++; asked == often {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill()
			}
			select {}
		}
		return wants(p, l, message)
	}
	_, err := mc.Check(context.Background(), m, mc.Options{Checkpoint: folder, Workers: 1})
	return errors.Join(fmt.Errorf("nobody has killed the search, which asked %d times", asked), err)
}

// TestUnusableCheckpoints: what is damaged, or of another search, is refused.
func TestUnusableCheckpoints(t *testing.T) {
	m := textbook.TwoPhase(3)
	save := func() string {
		folder := filepath.Join(t.TempDir(), "search")
		_, err := mc.Check(context.Background(), m, mc.Options{Checkpoint: folder, MaxDepth: 5})
		require.NoError(t, err)
		return folder
	}
	type model = mc.Model[textbook.TwoPhaseState, textbook.TwoPhaseMessage]
	refused := func(want, folder string, m model, o mc.Options) {
		t.Helper()
		o.Checkpoint, o.Resume = folder, true
		_, err := mc.Check(context.Background(), m, o)
		require.ErrorContains(t, err, want)
	}
	flip := func(name string, at int) string {
		folder := save()
		path := filepath.Join(folder, name)
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		b[(at+len(b))%len(b)] ^= 1
		require.NoError(t, os.WriteFile(path, b, 0o600))
		return folder
	}
	refused("there is no checkpoint", t.TempDir(), m, mc.Options{})
	for _, name := range []string{"levels", "numbers"} {
		for _, at := range []int{0, 40, -1} {
			refused(name+" is damaged: its checksum is not the one", flip(name, at), m, mc.Options{})
		}
		folder := save()
		require.NoError(t, os.Truncate(filepath.Join(folder, name), 30))
		refused(name+" is damaged: it has 30 bytes, the manifest says", folder, m, mc.Options{})
		require.NoError(t, os.Remove(filepath.Join(folder, name)))
		refused("no such file", folder, m, mc.Options{})
	}
	for _, at := range []int{0, 30, -1} {
		refused("manifest is damaged, or no manifest", flip("manifest", at), m, mc.Options{})
	}
	refused("the model: it has two-phase commit, n=3, this search two-phase commit, n=4", save(),
		textbook.TwoPhase(4), mc.Options{})
	refused("the options: it has SleepSets: false, this search SleepSets: true", save(), m,
		mc.Options{SleepSets: true})
	changed := textbook.HastyTwoPhase(3)
	changed.Name = m.Name
	refused(`the model has changed since the checkpoint was made: step "ManagerCommit"`, save(),
		changed, mc.Options{})

	folder := save()
	_, err := mc.Check(context.Background(), m, mc.Options{Checkpoint: folder})
	require.ErrorContains(t, err, "holds a search already: resume it")
	_, err = mc.Check(context.Background(), m, mc.Options{Resume: true})
	require.ErrorContains(t, err, "Options.Resume needs the folder")
	_, err = mc.Check(context.Background(), m, mc.Options{Checkpoint: folder, Plain: true})
	require.ErrorContains(t, err, "the plain explorer makes no checkpoints")
}

// TestSearchThatRunsOutOfMemoryGoesOn: such a search says how to go on, and does.
func TestSearchThatRunsOutOfMemoryGoesOn(t *testing.T) {
	m := textbook.Counters(6, 20)
	want, err := mc.Check(context.Background(), m, mc.Options{})
	require.NoError(t, err)
	o := mc.Options{Checkpoint: filepath.Join(t.TempDir(), "search"), MemoryLimit: 4 << 20}
	r, err := mc.Check(context.Background(), m, o)
	require.NoError(t, err)
	require.Equal(t, mc.Unknown, r.Verdict)
	require.Contains(t, r.Why, "can go on from there: Options.Resume")
	o.Resume, o.MemoryLimit = true, 0
	r, err = mc.Check(context.Background(), m, o)
	require.NoError(t, err)
	require.Equal(t, summary(want, false), summary(r, false))
}
