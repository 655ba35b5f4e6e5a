// SPDX-License-Identifier: Apache-2.0

package vsr

// What the messages that stand for a log have in common.

// committedWith is up to where the log of a message is committed, as far as is known. Of the
// DOVIEWCHANGEs the best one names all that any of them says to be committed.
func (r *Replica) committedWith(m Message) OpNumber {
	_, k := logOf(m)
	if m.Kind() == KindDoViewChange {
		for _, d := range r.quorum.doViewChanges {
			if d != nil {
				k = max(k, d.CommitNumber)
			}
		}
	}
	return k
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
