// SPDX-License-Identifier: Apache-2.0

// Package transport moves messages between replicas and clients over TCP.
//
// A Bus is the network of one replica: it has a Link to every other replica, over which it sends,
// and it accepts connections, from which it receives: one of each other replica, and those of
// clients, each of which may carry the requests of many client-ids. Replies go back on the
// connection from which the client-id was last heard. A Link is also what clients use.
//
// # What is promised
//
// Nothing but this: a message that is delivered was sent by somebody of this cluster, once or more
// often, and is unchanged. Messages are lost when there is no connection, when a connection
// breaks, and when the receiver is too slow, and then the oldest go first. The protocol expects no
// more, so Send never blocks and never fails.
//
// # What is bounded
//
// Connections, queues, frames, and the time that a peer may take for a greeting or for a frame; see
// Limits. Bytes that no replica or client sends end the connection and are counted. Senders
// are checked against their greeting: a replica cannot speak for another one, a client cannot
// speak as a replica.
//
// # What is missing
//
// There is no encryption and no proof of identity: anybody who reaches the port can greet as a
// replica. So addresses must be on the loopback interface unless Config.Insecure is set.
package transport
