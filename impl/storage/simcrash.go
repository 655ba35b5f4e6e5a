// SPDX-License-Identifier: Apache-2.0

// What a crash does to a simulated disk, and damage that is planted on purpose.

package storage

import (
	"bytes"
	"math/rand/v2"
)

// Unsynced lists the numbers of the sectors whose newest content is not durable, in the order in
// which they were first written. A sector's offset is its number times SectorSize.
func (s *Sim) Unsynced() []int64 { return append([]int64(nil), s.unsynced...) }

// CrashWith cuts the power. For each unsynced sector, in the order of Unsynced, fate is given the
// durable content and all unsynced versions, oldest first, and returns what is found after the
// crash; nil means that nothing reached the disk. It must not change or keep what it is given. The
// disk is durable as a whole then, and as long as the last sector that exists.
func (s *Sim) CrashWith(fate func(sector int64, old []byte, versions [][]byte) []byte) {
	s.crashWith(fate, func(found []byte) []byte { return contentOf(found, nil) })
}

// crashWith is CrashWith with its own way to keep what is found.
func (s *Sim) crashWith(fate func(sector int64, old []byte, versions [][]byte) []byte,
	keep func(found []byte) []byte) {
	end := s.durableSize
	for _, number := range s.unsynced {
		sector := &s.sectors[number]
		versions := make([][]byte, len(sector.pending))
		for i, version := range sector.pending {
			versions[i] = orZeros(version)
		}
		if found := fate(number, orZeros(sector.durable), versions); found != nil {
			sector.before, sector.unreadable = sector.durable, false
			sector.durable = keep(found)
			end = max(end, (number+1)*SectorSize)
		}
		sector.pending = nil
		sector.dropped = false
	}
	s.unsynced = nil
	s.sectors = s.sectors[:end/SectorSize]
	s.durableSize = end
	s.closed = false
	s.failures = [callKinds]failure{}
}

// Crash cuts the power with chance: each unsynced sector on its own keeps its old content, gets
// one of its unsynced versions, or is torn between two of them.
func (s *Sim) Crash(rng *rand.Rand) {
	s.CrashWith(func(_ int64, old []byte, versions [][]byte) []byte {
		newer := rng.IntN(len(versions))
		switch rng.IntN(3) {
		case 0:
			return nil
		case 1:
			return versions[newer]
		default:
			older := old
			if newer > 0 && rng.IntN(2) == 0 {
				older = versions[newer-1]
			}
			return Tear(rng, older, versions[newer])
		}
	})
}

// Tear returns a sector whose writing was interrupted: some bytes are older, some newer, and
// sometimes a run of bytes is neither.
func Tear(rng *rand.Rand, older, newer []byte) []byte {
	torn := bytes.Clone(older)
	cut := rng.IntN(SectorSize)
	switch rng.IntN(4) {
	case 0: // stopped at some byte
		copy(torn[:cut], newer)
	case 1: // came from the end
		copy(torn[cut:], newer[cut:])
	case 2: // device blocks in any order
		const block = 512
		for at := 0; at < SectorSize; at += block {
			if rng.IntN(2) == 0 {
				copy(torn[at:at+block], newer[at:])
			}
		}
	default: // stopped in a run of noise
		copy(torn[:cut], newer)
		end := min(SectorSize, cut+1+rng.IntN(64))
		for at := cut; at < end; at++ {
			torn[at] = byte(rng.Uint32())
		}
	}
	return torn
}

// zeroSector is the content of a sector that was never written. Nothing writes to it.
var zeroSector = make([]byte, SectorSize)

func orZeros(content []byte) []byte {
	if content == nil {
		return zeroSector
	}
	return content
}
