// SPDX-License-Identifier: Apache-2.0

// Each check is seen to fail: wrong journals, one mistake each, and the check that must notice.

package journal

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// check is a test of a journal; it returns what it has found wrong.
type check func(c Config) error

// enumerateTwo is the enumeration of all traces of up to two Writes.
func enumerateTwo(c Config) error {
	e := newEnumeration(c)
	e.run(1)
	e.run(2)
	return e.violation
}

func TestWrongJournalsAreCaught(t *testing.T) {
	checks := []struct {
		name  string
		check check
		catch []fault
	}{
		{"enumeration", enumerateTwo, []fault{ackBeforeFlush, truncateFirst, viewFirst,
			viewNotWritten, keepIgnored, noBodyChecksum, noOpenNumber, oneSuperblock,
			superblockUnsynced, openUnsynced}},
		{"rot", rotOfEverySector, []fault{noBodyChecksum, noHeaderChecksum, cutDamage, cutSuperblock}},
		{"splice", splicedGroups, []fault{noChain}},
		{"flush error", secondFlush, []fault{flushAgain}},
	}
	caught := map[fault]bool{}
	for _, c := range checks {
		require.NoError(t, c.check(roomy()), "%s: a right journal", c.name)
		for _, f := range c.catch {
			wrong := roomy()
			wrong.fault = f
			err := c.check(wrong)
			require.Error(t, err, "%s does not catch %v", c.name, f)
			t.Logf("%s catches %v: %v", c.name, f, err)
			caught[f] = true
		}
	}
	for f := none + 1; f < faults; f++ {
		require.True(t, caught[f], "no check catches %v", f)
	}
}

// threeGroups is a disk with three groups: one sector, two sectors, one sector with a view change.
func threeGroups(c Config, closed bool) (*storage.Sim, []vsr.Durable, error) {
	disk := storage.NewSim()
	if err := Format(disk, c); err != nil {
		return nil, nil, err
	}
	j, state, err := Open(disk, c)
	if err != nil {
		return nil, nil, err
	}
	states := []vsr.Durable{state}
	for i, k := range []kind{appendOne, appendTwo, replaceTail} {
		w := makeWrite(k, state, uint64(i+1), 10*i)
		state = after(state, w)
		states = append(states, state)
		if err := play(j, []vsr.Write{w}); err != nil {
			return nil, nil, err
		}
	}
	if closed {
		err = j.Close()
	}
	return disk, states, err
}

// rotOfEverySector flips one bit in every eighth byte of the file, one at a time. Rot in a group
// is noticed, except in the newest one if nothing was written later: that looks torn, and the
// Write is gone. Rot anywhere else changes nothing.
func rotOfEverySector(c Config) error {
	const end, newest = groupsStart + 4*storage.SectorSize, groupsStart + 3*storage.SectorSize
	for _, closed := range []bool{false, true} {
		disk, states, err := threeGroups(c, closed)
		if err != nil {
			return err
		}
		for number := range copies {
			from := copyOffset(number)
			if err := rot(c, disk, from, from+storage.SectorSize, &states[3]); err != nil {
				return err
			}
		}
		var afterNewest *vsr.Durable // nil for damage
		if !closed {
			afterNewest = &states[2]
		}
		err = errors.Join(rot(c, disk, groupsStart, newest, nil),
			rot(c, disk, newest, end, afterNewest),
			rot(c, disk, end, disk.Size(), &states[3]))
		if err != nil {
			return fmt.Errorf("closed %v: %w", closed, err)
		}
	}
	return nil
}

// rot wants the same state from each rotten disk, or an error about damage if there is none.
func rot(c Config, disk *storage.Sim, from, to int64, want *vsr.Durable) error {
	for off := from; off < to; off += 8 {
		at := off + off/8%8
		rotten := disk.Clone()
		rotten.Damage(at, 1<<(off/64%8))
		_, got, err := Open(rotten, c)
		switch {
		case want == nil && !errors.Is(err, ErrDamaged):
			return fmt.Errorf("rot at offset %d: found %s, error %v, expected damage",
				at, short(got), err)
		case want != nil && (err != nil || !sameState(got, *want)):
			return fmt.Errorf("rot at offset %d: found %s, error %v, expected %s",
				at, short(got), err, short(*want))
		}
	}
	return nil
}

// splicedGroups puts a group of one history on top of another, as a restored part of a file does.
func splicedGroups(c Config) error {
	base := newEnumeration(c).base
	var disks [2]*storage.Sim
	for i := range disks {
		disks[i] = base.Clone()
		j, state, err := Open(disks[i], c)
		if err != nil {
			return err
		}
		first := makeWrite(appendOne, state, 1, 10*(i+1))
		second := makeWrite(viewOnly, after(state, first), 2, 0)
		if err := play(j, []vsr.Write{first}, []vsr.Write{second}); err != nil {
			return err
		}
	}
	sector := storage.Buffer(storage.SectorSize)
	const second = groupsStart + storage.SectorSize
	if err := errors.Join(disks[0].ReadSectors(sector, second),
		disks[1].WriteSectors(sector, second)); err != nil {
		return err
	}
	if _, got, err := Open(disks[1], c); !errors.Is(err, ErrDamaged) {
		return fmt.Errorf("a mixture of two histories was opened: %s, error %v", short(got), err)
	}
	return nil
}

// secondFlush lets one flush fail. What was not acknowledged may be gone, what was may not.
func secondFlush(c Config) error {
	disk := newEnumeration(c).base
	j, state, err := Open(disk, c)
	if err != nil {
		return err
	}
	disk.FailNext(storage.CallFlush, 1, errPlanted)
	w := makeWrite(appendOne, state, 1, 10)
	err = play(j, []vsr.Write{w})
	disk.CrashWith(func(int64, []byte, [][]byte) []byte { return nil })
	_, got, openErr := Open(disk, c)
	if openErr != nil {
		return openErr
	}
	if err == nil && !sameState(got, after(state, w)) {
		return fmt.Errorf("an acknowledged write is gone: %s", short(got))
	}
	return nil
}
