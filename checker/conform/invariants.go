// SPDX-License-Identifier: Apache-2.0

package conform

// Properties of the protocol that cost little to test on a run as it goes. They
// follow from conformance and from the model check of the spec. If one breaks,
// then either the spec has a defect that needs larger bounds than were
// searched, or this checker has one.

import (
	"viewstamp/spec"
)

// invariants remembers what was committed and which views have started.
type invariants struct {
	// committed is the log that the replicas have committed, as far as any did,
	// by op-number−1.
	committed []spec.Log
	places    map[requestKey]spec.OpNumber
	// started are the logs of the views that a STARTVIEW has started.
	started     map[spec.ViewNumber]*startedView
	lastStarted spec.ViewNumber
	// replied is the largest op-number that a primary of a view has replied to.
	replied map[spec.ViewNumber]spec.OpNumber
}

// startedView is a view that some replica has started.
type startedView struct {
	log   spec.Log
	times int // How many steps, not undone, have started it.
	// agreed: so far the log is known to agree with what is committed.
	agreed spec.OpNumber
}

func newInvariants() invariants {
	return invariants{places: map[requestKey]spec.OpNumber{},
		started: map[spec.ViewNumber]*startedView{}, replied: map[spec.ViewNumber]spec.OpNumber{}}
}

// onSent tests the properties of messages.
func (v *invariants) onSent(m refined) *Divergence {
	switch m := m.message.(type) {
	case spec.StartView:
		start := v.started[m.ViewNumber]
		switch {
		case start == nil || start.times == 0:
			start = &startedView{log: m.Log}
			v.started[m.ViewNumber] = start
		case start.log != m.Log:
			return diverge(Violated, "OneStartView: view %d starts with the log %s, and started "+
				"with %s", m.ViewNumber, logText(m.Log), logText(start.log))
		}
		start.times++
		v.lastStarted = max(v.lastStarted, m.ViewNumber)
		for view, n := range v.replied {
			if view < m.ViewNumber && !v.has(start, n) {
				return v.lost(view, n, m.ViewNumber)
			}
		}
	case spec.Reply:
		v.replied[m.ViewNumber] = max(v.replied[m.ViewNumber], m.OpNumber)
		if m.ViewNumber >= v.lastStarted {
			return nil
		}
		for view, start := range v.started {
			if view > m.ViewNumber && start.times > 0 && !v.has(start, m.OpNumber) {
				return v.lost(m.ViewNumber, m.OpNumber, view)
			}
		}
	}
	return nil
}

// lost is the divergence of NothingLost.
func (v *invariants) lost(
	replied spec.ViewNumber, n spec.OpNumber, in spec.ViewNumber,
) *Divergence {
	return diverge(Violated, "NothingLost: op-number %d was replied to in view %d, and view %d "+
		"starts without it", n, replied, in)
}

// has says whether a view started with what is committed up to n. It compares as
// far as it can at once, since equal logs are equal below, too: the replies that
// follow cost nothing then.
func (v *invariants) has(start *startedView, n spec.OpNumber) bool {
	if n <= start.agreed {
		return true
	}
	both := min(start.log.OpNumber(), spec.OpNumber(len(v.committed)))
	if n <= both && start.log.UpTo(both) == v.committed[both-1] {
		start.agreed = both
		return true
	}
	return n <= both && start.log.UpTo(n) == v.committed[n-1]
}

// unsent takes back what a lost step had sent. What it knew to be committed is
// committed still.
func (v *invariants) unsent(m refined) {
	if start, ok := m.message.(spec.StartView); ok {
		v.started[start.ViewNumber].times--
	}
}

// onState tests the properties of what a replica has committed with its step:
// all replicas commit the same (Agreement), and no request twice (ExactlyOnce).
func (v *invariants) onState(before, after spec.Replica) *Divergence {
	k := after.CommitNumber
	if k <= before.CommitNumber {
		return nil
	}
	log := after.Log.UpTo(k)
	if int(k) <= len(v.committed) {
		if log != v.committed[k-1] {
			return diverge(Violated, "Agreement: op-number %d is committed as %s, and was as %s",
				k, logText(log), logText(v.committed[k-1]))
		}
		return nil
	}
	// The replica is ahead of all others: it extends what is known. The walk from
	// k downwards ends at what was known before, and must find it there.
	known := len(v.committed)
	v.committed = append(v.committed, make([]spec.Log, int(k)-known)...)
	for n := k; int(n) > known; n-- {
		v.committed[n-1] = log
		e := log.At(n)
		key := requestKey{e.ClientID, e.RequestNumber}
		if other, ok := v.places[key]; ok && other != n {
			return diverge(Violated, "ExactlyOnce: request %d of client %d has op-numbers %d and %d",
				e.RequestNumber, e.ClientID, other, n)
		}
		v.places[key] = n
		log = log.UpTo(n - 1)
	}
	if known > 0 && log != v.committed[known-1] {
		return diverge(Violated, "Agreement: op-number %d is committed below %d as %s, and was as %s",
			known, k, logText(log), logText(v.committed[known-1]))
	}
	return nil
}
