// SPDX-License-Identifier: Apache-2.0

package vsr

import "fmt"

// The replica: its state, how input reaches the steps, and how a step ends.

// Replica is one replica of the group. Make it with New.
//
// Invariants: commitNumber ≤ log.opNumber(); lastNormalView ≤ viewNumber, with equality if and
// only if the status is Normal; the service has executed exactly the first commitNumber entries.
type Replica struct {
	cfg     Config
	service Service

	// The state of the spec.
	status         Status
	viewNumber     ViewNumber
	lastNormalView ViewNumber
	log            log
	commitNumber   OpNumber
	clientTable    clientTable

	held   held   // What waits for the disk.
	quorum quorum // Messages of the current view that are below a quorum.
	sent   sent   // Messages of the current view that may be sent again.
	fetch  *fetch // The log that a message named and that is being fetched; nil if none.
	timers timers // In ticks.
	// checkpoints are those that were made here; installed is one from another replica whose write
	// the current step makes.
	checkpoints checkpoints
	installed   *Checkpoint
	damage      *damage // What the disk has lost of the log; nil if nothing.
	headUnknown bool    // The head of the log is not known: see Durable. It is on the disk, too.
	abstains    bool    // It does not vote: see damage.go.

	out    Output // What the next Output returns.
	memory memory
	sums   checksummer
	random random

	refused  error     // Why the replica takes no input any more; nil if it does.
	sequence uint64    // of the latest event.
	stepSent []Message // The messages of the current step, for its event.
	ignored  map[Ignored]uint64
}

// sent holds the messages of this replica in its current view that are sent again if they seem to
// be lost. Sending the same message again is no step: to the spec it is in the network already.
type sent struct {
	startViewChange *StartViewChange
	doViewChange    *DoViewChange
	startView       *StartView
	getState        *GetState
	getStateTo      ReplicaNumber
	commit          *Commit
	prepareOK       *PrepareOK // The latest that has left.
	prepares        []*Prepare // Those that are not committed, in order, without a hole.
}

// New makes a replica from what its disk holds. fresh says that it has never run before: then the
// disk must be empty. Otherwise it restarts as the spec says: its Output can hold writes and
// messages at once. The service must be in its first state. The replica takes over disk.Log.
func New(cfg Config, service Service, disk Durable, fresh bool) (*Replica, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if service == nil {
		return nil, fmt.Errorf("vsr: New needs a service")
	}
	r := &Replica{
		cfg:         cfg,
		service:     service,
		clientTable: newClientTable(),
		quorum:      newQuorum(cfg.Replicas),
		random:      random{state: cfg.Seed ^ uint64(cfg.Replica)<<56},
		timers:      timers{heard: make([]uint64, cfg.Replicas)},
		ignored:     make(map[Ignored]uint64),
	}
	if fresh {
		if disk.ViewNumber != 0 || disk.LastNormalView != 0 || len(disk.Log) != 0 ||
			disk.Checkpoint.Name != (LogName{}) {
			return nil, fmt.Errorf("vsr: a new replica needs an empty disk, this one has view %d, "+
				"checkpoint %d and %d entries; start it as a restart, or give it a new disk",
				disk.ViewNumber, disk.Checkpoint.Name.OpNumber, len(disk.Log))
		}
		r.armNormal()
		r.step("Start", nil)
		return r, nil
	}
	if err := r.restart(disk); err != nil {
		return nil, err
	}
	return r, nil
}

// Receive takes one message. now is the time that a new entry gets (§4.4); it may go backwards.
// What a message may do is decided by its kind first, then by the guards of the step.
func (r *Replica) Receive(now Timestamp, m Message) {
	if r.refused != nil {
		return
	}
	if why := r.valid(m); why != Accepted {
		r.drop(why)
		return
	}
	if r.held.waiting() >= heldMax {
		r.drop(DiskBehind) // Each message can make another one wait.
		return
	}
	r.hear(m)
	switch m := m.(type) {
	case *Request:
		r.onRequest(now, m)
	case *Prepare:
		r.onPrepare(m)
	case *PrepareOK:
		r.onPrepareOK(m)
	case *Commit:
		r.onCommit(m)
	case *StartViewChange:
		r.onStartViewChange(m)
	case *DoViewChange:
		r.onDoViewChange(m)
	case *StartView:
		r.onStartView(m)
	case *GetState:
		r.onGetState(m)
	case *NewState:
		r.onNewState(m)
	case *GetEntries:
		r.onGetEntries(m)
	case *Entries:
		r.onEntries(m)
	case *GetCheckpoint:
		r.onGetCheckpoint(m)
	case *CheckpointPart:
		r.onCheckpointPart(m)
	}
	r.settle()
}

// Persisted tells that all Writes up to this sequence are durable. An older sequence than the last
// one does nothing.
func (r *Replica) Persisted(sequence uint64) {
	if sequence > r.held.written {
		r.broken(fmt.Sprintf("the driver says that write %d is durable, the last one made is %d",
			sequence, r.held.written))
	}
	if sequence <= r.held.persisted || r.refused != nil {
		return
	}
	r.persist(sequence)
	r.beginCheckpoint()
	r.tryOnPrepareOK()
	r.settle()
}

// Output is what the driver shall do now. It belongs to the driver; the next one starts empty.
func (r *Replica) Output() Output {
	// As much is likely to come again: one allocation for each list instead of several.
	return r.OutputInto(Output{
		Writes: make([]Write, 0, len(r.out.Writes)),
		Sends:  make([]Send, 0, len(r.out.Sends)),
	})
}

// OutputInto is Output for a driver that is through with an earlier one: the memory of its lists is
// used again. A driver that gives back what it got from the call before allocates nothing.
func (r *Replica) OutputInto(used Output) Output {
	out := r.out
	clear(used.Writes)
	clear(used.Sends)
	r.out = Output{Writes: used.Writes[:0], Sends: used.Sends[:0], Err: r.refused}
	return out
}

// settle takes the steps of the new primary that depend on several things, in whichever order they
// came: its own DOVIEWCHANGE is durable, those of others are here, the log is fetched.
func (r *Replica) settle() {
	if r.status == ViewChange {
		r.tryOnDoViewChange()
	}
}

// step ends a step that happened: it makes its event. received is nil if the step is spontaneous.
func (r *Replica) step(name string, received Message) {
	if !r.cfg.Trace {
		return
	}
	if received == nil {
		r.stepOfQuorum(name, nil)
		return
	}
	r.stepOfQuorum(name, []Message{received})
}

// stepOfQuorum ends a step that took the messages of a quorum. Without tracing nobody needs them,
// so the caller makes the list only if r.cfg.Trace.
func (r *Replica) stepOfQuorum(name string, received []Message) {
	if !r.cfg.Trace {
		return
	}
	r.event(Event{Step: name, Received: received, Sent: r.stepSent})
	r.stepSent = nil
}

// ignore ends a step that a guard of the spec refused.
func (r *Replica) ignore(name string, why Ignored, received Message) {
	r.ignored[why]++
	if r.cfg.Trace && r.cfg.TraceIgnored {
		r.event(Event{Step: name, Ignored: why, Received: []Message{received}})
	}
}

// drop counts a message that never reached a step: to the spec it is lost.
func (r *Replica) drop(why Ignored) { r.ignored[why]++ }

// event completes the event and hands it out.
func (r *Replica) event(e Event) {
	r.sequence++
	e.Replica, e.Sequence, e.State = r.cfg.Replica, r.sequence, r.State()
	r.out.Events = append(r.out.Events, e)
}

// isPrimary says whether the replica leads the view that it is in.
func (r *Replica) isPrimary() bool { return r.primary() == r.cfg.Replica }

// primary is the replica that leads the current view.
func (r *Replica) primary() ReplicaNumber { return r.cfg.Primary(r.viewNumber) }

// refuse ends the replica: what it holds is not what the others hold.
func (r *Replica) refuse(err error) {
	r.refused, r.out.Err = err, err
}

// broken stops a replica that must not go on: its state or its driver is wrong.
func (r *Replica) broken(what string) {
	panic(fmt.Sprintf("vsr: replica %d: %s; state %+v", r.cfg.Replica, what, r.State()))
}
