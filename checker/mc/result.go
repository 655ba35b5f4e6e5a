// SPDX-License-Identifier: Apache-2.0

package mc

import "time"

// What a caller asks of a search, and what it gets back.

// Options bounds and tunes a search. The zero value searches to the end on all cores.
type Options struct {
	// Workers is the number of goroutines that search. Zero: one for each core.
	Workers int
	// MemoryLimit is the number of bytes that the search may use. Zero: DefaultMemoryLimit.
	// A search that would need more ends with the verdict Unknown.
	MemoryLimit int64
	// MaxDepth ends the search after so many levels below the initial state. Zero: no bound.
	// States left unexpanded make the verdict Unknown.
	MaxDepth int
	// MaxStates ends the search after the level in which so many distinct states were
	// reached. Zero: no bound. States left unexpanded make the verdict Unknown.
	MaxStates int64
	// SleepSets leaves out transitions that cannot lead to a new state: those of two processes
	// commute, so of two orders one is enough. Every state, every level and every verdict stay
	// the same; Generated, Idle and Fired become smaller, and with several workers they differ
	// from run to run. The plain explorer ignores it.
	SleepSets bool
	// Checkpoint is a folder in which the search is saved after each level, so that one that is
	// killed, or that runs out of memory, can go on. The states to be expanded and those of
	// the levels before are then in files, not in memory. Empty: no checkpoint.
	Checkpoint string
	// Resume continues the search in the folder Checkpoint. The model and SleepSets must be
	// the same. The result is the one that a search without interruption has.
	Resume bool
	// Coverage fills Result.Kinds and Result.Vacuous, which takes a second look at all states.
	Coverage bool
	// DeadMessages drops messages that nobody will ever react to, as Model.Dead claims. The
	// claim is tested all along, and a wrong one is an error; see Model.Dead for what it must
	// be. Verdicts and the lengths of counterexamples stay the same; Distinct, Levels and all other
	// counts become smaller. The plain explorer drops the same messages, and tests no claim.
	DeadMessages bool
	// EagerSends fires at once what only sends: leaves the local state as it is, and spends no
	// budget. Verdicts stay the same, if State properties are Monotone; the states of the search
	// are fewer, and Depth and Levels count the firings that do more than send. So a counterexample
	// need not be a shortest one; no firing of it can be left out. It does not go with SleepSets.
	// ActionCoverage.Refused may count inputs that are met only while looking for what can be sent.
	EagerSends bool
	// Symmetry keeps one of the states that differ only in which of several interchangeable
	// processes is which, as Model.Symmetry claims. The claim is tested all along, and a wrong one
	// is an error. Verdicts and the lengths of counterexamples stay the same; Distinct, Levels and
	// all other counts become smaller. It goes with no other reduction. ActionCoverage.Refused counts
	// the inputs of all permutations, but for Plain.
	Symmetry bool
	// Progress is called about once per second, always from the same goroutine. Nil: none.
	Progress func(Progress)
	// Plain uses the plain explorer: slow, single-threaded and simple. It is the oracle that
	// the engine is compared with.
	Plain bool
}

// DefaultMemoryLimit is the limit of Options.MemoryLimit when none is given: 8 GiB.
const DefaultMemoryLimit = 8 << 30

// Progress is a snapshot of a search under way. The counts may lag a little.
type Progress struct {
	// Level is the level that is being expanded; the initial state is level 0.
	Level int
	// Distinct and Generated are the counts of Result so far.
	Distinct, Generated int64
	// Frontier is the number of states in the level that is being expanded.
	Frontier int64
	// StatesPerSecond is the rate of distinct states since the last report.
	StatesPerSecond float64
	// Levels is the number of states of each level that is complete, that under expansion last.
	Levels []int64
	// Rest foretells how many states beyond Levels are still to be found; -1 if nobody can tell,
	// which is so until levels have been shrinking for a while.
	Rest int64
	// Bytes is the memory in use.
	Bytes   int64
	Elapsed time.Duration
}

// Verdict is the outcome of a search.
type Verdict int

// The verdicts. Unknown is the zero value, so that a forgotten verdict never passes for a proof.
const (
	// Unknown: the search ended before it had seen every state. It is not a pass.
	Unknown Verdict = iota
	// Holds: every reachable state was seen, every property holds, every step fired.
	Holds
	// Refuted: an Always property is broken, there is a deadlock, or a Sometimes property or a
	// step that is not optional is never reached.
	Refuted
)

// String returns "holds", "refuted" or "unknown".
func (v Verdict) String() string {
	switch v {
	case Holds:
		return "holds"
	case Refuted:
		return "refuted"
	default:
		return "unknown"
	}
}

// Result is what a search found. Verdict, Distinct, Depth, Levels, Violated and Counterexample
// depend on the model and the bounds alone, not on the number of workers or on scheduling.
type Result[L, M comparable] struct {
	// Model is the name of the model.
	Model   string
	Verdict Verdict
	// Why explains a verdict other than Holds in one sentence.
	Why string
	// Distinct is the number of distinct states in complete levels.
	Distinct int64
	// Generated is the number of firings: triples of a state, an input and a choice for which
	// Do returned no Reason and no budget stood in the way. Firings that change nothing are
	// among them, the initial state is not: TLC would count one more. A search that was stopped
	// within a level counts that level's firings so far.
	Generated int64
	// Idle is the number of those firings that changed nothing.
	Idle int64
	// Depth is the deepest level that holds a new state; the initial state is at depth 0. TLC
	// counts levels and says one more.
	Depth int
	// Levels is the number of new distinct states at each depth.
	Levels []int64
	// Violated names the broken Always property, or says Deadlock, "coverage: step S never
	// fires" or "sometimes: P never reached". Empty unless Refuted.
	Violated string
	// Counterexample is a shortest path (but see Options.EagerSends) from the initial state to a
	// state that breaks the property. Of several it is the one that ends in, and passes through,
	// the least states. It was replayed and re-checked by the plain semantics. Empty if the
	// initial state breaks the property, or if nothing can be shown (coverage).
	Counterexample []Transition[L, M]
	// Actions has one entry for each step, in the order of the table.
	Actions []ActionCoverage
	// Sometimes has one entry for each Sometimes property, in order.
	Sometimes []SometimesCoverage[L, M]
	// Kinds has, with Options.Coverage, the kinds of messages that were sent, in their order.
	Kinds []KindCoverage
	// Vacuous names, with Options.Coverage, the Always properties that were never put to the
	// test: their Premise held nowhere, or no message that they are about was ever sent.
	Vacuous []string
	// BytesPerState is the memory of the whole program at the end of the search, divided by
	// Distinct. It means something for large searches only.
	BytesPerState float64
	Elapsed       time.Duration
	// Components is the number of distinct components (local state and messages sent) of each
	// process. The plain explorer does not count them.
	Components []int
}

// ActionCoverage says how often a step was taken and why it was not.
type ActionCoverage struct {
	Step string
	// Fired counts firings as Result.Generated does.
	Fired int64
	// Refused counts the distinct inputs (process, local state, messages, choice) for which Do
	// gave a Reason, by reason in alphabetical order.
	Refused []ReasonCount
}

// ReasonCount is a Reason and the number of distinct inputs that met it.
type ReasonCount struct {
	Reason Reason
	Inputs int64
}

// SometimesCoverage says whether a Sometimes property was reached, and how soon.
type SometimesCoverage[L, M comparable] struct {
	Name    string
	Reached bool
	// Depth of the first state in which it holds. Meaningless unless Reached.
	Depth int
	// Progress is the highest Property.Progress of any state, and Nearest a shortest way to such
	// a state. Only for a property with Progress that was not reached, in a search without a
	// counterexample.
	Progress int
	Nearest  []Transition[L, M]
}

// Transition is one step of a counterexample.
type Transition[L, M comparable] struct {
	// Process took the step named Step, with outcome Choice.
	Process int
	Step    string
	Choice  int
	// Received holds the messages that it took, an own message first.
	Received []M
	// Before and After are the local states of Process.
	Before, After L
	// Sent holds the messages that it sent; New holds those that nobody had sent before.
	Sent, New []M
}
