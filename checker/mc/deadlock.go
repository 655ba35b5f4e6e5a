// SPDX-License-Identifier: Apache-2.0

package mc

// Deadlocks: states in which the system stops and should not. The search asks about a state from
// which its lists lead nowhere; whether that is so, with steps that sleep sets leave out, is
// for the plain semantics to say.

// Deadlock is what Result.Violated says of a deadlock.
const Deadlock = "deadlock"

// deadlocked reports whether no step can change anything in a state, and Ends does not expect it.
func (w *semantics[L, M]) deadlocked(s *state[L, M]) (bool, error) {
	moves := false
	err := w.firings(s, func(f *firing[L, M]) { moves = moves || f.reason == "" && !f.idle(s) })
	return err == nil && !moves && !w.model.Ends(s), err
}

// spentBudgets names the budgets that are spent in a state.
func (w *semantics[L, M]) spentBudgets(s *state[L, M]) []string {
	var spent []string
	for i, b := range w.model.Budgets {
		if b.Limit > 0 && s.spent[i] == b.Limit {
			spent = append(spent, b.Name)
		}
	}
	return spent
}
