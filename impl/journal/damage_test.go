// SPDX-License-Identifier: Apache-2.0

// Damage by hand: every part of the file is checked, histories do not mix, the scrubber finds it.

package journal

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// perfect says that a report has nothing to remark.
func perfect(r *Report) bool {
	if !r.Healthy || !r.Good() {
		return false
	}
	for i := range r.Groups {
		if r.Groups[i].Verdict != clean.String() {
			return false
		}
	}
	return true
}

// Every flipped bit in a sector that is needed is noticed, in the unused rest of it too.
func TestEveryByteIsChecked(t *testing.T) {
	disk, _ := sample(t)
	report, err := Inspect(disk)
	require.NoError(t, err)
	require.True(t, perfect(&report), report.String())
	l, err := func() (layout, error) { c := testConfig(); return c.sizes() }()
	require.NoError(t, err)
	idle := map[int64]bool{} // header slots of no group, and what a checkpoint has freed
	for slot := range l.slots {
		idle[l.headerOffset(uint64(slot))/storage.SectorSize] = true
	}
	for _, g := range report.Groups {
		delete(idle, l.headerOffset(g.Number)/storage.SectorSize)
	}
	for _, sector := range disk.Written() {
		if idle[sector] {
			continue
		}
		for at := int64(0); at < storage.SectorSize; at += 37 {
			rotten := disk.Clone()
			rotten.Damage(sector*storage.SectorSize+at, 1<<(at%8))
			report, err := Inspect(rotten)
			require.NoError(t, err)
			require.False(t, perfect(&report), "sector %d, byte %d", sector, at)
		}
	}
}

// Parts of a file of another time are good in themselves; they do not follow each other.
func TestSplicedHistories(t *testing.T) {
	base := formatted(t)
	var disks [2]*storage.Sim
	var states [2]vsr.Durable
	for i := range disks {
		disks[i] = base.Clone()
		j, state := reopen(t, disks[i])
		for n, k := range []kind{appendOne, appendOne, appendOne} {
			w := makeWrite(k, state, uint64(n+1), 100*(i+1)+n)
			state = after(state, w)
			require.NoError(t, play(j, w))
		}
		states[i] = state
	}
	c := testConfig()
	l, err := c.sizes()
	require.NoError(t, err)
	sector := storage.Buffer(storage.SectorSize)
	for _, number := range []int64{headerSector(&l, 2), l.prepareOffset(storage.SectorSize) / 4096} {
		require.NoError(t, disks[0].ReadSectors(sector, number*storage.SectorSize))
		require.NoError(t, disks[1].WriteSectors(sector, number*storage.SectorSize))
	}
	_, got := reopen(t, disks[1])
	require.Equal(t, []vsr.LostEntries{{First: 2, Last: 2, Name: nameAt(&states[1], 2)}}, got.Lost)
	require.True(t, sameButLost(&got, &states[1]))
}

// The scrubber goes round over everything that is durable, and says which entries are in danger.
func TestScrub(t *testing.T) {
	disk, state := sample(t)
	j, _ := reopen(t, disk)
	round := func() (all []Damage) {
		for {
			damage, done, err := j.ScrubStep()
			require.NoError(t, err)
			if damage != nil {
				all = append(all, *damage)
			}
			if done {
				return all
			}
		}
	}
	require.Empty(t, round())
	l := &j.super.layout
	disk.Damage(l.headerOffset(4)+99, 1)
	found := round()
	require.Len(t, found, 1)
	require.Equal(t, uint64(4), found[0].Group)
	require.Equal(t, length(&state), found[0].First)
	require.Equal(t, length(&state), found[0].Last)
	require.ErrorContains(t, found[0].What, "header of group 4")

	disk.Damage(l.extentStart(0)+200, 1)
	disk.Damage(l.prepareOffset(j.starts[1])+600, 1)
	found = round()
	require.Len(t, found, 3)
	require.True(t, found[0].Checkpoint)
	require.Equal(t, vsr.OpNumber(1), found[0].Last)
	require.Equal(t, uint64(1), found[1].Group)
	require.ErrorContains(t, found[1].What, "body of group 1")

	// A new checkpoint takes the place of the damaged one, and frees what it covers.
	checkpoint(t, j, nameAt(&state, length(&state)), "repaired")
	require.Empty(t, round())
}

// What is lost stays lost when a group that could not be read can be read again: the groups below
// may have been given up since. And where nothing is known of groups that did not change the log,
// nothing is lost (found by seed 1001398 of the simulator).
func TestAReadErrorThatComesAndGoes(t *testing.T) {
	disk := formatted(t)
	j, state := reopen(t, disk)
	for n, k := range []kind{appendOne, appendOne, appendOne, viewOnly, viewOnly, viewOnly} {
		w := makeWrite(k, state, uint64(n+1), n)
		state = after(state, w)
		require.NoError(t, play(j, w))
	}
	l, starts := &j.super.layout, j.starts
	flip := func(groups ...int) {
		for _, g := range groups {
			disk.Damage(l.headerOffset(uint64(g))+99, 1)
			disk.Damage(l.prepareOffset(starts[g])+99, 1)
		}
	}
	flip(4, 5)
	_, got := reopen(t, disk)
	require.Empty(t, got.Lost)
	require.True(t, sameState(got, state), short(got, state))
	flip(4, 5)

	flip(2, 3)
	j, got = reopen(t, disk)
	all := []vsr.LostEntries{{First: 1, Last: 3, Name: nameAt(&state, 3)}}
	require.Equal(t, all, got.Lost)
	w := makeWrite(viewOnly, state, 1, 7)
	state = after(state, w)
	require.NoError(t, play(j, w))
	flip(3)
	_, got = reopen(t, disk)
	require.Equal(t, []vsr.LostEntries{{First: 1, Last: 2, Name: nameAt(&state, 2)}}, got.Lost)
	require.True(t, sameButLost(&got, &state))
}

// With one replica there is nobody who could have what is lost.
func TestAloneWithALoss(t *testing.T) {
	c := testConfig()
	c.Replica, c.Replicas = 0, 1
	disk := storage.NewSim()
	require.NoError(t, Format(disk, c))
	j, state, err := Open(disk, c)
	require.NoError(t, err)
	require.NoError(t, play(j, makeWrite(appendOne, state, 1, 1)))
	disk.Damage(j.super.layout.prepareStart()+400, 1)
	_, _, err = Open(disk, c)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, "entries 1 to 1 are lost")
	report, err := Inspect(disk)
	require.NoError(t, err)
	require.ErrorIs(t, report.Damage, ErrDamaged)
	require.Contains(t, report.String(), "LOST: the entries 1 to 1")
}

// What the scrubber has found is good after a repair, and after the next start as well.
func TestScrubAndRepair(t *testing.T) {
	disk, state := sample(t)
	j, _ := reopen(t, disk)
	cp := state.Checkpoint
	l := &j.super.layout
	x := extent{layout: *l, owner: j.owner, checkpointRecord: j.super.checkpoint}
	inTable, _ := x.chunk(x.chunks() - 1)
	inState, _ := x.chunk(0)
	newest := j.durable.number
	for _, offset := range []int64{inState + 200, inTable + 130, superblockOffset(1, disk.Size()) + 60,
		superblockOffset(3, disk.Size()), l.headerOffset(newest) + 99} {
		disk.Damage(offset, 1)
	}
	kinds := map[string]int{}
	sequence := uint64(0)
	for {
		damage, done, err := j.ScrubStep()
		require.NoError(t, err)
		if done {
			break
		}
		if damage == nil {
			continue
		}
		other := cp
		other.State = append([]byte("x"), cp.State...)
		if damage.Checkpoint {
			good, err := j.Repair(damage, &other)
			require.NoError(t, err)
			require.False(t, good, "of another state")
		}
		good, err := j.Repair(damage, &cp)
		require.NoError(t, err)
		switch {
		case damage.Checkpoint:
			kinds["checkpoint"]++
			require.True(t, good)
		case damage.Superblock:
			kinds["superblock"]++
			require.True(t, good)
		default:
			kinds["group"]++
			require.False(t, good)
			sequence++
			keep := damage.First - 1
			require.NoError(t, play(j, vsr.Write{Sequence: sequence, Keep: keep,
				Entries:    state.Log[keep-cp.Name.OpNumber:],
				ViewNumber: state.ViewNumber, LastNormalView: state.LastNormalView}))
		}
	}
	require.Equal(t, map[string]int{"checkpoint": 2, "superblock": 2, "group": 1}, kinds)
	report, err := Inspect(disk)
	require.NoError(t, err)
	require.True(t, report.Healthy)
	_, found := reopen(t, disk)
	require.True(t, sameState(state, found), short(state, found))
}
