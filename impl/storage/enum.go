// SPDX-License-Identifier: Apache-2.0

// Enum: all that can be found on a simulated disk after a crash, and all that one more fault can
// make of it. Nothing is drawn by chance; equal images are visited once.

package storage

import "hash/maphash"

// Enum enumerates images and remembers which it has visited. The zero value is ready.
type Enum struct {
	// Images counts what was visited, without repetition.
	Images int

	seed   maphash.Seed
	seen   map[uint64]struct{}
	hashes map[*byte]uint64    // of contents, which never change
	torn   map[[2]*byte][]byte // the tear between two contents
}

// Forget drops what was remembered to be fast, so that memory stays bounded; what was visited is
// remembered still.
func (e *Enum) Forget() { e.hashes, e.torn = nil, nil }

// Crashes visits every image that a power cut can leave of the disk as it is now: for each unsynced
// sector the old content, the newest, or one torn between them. The disk itself stays as it is. The
// context is what the caller would judge an image by: equal images in equal contexts are visited
// once. A visitor may keep the image and do with it what it likes.
func (e *Enum) Crashes(disk *Sim, context uint64, visit func(image *Sim)) {
	total := 1
	for range disk.unsynced {
		total *= 3
	}
	for choice := range total {
		image, rest := disk.Clone(), choice
		image.crashWith(func(_ int64, old []byte, versions [][]byte) []byte {
			fate := rest % 3
			rest /= 3
			switch newest := versions[len(versions)-1]; fate {
			case 0:
				return nil
			case 1:
				return newest
			default:
				return e.tear(old, newest)
			}
		}, shared)
		e.visit(image, context, visit)
	}
}

// Faults visits every image that one fault makes of a durable one, in the sectors given: a flipped
// bit at a place that the fault draws from the sector's number and one in the last byte, a whole
// sector of noise, one that cannot be read, one whose latest write is lost, and two that have
// changed places.
func (e *Enum) Faults(disk *Sim, context uint64, sectors []int64,
	visit func(image *Sim, fault string, sector int64)) {
	one := func(fault string, sector int64, spoil func(image *Sim)) {
		image := disk.Clone()
		spoil(image)
		e.visit(image, context, func(image *Sim) { visit(image, fault, sector) })
	}
	for i, n := range sectors {
		one("a flipped bit", n, func(s *Sim) { s.Damage(n*SectorSize+100+n%64*3, 4) })
		one("a flipped bit at the end", n, func(s *Sim) { s.Damage((n+1)*SectorSize-1, 1) })
		one("noise", n, func(s *Sim) { s.rot(n) })
		one("a sector that cannot be read", n, func(s *Sim) { s.Unreadable(n) })
		one("a lost write", n, func(s *Sim) { s.LoseWrite(n) })
		for _, m := range sectors[i+1:] {
			one("two sectors in each other's place", n, func(s *Sim) { s.Swap(n, m) })
		}
	}
}

// visit calls the visitor if the image is new.
func (e *Enum) visit(image *Sim, context uint64, visit func(*Sim)) {
	if e.seen == nil {
		e.seed, e.seen = maphash.MakeSeed(), map[uint64]struct{}{}
	}
	if e.hashes == nil {
		e.hashes = map[*byte]uint64{}
	}
	sum := context
	for n := range image.sectors {
		s := &image.sectors[n]
		if s.durable == nil && !s.unreadable {
			continue
		}
		h := e.hash(s.durable)
		if s.unreadable {
			h = ^h
		}
		// Each sector is mixed with its number, so that the order of the sum does not matter.
		sum += mix(h ^ mix(uint64(n)+1))
	}
	if _, known := e.seen[sum]; known {
		return
	}
	e.seen[sum] = struct{}{}
	e.Images++
	visit(image)
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
	if e.torn == nil {
		e.torn = map[[2]*byte][]byte{}
	}
	key := [2]*byte{&old[0], &newer[0]}
	if torn, ok := e.torn[key]; ok {
		return torn
	}
	low, high := 0, len(old)
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
