// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-005, C-012 and C-020: how a view change gets going. With disks the first round is not needed
// for safety, and a replica may go from view to view one by one; a quorum is N − F.

// rounds are claims that hold.
func rounds() []Claim {
	disk := core(spec.ViewstampedReplication())
	six := bounded("six replicas", durable(), 1, 1, 0)
	six.Bounds.Replicas = 6
	one := bounded("one view at a time", durable().Replace("OnLaterView",
		spec.ByReplica(OneViewFurther)), 1, 2, 0)
	one.Sometimes = []spec.Property{spec.CommittedInLaterView()}
	return []Claim{{
		ID: "C-005", Name: "no-round", Source: "the opposite of TigerBeetle, replica.zig, April 2022",
		Statement: "With view-number, v′ and log on disk DOVIEWCHANGE need not wait for " +
			"STARTVIEWCHANGE of a quorum, also in two view changes and a restart.",
		Claimed: bounded("no round, two view changes", WithoutRound(disk), 1, 2, 1),
		States:  378_581, Slow: true,
	}, {
		ID: "C-012", Name: "even-sizes", Source: "Viewstamped Replication Revisited, §2.2",
		Statement: "Six replicas with quorums of N − F = 4 are safe.",
		Claimed:   six, States: 179_982, Slow: true,
	}, {
		ID: "C-020", Name: "one-view-at-a-time", Source: "a reading of the same, §4.2",
		Statement: "A replica that hears of a later view may go to the next one instead of to that.",
		Claimed:   one, States: 27_264,
	}}
}

// OneViewFurther is OnLaterView that enters the next view, whichever view it has heard of.
func OneViewFurther(c spec.Configuration, r spec.Replica, m spec.Message) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if _, _, why := spec.OnLaterView(c, r, m); why != spec.Accepted {
		return r, nil, why
	}
	r.Status, r.ViewNumber = spec.ViewChange, r.ViewNumber+1
	return r, []spec.Message{spec.StartViewChange{From: r.ReplicaNumber, ViewNumber: r.ViewNumber}},
		spec.Accepted
}
