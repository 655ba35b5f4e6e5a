// SPDX-License-Identifier: Apache-2.0

package mc

// Groups: the steps of one process that spend the same budget, or none. Whether a group may
// fire depends on the budgets alone, so what is memoised for it need not know of them.

// group is what the search knows about such steps.
type group struct {
	process int
	budget  int    // index, or -1
	weight  uint32 // what one firing adds to the number that stands for the budgets
	// spontaneous steps take no message, receive steps take one foreign message (and perhaps
	// an own one), quorum steps take more. They are indices into Model.Steps.
	spontaneous, receive, quorum []int
	kinds                        uint64 // kinds that receive and quorum steps take, modulo 64
}

// groupsOf lists the groups of all processes, in the order of processes and budgets.
func groupsOf[L, M comparable](m *Model[L, M]) []group {
	var groups []group
	spends := m.budgetOf()
	weights := budgetWeights(m.Budgets)
	for p := range m.Processes {
		for budget := -1; budget < len(m.Budgets); budget++ {
			g := group{process: p, budget: budget}
			if budget >= 0 {
				g.weight = weights[budget]
			}
			for i := range m.Steps {
				step := &m.Steps[i]
				if spends[i] != budget || step.At != nil && !step.At(p) {
					continue
				}
				switch {
				case len(step.On) == 0:
					g.spontaneous = append(g.spontaneous, i)
				case step.Quorum <= 1:
					g.receive = append(g.receive, i)
				default:
					g.quorum = append(g.quorum, i)
				}
				for _, k := range step.On {
					g.kinds |= 1 << (k % 64)
				}
			}
			if len(g.spontaneous)+len(g.receive)+len(g.quorum) > 0 {
				groups = append(groups, g)
			}
		}
	}
	return groups
}

// budgetWeights returns the factors of the mixed radix in which the budgets spent are one number.
func budgetWeights(budgets []Budget) []uint32 {
	weights := make([]uint32, len(budgets))
	weight := uint32(1)
	for i, b := range budgets {
		weights[i] = weight
		weight *= uint32(b.Limit + 1)
	}
	return weights
}

// budgetRooms returns, for each number that stands for the budgets spent, the set of budgets
// (as bits) that have something left.
func budgetRooms(budgets []Budget) []uint16 {
	total := 1
	for _, b := range budgets {
		total *= b.Limit + 1
	}
	rooms := make([]uint16, total)
	for n := range rooms {
		rest := n
		for i, b := range budgets {
			if rest%(b.Limit+1) < b.Limit {
				rooms[n] |= 1 << i
			}
			rest /= b.Limit + 1
		}
	}
	return rooms
}
