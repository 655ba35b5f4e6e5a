// SPDX-License-Identifier: Apache-2.0

package spec

import (
	"fmt"
	"strings"
)

// The clients (§4.1 steps 1 and 7).

// SendRequest is §4.1 step 1: the client gives its next request the next number and sends it. It
// has one request outstanding at most. Sending it again, to all replicas, after a time-out is no
// step: the message is in the network already.
func SendRequest(cl Client) (Client, []Message, Ignored) {
	if cl.Outstanding {
		return cl, nil, Outstanding
	}
	cl.RequestNumber++
	cl.Outstanding = true
	request := requestOf(cl.ClientID, cl.RequestNumber)
	request.Operation += Operation(strings.Repeat("′", cl.Incarnation))
	return cl, []Message{request}, Accepted
}

// SendRequestOfCrowd sends the one request of the next client of the crowd.
func SendRequestOfCrowd(cr Crowd) (Crowd, []Message, Ignored) {
	request := requestOf(ClientID(cr.Sent), 1)
	cr.Sent++
	return cr, []Message{request}, Accepted
}

// OnReply is §4.1 step 7 at the client: the request is done, the client may send the next one.
func OnReply(cl Client, m Reply) (Client, []Message, Ignored) {
	switch {
	case m.ClientID != cl.ClientID:
		return cl, nil, NotForMe
	case !cl.Outstanding || m.RequestNumber != cl.RequestNumber:
		return cl, nil, NotOutstanding
	}
	cl.Outstanding = false
	return cl, nil, Accepted
}

// requestOf names the operation after the client and the number: a1, a2, b1, …
func requestOf(c ClientID, s RequestNumber) Request {
	return Request{ClientID: c, RequestNumber: s,
		Operation: Operation(fmt.Sprintf("%s%d", clientName(c), s))}
}

// sendRequest is the row SendRequest of the table, for both kinds of clients.
func sendRequest(_ Configuration, p Process, _ []Message, _ int) (Process, []Message, Ignored) {
	if crowd, ok := p.(Crowd); ok {
		after, sent, why := SendRequestOfCrowd(crowd)
		return after, sent, why
	}
	after, sent, why := SendRequest(p.(Client))
	return after, sent, why
}

// onReply is the row OnReply of the table. A crowd does not wait for its replies.
func onReply(_ Configuration, p Process, in []Message, _ int) (Process, []Message, Ignored) {
	if crowd, ok := p.(Crowd); ok {
		return crowd, nil, NotOutstanding
	}
	after, sent, why := OnReply(p.(Client), in[0].(Reply))
	return after, sent, why
}
