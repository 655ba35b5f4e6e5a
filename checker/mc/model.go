// SPDX-License-Identifier: Apache-2.0

package mc

// A model as its author writes it: processes that take steps, messages that are never lost
// from sight, and the properties that must hold. Nothing in this package knows a protocol.

// Kind tells message types apart. Kinds are small numbers chosen by the author.
type Kind uint8

// Reason says why a step did nothing. The empty Reason means that the step happened.
type Reason string

// Model is a system of processes. Process p has a local state of type L. Messages of type M are
// only ever added to the network: losing a message is not receiving it, duplication is receiving
// it again, and reordering is free. Both types must be values: comparing with == must mean
// "the same", and a step must not change what its arguments refer to.
type Model[L, M comparable] struct {
	Name      string
	Processes int
	// Init is the local state in which a process starts. No message has been sent.
	Init func(process int) L
	// Sender is the process that sent a message. Every message must name its sender.
	Sender func(M) int
	Kind   func(M) Kind
	Steps  []Step[L, M]
	// Budgets bound the steps that spend them. The bounds of a model live here and
	// nowhere else: the protocol does not know them.
	Budgets []Budget
	// Always lists what must hold in every reachable state.
	Always []Property[L, M]
	// Sometimes lists what must hold in at least one reachable state, so that no model passes by
	// doing nothing.
	Sometimes []Property[L, M]
	// Ends says in which states the system may stop for good. A reachable state in which no step
	// can change anything, and which is not among them, is a deadlock and refutes the model. A
	// step whose budget is spent cannot be taken. Nil: every state may be an end.
	Ends func(State[L, M]) bool
	// Dead claims that a process in a local state will ignore a message for ever: no step that
	// takes it, as an own message or another's, alone or together with any others, does anything
	// (a Reason, or nothing changed and nothing sent), no LocalMessage property in Always is broken
	// by the two, and all this stays so whatever the process does. It is asked about own
	// messages too. Only Options.DeadMessages uses it. False is always right. Nil: no claim.
	Dead func(process int, local L, m M) bool
	// Symmetry claims that some processes are interchangeable. Only Options.Symmetry uses it, and
	// tests it. Nil: no claim.
	Symmetry *Symmetry[L, M]
	// Optional names the steps that may stay unused within these bounds. Any other step that
	// never fires makes the search fail.
	Optional []string
}

// Budget allows at most Limit firings of all the steps that spend it together.
type Budget struct {
	Name  string
	Limit int
}

// Step is one named action of one process. It reads the local state of that process and some
// messages, and yields a new local state and messages to add to the network.
type Step[L, M comparable] struct {
	Name string
	// At says which processes take the step. Nil: all of them.
	At func(process int) bool
	// On lists the kinds of the messages that the step receives. Empty: the step is spontaneous.
	On []Kind
	// Quorum is the number of messages of distinct other processes that the step takes at
	// once. Zero: one message of one other process.
	Quorum int
	// Own: the process's own message of such a kind is needed too. It is then in[0].
	Own bool
	// Wants says which messages the step may take, own and foreign alike. Nil: all of the kinds
	// in On. A message that is not wanted is no input, so it yields no Reason either.
	Wants func(process int, local L, m M) bool
	// Choices is the number of outcomes that the step may have for the same input. Nil: one.
	// Zero: the step cannot be taken in this local state.
	Choices func(process int, local L) int
	// Spends names the budget that one firing of the step uses up by one. Empty: none.
	Spends string
	// Do is the step itself: a pure function. in holds the messages received, in the order of
	// their senders (an Own message first); choice counts from 0 to Choices-1.
	Do func(process int, local L, in []M, choice int) (L, []M, Reason)
}

// Property is a predicate on reachable states. Exactly one of the functions from Local to State is
// set; it says what the predicate reads, and the engine evaluates it once for each distinct such
// input.
//
// In Model.Always it must hold in every state for each process, pair or message that it reads. In
// Model.Sometimes there must be a state in which it holds for at least one of them: "for each"
// would be true of the messages of the initial state, which has none.
type Property[L, M comparable] struct {
	Name string
	// Local reads one process.
	Local func(process int, local L) bool
	// Pair reads two processes. It is asked about each ordered pair of distinct ones.
	Pair func(p int, local L, q int, other L) bool
	// Message reads one message ever sent.
	Message func(m M) bool
	// LocalMessage reads one process and one message ever sent, by whomever.
	LocalMessage func(process int, local L, m M) bool
	// MessagePair reads two distinct messages ever sent. It is asked about each unordered pair
	// in one order only, so it must be symmetric.
	MessagePair func(a, b M) bool
	// State reads everything, or what it likes. Its answers are remembered by what it read, so
	// it is fast if it reads little and in a fixed order; still, prefer one of the others.
	State func(State[L, M]) bool
	// Monotone claims of a State property that more messages never repair it (Always) or undo it
	// (Sometimes), as long as all local states stay as they are. Only Options.EagerSends uses
	// it, and tests it. One that reads no messages is monotone; so are all the other forms, and
	// they need not say so.
	Monotone bool
	// Premise is what makes an Always property say something: without a state in which it
	// holds for something, the property is vacuous. Its name does not matter. Nil: nothing.
	Premise *Property[L, M]
	// Progress says how close a state comes to a Sometimes property, higher is closer. If the
	// property is not reached, the closest state is shown. Nil: nothing is shown.
	Progress func(State[L, M]) int
	// Kinds limits the messages that Message, LocalMessage and MessagePair are asked about, and
	// those that State finds in what was sent. Empty: all kinds.
	Kinds []Kind
}

// State is a whole reachable state, as a Property may read it.
type State[L, M comparable] interface {
	Local(process int) L
	// Sent lists the messages ever sent by a process, in no particular order. It is shared:
	// do not change it.
	Sent(process int) []M
}
