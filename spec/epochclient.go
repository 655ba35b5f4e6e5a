// SPDX-License-Identifier: Apache-2.0

package spec

import (
	"fmt"
	"strings"
)

// §7.3 and §7.4: the administrator, and clients that hear of a new epoch.

// Plan is what the administrator asks for, one after the other: "0→123 0→013 1→234 2?" asks for
// the group 123 in place of that of epoch 0, for 013 in place of that of epoch 0, for 234 in place
// of that of epoch 1, and then checks epoch 2. Empty: there is no administrator.
type Plan string

// Ask is one request of a plan. Without a group it is CHECKEPOCH.
type Ask struct {
	EpochNumber   EpochNumber
	Configuration Configuration
}

// Asks lists what a plan asks for. It panics if the plan cannot be read: plans are written by hand.
func (p Plan) Asks() []Ask {
	var all []Ask
	for _, word := range strings.Fields(string(p)) {
		var a Ask
		number, group, ok := strings.Cut(word, "→")
		if ok {
			a.Configuration, _ = Operation("→" + group).NewGroup()
		} else {
			number = strings.TrimSuffix(word, "?")
		}
		if _, err := fmt.Sscan(number, &a.EpochNumber); err != nil || number == word {
			panic(fmt.Sprintf("spec: plan %q: want 0→123 or 1? in place of %q", p, word))
		}
		all = append(all, a)
	}
	return all
}

// Groups lists the first group and those that the administrator asks for.
func (s System) Groups() []Configuration {
	groups := []Configuration{s.Configuration()}
	for _, a := range s.Bounds.Plan.Asks() {
		if a.Configuration.N > 0 {
			groups = append(groups, a.Configuration)
		}
	}
	return groups
}

// Replicas is the number of the replicas, in whatever group they are.
func (s System) Replicas() int {
	n := 0
	for _, g := range s.Groups() {
		n = max(n, int(g.Member(g.N-1))+1)
	}
	return n
}

// administrator is the client that the administrator is.
const administrator ClientID = clientLetters - 1

// Administrator asks for what is in its plan, without waiting for replies.
type Administrator struct {
	Plan  Plan
	Asked int // How much of the plan it has asked for.
}

func (Administrator) process() {}

func (a Administrator) String() string { return fmt.Sprintf("%d of %s asked", a.Asked, a.Plan) }

// SendReconfiguration is §7.1: the administrator asks for a new group, or (check) whether the group
// of an epoch works, whichever is next in its plan.
func SendReconfiguration(a Administrator, check bool) (Administrator, []Message, Ignored) {
	asks := a.Plan.Asks()
	if a.Asked == len(asks) || check != (asks[a.Asked].Configuration.N == 0) {
		return a, nil, NothingNew
	}
	ask := asks[a.Asked]
	a.Asked++
	request := Request{ClientID: administrator, RequestNumber: RequestNumber(a.Asked)}
	if check {
		request.Operation = "check"
		return a, []Message{CheckEpoch{ask.EpochNumber, request}}, Accepted
	}
	request.Operation = ask.Configuration.Operation()
	return a, []Message{Reconfiguration{ask.EpochNumber, request}}, Accepted
}

// OnOlderRequest is §7.4: a client asks in an epoch that is over, and is told which one there is.
func OnOlderRequest(_ Configuration, r Replica, m Message) (Replica, []Message, Ignored) {
	stamped, ok := m.(OfEpoch)
	switch {
	case r.Status == ShutDown:
		return r, nil, IsShutDown
	case !ok || stamped.EpochNumber >= r.EpochNumber:
		return r, nil, NewerEpoch
	}
	return r, []Message{NewEpoch{r.ReplicaNumber, stamped.Message.(Request).ClientID,
		r.EpochNumber, r.ViewNumber, r.Configuration}}, Accepted
}

// OnNewEpoch is §7.4: the client is in the new epoch, and sends its request there with the same
// number. The client-table has come with the state, so that the request is executed once.
func OnNewEpoch(cl Client, m NewEpoch) (Client, []Message, Ignored) {
	switch {
	case m.ClientID != cl.ClientID:
		return cl, nil, NotForMe
	case m.EpochNumber <= cl.EpochNumber:
		return cl, nil, OlderEpoch
	}
	cl.EpochNumber = m.EpochNumber
	if !cl.Outstanding {
		return cl, nil, Accepted
	}
	again := OfEpoch{cl.EpochNumber, requestOf(cl.ClientID, cl.RequestNumber)}
	return cl, []Message{again}, Accepted
}

// clientInEpoch is a step of a client that stamps its messages with its epoch. Those of a Crowd
// have none.
func clientInEpoch(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		if _, ok := p.(Administrator); ok {
			return p, nil, NoClient
		}
		messages := make([]Message, len(in))
		for i, m := range in {
			messages[i] = plain(m)
		}
		after, sent, why := do(c, p, messages, choice)
		if cl, ok := p.(Client); ok && why == Accepted {
			sent = ofEpoch(cl.EpochNumber, sent)
		}
		return after, sent, why
	}
}

// sendReconfiguration is the row SendReconfiguration of the table, sendCheckEpoch the row of that
// name.
func sendReconfiguration(_ Configuration, p Process, _ []Message, _ int) (
	Process, []Message, Ignored,
) {
	return byAdministrator(p, false)
}

func sendCheckEpoch(_ Configuration, p Process, _ []Message, _ int) (
	Process, []Message, Ignored,
) {
	return byAdministrator(p, true)
}

// byAdministrator asks for what is next if it is of that sort.
func byAdministrator(p Process, check bool) (Process, []Message, Ignored) {
	a, ok := p.(Administrator)
	if !ok {
		return p, nil, NoClient
	}
	after, sent, why := SendReconfiguration(a, check)
	return after, sent, why
}

// onNewEpoch is the row OnNewEpoch of the table.
func onNewEpoch(_ Configuration, p Process, in []Message, _ int) (Process, []Message, Ignored) {
	cl, ok := p.(Client)
	if !ok {
		return p, nil, NoClient
	}
	after, sent, why := OnNewEpoch(cl, in[0].(NewEpoch))
	return after, sent, why
}
