// SPDX-License-Identifier: Apache-2.0

package conform

// Runs of the spec in the words of the implementation. The tests corrupt them.

import (
	"crypto/sha256"
	"math/rand/v2"
	"slices"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// walk is a random run of the spec that writes events as the implementation
// does.
type walk struct {
	random    *rand.Rand
	config    spec.Configuration
	replicas  []spec.Replica
	sequence  []uint64
	clients   []spec.Client
	network   []spec.Message
	names     map[spec.Log]vsr.LogName
	newStates map[spec.NewState]*vsr.NewState
	events    []vsr.Event
	requests  []*vsr.Request
	late      vsr.Timestamp // Added to the timestamps of entries.
}

// newWalk starts a group with clients that send several requests each.
func newWalk(seed uint64, replicas, clients int) *walk {
	w := &walk{
		random: rand.New(rand.NewPCG(seed, 1)), config: spec.Configuration{N: replicas},
		sequence: make([]uint64, replicas), names: map[spec.Log]vsr.LogName{},
		newStates: map[spec.NewState]*vsr.NewState{},
	}
	for i := range clients {
		w.clients = append(w.clients, spec.Client{ClientID: spec.ClientID(i)})
	}
	for i := range replicas {
		w.replicas = append(w.replicas, spec.Replica{ReplicaNumber: spec.ReplicaNumber(i)})
		w.emit(i, stepStart, nil, nil, "")
	}
	return w
}

// run takes steps until there are that many events.
func (w *walk) run(events int) *walk {
	steps := spec.AcknowledgeJoined(spec.ViewstampedReplication()).Steps
	for len(w.events) < events {
		step := steps[w.random.IntN(len(steps))]
		rare := step.Name == "SendStartViewChange" || step.Name == "Restart"
		if rare && w.random.IntN(12) > 0 {
			continue
		}
		if step.Client {
			w.client(step)
		} else {
			w.replica(step)
		}
	}
	return w
}

// client lets a random client take the step.
func (w *walk) client(step spec.Step) {
	i := w.random.IntN(len(w.clients))
	var in []spec.Message
	if len(step.On) > 0 {
		if in = w.pick(step, 1, spec.Replica{}); in == nil {
			return
		}
	}
	after, sent, _ := step.Do(w.config, w.clients[i], in, 0)
	w.clients[i] = after.(spec.Client)
	for _, m := range sent {
		w.network = append(w.network, m)
		w.requests = append(w.requests, w.message(m).(*vsr.Request))
	}
}

// replica lets a random replica take the step, if the network has messages for
// it.
func (w *walk) replica(step spec.Step) {
	i := w.random.IntN(len(w.replicas))
	r := w.replicas[i]
	var in []spec.Message
	switch {
	case step.Quorum != nil:
		in = w.pickQuorum(step, r)
	case len(step.On) > 0:
		in = w.pick(step, 1, r)
	}
	if in == nil && len(step.On) > 0 {
		return
	}
	choice := 0
	if step.Choices != nil {
		choice = w.random.IntN(step.Choices(w.config, r))
	}
	after, sent, why := step.Do(w.config, r, in, choice)
	if why != spec.Accepted && w.random.IntN(10) > 0 {
		return
	}
	w.replicas[i] = after.(spec.Replica)
	w.network = append(w.network, sent...)
	if step.Name == stepRestart {
		w.sequence[i] = 0
	}
	w.emit(i, step.Name, in, sent, why)
}

// pick takes random messages of the kinds of the step; late ones are likelier.
func (w *walk) pick(step spec.Step, count int, _ spec.Replica) []spec.Message {
	var in []spec.Message
	for tries := 0; tries < 50 && len(in) < count && len(w.network) > 0; tries++ {
		back := w.random.IntN(min(len(w.network), 1+w.random.IntN(40)))
		m := w.network[len(w.network)-1-back]
		if slices.Contains(step.On, m.Kind()) {
			in = append(in, m)
		}
	}
	if len(in) < count {
		return nil
	}
	return in
}

// pickQuorum takes messages of different senders that the step wants.
func (w *walk) pickQuorum(step spec.Step, r spec.Replica) []spec.Message {
	need := step.Quorum(w.config)
	var own spec.Message
	var in []spec.Message
	senders := map[spec.ReplicaNumber]bool{}
	for back := range len(w.network) {
		m := w.network[len(w.network)-1-back]
		if !slices.Contains(step.On, m.Kind()) || !step.Wants(w.config, r, m) {
			continue
		}
		from, _ := spec.Sender(m)
		switch {
		case from == r.ReplicaNumber && own == nil:
			own = m
		case from != r.ReplicaNumber && !senders[from] && len(in) < need:
			senders[from] = true
			in = append(in, m)
		}
	}
	if len(in) < need || step.Own && own == nil {
		return nil
	}
	if step.Own {
		in = append([]spec.Message{own}, in...)
	}
	return in
}

// emit writes an event of the current state.
func (w *walk) emit(i int, step string, in, sent []spec.Message, why spec.Ignored) {
	w.sequence[i]++
	e := vsr.Event{Replica: vsr.ReplicaNumber(i), Sequence: w.sequence[i], Step: step,
		Ignored: vsr.Ignored(why), State: w.state(w.replicas[i])}
	for _, m := range in {
		e.Received = append(e.Received, w.message(m))
	}
	for _, m := range sent {
		e.Sent = append(e.Sent, w.message(m))
	}
	w.events = append(w.events, e)
}

// state is a state in the words of the implementation.
func (w *walk) state(r spec.Replica) vsr.State {
	return vsr.State{Status: vsr.Status(r.Status), ViewNumber: vsr.ViewNumber(r.ViewNumber),
		LastNormalView: vsr.ViewNumber(r.LastNormalView), Log: w.name(r.Log),
		CommitNumber: vsr.OpNumber(r.CommitNumber), HeadUnknown: r.Damage.HeadUnknown}
}

// name is the name of a log: a chain of checksums, as the implementation
// computes it.
func (w *walk) name(l spec.Log) vsr.LogName {
	if l == (spec.Log{}) {
		return vsr.LogName{}
	}
	if name, ok := w.names[l]; ok {
		return name
	}
	parent := w.name(l.UpTo(l.OpNumber() - 1))
	e := w.entry(l)
	name := vsr.LogName{OpNumber: parent.OpNumber + 1,
		Checksum: vsr.ChecksumOf(parent.Checksum, &e)}
	w.names[l] = name
	return name
}

// entry is the topmost entry of a log, without its checksum.
func (w *walk) entry(l spec.Log) vsr.Entry {
	e := l.At(l.OpNumber())
	return vsr.Entry{ViewNumber: vsr.ViewNumber(e.ViewNumber), ClientID: clientID(e.ClientID),
		RequestNumber: vsr.RequestNumber(e.RequestNumber), Operation: operation(e.Operation),
		Timestamp: vsr.Timestamp(l.OpNumber()) + w.late}
}

// operation makes some operations long.
func operation(o spec.Operation) []byte {
	if o[0]%2 == 0 {
		return []byte(o)
	}
	sum := sha256.Sum256([]byte(o))
	return append(sum[:], o...)
}

func clientID(c spec.ClientID) vsr.ClientID {
	sum := sha256.Sum256([]byte{byte(c)})
	return vsr.ClientID(sum[:16])
}

// suffix names a log and carries nothing of it.
func (w *walk) suffix(l spec.Log) vsr.LogSuffix {
	return vsr.LogSuffix{Name: w.name(l), Base: w.name(l)}
}

// message is a message in the words of the implementation. PREPARE and NEWSTATE
// name a log that they do not have in the spec.
func (w *walk) message(m spec.Message) vsr.Message {
	switch m := m.(type) {
	case spec.Request:
		return &vsr.Request{ClientID: clientID(m.ClientID),
			RequestNumber: vsr.RequestNumber(m.RequestNumber), Operation: operation(m.Operation)}
	case spec.Prepare:
		log := w.logOf(spec.Entry{ViewNumber: m.ViewNumber, ClientID: m.Request.ClientID,
			RequestNumber: m.Request.RequestNumber, Operation: m.Request.Operation}, m.OpNumber)
		e := w.entry(log)
		e.Checksum = w.name(log).Checksum
		return &vsr.Prepare{From: vsr.ReplicaNumber(m.From), ViewNumber: vsr.ViewNumber(m.ViewNumber),
			Parent: w.name(log.UpTo(m.OpNumber - 1)), Entry: e,
			CommitNumber: vsr.OpNumber(m.CommitNumber)}
	case spec.PrepareOK:
		return &vsr.PrepareOK{From: vsr.ReplicaNumber(m.From),
			ViewNumber: vsr.ViewNumber(m.ViewNumber), OpNumber: vsr.OpNumber(m.OpNumber)}
	case spec.Reply:
		return &vsr.Reply{From: vsr.ReplicaNumber(m.From), ViewNumber: vsr.ViewNumber(m.ViewNumber),
			ClientID: clientID(m.ClientID), RequestNumber: vsr.RequestNumber(m.RequestNumber),
			OpNumber: vsr.OpNumber(m.OpNumber)}
	case spec.Commit:
		return &vsr.Commit{From: vsr.ReplicaNumber(m.From), ViewNumber: vsr.ViewNumber(m.ViewNumber),
			CommitNumber: vsr.OpNumber(m.CommitNumber)}
	}
	return w.viewMessage(m)
}

// viewMessage is message for the kinds of view changes and state transfer.
func (w *walk) viewMessage(m spec.Message) vsr.Message {
	switch m := m.(type) {
	case spec.StartViewChange:
		return &vsr.StartViewChange{From: vsr.ReplicaNumber(m.From),
			ViewNumber: vsr.ViewNumber(m.ViewNumber)}
	case spec.DoViewChange:
		return &vsr.DoViewChange{From: vsr.ReplicaNumber(m.From),
			ViewNumber: vsr.ViewNumber(m.ViewNumber), Log: w.suffix(m.Log),
			LastNormalView: vsr.ViewNumber(m.LastNormalView),
			CommitNumber:   vsr.OpNumber(m.CommitNumber),
			HeadUnknown:    m.HeadUnknown}
	case spec.StartView:
		return &vsr.StartView{From: vsr.ReplicaNumber(m.From),
			ViewNumber: vsr.ViewNumber(m.ViewNumber), Log: w.suffix(m.Log),
			CommitNumber: vsr.OpNumber(m.CommitNumber)}
	case spec.GetState:
		return &vsr.GetState{From: vsr.ReplicaNumber(m.From),
			ViewNumber: vsr.ViewNumber(m.ViewNumber), OpNumber: vsr.OpNumber(m.OpNumber)}
	}
	state := m.(spec.NewState)
	if before, ok := w.newStates[state]; ok {
		return before
	}
	// The sender has just made it: what the spec does not say is the sender's
	// whole log.
	message := &vsr.NewState{From: vsr.ReplicaNumber(state.From),
		To: vsr.ReplicaNumber(state.To), ViewNumber: vsr.ViewNumber(state.ViewNumber),
		After: vsr.OpNumber(state.After), Log: w.suffix(w.replicas[state.From].Log),
		CommitNumber: vsr.OpNumber(state.CommitNumber)}
	w.newStates[state] = message
	return message
}

// logOf finds the log with that entry on top. There is one: a view assigns an
// op-number once.
func (w *walk) logOf(top spec.Entry, n spec.OpNumber) spec.Log {
	for _, r := range w.replicas {
		if r.OpNumber() >= n && r.Log.At(n) == top {
			return r.Log.UpTo(n)
		}
	}
	for log := range w.names {
		if log.OpNumber() == n && log.At(n) == top {
			return log
		}
	}
	panic("a PREPARE without its log")
}

// check runs a checker over the events, with the requests told before them.
func (w *walk) check(options Options, events []vsr.Event) (Report, error) {
	options.Replicas, options.ClientsTraced = w.config.N, true
	c, err := New(options)
	if err != nil {
		return Report{}, err
	}
	for _, request := range w.requests {
		if err := c.ClientSent(request); err != nil {
			return Report{}, err
		}
	}
	for _, e := range events {
		if err := c.Event(e); err != nil {
			break
		}
	}
	return c.Finish()
}
