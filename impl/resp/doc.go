// SPDX-License-Identifier: Apache-2.0

// Package resp lets Redis clients talk to a replicated kv.Store: redis-cli, redis-benchmark and
// client libraries work without changes.
//
// # What goes through the log
//
// Every command on keys, reads too, is replicated by Config.Submit before it is answered, so
// answers are linearizable. Commands that arrive together on a connection go as one operation and
// cost one round of replication. At most one operation of a connection is under way at a time, so
// its commands take effect in the order in which they were sent. Commands about the connection or
// the server (PING, HELLO, INFO …) are answered at once, in order with the others.
//
// MULTI, the commands after it, and EXEC become one operation that runs in one slot of the log.
//
// # When replication fails
//
// A command has one of three outcomes. Its reply says that it ran; or an error that starts with
// TRYAGAIN says that it did not run and never will; or one that starts with UNCERTAIN says that it
// may have run, or may still run later. Clients may repeat a command after TRYAGAIN without
// thought. An error is taken as uncertain unless Config.NotExecuted is sure.
//
// # VSR OPNUMBER
//
// It answers with the op-number and the view-number of the operation that held the last replicated
// command of the same connection, or nil if there is none or its outcome is not known. A client
// that records a history sends it right behind each command, in the same packet.
//
// # Limits
//
// The reader checks the length of every part as soon as it is announced, before a byte of it is
// kept, and memory grows with what has arrived, not with what was announced. (The command readers
// of the redcon library do neither, and panic on lengths such as 9223372036854775806, so only its
// functions that write replies are used here; tests compare the two readers on valid input.)
package resp
