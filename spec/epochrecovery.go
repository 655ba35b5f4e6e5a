// SPDX-License-Identifier: Apache-2.0

package spec

// §4.3 together with §7: replicas without a disk for the log crash while the group changes.

// ReconfigurableWithoutDisk is PersistentView with reconfiguration: a crash leaves the view-number
// and what is known of the epoch, and nothing else.
func ReconfigurableWithoutDisk() Protocol {
	p := WithEpochs(PersistentView(), EpochRules())
	p = p.Replace("Crash", byGroup(Spontaneous(CrashInEpoch)))
	return p.Replace("OnStartEpoch", ByReplica(OnStartEpochRecovering))
}

// CrashInEpoch is CrashKeepView where groups change. A replica that had not the state of its
// epoch, or is replaced, has no more to recover: it waits as before.
func CrashInEpoch(c Configuration, r Replica) (Replica, []Message, Ignored) {
	after, sent, _ := CrashKeepView(c, r)
	after.Epoch = r.Epoch
	switch {
	case r.Status == ShutDown:
		return r, nil, IsShutDown
	case r.Status != Transitioning:
		return after, ofEpoch(r.EpochNumber, sent), Accepted
	}
	after.Status = Transitioning
	if !c.Has(r.ReplicaNumber) {
		return after, nil, Accepted
	}
	return after, []Message{askForEpoch(after)}, Accepted
}

// OnStartEpochRecovering is OnStartEpoch where a replica may be recovering (§7.2). One that is not
// in the new group has nothing to give and shuts down. Another one needs no recovery any more:
// what it had promised in the old epoch is over, and all that it needs is the state of the new
// one.
func OnStartEpochRecovering(c Configuration, r Replica, m StartEpoch) (
	Replica, []Message, Ignored,
) {
	after, sent, why := OnStartEpoch(c, r, m)
	if why == Accepted && r.Status == Recovering && !m.Epoch.Configuration.Has(r.ReplicaNumber) {
		r.Status = ShutDown
		return r, nil, Accepted
	}
	return after, sent, why
}
