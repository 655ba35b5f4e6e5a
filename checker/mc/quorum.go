// SPDX-License-Identifier: Apache-2.0

package mc

// Quorum steps that take messages of several other processes. Which sets of messages offer a
// candidate is known from the lists for single sets; only combinations of such sets are looked
// up. A combination is numbered like a set, and the list found by component and number.

// quorumLists remembers the reactions to combinations of sets.
type quorumLists struct {
	// tuples numbers combinations: the number of one without its last set, or the first
	// set, and then the last set.
	tuples *memo
	lists  [][]*setMemo // by group and place of the step in it
}

// tupleBit tells the number of a combination from that of a set.
const tupleBit = 1 << 31

// newQuorumLists returns empty lists.
func newQuorumLists(groups []group) quorumLists {
	q := quorumLists{tuples: newMemo()}
	for i := range groups {
		var lists []*setMemo
		for range groups[i].quorum {
			lists = append(lists, newSetMemo())
		}
		q.lists = append(q.lists, lists)
	}
	return q
}

// extend returns the number of a combination with one more set. Sets name their sender, since no
// two processes send the same message, so the combination need not.
func (q *quorumLists) extend(tuple, set uint32) uint32 {
	k := uint64(tuple)<<32 | uint64(set)
	number, known := q.tuples.get(k)
	if !known {
		number = uint64(q.tuples.count)
		q.tuples.put(k, number)
	}
	return tupleBit | uint32(number)
}

// quorumSearch is the search for combinations in the state under expansion.
type quorumSearch struct {
	lane    uint16
	group   int
	bit     int // place of the step in its group
	need    int // number of foreign messages
	by      int // process whose new messages are of interest to a sleeping process
	joining [maxProcesses]uint32
	sets    [maxQuorum]uint32
}

// lookUpQuorums adds to the tasks the lists of a group that has steps with several foreign
// messages.
func (w *worker) lookUpQuorums(lane uint16, i int, by int, fresh uint32) {
	g := &w.groups[i]
	asleep := g.process < by
	c := w.at[g.process]
	x := &w.quorum
	x.lane, x.group, x.by = lane, i, by
	for q := range w.processes {
		x.joining[q] = 0
		if q == g.process || w.kinds[q]&g.kinds == 0 {
			continue
		}
		list := w.toSet(i, c, w.sent[q])
		x.joining[q] = w.lists.lists[list].joins
		if !asleep {
			w.add(lane, i, list)
		} else if q == by {
			w.add(lane, i, w.toSet(i, c, fresh))
		}
	}
	for bit, step := range g.quorum {
		willing := 0
		for q := range w.processes {
			willing += int(x.joining[q] >> bit & 1)
		}
		if x.bit, x.need = bit, w.model.quorum(step); willing >= x.need {
			w.combine(x, 0, 0, 0, !asleep)
		}
	}
}

// combine extends a combination by sets of the processes from q on. Without withNew, it must
// still be joined by the process whose new messages are of interest.
func (w *worker) combine(x *quorumSearch, q, chosen int, tuple uint32, withNew bool) {
	if chosen == x.need {
		if withNew {
			w.add(x.lane, x.group, w.toTuple(x, tuple))
		}
		return
	}
	for ; q < w.processes; q++ {
		if x.joining[q]>>x.bit&1 == 0 {
			continue
		}
		x.sets[chosen] = w.sent[q]
		next := w.sent[q]
		if chosen > 0 {
			next = w.quorums.extend(tuple, next)
		}
		w.combine(x, q+1, chosen+1, next, withNew || q == x.by)
	}
}

// toTuple returns the list of a quorum step for a combination of sets.
func (w *worker) toTuple(x *quorumSearch, tuple uint32) uint32 {
	g := &w.groups[x.group]
	c, lists := w.at[g.process], w.quorums.lists[x.group][x.bit]
	list, known := lists.get(c, tuple&^tupleBit)
	if !known {
		list = w.lists.add(w.model.toQuorum(x.group, c, g.quorum[x.bit], x.sets[:x.need]))
		lists.put(c, tuple&^tupleBit, list)
	}
	return list
}
