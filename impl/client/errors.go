// SPDX-License-Identifier: Apache-2.0

// Errors, by what they say about the operation.

package client

import (
	"errors"
	"fmt"

	"viewstamp/impl/vsr"
)

var (
	// ErrIndeterminate is returned when the operation may have run, may still run later, or may
	// never run. It always comes as an *IndeterminateError.
	ErrIndeterminate = errors.New("it is not known whether the operation ran")
	// ErrUnavailable is returned when the context ended before any replica could be reached. The
	// operation was not sent.
	ErrUnavailable = errors.New("no replica could be reached, the operation was not sent")
	// ErrClosed is returned after Close. The operation was not sent.
	ErrClosed = errors.New("client is closed")
	// ErrBusy is the cause where the cluster has refused the operation until the context ended: it
	// has more to do than it can.
	ErrBusy = errors.New("the cluster is busy")
	// ErrEvicted is the cause where the cluster has forgotten the session of the operation, for
	// there were too many others: see vsr.Config.ClientsMax.
	ErrEvicted = errors.New("the cluster has forgotten the session")
	// ErrTooLarge is returned for an operation above Config.OperationBytesMax. It was not sent.
	ErrTooLarge = errors.New("operation is too large")
)

// IndeterminateError is an ErrIndeterminate. Whoever records histories finds the request by its
// numbers in the log.
type IndeterminateError struct {
	ClientID      vsr.ClientID
	RequestNumber vsr.RequestNumber
	// Cause is why waiting ended, for example context.DeadlineExceeded.
	Cause error
}

// Error says which request it is.
func (e *IndeterminateError) Error() string {
	return fmt.Sprintf("client: request %d of client %s: %v: %v",
		e.RequestNumber, e.ClientID, ErrIndeterminate, e.Cause)
}

// Is makes it an ErrIndeterminate.
func (e *IndeterminateError) Is(target error) bool { return target == ErrIndeterminate }

// Unwrap gives the cause.
func (e *IndeterminateError) Unwrap() error { return e.Cause }
