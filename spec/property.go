// SPDX-License-Identifier: Apache-2.0

package spec

// What must hold in every reachable state. The evidence that an operation is committed is the REPLY
// that some primary has sent: it names the view, the op-number and the request.

// Property is one invariant. Exactly one of the functions is set.
type Property struct {
	Name string
	// Replica must hold for each replica.
	Replica func(c Configuration, r Replica) bool
	// Replicas must hold for each two replicas, in both orders.
	Replicas func(c Configuration, r, other Replica) bool
	// Message must hold for each message ever sent.
	Message func(m Message) bool
	// ReplicaMessage must hold for each replica and each message ever sent.
	ReplicaMessage func(c Configuration, r Replica, m Message) bool
	// Messages must hold for each two messages ever sent.
	Messages func(a, b Message) bool
	// Group must hold for all replicas together and each message that a replica has sent of these
	// Kinds; without Kinds for the replicas alone.
	Group func(c Configuration, group []Replica, m Message) bool
	// Kinds are the messages that the function is about. Empty: all.
	Kinds []Kind
}

// Properties lists the invariants of the protocol, those that break first at the top.
func Properties() []Property {
	reply, start := []Kind{KindReply}, []Kind{KindStartView}
	return []Property{
		{Name: "CommitBound", Replica: CommitBound},
		{Name: "NormalView", Replica: NormalView},
		{Name: "PromiseKept", ReplicaMessage: PromiseKept, Kinds: []Kind{KindDoViewChange}},
		{Name: "DVCTrue", Message: DVCTrue, Kinds: []Kind{KindDoViewChange}},
		{Name: "AckTrue", ReplicaMessage: AckTrue, Kinds: []Kind{KindPrepareOK}},
		{Name: "LogMatching", Replicas: LogMatching},
		{Name: "OneStartView", Messages: OneStartView, Kinds: start},
		{Name: "ViewstampUnique", Messages: ViewstampUnique, Kinds: []Kind{KindPrepare}},
		{Name: "NormalHasCommitted", ReplicaMessage: NormalHasCommitted, Kinds: reply},
		{Name: "NothingLost", Messages: NothingLost, Kinds: []Kind{KindReply, KindStartView}},
		{Name: "Agreement", ReplicaMessage: Agreement, Kinds: reply},
		{Name: "ExactlyOnce", Messages: ExactlyOnce, Kinds: reply},
		{Name: "QuorumCopies", Group: QuorumCopies, Kinds: reply},
	}
}

// CommitBound: nothing is committed that is not in the log.
func CommitBound(_ Configuration, r Replica) bool { return r.CommitNumber <= r.OpNumber() }

// NormalView: v′ ≤ view, and a replica is Normal in no other view than v′.
func NormalView(_ Configuration, r Replica) bool {
	return r.LastNormalView <= r.ViewNumber &&
		(r.Status != Normal || r.LastNormalView == r.ViewNumber)
}

// PromiseKept: a replica that has sent DOVIEWCHANGE for a view is never in an earlier one. One that
// recovers is in no view.
func PromiseKept(_ Configuration, r Replica, m Message) bool {
	promise := m.(DoViewChange)
	return promise.From != r.ReplicaNumber || r.ViewNumber >= promise.ViewNumber ||
		r.Status == Recovering
}

// DVCTrue: a DOVIEWCHANGE speaks of an earlier normal view, and of no commit beyond its log.
func DVCTrue(m Message) bool {
	d := m.(DoViewChange)
	return d.CommitNumber <= d.OpNumber() && d.LastNormalView < d.ViewNumber
}

// AckTrue: while a replica is Normal in a view it has what it acknowledged in that view.
func AckTrue(_ Configuration, r Replica, m Message) bool {
	ok := m.(PrepareOK)
	return ok.From != r.ReplicaNumber || r.Status != Normal || r.ViewNumber != ok.ViewNumber ||
		r.OpNumber() >= ok.OpNumber
}

// LogMatching: of two replicas that are Normal in one view, one has a prefix of the other's log.
func LogMatching(_ Configuration, r, other Replica) bool {
	if r.Status != Normal || other.Status != Normal || r.ViewNumber != other.ViewNumber {
		return true
	}
	return r.Log.StartsWith(other.Log) || other.Log.StartsWith(r.Log)
}

// OneStartView: a view starts with one log.
func OneStartView(a, b Message) bool {
	s, t := a.(StartView), b.(StartView)
	return s.ViewNumber != t.ViewNumber || s.Log == t.Log
}

// ViewstampUnique: a view assigns an op-number to one request.
func ViewstampUnique(a, b Message) bool {
	p, q := a.(Prepare), b.(Prepare)
	return p.ViewNumber != q.ViewNumber || p.OpNumber != q.OpNumber || p.Request == q.Request
}

// NormalHasCommitted: to be Normal in a view means to hold all that was committed in earlier
// views. It is the heart of the protocol, and breaks steps before anything is lost.
func NormalHasCommitted(_ Configuration, r Replica, m Message) bool {
	reply := m.(Reply)
	return r.Status != Normal || r.ViewNumber <= reply.ViewNumber || holds(r.Log, reply)
}

// NothingLost: a view starts with all that was committed in earlier views.
func NothingLost(a, b Message) bool {
	reply, start, ok := replyAndStartView(a, b)
	return !ok || start.ViewNumber <= reply.ViewNumber || holds(start.Log, reply)
}

// Agreement: what a replica has committed is what the clients were told.
func Agreement(_ Configuration, r Replica, m Message) bool {
	reply := m.(Reply)
	return reply.OpNumber > r.CommitNumber || holds(r.Log, reply)
}

// ExactlyOnce: a request has one place in the order of execution, and a place has one request.
func ExactlyOnce(a, b Message) bool {
	r, s := a.(Reply), b.(Reply)
	sameRequest := r.ClientID == s.ClientID && r.RequestNumber == s.RequestNumber
	return sameRequest == (r.OpNumber == s.OpNumber && r.Place == s.Place)
}

// QuorumCopies: what is committed is in the logs of a quorum that commits, as far as their heads
// are known.
func QuorumCopies(c Configuration, group []Replica, m Message) bool {
	copies := 0
	for _, r := range group {
		if holds(r.Log, m.(Reply)) || r.Damage.HeadUnknown {
			copies++
		}
	}
	return copies >= c.CommitQuorum()
}

// holds says whether the log has the request of the reply in the place that the reply names.
func holds(l Log, reply Reply) bool {
	if !l.Has(reply.OpNumber) {
		return false
	}
	requests := l.At(reply.OpNumber).requests()
	return reply.Place < len(requests) && requests[reply.Place].ClientID == reply.ClientID &&
		requests[reply.Place].RequestNumber == reply.RequestNumber
}

// replyAndStartView sorts a pair of messages. It is false if they are of one kind.
func replyAndStartView(a, b Message) (Reply, StartView, bool) {
	if a.Kind() == b.Kind() {
		return Reply{}, StartView{}, false
	}
	if reply, ok := a.(Reply); ok {
		return reply, b.(StartView), true
	}
	return b.(Reply), a.(StartView), true
}
