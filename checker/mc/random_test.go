// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"cmp"
	"fmt"
	"slices"

	"viewstamp/checker/mc"
)

// Random models. They make no sense, which is the point: steps of every form do something
// arbitrary, but always the same, for every input. The engine must agree with the plain
// explorer on each of them.

// randomLocal and randomMessage have few values, so that states are met again.
type randomLocal struct{ A uint8 }

type randomMessage struct{ From, Kind, Value uint8 }

// dice is a pure source of numbers: the same question has the same answer.
type dice uint64

// ask returns a number for a question.
func (d dice) ask(question ...int) uint64 {
	x := uint64(d)
	for _, q := range question {
		x = (x ^ uint64(q+1)) * 0x9e3779b97f4a7c15
		x ^= x >> 29
		x *= 0xbf58476d1ce4e5b9
		x ^= x >> 32
	}
	return x
}

// deaf reports whether a process never reacts to messages of a kind again. In half of the models
// there is no such kind. A process that is deaf stays as it is.
func (d dice) deaf(l randomLocal, kind int) bool {
	return d.below(2, 40) == 0 && l.A == 3 && kind == d.below(2, 41)
}

// below returns a number from 0 to n-1 for a question.
func (d dice) below(n int, question ...int) int { return int(d.ask(question...) % uint64(n)) }

// randomModel returns the model with a given seed.
func randomModel(seed uint64) mc.Model[randomLocal, randomMessage] {
	return makeModel(dice(seed), nil)
}

// alikeModel returns a random model whose processes are all alike.
func alikeModel(seed uint64) mc.Model[randomLocal, randomMessage] {
	d := dice(seed)
	s := &mc.Symmetry[randomLocal, randomMessage]{
		Local: func(_, _ int, l randomLocal) randomLocal { return l },
		Message: func(a, b int, m randomMessage) randomMessage {
			switch int(m.From) {
			case a:
				m.From = uint8(b)
			case b:
				m.From = uint8(a)
			}
			return m
		},
		Alike: make([][]int, 1),
	}
	m := makeModel(d, s)
	m.Ends = nil
	for p := range m.Processes {
		s.Alike[0] = append(s.Alike[0], p)
	}
	return m
}

// makeModel makes a model whose processes are all alike if there is a claim that says so.
func makeModel(d dice, alike *mc.Symmetry[randomLocal, randomMessage],
) mc.Model[randomLocal, randomMessage] {
	who := whoIs(alike != nil)
	m := mc.Model[randomLocal, randomMessage]{
		Name:      fmt.Sprintf("random model %d", uint64(d)),
		Symmetry:  alike,
		Processes: 2 + d.below(4, 1),
		Init:      func(p int) randomLocal { return randomLocal{uint8(d.below(2, 2, who(p)))} },
		Sender:    func(m randomMessage) int { return int(m.From) },
		Kind:      func(m randomMessage) mc.Kind { return mc.Kind(m.Kind) },
	}
	m.Dead = func(_ int, l randomLocal, m randomMessage) bool { return d.deaf(l, int(m.Kind)) }
	for b := range d.below(3, 3) {
		m.Budgets = append(m.Budgets, mc.Budget{Name: fmt.Sprint("b", b), Limit: d.below(3, 4, b)})
	}
	for i := range 2 + d.below(5, 5) {
		m.Steps = append(m.Steps, randomStep(d, &m, i))
	}
	if d.below(3, 8) == 0 {
		m.Ends = func(s mc.State[randomLocal, randomMessage]) bool {
			return d.below(3, 9, int(s.Local(0).A), int(s.Local(1).A)) > 0
		}
	}
	for i := range d.below(5, 6) {
		m.Always = append(m.Always, randomProperty(d, 100+i, 60, alike != nil))
	}
	for i := range d.below(5, 7) {
		m.Sometimes = append(m.Sometimes, randomProperty(d, 200+i, 2, alike != nil))
	}
	return m
}

// whoIs returns who a process is in questions: itself, or where all are alike nobody.
func whoIs(alike bool) func(p int) int {
	return func(p int) int {
		if alike {
			return 0
		}
		return p
	}
}

// randomStep returns step number i.
func randomStep(d dice, m *mc.Model[randomLocal, randomMessage], i int,
) mc.Step[randomLocal, randomMessage] {
	step := mc.Step[randomLocal, randomMessage]{Name: fmt.Sprint("s", i)}
	n, alike := m.Processes, m.Symmetry != nil
	who := whoIs(alike)
	if d.below(3, i, 10) == 0 && !alike {
		only := d.below(n, i, 11)
		step.At = func(p int) bool { return p == only }
	}
	if i > 0 && d.below(4, i, 12) > 0 {
		step.On = []mc.Kind{mc.Kind(d.below(2, i, 13))}
		step.Own = d.below(3, i, 14) == 0
		step.Quorum = d.below(min(n, 4), i, 15)
		if d.below(2, i, 16) == 0 {
			step.Wants = func(p int, l randomLocal, m randomMessage) bool {
				return d.below(3, i, 17, who(p), int(l.A), int(m.Value)) > 0
			}
		}
	}
	if d.below(3, i, 18) == 0 {
		step.Choices = func(p int, l randomLocal) int { return d.below(3, i, 19, who(p), int(l.A)) }
	}
	if len(m.Budgets) > 0 && d.below(3, i, 20) == 0 {
		step.Spends = m.Budgets[d.below(len(m.Budgets), i, 21)].Name
	}
	own := 0
	if step.Own {
		own = 1
	}
	step.Do = func(p int, l randomLocal, in []randomMessage, choice int) (
		randomLocal, []randomMessage, mc.Reason) {
		question := []int{i, 22, who(p), int(l.A), choice}
		deaf := d.deaf(l, 0) || d.deaf(l, 1)
		if foreign := in[min(len(in), own):]; alike {
			foreign = slices.SortedFunc(slices.Values(foreign), func(a, b randomMessage) int {
				return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
			})
			in = append(slices.Clone(in[:min(len(in), own)]), foreign...)
		}
		for _, m := range in {
			if d.deaf(l, int(m.Kind)) {
				return randomLocal{99}, nil, "deaf"
			}
			question = append(question, who(int(m.From)), int(m.Kind), int(m.Value))
		}
		roll := dice(d.ask(question...))
		if roll.below(3, 1) == 0 {
			return randomLocal{99}, nil, mc.Reason(fmt.Sprint("r", roll.below(2, 2)))
		}
		var out []randomMessage
		for k := range roll.below(3, 3) {
			out = append(out, randomMessage{uint8(p), uint8(roll.below(2, 4, k)),
				uint8(roll.below(3, 5, k))})
		}
		if !deaf && roll.below(2, 6) == 0 {
			l.A = uint8(roll.below(4, 7))
		}
		return l, out, ""
	}
	return step
}

// randomProperty returns a property that, asked a question, says no once in rarity times.
func randomProperty(d dice, i, rarity int, alike bool) mc.Property[randomLocal, randomMessage] {
	p := mc.Property[randomLocal, randomMessage]{Name: fmt.Sprint("p", i)}
	yes := func(question ...int) bool { return d.below(rarity, append(question, i)...) > 0 }
	who := whoIs(alike)
	code := func(m randomMessage) int { return who(int(m.From))*100 + int(m.Kind)*10 + int(m.Value) }
	switch d.below(6, i, 31) {
	case 0:
		p.Local = func(q int, l randomLocal) bool { return yes(who(q), int(l.A)) }
	case 1:
		p.Pair = func(q int, l randomLocal, r int, other randomLocal) bool {
			return yes(who(q), int(l.A), who(r), int(other.A))
		}
	case 2:
		p.Message = func(m randomMessage) bool { return yes(code(m)) }
	case 3:
		p.LocalMessage = func(q int, l randomLocal, m randomMessage) bool {
			return d.deaf(l, int(m.Kind)) || yes(who(q), int(l.A), code(m))
		}
	case 4:
		p.MessagePair = func(a, b randomMessage) bool {
			return yes(min(code(a), code(b)), max(code(a), code(b)))
		}
	default:
		if alike { // Of whole states these ask for the first two processes.
			p.Local = func(_ int, l randomLocal) bool { return yes(int(l.A)) }
			return p
		}
		p.Monotone = d.below(2, i, 34) == 0
		p.State = func(s mc.State[randomLocal, randomMessage]) bool {
			sum := int(s.Local(0).A) + int(s.Local(1).A)*5
			var codes []int
			for _, m := range s.Sent(0) {
				codes = append(codes, code(m))
			}
			if p.Monotone { // Only by one message, or by none at all.
				for _, c := range codes {
					if yes(c, sum) != (i < 200) {
						return i >= 200
					}
				}
				return i < 200
			}
			slices.Sort(codes)
			return yes(append(codes, sum)...)
		}
		return p
	}
	if (p.Message != nil || p.LocalMessage != nil || p.MessagePair != nil) &&
		d.below(2, i, 32) == 0 {
		p.Kinds = []mc.Kind{mc.Kind(d.below(2, i, 33))}
	}
	return p
}
