// SPDX-License-Identifier: Apache-2.0

package vsr

import "slices"

// What the messages that stand for a log have in common.

// committedWith is up to where the log of a message is committed, as far as is known. A
// DOVIEWCHANGE that is the best of some names all that any of these says to be committed.
func (r *Replica) committedWith(m Message) OpNumber {
	_, k := logOf(m)
	if best, ok := m.(*DoViewChange); ok {
		for _, d := range r.quorum.doViewChanges {
			if d != nil && !better(d, best) {
				k = max(k, d.CommitNumber)
			}
		}
	}
	return k
}

// covering is the chosen DOVIEWCHANGEs, with one more if none of them says that the checkpoint that
// was fetched for the best of them is committed. Nil: there is none to add any more.
func (r *Replica) covering(chosen []*DoViewChange, message *DoViewChange) []*DoViewChange {
	f := r.fetch
	if f == nil || f.message != message || f.checkpoint == nil {
		return chosen
	}
	says := func(d *DoViewChange) bool {
		return d != nil && d.CommitNumber >= f.checkpoint.Name.OpNumber
	}
	if slices.ContainsFunc(chosen, says) {
		return chosen
	}
	best := bestOf(chosen)
	for _, d := range r.quorum.doViewChanges {
		if says(d) && !better(d, best) && len(chosen) < r.cfg.Quorum()+moreMax {
			chosen = append(slices.Clone(chosen), d)
			slices.SortFunc(chosen, func(a, b *DoViewChange) int { return int(a.From) - int(b.From) })
			return chosen
		}
	}
	return nil
}

// logOf is the log of a message that stands for one, and up to where it is committed.
func logOf(m Message) (LogSuffix, OpNumber) {
	switch m := m.(type) {
	case *DoViewChange:
		return m.Log, m.CommitNumber
	case *StartView:
		return m.Log, m.CommitNumber
	case *NewState:
		return m.Log, m.CommitNumber
	}
	return LogSuffix{}, 0
}

// viewOf is the view of a message that stands for a log.
func viewOf(m Message) ViewNumber {
	switch m := m.(type) {
	case *DoViewChange:
		return m.ViewNumber
	case *StartView:
		return m.ViewNumber
	case *NewState:
		return m.ViewNumber
	}
	return 0
}
