// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"

	"viewstamp/impl/journal"
	"viewstamp/impl/storage"
)

// Damage to data files while nobody has them open. What is drawn depends on the seed and on what
// the file says of itself, so damage falls where something is at stake.

// place is a run of sectors in a data file.
type place struct {
	what          string
	offset, bytes int64
}

// String says where.
func (p place) String() string {
	return fmt.Sprintf("%d bytes at offset %d (%s)", p.bytes, p.offset, p.what)
}

// damager changes data files.
type damager struct{ random *rand.Rand }

// damage is one way to change a file at a place that is drawn. It says what it did.
type damage func(d *damager, file *os.File, report *journal.Report, older string) (string, error)

// runMax is the longest run of sectors that is damaged at once, and drawsMax how often another
// place is drawn where nothing has changed.
const (
	runMax   = 32
	drawsMax = 100
)

// inspect reads what a data file says of itself.
func inspect(path string) (journal.Report, error) {
	disk, err := storage.OpenFile(path, storage.FileConfig{ReadOnly: true, Buffered: true})
	if err != nil {
		return journal.Report{}, err
	}
	report, err := journal.Inspect(disk)
	return report, errors.Join(err, disk.Close())
}

// inUse says whether damage to a data file has hit anything that is needed.
func inUse(path string) bool {
	report, err := inspect(path)
	if err != nil || !report.Healthy || !report.Good() {
		return true
	}
	for i := range report.Groups {
		if report.Groups[i].Verdict != "clean" {
			return true
		}
	}
	return false
}

// do damages the file, and makes sure that it is not the same afterwards.
func (d *damager) do(path, older string, how damage) (what string, err error) {
	report, err := inspect(path)
	if err != nil {
		return "", err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Sync(), file.Close()) }()
	for range drawsMax {
		what, err = how(d, file, &report, older)
		if what != "" || err != nil {
			return what, err
		}
	}
	return "", fmt.Errorf("damage %s: nothing changed in %d attempts", path, drawsMax)
}

// place draws one: each kind of zone as often as any other, and in the rings half of the time
// where a group lies that is still needed.
func (d *damager) place(report *journal.Report) place {
	names := []string{journal.ZoneSuperblock, journal.ZoneHeaders, journal.ZonePrepares,
		journal.ZoneCheckpoint}
	name := names[d.random.IntN(len(names))]
	var zones []journal.Zone
	for _, z := range report.Zones() {
		if z.Name == name {
			zones = append(zones, z)
		}
	}
	z := zones[d.random.IntN(len(zones))]
	within := z.Bytes
	if name == journal.ZoneCheckpoint { // The rest is not in use.
		within = min(z.Bytes, storage.RoundUp(max(1, report.StateBytes)))
	}
	p := place{name, z.Offset + d.sector(within), storage.SectorSize * int64(1+d.random.IntN(runMax))}
	if n := len(report.Groups); n > 0 && d.random.IntN(2) == 0 {
		g := &report.Groups[d.random.IntN(n)]
		switch name {
		case journal.ZoneHeaders:
			p.offset = report.HeaderOffset(g.Number)
		case journal.ZonePrepares:
			p.offset = g.Offset
		}
	}
	p.bytes = min(p.bytes, z.Offset+z.Bytes-p.offset)
	return p
}

// sector draws the offset of a sector in so many bytes.
func (d *damager) sector(bytes int64) int64 {
	return d.random.Int64N(bytes/storage.SectorSize) * storage.SectorSize
}

// read is what the file has at a place.
func read(from io.ReaderAt, p place) ([]byte, error) {
	content := make([]byte, p.bytes)
	_, err := from.ReadAt(content, p.offset)
	return content, err
}

// put writes at a place, and says whether anything has changed.
func put(file *os.File, p place, content []byte) (bool, error) {
	before, err := read(file, p)
	if err != nil || string(before) == string(content) {
		return false, err
	}
	_, err = file.WriteAt(content, p.offset)
	return true, err
}

// flipBit makes one bit the opposite.
func (d *damager) flipBit(file *os.File, report *journal.Report, _ string) (string, error) {
	p := d.place(report)
	p.bytes = storage.SectorSize
	content, err := read(file, p)
	if err != nil {
		return "", err
	}
	content[d.random.IntN(len(content))] ^= 1 << d.random.IntN(8)
	_, err = put(file, p, content)
	return "one bit flips in " + p.String(), err
}

// zeroRun makes zeros of some sectors.
func (d *damager) zeroRun(file *os.File, report *journal.Report, _ string) (string, error) {
	p := d.place(report)
	changed, err := put(file, p, make([]byte, p.bytes))
	if !changed {
		return "", err
	}
	return "zeros for " + p.String(), err
}

// swapRuns exchanges two runs of sectors.
func (d *damager) swapRuns(file *os.File, report *journal.Report, _ string) (string, error) {
	a, b := d.place(report), d.place(report)
	a.bytes = min(a.bytes, b.bytes)
	b.bytes = a.bytes
	if a.offset < b.offset+b.bytes && b.offset < a.offset+a.bytes {
		return "", nil
	}
	inA, err := read(file, a)
	if err != nil {
		return "", err
	}
	inB, err := read(file, b)
	if err != nil {
		return "", err
	}
	changed, err := put(file, a, inB)
	if !changed || err != nil {
		return "", err
	}
	_, err = put(file, b, inA)
	return fmt.Sprintf("%v changes places with %v", a, b), err
}

// truncate cuts the file off.
func (d *damager) truncate(file *os.File, report *journal.Report, _ string) (string, error) {
	size := d.random.Int64N(report.Size)
	if d.random.IntN(4) == 0 {
		size = report.Size - storage.SectorSize
	}
	return fmt.Sprintf("the file is cut off after %d of %d bytes", size, report.Size),
		file.Truncate(size)
}

// olderRun brings back what some sectors held before.
func (d *damager) olderRun(file *os.File, report *journal.Report, older string) (string, error) {
	from, err := os.Open(older)
	if err != nil {
		return "", err
	}
	p := d.place(report)
	content, err := read(from, p)
	if err = errors.Join(err, from.Close()); err != nil {
		return "", err
	}
	changed, err := put(file, p, content)
	if !changed {
		return "", err
	}
	return "an older content comes back for " + p.String(), err
}

// part is a range of entries, from above low up to high.
type part struct{ low, high uint64 }

// helical damages the groups of a replica that hold entries of its part and of no other, and one
// copy of its superblock. The newest group is spared: if the heads of two logs of three are
// unknown, nobody can say what was committed, and no group can go on.
func (d *damager) helical(path string, replica int, only part) (groups int, err error) {
	report, err := inspect(path)
	if err != nil {
		return 0, err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Sync(), file.Close()) }()
	copies := 0
	for _, z := range report.Zones() {
		if z.Name != journal.ZoneSuperblock {
			continue
		}
		if copies == replica%4 {
			_, err = put(file, place{z.Name, z.Offset, z.Bytes}, make([]byte, z.Bytes))
		}
		copies++
	}
	for i := range max(0, len(report.Groups)-1) {
		g := &report.Groups[i]
		if uint64(g.Keep) < only.low || uint64(g.OpNumber) > only.high || g.OpNumber <= g.Keep ||
			d.random.IntN(2) == 0 {
			continue
		}
		if g.Offset+g.Bytes > zoneEnd(&report, journal.ZonePrepares) {
			continue // It goes over the end of the ring.
		}
		body := place{journal.ZonePrepares, g.Offset, g.Bytes}
		_, bodyErr := put(file, body, make([]byte, g.Bytes))
		err = errors.Join(err, bodyErr)
		groups++
	}
	return groups, err
}

// zoneEnd is the offset after the last zone of that name.
func zoneEnd(report *journal.Report, name string) (end int64) {
	for _, z := range report.Zones() {
		if z.Name == name {
			end = z.Offset + z.Bytes
		}
	}
	return end
}

// copyFile copies a data file, over an older copy if there is one.
func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
