// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"syscall"
	"unsafe"
)

// Memory outside of the Go heap: it is zero at first, costs nothing until it is touched, goes
// back at once when freed, and does not make the garbage collector run later.

// mapThreshold is the size in bytes from which memory is mapped.
const mapThreshold = 1 << 16

// allocateWords returns n zero words, in huge pages where the system grants them.
func allocateWords(n int) []uint64 {
	size := n * 8
	if size < mapThreshold {
		return make([]uint64, n)
	}
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return make([]uint64, n)
	}
	const hugePages = 14 // MADV_HUGEPAGE; a refusal does no harm.
	_ = syscall.Madvise(b, hugePages)
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// freeWords gives back what allocateWords returned.
func freeWords(words []uint64) {
	size := len(words) * 8
	if size < mapThreshold {
		return
	}
	// An error means that the words lie in the Go heap, which frees them by itself.
	_ = syscall.Munmap(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), size))
}
