// SPDX-License-Identifier: Apache-2.0

package conform

// The comparisons that can be left out, one by one. A checker that does not
// compare something never reports it: the tests show that each of these would
// be missed.

import "viewstamp/spec"

// rules lists what a checker forgets. The zero value forgets nothing, and only
// tests use another.
type rules struct {
	anyReceived bool // Received messages need not have been sent.
	anyQuorum   bool // Number and senders of the messages of a quorum do not matter.
	anySent     bool // The messages sent are not compared.
	anyCommit   bool // The commit-number is not compared.
	anyLog      bool // The log is not compared.
	noUndo      bool // A crash takes nothing back.
}

// sameState compares two states.
func (r rules) sameState(expected, actual spec.Replica) bool {
	if r.anyCommit {
		actual.CommitNumber = expected.CommitNumber
	}
	if r.anyLog {
		actual.Log = expected.Log
	}
	return expected == actual
}
