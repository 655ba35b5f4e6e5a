// SPDX-License-Identifier: Apache-2.0

package spec

import "fmt"

// A system is what a model checker searches: a protocol, a group, clients, and bounds.

// Bounds limit a search. The protocol does not know them.
type Bounds struct {
	// Replicas is N, the size of the group.
	Replicas int
	// Clients is the number of clients that wait for each reply before the next request. Zero:
	// a Crowd, whose clients send one request each.
	Clients int
	// Requests is how many requests the clients send in all.
	Requests int
	// ViewChanges is how many view changes timers start in all.
	ViewChanges int
	// Restarts is how many crashes and restarts there are in all.
	Restarts int
	// Damages is how many crashes and restarts with a damaged disk there are in all, besides.
	Damages int
	// Reads is how many reads the clients send in all.
	Reads int
	// ClientCrashes is how many crashes of clients there are in all. It needs Clients.
	ClientCrashes int
	// Witnesses, CommitQuorum and ChangeQuorum are those of the Configuration.
	Witnesses, CommitQuorum, ChangeQuorum int
	// LaterViewChanges is ViewChanges in all epochs after the first (§7).
	LaterViewChanges int
	// Plan is what the administrator asks for (§7.1).
	Plan Plan
}

// System is a protocol within bounds.
type System struct {
	Name     string
	Protocol Protocol
	Bounds   Bounds
	// Always lists what must hold besides Properties, if the protocol has parts of its own.
	Always []Property
	// Sometimes lists what must happen in some run, so that the system cannot hold by doing
	// nothing.
	Sometimes []Property
}

// Invariants lists what must hold: Properties, or where groups change EpochProperties, and Always.
func (s System) Invariants() []Property {
	if s.Bounds.Plan != "" {
		return append(EpochProperties(), s.Always...)
	}
	return append(Properties(), s.Always...)
}

// Configuration is the group of the system.
func (s System) Configuration() Configuration {
	b := s.Bounds
	return Configuration{N: b.Replicas, Witnesses: b.Witnesses, Commit: b.CommitQuorum,
		Change: b.ChangeQuorum}
}

// Processes lists the processes in their first states: the replicas, then the clients, and the
// administrator if there is one. Replicas that are not in the first group are ShutDown.
func (s System) Processes() []Process {
	var all []Process
	for i := range ReplicaNumber(s.Replicas()) {
		r := Replica{ReplicaNumber: i}
		if s.Bounds.Plan != "" {
			r.Configuration = s.Configuration()
		}
		if !s.Configuration().Has(i) {
			r.Status = ShutDown
		}
		all = append(all, r)
	}
	for i := range s.Bounds.Clients {
		all = append(all, Client{ClientID: ClientID(i)})
	}
	if s.Bounds.Clients == 0 {
		all = append(all, Crowd{})
	}
	if s.Bounds.Plan != "" {
		all = append(all, Administrator{Plan: s.Bounds.Plan})
	}
	return all
}

// Sender is the index in Processes of the process that sent the message.
func (s System) Sender(m Message) int {
	if i, ok := Sender(m); ok {
		return int(i)
	}
	var from ClientID
	switch m := plain(m).(type) {
	case Read:
		from = m.ClientID
	case ClientRecovery:
		from = m.ClientID
	case Reconfiguration, CheckEpoch:
		return s.Replicas() + max(1, s.Bounds.Clients)
	default:
		from = m.(Request).ClientID
	}
	if s.Bounds.Clients == 0 {
		return s.Replicas()
	}
	return s.Replicas() + int(from%clientLetters)
}

// CommittedInLaterView is reached when a primary after the first has committed an operation.
func CommittedInLaterView() Property {
	return Property{Name: "CommittedInLaterView", Kinds: []Kind{KindReply},
		Message: func(m Message) bool { return m.(Reply).ViewNumber > 0 }}
}

// StateTransferred is reached when a replica has entered a view by state transfer: it is Normal
// in a view for which it was sent NEWSTATE.
func StateTransferred() Property {
	return Property{Name: "StateTransferred", Kinds: []Kind{KindNewState},
		ReplicaMessage: func(_ Configuration, r Replica, m Message) bool {
			state := m.(NewState)
			return state.To == r.ReplicaNumber && r.Status == Normal &&
				r.ViewNumber == state.ViewNumber && r.OpNumber() > 0
		}}
}

// AllCommitted is reached when every replica has committed this many operations.
func AllCommitted(n OpNumber) Property {
	return Property{Name: "AllCommitted", Kinds: []Kind{KindReply},
		Group: func(_ Configuration, group []Replica, _ Message) bool {
			for _, r := range group {
				if r.CommitNumber < n {
					return false
				}
			}
			return true
		}}
}

// ProcessName is what to call a process: "replica 0", "client b", "clients".
func (s System) ProcessName(process int) string {
	switch {
	case process < s.Replicas():
		return fmt.Sprintf("replica %d", process)
	case process == s.Replicas()+max(1, s.Bounds.Clients):
		return "administrator"
	case s.Bounds.Clients == 0:
		return "clients"
	}
	return fmt.Sprintf("client %c", 'a'+rune(process-s.Replicas()))
}
