// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Checkpoints: a search whose process is killed goes on after the last level that it finished.
//
// A folder holds two files that only grow and a small manifest. "levels" has the states of every
// level, as keys; the table of visited states is not saved, since these are what is in it.
// "numbers" says what the numbers in the keys mean. It needs no encoding of the author's types:
// every local state and message came out of a step, so the file lists which step was asked about
// which numbers and which numbers came out. To resume is to ask the same questions again; if a
// step then gives another answer, the model is not the one that was searched.
//
// The manifest is written last and put in place by a rename, after the files are on the disk. It
// names how much of each file counts, so what was killed in the middle of a level left nothing.

// The files of a checkpoint.
const (
	manifestFile     = "manifest"
	levelsFile       = "levels"
	numbersFile      = "numbers"
	checkpointFormat = "mc-checkpoint/1"
)

// manifest is the state of a search at the end of a level, but for what is in the files.
type manifest struct {
	Format   string
	Identity identity
	Levels   []int64 // the number of states of each level; the last one is to be expanded
	Fired    []int64
	Idle     int64
	Reached  []int
	Files    struct{ Levels, Numbers extent }
}

// identity is what must be equal if a search is to be continued.
type identity struct {
	Model      string
	Processes  int
	Steps      []string
	Budgets    []Budget
	Properties []string
	Options    string
}

// identify describes a model and the options that change what is searched.
func identify[L, M comparable](m *Model[L, M], o Options) identity {
	id := identity{Model: m.Name, Processes: m.Processes, Budgets: m.Budgets,
		Steps: []string{}, Properties: []string{},
		Options: fmt.Sprintf("SleepSets: %v", o.SleepSets)}
	for i := range m.Steps {
		s := &m.Steps[i]
		id.Steps = append(id.Steps, fmt.Sprintf("%s on %v, quorum %d, own %v, spends %q",
			s.Name, s.On, s.Quorum, s.Own, s.Spends))
	}
	eachProperty(m, func(_ int, p *Property[L, M]) { id.Properties = append(id.Properties, p.Name) })
	return id
}

// differs says in which part two identities differ, or nothing.
func (id identity) differs(other identity) string {
	type part struct {
		name      string
		got, want any
	}
	for _, p := range []part{
		{"the model", other.Model, id.Model}, {"the number of processes", other.Processes, id.Processes},
		{"the steps", other.Steps, id.Steps}, {"the budgets", other.Budgets, id.Budgets},
		{"the properties", other.Properties, id.Properties}, {"the options", other.Options, id.Options},
	} {
		if got, want := fmt.Sprintf("%+v", p.got), fmt.Sprintf("%+v", p.want); got != want {
			return fmt.Sprintf("%s: it has %s, this search %s", p.name, got, want)
		}
	}
	return ""
}

// checkpoint is the folder of a search under way.
type checkpoint struct {
	folder          string
	identity        identity
	levels, numbers *logFile
	saved           int // the level in the manifest, or -1
	// How many of each are in the file of numbers.
	outcomes, sets int
	components     []int
}

// newCheckpoint makes a folder for a search that begins. It refuses one that is in use.
func newCheckpoint(folder string, id identity) (*checkpoint, error) {
	c := &checkpoint{folder: folder, identity: id, saved: -1,
		components: make([]int, id.Processes)}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if _, err := os.Stat(filepath.Join(folder, manifestFile)); err == nil {
		return nil, fmt.Errorf("checkpoint: %s holds a search already: resume it, or choose "+
			"another folder", folder)
	}
	for _, f := range []struct {
		name string
		log  **logFile
	}{{levelsFile, &c.levels}, {numbersFile, &c.numbers}} {
		path := filepath.Join(folder, f.name)
		// Without a manifest it was left by a search that was killed at once.
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("checkpoint: %w", err)
		}
		log, err := createLog(path)
		if err != nil {
			c.close()
			return nil, fmt.Errorf("checkpoint: %w", err)
		}
		*f.log = log
	}
	return c, nil
}

// openCheckpoint opens the folder of a search that is to go on.
func openCheckpoint(folder string, id identity) (*checkpoint, *manifest, error) {
	m, err := readManifest(filepath.Join(folder, manifestFile))
	if err != nil {
		return nil, nil, fmt.Errorf("resume: %w", err)
	}
	if differs := id.differs(m.Identity); differs != "" {
		return nil, nil, fmt.Errorf("resume: the search in %s is another one; %s", folder, differs)
	}
	c := &checkpoint{folder: folder, identity: id, saved: len(m.Levels) - 1,
		components: make([]int, id.Processes)}
	if c.levels, err = openLog(filepath.Join(folder, levelsFile), m.Files.Levels); err == nil {
		c.numbers, err = openLog(filepath.Join(folder, numbersFile), m.Files.Numbers)
	}
	if err != nil {
		c.close()
		return nil, nil, fmt.Errorf("resume: %w", err)
	}
	return c, m, nil
}

// close closes the files. What counts is on the disk already.
func (c *checkpoint) close() {
	for _, l := range []*logFile{c.levels, c.numbers} {
		if l != nil {
			_ = l.file.Close()
		}
	}
}

// readManifest reads and checks a manifest.
func readManifest(path string) (*manifest, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("there is no checkpoint: %w", err)
	}
	const sumSize = 2*sha256.Size + 1
	if len(raw) < sumSize {
		return nil, fmt.Errorf("%s is damaged: it has %d bytes only", path, len(raw))
	}
	body, sum := raw[:len(raw)-sumSize], raw[len(raw)-sumSize:]
	if string(sum) != checksum(body)+"\n" {
		return nil, fmt.Errorf("%s is damaged, or no manifest: its last line is not the "+
			"checksum of the others", path)
	}
	m := &manifest{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if m.Format != checkpointFormat {
		return nil, fmt.Errorf("%s: format %q, want %q: search again with this version",
			path, m.Format, checkpointFormat)
	}
	if len(m.Levels) == 0 || len(m.Fired) != len(m.Identity.Steps) {
		return nil, fmt.Errorf("%s: %d levels and counts of %d steps, want 1 or more and %d",
			path, len(m.Levels), len(m.Fired), len(m.Identity.Steps))
	}
	return m, nil
}

// checksum is a checksum as text.
func checksum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// write puts a manifest in place, after all that it speaks of is on the disk.
func (c *checkpoint) write(m *manifest) error {
	m.Format, m.Identity = checkpointFormat, c.identity
	m.Files.Levels, m.Files.Numbers = c.levels.extent(), c.numbers.extent()
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	body = append(body, '\n')
	for _, l := range []*logFile{c.numbers, c.levels} {
		if err := l.file.Sync(); err != nil {
			return err
		}
	}
	final := filepath.Join(c.folder, manifestFile)
	if err := writeSynced(final+".new", append(body, checksum(body)+"\n"...)); err != nil {
		return err
	}
	if err := os.Rename(final+".new", final); err != nil {
		return err
	}
	folder, err := os.Open(c.folder)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// writeSynced writes a file and waits until it is on the disk.
func writeSynced(path string, b []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// save makes the level that is to be expanded next the one at which a search can go on.
func (e *engine[L, M]) save() error {
	c := e.checkpoint
	if c == nil || c.saved == e.level {
		return nil
	}
	err := e.writeNumbers()
	for _, b := range e.current {
		if err == nil {
			err = b.store(c.levels, e.level)
		}
	}
	m := &manifest{Levels: e.found.levels, Reached: e.reached, Fired: slices.Clone(e.fired),
		Idle: e.idle}
	for _, s := range e.sides {
		s.drain()
		m.Idle += s.idle
		for i, n := range s.fired {
			m.Fired[i] += n
		}
	}
	if err == nil {
		err = c.write(m)
	}
	if err != nil {
		return fmt.Errorf("checkpoint in %s after level %d: %w", c.folder, e.level, err)
	}
	c.saved = e.level
	return nil
}

// writeNumbers appends what was numbered since the last checkpoint.
func (e *engine[L, M]) writeNumbers() error {
	c := e.checkpoint
	fresh := e.space.outcomes.since(uint32(c.outcomes))
	b := binary.AppendUvarint(nil, uint64(len(fresh)))
	for _, o := range fresh {
		b = o.append(b)
	}
	c.outcomes += len(fresh)
	b = binary.AppendUvarint(b, uint64(e.sets.count()-c.sets))
	for ; c.sets < e.sets.count(); c.sets++ {
		b = appendNumbers(b, e.sets.members(uint32(c.sets)))
		o := e.sets.origins.at(uint32(c.sets))
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(o.base)), uint64(o.added))
	}
	for p := range e.processes {
		b = binary.AppendUvarint(b, uint64(e.known(p)-c.components[p]))
		for ; c.components[p] < e.known(p); c.components[p]++ {
			r := e.record(p, uint32(c.components[p]))
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(r.local)), uint64(r.sent))
		}
	}
	_, err := c.numbers.append(b)
	return err
}

// appendNumbers appends how many numbers there are, and the numbers.
func appendNumbers(b []byte, numbers []uint32) []byte {
	b = binary.AppendUvarint(b, uint64(len(numbers)))
	for _, n := range numbers {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}
