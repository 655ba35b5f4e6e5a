// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// The edges: models that cannot be used, bounds, limits, coverage, purity.

func TestUnusableModels(t *testing.T) {
	type model = mc.Model[local, token]
	for want, spoil := range map[string]func(*model){
		"has 0 processes, want 1 to 32":            func(m *model) { m.Processes = 0 },
		"no Init: say in which local state":        func(m *model) { m.Init = nil },
		"no Sender":                                func(m *model) { m.Sender = nil },
		"no Kind":                                  func(m *model) { m.Kind = nil },
		"has no steps":                             func(m *model) { m.Steps = nil },
		"step 0 has no name":                       func(m *model) { m.Steps[0].Name = "" },
		`two steps are named "Pass"`:               func(m *model) { m.Steps[1].Name = "Pass" },
		`spends budget "x", which is not in`:       func(m *model) { m.Steps[0].Spends = "x" },
		`step "Pass": has no Do`:                   func(m *model) { m.Steps[0].Do = nil },
		"has Quorum, Own or Wants but no kinds":    func(m *model) { m.Steps[0].Own = true },
		"quorum of 8 other processes":              func(m *model) { m.Steps[1].Quorum = 8 },
		"messages of 3 other processes, but there": func(m *model) { m.Steps[1].Quorum = 3 },
		`two budgets are named "passes"`: func(m *model) {
			m.Budgets = append(m.Budgets, m.Budgets[0])
		},
		`budget "passes": limit -1`:            func(m *model) { m.Budgets[0].Limit = -1 },
		`Optional names "x", which is no step`: func(m *model) { m.Optional = []string{"x"} },
		`property "OneToken" sets 0 functions`: func(m *model) { m.Always[0].Pair = nil },
		`property "OneToken" sets 2 functions`: func(m *model) {
			m.Always[0].Message = func(token) bool { return true }
		},
		`property "OneToken" has Kinds but`: func(m *model) { m.Always[0].Kinds = []mc.Kind{0} },
		"property 0 of Always has no name":  func(m *model) { m.Always[0].Name = "" },
		`two properties of Always are`: func(m *model) {
			m.Always = append(m.Always, m.Always[0])
		},
		"sent a message whose Sender is 7": func(m *model) {
			m.Sender = func(token) int { return 7 }
		},
		`step "OnToken" panicked at process 1: runtime error: slice bounds`: func(m *model) {
			m.Steps[1].Do = func(_ int, l local, in []token, _ int) (local, []token, mc.Reason) {
				return l, in[5:6], ""
			}
		},
		"panic: in a property": func(m *model) {
			m.Always[0].Pair = func(int, local, int, local) bool { panic("in a property") }
		},
	} {
		for _, plain := range []bool{false, true} {
			m := ring(3, 4)
			spoil(&m)
			_, err := mc.Check(context.Background(), m, mc.Options{Plain: plain})
			require.ErrorContains(t, err, want, "plain: %v", plain)
			require.ErrorContains(t, err, `model "token ring"`)
		}
	}
}

// TestUnfinishedSearches: whatever ends a search early, the verdict is Unknown and says why.
func TestUnfinishedSearches(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		ctx     context.Context
		options mc.Options
		why     string
		levels  int
	}{
		{context.Background(), mc.Options{MaxDepth: 3}, "raise Options.MaxDepth", 4},
		{context.Background(), mc.Options{MaxStates: 30}, "raise Options.MaxStates", 4},
		{cancelled, mc.Options{}, "context canceled", 1},
	} {
		for _, plain := range []bool{false, true} {
			c.options.Plain = plain
			r, err := mc.Check(c.ctx, textbook.TwoPhase(3), c.options)
			require.NoError(t, err)
			require.Equal(t, mc.Unknown, r.Verdict)
			require.Contains(t, r.Why, c.why)
			require.Len(t, r.Levels, c.levels)
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	for _, plain := range []bool{false, true} {
		r, err := mc.Check(context.Background(), textbook.Counters(24, 127),
			mc.Options{MemoryLimit: 1 << 20, Plain: plain})
		require.NoError(t, err)
		require.Equal(t, mc.Unknown, r.Verdict)
		require.Contains(t, r.Why, "memory limit of 1 MiB reached: raise Options.MemoryLimit")
	}
}

// TestTooManyComponents: 32 processes with more than 15 components each do not fit into a key.
func TestTooManyComponents(t *testing.T) {
	m := textbook.Counters(32, 8)
	count := m.Steps[0].Do
	m.Steps[0].Choices = func(int, int8) int { return 20 }
	m.Steps[0].Do = func(p int, l int8, in []textbook.CounterMessage, choice int) (
		int8, []textbook.CounterMessage, mc.Reason) {
		return count(p, l+int8(choice), in, 0)
	}
	r, err := mc.Check(context.Background(), m, mc.Options{})
	require.NoError(t, err)
	require.Equal(t, mc.Unknown, r.Verdict)
	require.Contains(t, r.Why, "so many that a state does not fit into 127 bits")
	require.Equal(t, []int64{1}, r.Levels)
}

// TestNothingHappens: a model that does too little is refuted, without a counterexample.
func TestNothingHappens(t *testing.T) {
	for _, plain := range []bool{false, true} {
		m := ring(3, 0)
		r, err := mc.Check(context.Background(), m, mc.Options{Plain: plain})
		require.NoError(t, err)
		require.Equal(t, mc.Refuted, r.Verdict)
		require.Equal(t, "sometimes: the token comes round never reached", r.Violated)
		require.Empty(t, r.Counterexample)

		m.Sometimes = nil
		r, err = mc.Check(context.Background(), m, mc.Options{Plain: plain})
		require.NoError(t, err)
		require.Equal(t, mc.Refuted, r.Verdict)
		require.Equal(t, "coverage: step Pass never fires", r.Violated)
		require.Equal(t, "coverage: step Pass never fires; coverage: step OnToken never fires",
			r.Why)

		m.Optional = []string{"Pass", "OnToken"}
		r, err = mc.Check(context.Background(), m, mc.Options{Plain: plain})
		require.NoError(t, err)
		require.Equal(t, mc.Holds, r.Verdict)
	}
}

// TestBrokenAtOnce: the initial state is judged too.
func TestBrokenAtOnce(t *testing.T) {
	for _, plain := range []bool{false, true} {
		m := ring(3, 4)
		m.Init = func(int) local { return local{Holds: true} }
		r, err := mc.Check(context.Background(), m, mc.Options{Plain: plain})
		require.NoError(t, err)
		require.Equal(t, mc.Refuted, r.Verdict)
		require.Equal(t, "OneToken", r.Violated)
		require.Empty(t, r.Counterexample)
		require.Equal(t, 0, r.Depth)
	}
}

func TestCheckPurity(t *testing.T) {
	require.NoError(t, mc.CheckPurity(ring(3, 4), 100))
	require.NoError(t, mc.CheckPurity(textbook.TwoPhase(3), 100))
	require.NoError(t, mc.CheckPurity(textbook.Paxos(2, 3, 2), 100))

	calls := 0
	m := ring(3, 4)
	pass := m.Steps[0].Do
	m.Steps[0].Do = func(p int, l local, in []token, choice int) (local, []token, mc.Reason) {
		l, out, reason := pass(p, l, in, choice)
		calls++
		l.Seen += calls
		return l, out, reason
	}
	require.ErrorContains(t, mc.CheckPurity(m, 100), `step "Pass" of process 0 is not a function`)

	m = ring(3, 4)
	m.Always[0] = mc.Property[local, token]{Name: "Moody",
		State: func(mc.State[local, token]) bool { calls++; return calls%2 == 0 }}
	require.ErrorContains(t, mc.CheckPurity(m, 100), `property "Moody" is not a function`)
}

// sharedLog is a local state that refers to memory: two appends may write the same place.
type sharedLog struct{ entries *[]int }

// TestCheckPurityFindsAliasing: appending to a slice that another state holds goes unnoticed until
// all successors of a state are compared.
func TestCheckPurityFindsAliasing(t *testing.T) {
	m := mc.Model[sharedLog, token]{
		Name:      "aliasing",
		Processes: 1,
		Init: func(int) sharedLog {
			entries := make([]int, 0, 8)
			return sharedLog{&entries}
		},
		Sender:  func(token) int { return 0 },
		Kind:    func(token) mc.Kind { return 0 },
		Budgets: []mc.Budget{{Name: "appends", Limit: 3}},
		Steps: []mc.Step[sharedLog, token]{{
			Name: "Append", Spends: "appends",
			Choices: func(int, sharedLog) int { return 2 },
			Do: func(_ int, l sharedLog, _ []token, choice int) (sharedLog, []token, mc.Reason) {
				longer := append(*l.entries, choice)
				return sharedLog{&longer}, nil, ""
			},
		}},
	}
	require.ErrorContains(t, mc.CheckPurity(m, 100), "was changed by a later step")
}

func TestComponents(t *testing.T) {
	r, err := mc.Check(context.Background(), textbook.TwoPhase(5), mc.Options{})
	require.NoError(t, err)
	require.Equal(t, []int{65, 5, 5, 5, 5, 5}, r.Components)
	require.Equal(t, "holds refuted unknown",
		mc.Holds.String()+" "+mc.Refuted.String()+" "+mc.Unknown.String())
}
