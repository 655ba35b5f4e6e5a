// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package mc

// Memory for the tables where the system calls of memory_linux.go are not available.

// region is an array of words.
type region struct{ words []uint64 }

// allocate returns n zero words.
func allocate(n int) region { return region{words: make([]uint64, n)} }

// free gives the words back.
func (r *region) free() { *r = region{} }

// mappedBytes returns how much of the region lies outside of the Go heap.
func (r *region) mappedBytes() int { return 0 }
