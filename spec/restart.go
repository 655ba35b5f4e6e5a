// SPDX-License-Identifier: Apache-2.0

package spec

// Crash and restart of a replica that keeps its state on disk.
//
// Diverges (§4.3): the paper's replicas have no disk and recover from the others, which is unsafe
// as published (5.3a). Here view-number, v′ and log survive; the commit-number and the status do
// not.

// Restart is a crash and the start from the disk, in one step. A backup goes on in its view. A
// replica that waited for a view waits again. The primary gives up its view (D5): it may have
// sent PREPARE for entries that its disk had not yet written, and must not use their op-numbers
// again. lost is how many such entries are gone.
func Restart(c Configuration, r Replica, lost int) (Replica, []Message, Ignored) {
	r.CommitNumber = 0
	if r.Status == ViewChange || !r.isPrimary(c) {
		return r, nil, Accepted
	}
	r.Log = r.Log.UpTo(r.OpNumber() - OpNumber(lost))
	return enterViewChange(r, r.ViewNumber+1)
}

// RestartChoices counts the entries that a restart can lose, and none: those that the primary
// appended in its view and did not commit. It commits only what is on its own disk.
func RestartChoices(c Configuration, p Process) int {
	r := p.(Replica)
	if r.Status != Normal || !r.isPrimary(c) {
		return 1
	}
	unwritten := 0
	for n := r.OpNumber(); n > r.CommitNumber && r.Log.At(n).ViewNumber == r.ViewNumber; n-- {
		unwritten++
	}
	return 1 + unwritten
}

// restart is the row Restart of the table.
func restart(c Configuration, p Process, _ []Message, choice int) (Process, []Message, Ignored) {
	after, sent, why := Restart(c, p.(Replica), choice)
	return after, sent, why
}
