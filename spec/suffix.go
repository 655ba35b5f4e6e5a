// SPDX-License-Identifier: Apache-2.0

package spec

// Chosen says which log the new primary has chosen and waits for.
type Chosen struct {
	From         ReplicaNumber // Whose log it is.
	OpNumber     OpNumber      // n: how far that log goes. Zero: none is chosen.
	After        OpNumber      // The new primary has the entries up to here.
	CommitNumber OpNumber      // The largest k of the quorum.
}
