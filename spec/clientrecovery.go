// SPDX-License-Identifier: Apache-2.0

package spec

import "strings"

// §4.5 Client recovery: a client that has crashed asks the replicas for the number of its latest
// request and goes on two above it. As published two crashes break it: claim C-601. Here the fix
// is that a client that comes back is another client (D4).

// ClientCrashes bounds how often a client crashes and comes back.
const ClientCrashes Budget = "client crashes"

// NoClient: a crowd is many clients, which do not crash.
const NoClient Ignored = "no-client"

// clientLetters is how many clients can be told apart by a letter. A client that comes back as
// another one gets an identifier that is larger by this.
const clientLetters = 26

type (
	// ClientRecovery asks the replicas for the client's latest request-number.
	ClientRecovery struct {
		ClientID    ClientID
		Incarnation int
	}

	// ClientNumber is the answer of one replica.
	ClientNumber struct {
		From          ReplicaNumber
		ClientID      ClientID
		Incarnation   int
		RequestNumber RequestNumber
	}
)

// Kind of each message.
func (ClientRecovery) Kind() Kind { return KindClientRecovery }
func (ClientNumber) Kind() Kind   { return KindClientNumber }

// ClientRecoveries is the protocol of the durable replicas with §4.5 as published.
func ClientRecoveries() Protocol {
	p := ViewstampedReplication()
	p.Name = "client recovery"
	p.Steps = append(p.Steps,
		Step{Name: "CrashClient", Client: true, Spends: ClientCrashes, Do: byClient(CrashClient)},
		Step{Name: "OnClientRecovery", On: []Kind{KindClientRecovery},
			Do: ByReplica(OnClientRecovery)},
		Step{Name: "OnClientNumber", Client: true, On: []Kind{KindClientNumber},
			Quorum: Configuration.ReadQuorum, Do: onClientNumber})
	return p
}

// NewClients is the protocol in which a client that comes back is another client: nothing needs
// to be recovered.
func NewClients() Protocol {
	p := ClientRecoveries().Without("OnClientRecovery", "OnClientNumber")
	p.Name = "clients that come back as others"
	return p.Replace("CrashClient", byClient(func(cl Client) (Client, []Message, Ignored) {
		return Client{ClientID: cl.ClientID + clientLetters}, nil, Accepted
	}))
}

// CrashClient is a crash of the client and the question with which it comes back. It knows who it
// is and that it has not been here before; it takes answers to this question only.
func CrashClient(cl Client) (Client, []Message, Ignored) {
	cl = Client{ClientID: cl.ClientID, Outstanding: true, Incarnation: cl.Incarnation + 1}
	return cl, []Message{ClientRecovery{cl.ClientID, cl.Incarnation}}, Accepted
}

// OnClientRecovery answers from the client-table.
func OnClientRecovery(_ Configuration, r Replica, m ClientRecovery) (
	Replica, []Message, Ignored,
) {
	if r.Status != Normal {
		return r, nil, NotNormal
	}
	s, _, _ := r.clientTableEntry(m.ClientID)
	return r, []Message{ClientNumber{r.ReplicaNumber, m.ClientID, m.Incarnation, s}}, Accepted
}

// OnClientNumber adds 2 to the largest of a quorum of answers: its next request has that number.
func OnClientNumber(cl Client, answers []ClientNumber) (Client, []Message, Ignored) {
	var latest RequestNumber
	for _, m := range answers {
		if m.ClientID != cl.ClientID || m.Incarnation != cl.Incarnation {
			return cl, nil, NotForMe
		}
		latest = max(latest, m.RequestNumber)
	}
	if !cl.Outstanding || cl.RequestNumber > 0 {
		return cl, nil, NotRecovering
	}
	cl.RequestNumber, cl.Outstanding = latest+1, false
	return cl, nil, Accepted
}

// ReplyMatches: what was executed under a request-number is what the client sent under it.
// Otherwise a client gets the reply to something else.
func ReplyMatches() Property {
	return Property{Name: "ReplyMatches", Kinds: []Kind{KindRequest},
		ReplicaMessage: func(_ Configuration, r Replica, m Message) bool {
			request := m.(Request)
			for _, e := range r.Log.UpTo(r.CommitNumber).entriesAfter(0) {
				if e.ClientID == request.ClientID && e.RequestNumber == request.RequestNumber &&
					e.Operation != request.Operation {
					return false
				}
			}
			return true
		}}
}

// byClient is a Do of a spontaneous step of a single client.
func byClient(step func(Client) (Client, []Message, Ignored)) Do {
	return func(_ Configuration, p Process, _ []Message, _ int) (Process, []Message, Ignored) {
		cl, ok := p.(Client)
		if !ok {
			return p, nil, NoClient
		}
		after, sent, why := step(cl)
		return after, sent, why
	}
}

// onClientNumber is the row OnClientNumber of the table.
func onClientNumber(_ Configuration, p Process, in []Message, _ int) (
	Process, []Message, Ignored,
) {
	cl, ok := p.(Client)
	if !ok {
		return p, nil, NoClient
	}
	answers := make([]ClientNumber, len(in))
	for i, m := range in {
		answers[i] = m.(ClientNumber)
	}
	after, sent, why := OnClientNumber(cl, answers)
	return after, sent, why
}

// clientName is a letter, with a prime for each time that the client has come back as another.
func clientName(c ClientID) string {
	letter := string('a' + rune(c%clientLetters))
	return letter + strings.Repeat("′", int(c/clientLetters))
}
