// SPDX-License-Identifier: Apache-2.0

// Package clock keeps the time of the cluster: a time that the clocks of a majority vouch for, so
// that one replica with a wrong clock cannot stamp the log with it.
//
// Each replica asks the others for their time now and then. An answer bounds how far that clock is
// ahead of our own: the other clock was read after the question left and before the answer came.
// So each answer is an interval of offsets, and Marzullo's algorithm (1984) finds the offsets that
// the largest number of clocks agree on. If that is a quorum, our time is moved into the interval,
// by as little as will do. If f clocks lie at most, at least one clock of the quorum is right, so
// the error of the result is bounded by the interval of that clock.
//
// Nothing in the protocol rests on these times: safety never does, and entries of the log get times
// that never fall, whatever the clocks do (package vsr; claim C-501). A replica whose clock no
// quorum vouches for uses its own, and says so.
//
// The package reads no clock itself. Two readings are handed in at each call: Monotonic, which
// never jumps, measures how long an answer took and how old it is; Wall is the time of day.
//
//	ping := c.Ping(reading)                     ask each replica, about once a second
//	pong := clock.Answer(ping, reading.Wall)    at the other replica
//	c.Learn(from, pong, reading)                when the answer arrives
//	now, agreed := c.Now(reading)               the time for a new entry
package clock
