// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-008: a backup may take and acknowledge an entry though it lacks one below, and fill the gap
// later. The paper forbids it (§4.1). If it is allowed, the paper's choice of one log is wrong,
// and the new primary must put a log together.

// gaps allows it, with the choice of one log and with the logs put together.
func gaps() []Claim {
	const source = "TigerBeetle, replica.zig, April 2022"
	system := func(name string, choose func([]spec.DoViewChange) spec.Log) spec.System {
		p := durable().Replace("OnPrepare", spec.ByReplica(JumpAhead)).
			ReplaceQuorum("OnPrepareOK", spec.Configuration.Others, WantsNext).
			Replace("OnDoViewChange", spec.ByQuorum(StartWith(choose))).
			Replace("OnStartView", spec.ByReplica(AcknowledgeEach))
		return bounded(name, p, 2, 1, 0)
	}
	merged := system("gaps, the logs of the largest v′ put together", Merge)
	merged.Sometimes = []spec.Property{spec.CommittedInLaterView()}
	properties := allBut("LogMatching") // It does not speak of logs with gaps.
	return []Claim{{
		ID: "C-008", Name: "gaps", Source: source,
		Statement: "A backup may acknowledge an entry before the one below it, if a new primary puts " +
			"the entries of all logs of the largest v′ together, up to the first that none has.",
		Claimed: merged, Properties: properties, States: 21_869,
	}, {
		ID: "C-008a", Name: "gaps-one-log", Source: source + ", with the choice of the paper's §4.2",
		Statement: "It may do so if the new primary takes one log as the paper says.",
		Picture:   "How a gap in one log loses a committed operation",
		Claimed:   system("gaps, one log", OneLog), Properties: []string{"NothingLost"},
		Refuted: "NothingLost", Steps: 12, Mutant: "GapsOneLog",
		Fix:   "Put the entries of all logs of the largest v′ together (C-008).",
		Fixed: merged, FixedProperties: properties, States: 21_869,
	}}
}

// hole is what stands in the log for an entry that the replica lacks.
var hole = spec.Entry{}

// whole is the log up to its first hole.
func whole(l spec.Log) spec.Log {
	for n := spec.OpNumber(1); n <= l.OpNumber(); n++ {
		if l.At(n) == hole {
			return l.UpTo(n - 1)
		}
	}
	return l
}

// put is the log with entry n, and holes below it where nothing is.
func put(l spec.Log, n spec.OpNumber, e spec.Entry) spec.Log {
	for l.OpNumber() < n-1 {
		l = l.Append(hole)
	}
	return l.UpTo(n - 1).Append(e).Concat(l.After(n))
}

// JumpAhead is OnPrepare that takes any entry, and acknowledges that one only.
func JumpAhead(c spec.Configuration, r spec.Replica, m spec.Prepare) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Status != spec.Normal || m.ViewNumber != r.ViewNumber {
		return spec.OnPrepare(c, r, m)
	}
	if !r.Log.Has(m.OpNumber) || r.Log.At(m.OpNumber) == hole {
		r.Log = put(r.Log, m.OpNumber, spec.Entry{ViewNumber: m.ViewNumber,
			ClientID: m.Request.ClientID, RequestNumber: m.Request.RequestNumber,
			Operation: m.Request.Operation})
		r.CommitNumber = max(r.CommitNumber, min(m.CommitNumber, whole(r.Log).OpNumber()))
	}
	return r, []spec.Message{spec.PrepareOK{From: r.ReplicaNumber, ViewNumber: r.ViewNumber,
		OpNumber: m.OpNumber}}, spec.Accepted
}

// WantsNext: an acknowledgement stands for its entry alone, and operations are committed in order.
func WantsNext(_ spec.Configuration, r spec.Replica, m spec.Message) bool {
	ok := m.(spec.PrepareOK)
	return ok.ViewNumber == r.ViewNumber && ok.OpNumber == r.CommitNumber+1
}

// AcknowledgeEach is OnStartView that acknowledges each entry that is not committed.
func AcknowledgeEach(c spec.Configuration, r spec.Replica, m spec.StartView) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnStartView(c, r, m)
	if len(sent) > 0 {
		for n := m.CommitNumber + 1; n < after.OpNumber(); n++ {
			sent = append(sent, spec.PrepareOK{From: after.ReplicaNumber,
				ViewNumber: after.ViewNumber, OpNumber: n})
		}
	}
	return after, sent, why
}

// StartWith is OnDoViewChange with another choice of the log.
func StartWith(choose func([]spec.DoViewChange) spec.Log) func(spec.Configuration, spec.Replica,
	[]spec.DoViewChange) (spec.Replica, []spec.Message, spec.Ignored) {
	return func(c spec.Configuration, r spec.Replica, quorum []spec.DoViewChange) (
		spec.Replica, []spec.Message, spec.Ignored,
	) {
		l := choose(quorum)
		for i := range quorum {
			quorum[i].Log = l
		}
		return spec.OnDoViewChange(c, r, quorum)
	}
}

// OneLog is the log of the largest v′, among these the longest, up to its first hole.
func OneLog(quorum []spec.DoViewChange) spec.Log {
	best := quorum[0]
	for _, m := range quorum {
		if m.LastNormalView > best.LastNormalView ||
			m.LastNormalView == best.LastNormalView && m.Log.OpNumber() > best.Log.OpNumber() {
			best = m
		}
	}
	return whole(best.Log)
}

// Merge is all entries of the logs of the largest v′, up to the first hole in all of them.
func Merge(quorum []spec.DoViewChange) spec.Log {
	var latest spec.ViewNumber
	for _, m := range quorum {
		latest = max(latest, m.LastNormalView)
	}
	var l spec.Log
	for _, m := range quorum {
		for n := spec.OpNumber(1); n <= m.Log.OpNumber() && m.LastNormalView == latest; n++ {
			if e := m.Log.At(n); e != hole {
				l = put(l, n, e)
			}
		}
	}
	return whole(l)
}
