// SPDX-License-Identifier: Apache-2.0

// The recovery decision table: what the two copies of a group say about it.

package journal

import "fmt"

// class is what was found where a copy of a group belongs.
type class uint8

const (
	// bad: it cannot be read, or it is not whole.
	bad class = iota
	// old: a good copy of an earlier group, or of none at all.
	old
	// current: a good copy of this group.
	current
	classes
)

func (c class) String() string { return [classes]string{"bad", "old", "current"}[c] }

// tri is a condition of a row: it may not matter.
type tri uint8

const (
	either tri = iota
	no
	yes
)

func (t tri) matches(v bool) bool { return t == either || (t == yes) == v }

// verdict is what becomes of a group.
type verdict uint8

const (
	// empty: the group was never acknowledged and is gone. It is the end of the log.
	empty verdict = iota
	// fix: the group is whole, but its header must be written again.
	fix
	// clean: the group is whole.
	clean
	// lost: the group is known from its header, but its body cannot be used.
	lost
	// unknown: there was a group, or may have been, and neither copy can be believed. What it led
	// to is known from what comes after it; if nothing does, the head of the log is unknown.
	unknown
)

func (v verdict) String() string {
	return [...]string{"empty", "fix", "clean", "lost", "unknown"}[v]
}

// finding is what is known about one group.
type finding struct {
	header  class // of the copy in the header ring
	prepare class // of the copy in the prepare ring
	same    bool  // both are current and have the same header
	// linked: the group after it, if its header is known, names this one as its parent. The
	// superblock says the same for the group that it calls the head.
	linked bool
	// known: this group was durable when a later header or the superblock was written.
	known bool
}

// row is one row of the table.
type row struct {
	number              int
	header, prepare     class
	same, linked, known tri
	verdict             verdict
	meaning             string
}

// table is total: each finding matches exactly one row. A test goes through all of them.
//
// The order of writes behind it: body, flush, header, flush, acknowledgement. The header of a
// group is written together with the body of the next one, never together with its own.
var table = []row{
	{1, old, old, either, either, no, empty,
		"never written, or nothing of it has reached the disk"},
	{1, old, old, either, either, yes, unknown,
		"was durable, and both writes are gone: a hole below a later group is loss, not a crash"},
	{2, old, bad, either, either, no, empty,
		"torn body: the header is not begun before the body is durable, so nobody was told"},
	{2, old, bad, either, either, yes, unknown,
		"was durable: the header is gone and the body is damaged"},
	{3, old, current, either, yes, either, fix,
		"crash between the body and the header, or the header's write was lost"},
	{3, old, current, either, no, either, unknown,
		"a body that the next group does not follow: parts of the file are from another time"},
	{4, bad, current, either, yes, either, fix,
		"header torn or rotten, body good"},
	{4, bad, current, either, no, either, unknown,
		"header damaged, and the body is not the one that the next group follows"},
	{5, bad, old, either, either, either, unknown,
		"header rotten in a slot that was idle; or the body's write lost and the header rotten"},
	{6, bad, bad, either, either, either, unknown,
		"real damage: no crash tears the body and the header of one group"},
	{7, current, bad, either, yes, either, lost,
		"body rotten or unreadable"},
	{7, current, bad, either, no, either, unknown,
		"body damaged, and the header is not the one that the next group follows"},
	{8, current, old, either, yes, either, lost,
		"the body's write was lost or went elsewhere"},
	{8, current, old, either, no, either, unknown,
		"body lost, and the header is not the one that the next group follows"},
	{9, current, current, yes, yes, either, clean,
		"as it should be"},
	{9, current, current, yes, no, either, unknown,
		"whole, but the next group follows another one: parts of the file are from another time"},
	{10, current, current, no, yes, either, lost,
		"header and body of different times; the next group follows the header"},
	{10, current, current, no, no, either, unknown,
		"header and body of different times, and the next group does not follow the header"},
}

// matches says whether the row is about the finding.
func (r *row) matches(f finding) bool {
	return r.header == f.header && r.prepare == f.prepare && r.same.matches(f.same) &&
		r.linked.matches(f.linked) && r.known.matches(f.known)
}

// decide is the row for a finding.
func decide(f finding) *row {
	for i := range table {
		if table[i].matches(f) {
			return &table[i]
		}
	}
	panic(fmt.Sprintf("journal: the recovery table has no row for %+v", f))
}
