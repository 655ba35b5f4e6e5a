// SPDX-License-Identifier: Apache-2.0

// The recovery table is total, and each of its rows is met.

package journal

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// findings are all that can be found about a group.
func findings() (all []finding) {
	for bits := range 72 {
		all = append(all, finding{header: class(bits % 3), prepare: class(bits / 3 % 3),
			same: bits/9%2 == 1, linked: bits/18%2 == 1, known: bits/36%2 == 1})
	}
	return all
}

func TestTableIsTotal(t *testing.T) {
	used := map[*row]bool{}
	for _, f := range findings() {
		n := 0
		for i := range table {
			if table[i].matches(f) {
				n++
			}
		}
		require.Equal(t, 1, n, "%+v", f)
		used[decide(f)] = true
	}
	require.Len(t, used, len(table), "a row that nothing matches")
}

// What the table must say whatever its rows are.
func TestTableIsSafe(t *testing.T) {
	for _, f := range findings() {
		v := decide(f).verdict
		require.True(t, v != empty || !f.known, "%+v: a group that was durable is no torn one", f)
		require.True(t, v != empty || f.header == old, "%+v: no header is begun early", f)
		require.True(t, v != clean && v != fix || f.prepare == current, "%+v", f)
		require.True(t, v != clean && v != fix && v != lost || f.linked, "%+v", f)
		require.True(t, v != lost || f.header == current, "%+v", f)
		if f.header == old && f.prepare != current && !f.known {
			require.Equal(t, empty, v, "%+v: a plain crash must not be damage", f)
		}
	}
}

// scene is a file with three groups, and what is done to it.
type scene struct {
	name    string
	verdict verdict // of the group
	rows    int     // number of its row
	group   uint64
	change  func(disk *storage.Sim, l *layout)
	lost    []vsr.LostEntries
	unknown bool
	length  int
}

func headerSector(l *layout, group uint64) int64 { return l.headerOffset(group) / 4096 }

// bodySector is where a group of the scenes begins: the second one has two sectors.
func bodySector(l *layout, group uint64) int64 {
	return l.prepareOffset([]int64{0, 0, 4096, 3 * 4096}[group]) / 4096
}

func zero(disk *storage.Sim, sector int64) {
	if disk.WriteSectors(make([]byte, 4096), sector*4096) != nil || disk.Flush() != nil {
		panic("the simulated disk refused a write")
	}
}

// scenes meets the rows by hand.
func scenes() []scene {
	rotHeader := func(group uint64) func(*storage.Sim, *layout) {
		return func(d *storage.Sim, l *layout) { d.Damage(headerSector(l, group)*4096+99, 1) }
	}
	rotBody := func(group uint64) func(*storage.Sim, *layout) {
		return func(d *storage.Sim, l *layout) { d.Damage(bodySector(l, group)*4096+400, 1) }
	}
	loseHeader := func(group uint64) func(*storage.Sim, *layout) {
		return func(d *storage.Sim, l *layout) { d.LoseWrite(headerSector(l, group)) }
	}
	loseBody := func(group uint64) func(*storage.Sim, *layout) {
		return func(d *storage.Sim, l *layout) { zero(d, bodySector(l, group)) }
	}
	both := func(a, b func(*storage.Sim, *layout)) func(*storage.Sim, *layout) {
		return func(d *storage.Sim, l *layout) { a(d, l); b(d, l) }
	}
	second := []vsr.LostEntries{{First: 2, Last: 3}}
	third := []vsr.LostEntries{{First: 4, Last: 4}}
	return []scene{
		{"all good", clean, 9, 2, func(*storage.Sim, *layout) {}, nil, false, 4},
		{"header lost", fix, 3, 3, loseHeader(3), nil, false, 4},
		{"header rotten", fix, 4, 3, rotHeader(3), nil, false, 4},
		{"body rotten", lost, 7, 3, rotBody(3), third, false, 4},
		{"body lost", lost, 8, 3, loseBody(3), third, false, 4},
		{"both rotten", unknown, 6, 3, both(rotHeader(3), rotBody(3)), nil, true, 3},
		{"header rotten, body lost", unknown, 5, 3, both(rotHeader(3), loseBody(3)), nil, true, 3},
		{"in the middle: both rotten", unknown, 6, 2, both(rotHeader(2), rotBody(2)), second,
			false, 4},
		{"in the middle: both lost", unknown, 1, 2, both(loseHeader(2), loseBody(2)), second,
			false, 4},
		{"in the middle: lost and rotten", unknown, 2, 2, both(loseHeader(2), rotBody(2)), second,
			false, 4},
		{"header in the place of another, body rotten", unknown, 6, 3, both(
			func(d *storage.Sim, l *layout) { d.Swap(headerSector(l, 3), headerSector(l, 5)) },
			rotBody(3)), nil, true, 3},
		{"first: body rotten", lost, 7, 1, rotBody(1), []vsr.LostEntries{{First: 1, Last: 1}},
			false, 4},
		{"two in a row", unknown, 6, 1, both(both(rotHeader(1), rotBody(1)),
			both(rotHeader(2), rotBody(2))), []vsr.LostEntries{{First: 1, Last: 3}}, false, 4},
	}
}

func TestScenes(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			disk := formatted(t)
			j, state := reopen(t, disk)
			for i, k := range []kind{appendOne, appendTwo, appendOne} {
				w := makeWrite(k, state, uint64(i+1), 10*(i+1))
				state = after(state, w)
				require.NoError(t, play(j, w))
			}
			s.change(disk, &j.super.layout)
			report, err := Inspect(disk)
			require.NoError(t, err)
			g := report.Groups[s.group-1]
			require.Equal(t, s.verdict.String(), g.Verdict, report.String())
			require.Equal(t, s.rows, g.Row)
			require.Equal(t, s.verdict == clean || s.verdict == fix, report.Good())

			_, got := reopen(t, disk)
			require.Len(t, got.Log, s.length)
			require.Equal(t, s.unknown, got.HeadUnknown)
			require.Len(t, got.Lost, len(s.lost))
			for i := range s.lost {
				s.lost[i].Name = nameAt(&state, s.lost[i].Last)
				require.Equal(t, s.lost[i], got.Lost[i])
			}
		})
	}
}
