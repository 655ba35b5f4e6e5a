// SPDX-License-Identifier: Apache-2.0

package spec

// Disks that lose what they held. The paper has no disks; the protocol of restart.go has disks that
// keep all that was written. Here a restart may find an entry that cannot be read, or that
// nobody can say what the newest part of the log was. The rule of the new primary is in nack.go,
// the repair of lost entries in repair.go.
//
// What the disk promises, and so what a replica knows after a restart:
//   - ViewNumber and LastNormalView are never lost, nor is the name of the log that the replica had
//     when it entered LastNormalView: they are in a record of their own, in several copies.
//   - An entry that is lost is either known by name, as all names below a name are known, or it is
//     at the head, where nothing above it names it. The replica says then that it does not know
//     its head. It never takes what is lost for something that never was.
//   - An entry that was being written when the replica crashed was never acknowledged, and is gone.
//
// State, for whoever writes this down again: Replica.Damage (Lost, HeadUnknown) and
// DoViewChange.HeadUnknown; all else is a function of the log.

// OpSet is a set of op-numbers from 1 to 32.
type OpSet uint32

// With is the set with op-number n in it.
func (s OpSet) With(n OpNumber) OpSet { return s | 1<<(n-1) }

// Without is the set without op-number n.
func (s OpSet) Without(n OpNumber) OpSet { return s &^ (1 << (n - 1)) }

// Has says whether op-number n is in the set.
func (s OpSet) Has(n OpNumber) bool { return s>>(n-1)&1 == 1 }

// UpTo is the set without the op-numbers above n.
func (s OpSet) UpTo(n OpNumber) OpSet { return s & (1<<n - 1) }

// Members lists the op-numbers, lowest first.
func (s OpSet) Members() []OpNumber {
	var all []OpNumber
	for n := OpNumber(1); s != 0; n++ {
		if s.Has(n) {
			all, s = append(all, n), s.Without(n)
		}
	}
	return all
}

// Damage is what a replica knows that its disk has lost.
type Damage struct {
	// Lost are entries of the log that cannot be read. Their names are known.
	Lost OpSet
	// HeadUnknown: there may have been entries above the log, of the view LastNormalView, that
	// the replica has acknowledged.
	HeadUnknown bool
}

// Readable is the op-number up to which the replica can read all entries of its log.
func (r Replica) Readable() OpNumber {
	if lost := r.Damage.Lost.Members(); len(lost) > 0 {
		return lost[0] - 1
	}
	return r.OpNumber()
}

// DamagedDisks is the protocol whose replicas survive their disks.
func DamagedDisks() Protocol {
	p := ViewstampedReplication()
	p.Name = "damaged disks"
	for _, name := range []string{"OnPrepare", "OnCommit", "OnStartView", "OnNewState"} {
		p = p.Replace(name, KnowDamage(p.Step(name).Do))
	}
	p = p.Replace("OnGetState", ByReplica(ReadAndAnswer))
	p.Steps[p.index("OnDoViewChange")] = doViewChangeStep("OnDoViewChange", 0)
	p.Steps = append(p.Steps,
		doViewChangeStep("OnOneMoreDoViewChange", 1),
		doViewChangeStep("OnTwoMoreDoViewChange", 2),
		Step{Name: "RestartDamaged", Spends: Damages, Choices: RestartDamagedChoices,
			Do: restartDamaged},
		Step{Name: "SendGetEntries", Do: Spontaneous(SendGetEntries)},
		Step{Name: "OnGetEntries", On: []Kind{KindGetEntries}, Do: ByReplica(OnGetEntries)},
		Step{Name: "OnEntries", On: []Kind{KindEntries}, Do: ByReplica(OnEntries)})
	return p
}

// RestartDamaged is Restart from a disk that has lost something more than the entries that were
// being written. With a damage from 0 on, entry damage+1 is lost and known by name. With a damage
// from the op-number n on, so many entries as it is above n are gone and the head is unknown:
// that may be none, if what cannot be read has never held an entry. The replica then asks for
// a new view, whatever it was doing, so that it acknowledges nothing more where it does not know
// what it has acknowledged.
func RestartDamaged(c Configuration, r Replica, torn, damage int) (Replica, []Message, Ignored) {
	after, sent, _ := Restart(c, r, torn)
	n := after.OpNumber()
	if lost := OpNumber(damage) + 1; lost <= n {
		after.Damage.Lost = after.Damage.Lost.With(lost)
		return after, sent, Accepted
	}
	head := n - (OpNumber(damage) - n)
	if head < knownHead(after) {
		return r, nil, HeadKnown
	}
	after.Log = after.Log.UpTo(head)
	after.Damage = Damage{after.Damage.Lost.UpTo(head), true}
	if after.ViewNumber == r.ViewNumber {
		return enterViewChange(after, r.ViewNumber+1)
	}
	return after, sent, Accepted
}

// knownHead is the op-number up to which no damage makes names unknown: the log with which the
// replica entered LastNormalView. Only entries of that view came later.
func knownHead(r Replica) OpNumber {
	n := r.OpNumber()
	for n > 0 && r.Log.At(n).ViewNumber == r.LastNormalView {
		n--
	}
	return n
}

// damagesOf counts the damages to a log of n entries: one lost, or none to n gone from its head.
func damagesOf(n OpNumber) int { return 2*int(n) + 1 }

// RestartDamagedChoices counts what was being written times what is damaged.
func RestartDamagedChoices(c Configuration, p Process) int {
	return RestartChoices(c, p) * damagesOf(p.(Replica).OpNumber())
}

// restartDamaged is the row RestartDamaged of the table.
func restartDamaged(c Configuration, p Process, _ []Message, choice int) (
	Process, []Message, Ignored,
) {
	damages := damagesOf(p.(Replica).OpNumber())
	after, sent, why := RestartDamaged(c, p.(Replica), choice/damages, choice%damages)
	return after, sent, why
}

// KnowDamage is a step of a replica that receives entries, and knows what it cannot read. It keeps
// the names of lost entries, executes and acknowledges only below the first of them, and knows
// its head again when it enters a view.
func KnowDamage(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		before := p.(Replica)
		process, sent, why := do(c, p, in, choice)
		if why != Accepted {
			return p, nil, why
		}
		after := process.(Replica)
		if after.Status == Normal && before.LastNormalView != after.LastNormalView {
			after.Damage = Damage{Lost: before.Damage.Lost.UpTo(common(before.Log, after.Log))}
		}
		readable := after.Readable()
		after.CommitNumber = min(after.CommitNumber, readable)
		return after, acknowledgeUpTo(sent, readable), Accepted
	}
}

// common is the number of entries that two logs have in common from the bottom up.
func common(a, b Log) OpNumber {
	n := min(a.OpNumber(), b.OpNumber())
	for a.UpTo(n) != b.UpTo(n) {
		n--
	}
	return n
}

// acknowledgeUpTo lowers the acknowledgements in what is sent to n.
func acknowledgeUpTo(sent []Message, n OpNumber) []Message {
	var all []Message
	for _, m := range sent {
		if ok, is := m.(PrepareOK); is {
			if ok.OpNumber = min(ok.OpNumber, n); ok.OpNumber == 0 {
				continue
			}
			m = ok
		}
		all = append(all, m)
	}
	return all
}

// ReadAndAnswer is OnGetState of a replica that sends only what it can read.
func ReadAndAnswer(c Configuration, r Replica, m GetState) (Replica, []Message, Ignored) {
	if after, sent, why := OnGetState(c, r, m); why != Accepted || r.Readable() == r.OpNumber() {
		return after, sent, why
	}
	return r, nil, EntryLost
}
