// SPDX-License-Identifier: Apache-2.0

package textbook

import (
	"fmt"

	"viewstamp/checker/mc"
)

// Counters that share a budget: n processes count, in all at most total times. A state is a
// choice of n numbers with a sum of at most total, so there are binomial(n+total, n) of them, and
// binomial(n-1+d, n-1) at depth d.

// CounterMessage tells a count. Nobody receives it: it only makes states carry messages.
type CounterMessage struct{ From, Count int8 }

// Counters returns n counters with a common budget.
func Counters(n, total int) mc.Model[int8, CounterMessage] {
	return mc.Model[int8, CounterMessage]{
		Name:      fmt.Sprintf("%d counters, budget %d", n, total),
		Processes: n,
		Init:      func(int) int8 { return 0 },
		Sender:    func(m CounterMessage) int { return int(m.From) },
		Kind:      func(CounterMessage) mc.Kind { return 0 },
		Dead:      func(int, int8, CounterMessage) bool { return true },
		Symmetry: &mc.Symmetry[int8, CounterMessage]{
			Alike: [][]int{processes(0, n)},
			Local: func(_, _ int, l int8) int8 { return l },
			Message: func(a, b int, m CounterMessage) CounterMessage {
				m.From = renamed(a, b, m.From)
				return m
			},
		},
		Budgets: []mc.Budget{{Name: "counts", Limit: total}},
		Steps: []mc.Step[int8, CounterMessage]{{
			Name: "Count", Spends: "counts",
			Do: func(p int, l int8, _ []CounterMessage, _ int) (int8, []CounterMessage, mc.Reason) {
				return l + 1, []CounterMessage{{int8(p), l + 1}}, ""
			},
		}},
		Always: []mc.Property[int8, CounterMessage]{{
			Name: "WithinBudget", Monotone: true,
			State: func(s mc.State[int8, CounterMessage]) bool {
				sum := 0
				for p := range n {
					sum += int(s.Local(p))
				}
				return sum <= total
			},
		}},
	}
}

// SpendthriftCounters is the wrong variant in which counting from zero costs nothing.
func SpendthriftCounters(n, total int) mc.Model[int8, CounterMessage] {
	m := Counters(n, total)
	m.Name = "spendthrift " + m.Name
	count := m.Steps[0].Do
	free := mc.Step[int8, CounterMessage]{Name: "FirstCount",
		Do: func(p int, l int8, in []CounterMessage, choice int) (
			int8, []CounterMessage, mc.Reason) {
			if l > 0 {
				return l, nil, "not the first"
			}
			return count(p, l, in, choice)
		}}
	m.Steps = append(m.Steps, free)
	return m
}
