// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"bytes"
	"cmp"
	"slices"
)

// Coverage beyond steps and reasons: what messages make a model large, which properties were never
// put to the test, and how far a search came that did not reach what it should.

// KindCoverage says how much a kind of messages adds to a model.
type KindCoverage struct {
	Kind Kind
	// Messages is the number of distinct messages of the kind.
	Messages int
	// States is the number of states in which a message of the kind has been sent. Kinds that
	// are 64 apart are counted together.
	States int64
}

// eachState is called with a level and calls visit with all of its states: the kinds of the
// messages sent, as bits modulo 64, and how to get at the rest.
type eachState[L, M comparable] func(level int,
	visit func(kinds uint64, decode func() *state[L, M])) error

// withPremises returns the model with the premises of its properties among its Sometimes
// properties, and the properties that they belong to.
func (m *Model[L, M]) withPremises() (*Model[L, M], []string) {
	with, names := *m, []string(nil)
	with.Sometimes = slices.Clone(m.Sometimes)
	for i := range m.Always {
		if p := m.Always[i].Premise; p != nil {
			premise := *p
			premise.Name = "premise of " + m.Always[i].Name
			with.Sometimes = append(with.Sometimes, premise)
			names = append(names, m.Always[i].Name)
		}
	}
	return &with, names
}

// vacuous lists the Always properties that were never put to the test: their premise never
// held, or no message that they are about was sent.
func (f *found[L, M]) vacuous(m *Model[L, M], premises []string, kinds []KindCoverage) []string {
	var list []string
	for i := range m.Always {
		p := &m.Always[i]
		if at := slices.Index(premises, p.Name); at >= 0 {
			if f.reached[len(m.Sometimes)+at] < 0 {
				list = append(list, p.Name)
			}
			continue
		}
		if p.readsMessages() && !slices.ContainsFunc(kinds, func(k KindCoverage) bool {
			return p.asksAbout(k.Kind)
		}) {
			list = append(list, p.Name)
		}
	}
	return list
}

// kinds counts states and messages by kind.
func (f *found[L, M]) kinds() ([]KindCoverage, error) {
	masks := map[uint64]int64{}
	for level := range f.levels {
		err := f.each(level, func(kinds uint64, _ func() *state[L, M]) { masks[kinds]++ })
		if err != nil {
			return nil, err
		}
	}
	var list []KindCoverage
	for kind, messages := range f.messageCount() {
		k := KindCoverage{Kind: kind, Messages: messages}
		for mask, states := range masks {
			k.States += states * int64(mask>>(kind%64)&1)
		}
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b KindCoverage) int { return cmp.Compare(a.Kind, b.Kind) })
	return list, nil
}

// kindsOf returns the kinds of messages as bits modulo 64.
func kindsOf[L, M comparable](m *Model[L, M], sent [][]M) uint64 {
	var kinds uint64
	for _, list := range sent {
		for _, message := range list {
			kinds |= 1 << (m.Kind(message) % 64)
		}
	}
	return kinds
}

// nearest finds, for a Sometimes property that was not reached, the state that came closest to it:
// the least deep of these, and then the least.
func (f *found[L, M]) nearest(p *Property[L, M]) (
	best *broken[L, M], depth, progress int, err error,
) {
	for level := range f.levels {
		var failed error
		err = f.each(level, func(_ uint64, decode func() *state[L, M]) {
			s := decode()
			n := p.Progress(s)
			if f.symmetry != nil && failed == nil {
				s, failed = f.symmetry.nearest(p, s)
			}
			if best != nil && n < progress || best != nil && n == progress && depth < level {
				return
			}
			b := &broken[L, M]{furthest, s, s.encode(nil)}
			if best == nil || n > progress || bytes.Compare(b.encoded, best.encoded) < 0 {
				best, depth, progress = b, level, n
			}
		})
		if err = cmp.Or(err, failed); err != nil {
			return nil, 0, 0, err
		}
	}
	return best, depth, progress, nil
}

// cover adds what only a second look at all states can tell.
func (f *found[L, M]) cover(m *Model[L, M], r *Result[L, M], o Options, premises []string) error {
	if o.Coverage {
		var err error
		if r.Kinds, err = f.kinds(); err != nil {
			return err
		}
		r.Vacuous = f.vacuous(m, premises, r.Kinds)
	}
	for i := range m.Sometimes {
		p, s := &m.Sometimes[i], &r.Sometimes[i]
		if s.Reached || p.Progress == nil || f.worst() != nil {
			continue
		}
		best, depth, progress, err := f.nearest(p)
		if err != nil {
			return err
		}
		s.Progress = progress
		s.Nearest, err = newReduced(m, o).counterexample(best, depth, f.scan)
		if err != nil {
			return err
		}
	}
	return nil
}

// estimateRest foretells how many states are still to be found, from the states of the levels so
// far, the last one complete. It needs levels that shrink faster and faster, as those of a bounded
// model do beyond its widest level; before that nobody knows, and it says so by -1.
func estimateRest(levels []int64) int64 {
	const trend = 4 // so many ratios must fall, one after the other, and the last be below one
	n := len(levels)
	if n < trend+2 || levels[n-1] < 100 {
		return -1
	}
	ratio := func(i int) float64 { return float64(levels[i]) / float64(levels[i-1]) }
	for i := n - trend; i < n; i++ {
		if ratio(i) >= ratio(i-1) {
			return -1
		}
	}
	r := ratio(n - 1)
	fall := (ratio(n-trend) - r) / (trend - 1)
	if r >= 1 {
		return -1
	}
	rest, level := 0.0, float64(levels[n-1])
	for level >= 1 && r > 0 {
		r -= fall
		level *= max(0, r)
		rest += level
	}
	return int64(rest)
}
