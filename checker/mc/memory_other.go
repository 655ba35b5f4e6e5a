// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package mc

// Memory for the tables where the system calls of memory_linux.go are not available.

// allocateWords returns n zero words.
func allocateWords(n int) []uint64 { return make([]uint64, n) }

// freeWords gives back what allocateWords returned.
func freeWords([]uint64) {}
