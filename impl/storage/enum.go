// SPDX-License-Identifier: Apache-2.0

// Enum: all that can be found on a simulated disk after a crash, and all that one more fault can
// make of it. Nothing is drawn by chance; equal images are visited once.

package storage

import (
	"bytes"
	"hash/maphash"
)

// Enum enumerates images and remembers which it has visited, by a digest of each: an image is made
// only if it is new. The zero value is ready.
type Enum struct {
	// Images counts what was visited, without repetition.
	Images int

	seed maphash.Seed
	seen map[uint64]struct{}
	// What was computed from contents, which never change and are kept as long as they are in here.
	hashes map[*byte]uint64
	torn   map[[2]*byte][]byte
	spoilt map[spoil][]byte
}

// rememberMost is how many entries each of these maps has, so that memory stays bounded.
const rememberMost = 4096

// spoil is a change of some bytes of a content: from low up to high, each in its own way.
type spoil struct {
	content   *byte
	low, high int
	flip      byte // 0: noise
}

// Crashes visits every image that a power cut can leave of the disk as it is now: for each unsynced
// sector the old content, the newest, or one torn between them. The disk itself stays as it is. The
// context is what the caller would judge an image by: equal images in equal contexts are visited
// once. A visitor may keep the image and do with it what it likes.
func (e *Enum) Crashes(disk *Sim, context uint64, visit func(image *Sim)) {
	e.begin()
	total := 1
	fates := make([][3][]byte, len(disk.unsynced))
	sums := make([][3]uint64, len(disk.unsynced))
	base := context + e.sum(disk)
	for i, n := range disk.unsynced {
		total *= 3
		sector := &disk.sectors[n]
		newest := sector.visible()
		fates[i] = [3][]byte{nil, orZeros(newest), e.tear(sector.durable, newest)}
		base -= e.part(n, sector.durable, sector.unreadable)
		sums[i] = [3]uint64{e.part(n, sector.durable, sector.unreadable), e.part(n, newest, false),
			e.part(n, fates[i][2], false)}
	}
	for choice := range total {
		sum, rest := base, choice
		for i := range fates {
			sum += sums[i][rest%3]
			rest /= 3
		}
		if !e.isNew(sum) {
			continue
		}
		image, at := disk.Clone(), 0
		rest = choice
		image.crashWith(func(int64, []byte, [][]byte) []byte {
			found := fates[at][rest%3]
			at++
			rest /= 3
			return found
		}, shared)
		visit(image)
	}
}

// Faults visits every image that one fault makes of a durable one, in the sectors given: a flipped
// bit at a place that the fault draws from the sector's number and one in the last byte, a whole
// sector of noise, one that cannot be read, one whose latest write is lost, and two that have
// changed places.
func (e *Enum) Faults(disk *Sim, context uint64, sectors []int64,
	visit func(image *Sim, fault string, sector int64)) {
	e.begin()
	base := context + e.sum(disk)
	one := func(fault string, n int64, content []byte, unreadable bool) {
		was := disk.settled(n)
		if e.isNew(base - e.part(n, was.durable, was.unreadable) + e.part(n, content, unreadable)) {
			image := disk.Clone()
			image.sectors[n].durable, image.sectors[n].unreadable = content, unreadable
			visit(image, fault, n)
		}
	}
	for i, n := range sectors {
		s := disk.settled(n)
		at := int(100 + n%64*3)
		one("a flipped bit", n, e.spoil(s.durable, at, at+1, 4), s.unreadable)
		one("a flipped bit at the end", n, e.spoil(s.durable, SectorSize-1, SectorSize, 1),
			s.unreadable)
		one("noise", n, e.spoil(s.durable, 0, SectorSize, 0), s.unreadable)
		one("a sector that cannot be read", n, s.durable, true)
		one("a lost write", n, s.before, s.unreadable)
		for _, m := range sectors[i+1:] {
			other := disk.settled(m)
			sum := base - e.part(n, s.durable, s.unreadable) -
				e.part(m, other.durable, other.unreadable) +
				e.part(n, other.durable, s.unreadable) + e.part(m, s.durable, other.unreadable)
			if e.isNew(sum) {
				image := disk.Clone()
				image.Swap(n, m)
				visit(image, "two sectors in each other's place", n)
			}
		}
	}
}

// RottenPairs visits every image that two rotten sectors, of those given, make of a durable one.
func (e *Enum) RottenPairs(disk *Sim, context uint64, sectors []int64,
	visit func(image *Sim, a, b int64)) {
	e.begin()
	base := context + e.sum(disk)
	contents := make([][]byte, len(sectors))
	changes := make([]uint64, len(sectors)) // of the digest
	for i, n := range sectors {
		s := disk.settled(n)
		contents[i] = e.spoil(s.durable, 0, SectorSize, 0)
		changes[i] = e.part(n, contents[i], s.unreadable) - e.part(n, s.durable, s.unreadable)
	}
	for i, a := range sectors {
		for j, b := range sectors[:i] {
			if !e.isNew(base + changes[i] + changes[j]) {
				continue
			}
			image := disk.Clone()
			image.sectors[a].durable, image.sectors[b].durable = contents[i], contents[j]
			visit(image, b, a)
		}
	}
}

// begin makes the zero value ready, and forgets what has become too much.
func (e *Enum) begin() {
	if e.seen == nil {
		e.seed, e.seen = maphash.MakeSeed(), map[uint64]struct{}{}
		e.hashes, e.torn = map[*byte]uint64{}, map[[2]*byte][]byte{}
		e.spoilt = map[spoil][]byte{}
	}
	if len(e.hashes) > rememberMost {
		clear(e.hashes)
	}
	if len(e.torn) > rememberMost {
		clear(e.torn)
	}
	if len(e.spoilt) > rememberMost {
		clear(e.spoilt)
	}
}

// isNew says whether an image with that digest is to be visited, and counts it.
func (e *Enum) isNew(sum uint64) bool {
	if _, known := e.seen[sum]; known {
		return false
	}
	e.seen[sum] = struct{}{}
	e.Images++
	return true
}

// sum is the digest of what is durable: the sum of the parts of all sectors.
func (e *Enum) sum(disk *Sim) (sum uint64) {
	for n := range disk.sectors {
		s := &disk.sectors[n]
		sum += e.part(int64(n), s.durable, s.unreadable)
	}
	return sum
}

// part is what one sector adds to the digest; nothing if it is all zero. It is mixed with its
// number, so that the order of the sum does not matter.
func (e *Enum) part(n int64, content []byte, unreadable bool) uint64 {
	if !unreadable && (content == nil || &content[0] == &zeroSector[0]) {
		return 0
	}
	h := e.hash(content)
	if unreadable {
		h = ^h
	}
	return mix(h ^ mix(uint64(n)+1))
}

func (e *Enum) hash(content []byte) uint64 {
	if content == nil {
		return 0
	}
	h, ok := e.hashes[&content[0]]
	if !ok {
		h = maphash.Bytes(e.seed, content)
		e.hashes[&content[0]] = h
	}
	return h
}

// shared keeps content that several images have: a clone never changes or recycles it.
func shared(found []byte) []byte {
	if &found[0] == &zeroSector[0] {
		return nil
	}
	return found
}

// mix spreads a number over all bits.
func mix(x uint64) uint64 {
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	return x ^ x>>32
}

// tear is a sector of which half of the changed bytes have been written.
func (e *Enum) tear(old, newer []byte) []byte {
	old, newer = orZeros(old), orZeros(newer)
	key := [2]*byte{&old[0], &newer[0]}
	if torn, ok := e.torn[key]; ok {
		return torn
	}
	low, high := 0, len(old)
	const step = SectorSize / 16 // Most of it is equal, and a long comparison is a fast one.
	for low < high && bytes.Equal(old[low:low+step], newer[low:low+step]) {
		low += step
	}
	for high-step >= low && bytes.Equal(old[high-step:high], newer[high-step:high]) {
		high -= step
	}
	for low < high && old[low] == newer[low] {
		low++
	}
	for high > low && old[high-1] == newer[high-1] {
		high--
	}
	torn := append(append([]byte(nil), newer[:(low+high)/2]...), old[(low+high)/2:]...)
	e.torn[key] = torn
	return torn
}

// spoil is a content of which the bytes from low up to high have rotted: by exclusive or with
// flip, or with noise.
func (e *Enum) spoil(content []byte, low, high int, flip byte) []byte {
	content = orZeros(content)
	key := spoil{&content[0], low, high, flip}
	if rotten, ok := e.spoilt[key]; ok {
		return rotten
	}
	rotten := bytes.Clone(content)
	for i := low; i < high; i++ {
		if flip == 0 {
			rotten[i] ^= byte(i)*31 + 0x55
		} else {
			rotten[i] ^= flip
		}
	}
	if isZero(rotten) {
		rotten = nil
	}
	e.spoilt[key] = rotten
	return rotten
}
