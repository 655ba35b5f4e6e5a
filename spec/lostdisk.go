// SPDX-License-Identifier: Apache-2.0

package spec

import "fmt"

// A replica that has lost its whole disk: the operator's way back. The others commit a no-op
// without it; by that they have everything that was ever committed with its help, and the operator
// learns their view. He formats the disk with that view. Until the replica has adopted a log with
// the no-op, it takes part in the STARTVIEWCHANGE round only: it has forgotten what it has
// acknowledged.
//
// The STARTVIEWCHANGE round and a durable view-number (D6) are part of it: together they keep what
// the replica has promised before the loss from reaching beyond the view that it is formatted with.
//
// State, for whoever writes this down again: Replica.Formatted, and Nonce, which counts the losses.

// Reasons of lost disks.
const (
	// NotAdopted: a replica on a new disk has not adopted a log with its no-op yet.
	NotAdopted Ignored = "not-adopted"
)

// NoOp asks the primary to put an operation into the log that does nothing, since replica From has
// lost its disk for the Nonce-th time.
type NoOp struct {
	From  ReplicaNumber
	Nonce Nonce
}

// Kind of the message.
func (NoOp) Kind() Kind { return KindNoOp }

func (m NoOp) sender() ReplicaNumber { return m.From }

func (m NoOp) String() string { return fmt.Sprintf("NOOP(i=%d x=%d)", m.From, m.Nonce) }

// noOpClient is the client that the no-ops for a replica belong to: none of the real ones.
func noOpClient(i ReplicaNumber) ClientID { return ClientID(clientLetters - 1 - int(i)) }

// LostDisks is the protocol in which a replica may lose its disk, as often as Damages says.
func LostDisks() Protocol {
	p := ViewstampedReplication()
	p.Name = "lost disks"
	for i, step := range p.Steps {
		if !step.Client {
			p.Steps[i].Do = UnlessRecovering(step.Do)
		}
	}
	for _, name := range []string{"OnStartViewChange", "OnDoViewChange"} {
		p = p.Replace(name, UnlessFormatted(p.Step(name).Do))
	}
	for _, name := range []string{"OnStartView", "OnNewState"} {
		p = p.Replace(name, Adopt(p.Step(name).Do))
	}
	p.Steps = append(p.Steps,
		Step{Name: "LoseDisk", Spends: Damages, Do: Spontaneous(LoseDisk)},
		Step{Name: "OnNoOp", On: []Kind{KindNoOp}, Do: UnlessRecovering(ByReplica(OnNoOp))},
		Step{Name: "Format", On: []Kind{KindReply}, Do: ByReplica(Format)})
	return p
}

// LoseDisk is the loss of everything. The operator asks for a no-op; the replica is down.
func LoseDisk(_ Configuration, r Replica) (Replica, []Message, Ignored) {
	r = Replica{ReplicaNumber: r.ReplicaNumber, Status: Recovering, Nonce: r.Nonce + 1}
	return r, []Message{NoOp{r.ReplicaNumber, r.Nonce}}, Accepted
}

// OnNoOp is OnRequest of a no-op.
func OnNoOp(c Configuration, r Replica, m NoOp) (Replica, []Message, Ignored) {
	return OnRequest(c, r, Request{ClientID: noOpClient(m.From),
		RequestNumber: RequestNumber(m.Nonce), Operation: "no-op"})
}

// Format makes a new disk when the no-op is committed, with the view in which that was.
func Format(_ Configuration, r Replica, m Reply) (Replica, []Message, Ignored) {
	switch {
	case r.Status != Recovering:
		return r, nil, NotRecovering
	case m.ClientID != noOpClient(r.ReplicaNumber) || m.RequestNumber != RequestNumber(r.Nonce):
		return r, nil, NotForMe
	}
	r.Status, r.ViewNumber, r.Formatted = ViewChange, m.ViewNumber, true
	return r, []Message{StartViewChange{From: r.ReplicaNumber, ViewNumber: r.ViewNumber}}, Accepted
}

// UnlessFormatted is a step that a replica on a new disk does not take: it gives no DOVIEWCHANGE,
// and does not lead, not even with one that it has sent before the loss.
func UnlessFormatted(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		if p.(Replica).Formatted {
			return p, nil, NotAdopted
		}
		return do(c, p, in, choice)
	}
}

// Adopt is a step that takes the log of a view. With it a replica on a new disk is one like others.
// It must be a log with the no-op: the view may be the one in which the replica acknowledged before
// the loss, and an old STARTVIEW of it lacks what was acknowledged since.
func Adopt(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		process, sent, why := do(c, p, in, choice)
		after := process.(Replica)
		if why != Accepted || !after.Formatted {
			return after, sent, why
		}
		if _, e := after.Log.LastOf(noOpClient(after.ReplicaNumber)); e.RequestNumber !=
			RequestNumber(after.Nonce) {
			return p, nil, NotAdopted
		}
		after.Formatted = false
		return after, sent, Accepted
	}
}

// BackOnNewDisk is reached when a replica that has lost its disk is Normal again, and has entries.
func BackOnNewDisk() Property {
	return Property{Name: "BackOnNewDisk", Replica: func(_ Configuration, r Replica) bool {
		return r.Nonce > 0 && r.Status == Normal && r.OpNumber() > 0
	}}
}
