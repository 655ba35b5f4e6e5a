// SPDX-License-Identifier: Apache-2.0

package simcheck

// Brief is the outcome of a sweep that another program reads.
type Brief struct {
	// Layer is the check that failed. Empty: none did.
	Layer Layer `json:"layer"`
	// Seed is the one that failed, Error what the layer said.
	Seed  uint64 `json:"seed,omitempty"`
	Error string `json:"error,omitempty"`
	// Seeds is how many runs ended well.
	Seeds int `json:"seeds"`
}
