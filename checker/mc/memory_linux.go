// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"syscall"
	"unsafe"
)

// Memory outside of the Go heap: it is zero at first, costs nothing until it is touched, goes
// back at once when freed, and does not make the garbage collector run later. It asks for huge
// pages: a random read in a large table otherwise waits for the page tables too.

// hugePage is the size of a huge page in bytes. Smaller requests come from the Go heap.
const hugePage = 2 << 20

// region is an array of words.
type region struct {
	words  []uint64
	mapped []byte // the mapping that they lie in, if any
}

// allocate returns n zero words.
func allocate(n int) region {
	size := n * 8
	if size < hugePage {
		return region{words: make([]uint64, n)}
	}
	// One page more, so that the words can begin at the start of a huge page.
	mapped, err := syscall.Mmap(-1, 0, size+hugePage, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return region{words: make([]uint64, n)}
	}
	const adviseHugePages = 14 // MADV_HUGEPAGE; a refusal does no harm.
	_ = syscall.Madvise(mapped, adviseHugePages)
	start := -int(uintptr(unsafe.Pointer(unsafe.SliceData(mapped)))) & (hugePage - 1)
	words := unsafe.Slice((*uint64)(unsafe.Pointer(&mapped[start])), n)
	return region{words: words, mapped: mapped}
}

// mappedBytes returns how much of the region lies outside of the Go heap.
func (r *region) mappedBytes() int {
	if r.mapped == nil {
		return 0
	}
	return 8 * len(r.words)
}

// free gives the words back. Nobody may use them any more.
func (r *region) free() {
	if r.mapped != nil {
		// It was mapped, so this cannot fail, and if it did, there is nothing to be done.
		_ = syscall.Munmap(r.mapped)
	}
	*r = region{}
}
