// SPDX-License-Identifier: Apache-2.0

// Package histories is the file format for what clients saw: who asked for what, when, and
// what came back. A history is the whole input of a linearizability check (checker/linear).
//
// # The file
//
// JSON Lines. The first line is the header, every other line is one event:
//
//	{"format":"vsr-history/1","service":"kv","origin":"by hand","expect":"linearizable"}
//	{"t":1,"client":0,"req":1,"kind":"invoke","f":"set","key":"a","value":"1"}
//	{"t":2,"client":0,"req":1,"kind":"ok","value":"OK","op":1}
//	{"t":3,"kind":"note","text":"replica 0 killed"}
//	{"t":4,"client":1,"req":1,"kind":"invoke","f":"get","key":"a"}
//	{"t":5,"client":1,"req":1,"kind":"unknown"}
//
// # What it means
//
//   - t is only an order, never a duration. It does not decrease. An operation lasts from its
//     invoke to its ok, both ends included (a closed interval): events with equal t are
//     concurrent, whichever comes first in the file. With half-open intervals a coarse clock
//     would make right histories wrong.
//   - A client has at most one request outstanding, and numbers its requests upwards (req).
//   - ok: the operation took effect once, at some moment inside its interval, and returned
//     value (absent or null: nothing there) or, where error is set, an error reply.
//   - fail: the operation certainly had no effect, and never will have.
//   - unknown: the client gave up. A write may take effect at any later time, even after the
//     end of the history, or never. A read is of no further interest and is dropped.
//     An invoke without an outcome at the end of the file is the same as unknown.
//   - op is the position in the replicated log (op-number, VRR section 4.1) that the operation
//     got; each operation has a position of its own. ok events carry it where the service
//     reports it. An unknown event carries it where the client has learned later that the
//     request was executed, and where. With op-numbers the order of execution is no longer a
//     matter of search: this is what the linear-time witness of checker/linear uses.
//   - note: a remark (a fault, a view change) for the reader and the picture; no meaning.
//
// # Services
//
// Every operation touches one key, so a history is judged key by key. Operation lists all of
// them. The results are those of Redis where Redis has the command:
//
//   - register: read, write(value), cas(old, value), which returns "1" or "0".
//   - kv: get, mget (of one key), exists, set, set-nx and set-xx (SET with NX or XX: "OK" or
//     nothing), del, incr (the new number, or an error reply if the value is no number),
//     append (the new length), cas(old, value) as in register.
//   - lock: acquire, which returns a fencing token or nothing if the lock is held; and
//     release(token), which returns "1" or "0". Each lock numbers its grants from 1, and the
//     number is the token.
//
// # How to record one
//
//  1. Write the invoke event before the request leaves the client.
//  2. Write ok after the reply has arrived. Widening an interval is always safe, narrowing
//     never is.
//  3. Write fail only if the request cannot have been executed. A time-out, a broken
//     connection or a crash is unknown. Most wrong verdicts come from this mistake.
//
// A Writer may be shared by all clients; with T left 0 it numbers the events itself.
//
// The package judges no history. It makes sure that one is well-formed, and says what to mend
// where it is not. It also reads Jepsen's EDN and the text log of Jepsen's older releases (Open).
package histories
