// SPDX-License-Identifier: Apache-2.0

package spec

// Ignored says why a step did nothing: no change of state, nothing sent. Accepted, the empty
// string, means that the step happened.
type Ignored string

// The reasons. A step checks its guards in the order in which its documentation names them.
const (
	Accepted Ignored = ""

	// NotNormal: only a replica whose status is Normal does this.
	NotNormal Ignored = "not-normal"
	// NotPrimary: only the primary of the view does this.
	NotPrimary Ignored = "not-primary"
	// NotBackup: the primary of the view does not do this.
	NotBackup Ignored = "not-backup"
	// OlderView: the message belongs to a view that the replica has left.
	OlderView Ignored = "older-view"
	// NewerView: the message belongs to a view that the replica has not entered. Another step
	// on the same message enters it: JoinView, OnLaterView or OnStartView.
	NewerView Ignored = "newer-view"
	// StaleRequest: the client has sent a later request already.
	StaleRequest Ignored = "stale-request"
	// RequestInProgress: the request is in the log and not executed yet.
	RequestInProgress Ignored = "request-in-progress"
	// Gap: the message follows an entry that the replica does not have.
	Gap Ignored = "gap"
	// NoGap: the replica has all entries that the message speaks of.
	NoGap Ignored = "no-gap"
	// AlreadyCommitted: the operation is committed already.
	AlreadyCommitted Ignored = "already-committed"
	// NothingNew: the replica knows all of it.
	NothingNew Ignored = "nothing-new"
	// AlreadyNormal: the view has started at this replica.
	AlreadyNormal Ignored = "already-normal"
	// NotInViewChange: the replica is not waiting for a view to start.
	NotInViewChange Ignored = "not-in-view-change"
	// NotNewPrimary: another replica is the primary of the view that is to start.
	NotNewPrimary Ignored = "not-new-primary"
	// NewPrimary: the primary of a view that is to start does not do this.
	NewPrimary Ignored = "new-primary"
	// NotForMe: the message names another receiver.
	NotForMe Ignored = "not-for-me"
	// Outstanding: the client waits for a reply.
	Outstanding Ignored = "outstanding"
	// NotOutstanding: the client does not wait for this reply.
	NotOutstanding Ignored = "not-outstanding"
)
