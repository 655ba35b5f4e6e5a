// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-401: the primary sends PREPARE to one backup, which sends it on to the next, and so round a
// ring. What that costs is counted in message delays, from PREPARE, as it leaves, to the commit. In
// a star each acknowledgement takes two. The count is in the reply, in the place of a prediction.

// ring is safety, and the delay with three replicas and with five.
func ring() []Claim {
	const source = "TigerBeetle, replica.zig, April 2022"
	system := func(name string, p spec.Protocol, n, requests, views int) spec.System {
		s := bounded(name, p, requests, views, 0)
		s.Bounds.Replicas = n
		return s
	}
	around := durable().Replace("OnPrepare", spec.ByReplica(ForwardPrepare)).
		Replace("OnPrepareOK", CountDelays(ringDelay))
	star := durable().Replace("OnPrepareOK", CountDelays(starDelay))
	three := system("a ring of three", around, 3, 1, 1)
	three.Sometimes = []spec.Property{CommittedAfter(2), spec.CommittedInLaterView()}
	timed := func(name string, p spec.Protocol, delays int) spec.System {
		s := system(name, p, 5, 1, 0)
		s.Always = []spec.Property{NoCommitBefore(delays)}
		s.Sometimes = []spec.Property{CommittedAfter(delays)}
		return s
	}
	heard := func(name string, p spec.Protocol, all bool) spec.System {
		s := system(name, p, 3, 1, 0)
		s.Always = []spec.Property{PrepareIsHeard(all)}
		return s
	}
	return []Claim{{
		ID: "C-401", Name: "ring-of-three", Source: source,
		Statement: "Sending PREPARE round a ring is safe and, among three replicas, delays nothing: " +
			"an operation may be committed after two message delays.",
		Claimed: three, States: 869,
	}, {
		ID: "C-401a", Name: "ring-of-five", Source: "the opposite of " + source,
		Statement: "Among five replicas the ring costs a third message delay: nothing is committed " +
			"before, since the second acknowledgement comes from the second place in the ring.",
		Claimed: timed("a ring of five", around, 3), States: 19,
	}, {
		ID: "C-401b", Name: "star-of-five", Source: "for comparison with C-401a",
		Statement: "Among five replicas that get PREPARE from the primary two delays are enough.",
		Claimed:   timed("a star of five", star, 2), States: 40,
	}, {
		ID: "C-401c", Name: "ring-with-a-silent-neighbour", Source: source,
		Statement:  "If a single backup is silent, whichever it is, another one hears PREPARE.",
		Picture:    "How one silent backup cuts a ring",
		Claimed:    heard("a ring whose first backup is silent", around, false),
		Properties: []string{"PrepareIsHeard"}, Refuted: "PrepareIsHeard", Steps: 2,
		Mutant: "RingWithoutTimer",
		Fix:    "Send it to all; or at least after a time-out, which is then the delay.",
		Fixed:  heard("a star whose first backup is silent", star, true), States: 12,
	}}
}

// distance is the place in the ring of the view: 0 is the primary.
func distance(c spec.Configuration, v spec.ViewNumber, i spec.ReplicaNumber) int {
	return (int(i) - int(c.Primary(v)) + c.N) % c.N
}

// ringDelay and starDelay are the message delays until the acknowledgement of a replica is there.
func ringDelay(c spec.Configuration, ok spec.PrepareOK) int {
	return distance(c, ok.ViewNumber, ok.From) + 1
}

func starDelay(spec.Configuration, spec.PrepareOK) int { return 2 }

// ForwardPrepare is OnPrepare that takes PREPARE from the one before in the ring, and sends it on.
func ForwardPrepare(c spec.Configuration, r spec.Replica, m spec.Prepare) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	here := distance(c, m.ViewNumber, r.ReplicaNumber)
	if here != distance(c, m.ViewNumber, m.From)+1 {
		return r, nil, spec.NotForMe
	}
	after, sent, why := spec.OnPrepare(c, r, m)
	if why == spec.Accepted && here < c.N-1 {
		m.From = r.ReplicaNumber
		sent = append(sent, m)
	}
	return after, sent, why
}

// CountDelays is OnPrepareOK that notes in the replies when the last acknowledgement was there.
func CountDelays(delay func(spec.Configuration, spec.PrepareOK) int) spec.Do {
	return spec.ByQuorum(func(c spec.Configuration, r spec.Replica, oks []spec.PrepareOK) (
		spec.Replica, []spec.Message, spec.Ignored,
	) {
		latest := 0
		for _, ok := range oks {
			latest = max(latest, delay(c, ok))
		}
		after, sent, why := spec.OnPrepareOK(c, r, oks)
		for i := range sent {
			reply := sent[i].(spec.Reply)
			reply.Prediction = spec.Prediction(latest)
			sent[i] = reply
		}
		return after, sent, why
	})
}

// NoCommitBefore: nothing is committed before so many message delays. A reply that is given once
// more has no count.
func NoCommitBefore(delays int) spec.Property {
	return spec.Property{Name: "NoCommitBefore", Kinds: []spec.Kind{spec.KindReply},
		Message: func(m spec.Message) bool {
			after := int(m.(spec.Reply).Prediction)
			return after == 0 || after >= delays
		}}
}

// CommittedAfter is reached when an operation is committed after so many message delays.
func CommittedAfter(delays int) spec.Property {
	return spec.Property{Name: "CommittedAfter", Kinds: []spec.Kind{spec.KindReply},
		Message: func(m spec.Message) bool { return int(m.(spec.Reply).Prediction) == delays }}
}

// PrepareIsHeard: PREPARE reaches a backup other than the one next to the primary of view 0, which
// is silent. In a ring it reaches just the next one; else all.
func PrepareIsHeard(all bool) spec.Property {
	return spec.Property{Name: "PrepareIsHeard", Kinds: []spec.Kind{spec.KindPrepare},
		Message: func(m spec.Message) bool { return all || m.(spec.Prepare).From != 0 }}
}
