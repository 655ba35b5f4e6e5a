// SPDX-License-Identifier: Apache-2.0

package textbook

// What the models need to say which of their processes are interchangeable. The philosophers are
// not: each has two neighbours, and an exchange of two would take them away from theirs.

// processes lists the processes from one to another, that excluded.
func processes(from, to int) []int {
	var list []int
	for p := from; p < to; p++ {
		list = append(list, p)
	}
	return list
}

// renamed returns who a process is after a and b are exchanged.
func renamed(a, b int, p int8) int8 {
	switch int(p) {
	case a:
		return int8(b)
	case b:
		return int8(a)
	default:
		return p
	}
}
