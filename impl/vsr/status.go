// SPDX-License-Identifier: Apache-2.0

package vsr

// What a driver, a status page or a checker can ask a replica. Nothing here changes it.

// State is the state in the words of the spec.
func (r *Replica) State() State {
	return State{r.status, r.viewNumber, r.lastNormalView, r.LogName(), r.commitNumber,
		r.headUnknown, r.lost()}
}

// Status is what the replica is busy with.
func (r *Replica) Status() Status { return r.status }

// ViewNumber is the view that the replica is in, or waits for.
func (r *Replica) ViewNumber() ViewNumber { return r.viewNumber }

// LastNormalView is v′, the latest view in which the replica was Normal.
func (r *Replica) LastNormalView() ViewNumber { return r.lastNormalView }

// OpNumber is n, the op-number of the topmost entry of the log.
func (r *Replica) OpNumber() OpNumber { return r.LogName().OpNumber }

// CommitNumber is k: the service has executed all entries up to here.
func (r *Replica) CommitNumber() OpNumber { return r.commitNumber }

// DurableOpNumber is the op-number up to which the log is known to be on the disk.
func (r *Replica) DurableOpNumber() OpNumber { return r.held.durable }

// LogName is the name of the log, with what the disk has lost of it.
func (r *Replica) LogName() LogName {
	if d := r.damage; d != nil {
		return d.top().name()
	}
	return r.log.name()
}

// LogNameAt is the name of the log up to n. It is false if the log does not go that far, if it is
// above what the disk has lost, or if a checkpoint has taken the place of that part.
func (r *Replica) LogNameAt(n OpNumber) (LogName, bool) {
	if !r.log.reaches(n) {
		return LogName{}, false
	}
	return r.log.nameAt(n), true
}

// EntryAt is entry n. It is false if the log has none, or if a checkpoint has taken its place. The
// operation must not be changed.
func (r *Replica) EntryAt(n OpNumber) (Entry, bool) {
	if !r.log.reaches(n) || n == r.log.base.OpNumber {
		return Entry{}, false
	}
	return *r.log.at(n), true
}

// Primary is the replica that leads the current view.
func (r *Replica) Primary() ReplicaNumber { return r.primary() }

// IsPrimary says whether the replica takes requests: it leads its view and is Normal in it.
func (r *Replica) IsPrimary() bool { return r.status == Normal && r.isPrimary() }

// Uncommitted is how many entries are not committed, as far as the replica knows.
func (r *Replica) Uncommitted() int { return int(r.OpNumber() - r.commitNumber) }

// Holds says whether messages wait for a write.
func (r *Replica) Holds() bool { return !r.held.empty() }

// CheckpointNumber is the op-number of the latest durable checkpoint; 0 if there is none.
func (r *Replica) CheckpointNumber() OpNumber { return r.checkpoints.durable }

// IsDamaged says whether the disk has lost a part of the log that this replica does not have again
// yet, or does not know its head: until then its vote says less.
func (r *Replica) IsDamaged() bool { return r.damage != nil || r.headUnknown }

// LogBytes is the size of the log above the latest durable checkpoint.
func (r *Replica) LogBytes() int { return r.log.bytes }

// Fetches says whether the replica fetches a part of a log that a message named.
func (r *Replica) Fetches() bool { return r.fetch != nil }

// Clients is the number of clients in the client-table.
func (r *Replica) Clients() int { return len(r.clientTable.clients) }

// IgnoredCounts says how many messages did nothing, by reason, since the replica started.
func (r *Replica) IgnoredCounts() map[Ignored]uint64 {
	counts := make(map[Ignored]uint64, len(r.ignored))
	for why, n := range r.ignored {
		counts[why] = n
	}
	return counts
}

// Configuration is the Config with its defaults filled in.
func (r *Replica) Configuration() Config { return r.cfg }
