// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"fmt"

	"viewstamp/spec"
)

// C-205: reads at the primary without leases and clocks. It asks the others, for each read, whether
// they are still in its view. (Here READ goes to all and is the question, and an answer names
// it. In an implementation the primary asks, once for all reads that wait.)

// Confirmation says that a backup was Normal in a view when READ came.
type Confirmation struct {
	spec.ReadHead
	ViewNumber spec.ViewNumber
}

func (m Confirmation) String() string {
	return fmt.Sprintf("CONFIRMATION(v=%d i=%d after x=%d)", m.ViewNumber, m.From, m.After)
}

// readIndex is the claim, and what the round is for.
func readIndex() []Claim {
	const source = "Ongaro 2014, §6.4, for Viewstamped Replication"
	system := func(name string, p spec.Protocol) spec.System {
		s := bounded(name, p, 1, 1, 0)
		s.Bounds.Reads = 1
		s.Always = []spec.Property{spec.ReadsSeeWrites()}
		return s
	}
	asks := confirmed(WantsConfirmation)
	holds := system("reads after a round of confirmations", asks)
	holds.Sometimes = []spec.Property{spec.ReadInLaterView()}
	before := core(spec.ReadsAtPrimary()).Without("Restart", "EndLease", "OnLeaseOver").
		Replace("OnStartViewChange", spec.ByQuorum(spec.OnStartViewChange))
	lacks := func(id, name, statement, mutant, fix string, steps int, p spec.Protocol) Claim {
		return Claim{
			ID: id, Name: name, Source: "a weaker form of " + source, Statement: statement,
			Picture: "How a read misses a write: " + name, Claimed: system(name, p),
			Properties: []string{"ReadsSeeWrites"}, Refuted: "ReadsSeeWrites", Steps: steps,
			Fix: fix, Fixed: holds, States: 6_336, Mutant: mutant,
		}
	}
	return []Claim{{
		ID: "C-205", Name: "read-index", Source: source,
		Statement: "A primary that has committed all that it inherited may answer a read when so many " +
			"others that no view starts without one of them have confirmed its view after the read " +
			"came.",
		Claimed: holds, States: 6_336,
	},
		lacks("C-205a", "confirmed-before-the-read", "It may count what the others have sent before "+
			"the read came, in its view.", "ConfirmedBeforeRead",
			"Number the rounds, and count answers to a later one only.", 14, before),
		lacks("C-205b", "confirmed-by-anyone", "Any answer shows that the others are there, whatever "+
			"view they are in.", "ConfirmedByAnyone",
			"Count those of its own view: another one may have begun without it.", 13,
			confirmed(func(spec.Configuration, spec.Replica, spec.Message) bool { return true })),
	}
}

// confirmed is the protocol in which the primary waits for confirmations of each read.
func confirmed(wants func(spec.Configuration, spec.Replica, spec.Message) bool) spec.Protocol {
	p := core(spec.QuorumReads()).Without("Restart").
		Replace("OnRead", spec.ByReplica(SendConfirmation)).
		Replace("OnReadHead", spec.ByQuorum(OnConfirmation)).
		ReplaceQuorum("OnReadHead", spec.Configuration.LeaseOthers, wants)
	for i := range p.Steps {
		if p.Steps[i].Name == "OnReadHead" {
			p.Steps[i].Own = false
		}
	}
	return p
}

// SendConfirmation answers READ at a backup with the view in which it is.
func SendConfirmation(c spec.Configuration, r spec.Replica, m spec.Read) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	switch {
	case r.Status != spec.Normal:
		return r, nil, spec.NotNormal
	case c.Primary(r.ViewNumber) == r.ReplicaNumber:
		return r, nil, spec.NotBackup
	}
	_, sent, why := spec.SendReadHead(c, r, m)
	return r, []spec.Message{Confirmation{sent[0].(spec.ReadHead), r.ViewNumber}}, why
}

// WantsConfirmation: it counts in the view that it names.
func WantsConfirmation(_ spec.Configuration, r spec.Replica, m spec.Message) bool {
	return m.(Confirmation).ViewNumber == r.ViewNumber
}

// OnConfirmation answers a read at the primary, when enough others have confirmed the view.
func OnConfirmation(c spec.Configuration, r spec.Replica, all []Confirmation) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	read := spec.Read{ClientID: all[0].ClientID, After: all[0].After}
	for _, m := range all {
		if m.ClientID != read.ClientID || m.After != read.After {
			return r, nil, spec.NotForMe
		}
	}
	return ReadWithoutLease(c, r, read)
}
