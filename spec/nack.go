// SPDX-License-Identifier: Apache-2.0

package spec

import (
	"slices"
	"strings"
)

// The choice of the log by a new primary when disks may have lost entries (protocol-aware recovery:
// Alagappan and others, FAST 2018). What nobody can read any more may be dropped only if so many
// replicas deny it, for certain and for ever, that it cannot be committed. Not to know it is no
// denial.

// Reasons of damaged disks.
const (
	// HeadInDoubt: too few replicas deny that there are entries above the longest log known.
	HeadInDoubt Ignored = "head-in-doubt"
	// EntryLost: the entry cannot be read here; or nobody can supply it, and too few deny it.
	EntryLost Ignored = "entry-lost"
	// EntryAtHand: the replica has the entry itself.
	EntryAtHand Ignored = "entry-at-hand"
	// NoneLost: the replica can read all of its log, or what it is sent is not in it.
	NoneLost Ignored = "none-lost"
	// HeadKnown: no damage hides the log with which the replica entered its view.
	HeadKnown Ignored = "head-known"
)

// denials is how many replicas must deny an entry before it may be dropped: the others are then
// one too few to have committed it.
func denials(c Configuration) int { return c.N - c.CommitQuorum() + 1 }

// NackRule is what a new primary goes by. The wrong ones are claims.
type NackRule struct {
	// Need is how many denials it takes to drop an entry.
	Need func(Configuration) int
	// AllAnswered: the DOVIEWCHANGEs of all replicas are enough in any case.
	AllAnswered bool
	// Longest chooses among the DOVIEWCHANGEs the one that names the log.
	Longest func([]DoViewChange) DoViewChange
	// DeniesAbove says whether m denies that there is an entry above the log chosen.
	DeniesAbove func(m, chosen DoViewChange) bool
	// Denies says whether m denies the topmost entry of the log of that name.
	Denies func(m, chosen DoViewChange, name Log) bool
}

// Nacks is the rule.
func Nacks() NackRule { return NackRule{denials, false, Canonical, DeniesAbove, Denies} }

// Canonical is the DOVIEWCHANGE of the largest v′, among these with the largest head.
func Canonical(votes []DoViewChange) DoViewChange {
	best := votes[0]
	for _, m := range votes {
		if m.LastNormalView > best.LastNormalView ||
			m.LastNormalView == best.LastNormalView && m.Log.OpNumber() > best.Log.OpNumber() {
			best = m
		}
	}
	return best
}

// DeniesAbove: an entry above the chosen log is one of the view v′ in which it was chosen. Who has
// not been Normal in that view has none; who has been and knows its head has none either, as no
// head is larger.
func DeniesAbove(m, chosen DoViewChange) bool {
	return m.LastNormalView < chosen.LastNormalView || !m.HeadUnknown
}

// Denies: the replica has not acknowledged the topmost entry of that log, together with all below
// it, in any view in which it counted. That is so if its log ends below, and it knows that; if
// it has another log there; or if the entry is of a view that it has not been Normal in.
func Denies(m, chosen DoViewChange, name Log) bool {
	n := name.OpNumber()
	switch {
	case m.Log.Has(n):
		return m.Log.UpTo(n) != name
	case !m.HeadUnknown:
		return true
	}
	return m.LastNormalView < chosen.LastNormalView &&
		name.At(n).ViewNumber == chosen.LastNormalView
}

// Choose is OnDoViewChange with what the rule makes of the DOVIEWCHANGEs. missing is the entry, if
// any, that the new primary has got from nobody: the environment decides who can be reached. All
// others it has fetched before it starts. If the rule does not allow to start, it waits for
// more DOVIEWCHANGEs, without limit.
func (rule NackRule) Choose(c Configuration, r Replica, votes []DoViewChange, missing OpNumber) (
	Replica, []Message, Ignored,
) {
	chosen := rule.Longest(votes)
	name := chosen.Log.UpTo(missing)
	need := rule.Need(c)
	if rule.AllAnswered && len(votes) == c.N {
		need = 0
	}
	switch {
	case missing > chosen.Log.OpNumber():
		return r, nil, Gap
	case missing > 0 && r.canRead(name):
		return r, nil, EntryAtHand
	case missing > 0 && count(votes, func(m DoViewChange) bool {
		return rule.Denies(m, chosen, name)
	}) < need:
		return r, nil, EntryLost
	case missing > 0:
		chosen.Log = name.UpTo(missing - 1)
	case count(votes, func(m DoViewChange) bool {
		return rule.DeniesAbove(m, chosen)
	}) < need:
		return r, nil, HeadInDoubt
	}
	for i := range votes { // All have that log now, so that OnDoViewChange takes it.
		votes[i].Log, votes[i].LastNormalView = chosen.Log, chosen.LastNormalView
	}
	after, sent, why := OnDoViewChange(c, r, votes)
	if why == Accepted {
		after.Damage = Damage{}
	}
	return after, sent, why
}

// count is the number of DOVIEWCHANGEs of which something is true.
func count(votes []DoViewChange, is func(DoViewChange) bool) int {
	n := 0
	for _, m := range votes {
		if is(m) {
			n++
		}
	}
	return n
}

// missingChoices counts the entries that may be missing, and none: models have no longer logs.
const missingChoices = 4

// doViewChangeStep is OnDoViewChange with more than a quorum of DOVIEWCHANGEs.
func doViewChangeStep(name string, more int) Step {
	return Step{Name: name, On: []Kind{KindDoViewChange}, Own: true, Wants: WantsDoViewChange,
		Quorum:  func(c Configuration) int { return c.ChangeOthers() + more },
		Choices: func(Configuration, Process) int { return missingChoices },
		Do:      Nacks().Do()}
}

// Do makes the rule the Do of a row of the table.
func (rule NackRule) Do() Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		votes := make([]DoViewChange, len(in))
		for i, m := range in {
			votes[i] = m.(DoViewChange)
		}
		after, sent, why := rule.Choose(c, p.(Replica), votes, OpNumber(choice))
		return after, sent, why
	}
}

// WithNackRule is the protocol with another rule of the new primary.
func (p Protocol) WithNackRule(rule NackRule) Protocol {
	p.Steps = slices.Clone(p.Steps)
	for i, step := range p.Steps {
		if strings.HasSuffix(step.Name, "DoViewChange") && step.Quorum != nil {
			p.Steps[i].Do = rule.Do()
		}
	}
	return p
}
