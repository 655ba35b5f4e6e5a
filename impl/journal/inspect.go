// SPDX-License-Identifier: Apache-2.0

// Inspect: what is in a data file, for people. It changes nothing and does not stop at damage.

package journal

import (
	"fmt"
	"strings"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Report is what Inspect has found.
type Report struct {
	Identity Identity
	FormatID [16]byte
	BootID   [16]byte // of the last start
	Size     int64    // of the file, in bytes
	// Slots, PrepareBytes and StateMax are the sizes that the file was formatted with.
	Slots                  int64
	PrepareBytes, StateMax int64
	// PrepareOffset is where the ring of the groups begins, SuperblockOffsets where the copies lie.
	PrepareOffset     int64
	SuperblockOffsets []int64
	// Superblocks has one line for each copy. Healthy says that all are good and of one version.
	Superblocks []string
	Healthy     bool
	// Sequence, Open and HeadGroup are of the superblock that counts: its version, how often the
	// file was opened, and the group up to which all were durable then. Clean says that the file
	// was closed and not opened since.
	Sequence, Open, HeadGroup uint64
	Clean                     bool
	// Checkpoint is the durable checkpoint, StateBytes the size of its state; CheckpointDamage says
	// why it cannot be used, nil if it can.
	Checkpoint       vsr.LogName
	StateBytes       int64
	CheckpointDamage error
	// Groups are those that are needed, in order.
	Groups []GroupReport
	// Damage is why Open would refuse, nil if it would not.
	Damage error
	// Durable is what Open would return, without the state of the checkpoint.
	Durable vsr.Durable
}

// GroupReport is one group.
type GroupReport struct {
	Number, Open uint64
	// Offset is where the group begins in the file, Bytes is what it takes there; HeaderOffset is
	// where the other copy of its header lies.
	Offset, Bytes, HeaderOffset int64
	Verdict                     string // empty, fix, clean, lost or unknown
	Row                         int    // of the recovery table
	Meaning                     string
	Writes                      uint32
	Keep                        vsr.OpNumber // the group kept the log up to there
	OpNumber                    vsr.OpNumber // after the group, as are the views
	ViewNumber                  vsr.ViewNumber
	LastView                    vsr.ViewNumber
}

// Good says that nothing at all is damaged: every copy of everything is as it should be, or as a
// crash leaves it.
func (r *Report) Good() bool {
	if r.Damage != nil || r.CheckpointDamage != nil || len(r.Durable.Lost) > 0 ||
		r.Durable.HeadUnknown {
		return false
	}
	for i := range r.Groups {
		if v := r.Groups[i].Verdict; v != clean.String() && v != fix.String() {
			return false
		}
	}
	return true
}

// Inspect reads a data file that may belong to anybody. The error is for a disk on which there is
// no journal to speak of; damage in a journal is part of the Report.
func Inspect(disk storage.Disk) (Report, error) {
	report := Report{Size: disk.Size()}
	memory := storage.Buffer(storage.SectorSize)
	states, err := readCopies(disk, memory)
	if err != nil {
		return report, fmt.Errorf("journal: inspect: %w", err)
	}
	for number := range states {
		report.Superblocks = append(report.Superblocks,
			states[number].describe(superblockOffset(number, report.Size), number))
		report.SuperblockOffsets = append(report.SuperblockOffsets,
			superblockOffset(number, report.Size))
	}
	best, err := chooseSuperblock(&states)
	if err != nil {
		return report, fmt.Errorf("journal: inspect: %w", err)
	}
	report.take(&states[best].superblock)
	report.Healthy = count(&states, best) == copies
	s := newSurvey(disk, states[best].superblock, memory)
	s.run()
	for i := range s.groups {
		report.Groups = append(report.Groups, reportOf(s, &s.groups[i]))
	}
	r, err := replayOf(s)
	if err != nil {
		report.Damage = fmt.Errorf("journal: %w", err)
		return report, nil
	}
	report.Durable = r.durable()
	_, report.CheckpointDamage = readCheckpoint(disk, &s.super)
	report.Damage = report.CheckpointDamage
	if report.CheckpointDamage == nil {
		report.CheckpointDamage = checkTable(disk, &s.super)
	}
	if s.super.identity.Replicas == 1 && (len(r.lost) > 0 || r.headUnknown) {
		report.Damage = fmt.Errorf("journal: %w: entries %s are lost", ErrDamaged,
			describeLost(&report.Durable))
	}
	return report, nil
}

// take copies what the superblock says.
func (r *Report) take(s *superblock) {
	r.Identity, r.FormatID, r.BootID = s.identity, s.formatID, s.bootID
	r.Slots, r.PrepareBytes = s.layout.slots, s.layout.prepareBytes
	r.StateMax, r.PrepareOffset = s.layout.stateMax, s.layout.prepareStart()
	r.Sequence, r.Open, r.HeadGroup, r.Clean = s.sequence, s.open, s.head.number, s.clean
	r.Checkpoint, r.StateBytes = s.checkpoint.name, s.checkpoint.size
}

func reportOf(s *survey, f *found) GroupReport {
	g := GroupReport{Number: f.number, Offset: s.super.layout.prepareOffset(f.start),
		Bytes: f.end - f.start, HeaderOffset: s.super.layout.headerOffset(f.number),
		Verdict: f.row.verdict.String(), Row: f.row.number, Meaning: f.row.meaning}
	if f.row.verdict != unknown {
		g.Open, g.Writes, g.Keep = f.head.open, f.head.writes, f.head.keep
		g.OpNumber = f.head.after.name.OpNumber
		g.ViewNumber, g.LastView = f.head.after.viewNumber, f.head.after.lastNormalView
	}
	return g
}

func (c *copyState) describe(offset int64, number int) string {
	if c.err != nil {
		return fmt.Sprintf("copy %d at offset %d: %v", number, offset, c.err)
	}
	text := fmt.Sprintf("copy %d at offset %d: good, sequence %d, open %d, view %d, last normal "+
		"view %d, checkpoint %d, groups from %d, head %d", number, offset, c.sequence, c.open,
		c.head.viewNumber, c.head.lastNormalView, c.checkpoint.name.OpNumber, c.first,
		c.head.number)
	if c.clean {
		text += ", closed"
	}
	if c.index != number {
		text += fmt.Sprintf(" (it is copy %d, and lies in a wrong place)", c.index)
	}
	return text
}

// listed is how many groups String shows at the start and at the end.
const listed = 8

// String is the report as text, some lines long however large the file is.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "data file of %v\n", r.Identity)
	fmt.Fprintf(&b, "format %x, version %d, %d bytes: %d header slots, %d bytes for groups, two "+
		"times %d for checkpoints\n", r.FormatID, Version, r.Size, r.Slots, r.PrepareBytes,
		r.StateMax)
	for _, line := range r.Superblocks {
		fmt.Fprintf(&b, "superblock %s\n", line)
	}
	if r.Checkpoint == (vsr.LogName{}) {
		fmt.Fprintln(&b, "checkpoint: none yet")
	} else {
		fmt.Fprintf(&b, "checkpoint at op-number %d, %v: %d bytes, %s\n", r.Checkpoint.OpNumber,
			r.Checkpoint.Checksum, r.StateBytes, goodOr(r.CheckpointDamage))
	}
	for i := range r.Groups {
		if i == listed && len(r.Groups) > 2*listed {
			fmt.Fprintf(&b, "… %d more\n", len(r.Groups)-2*listed)
		}
		if g := &r.Groups[i]; i < listed || i >= len(r.Groups)-listed || g.Verdict != "clean" {
			fmt.Fprintln(&b, g.line())
		}
	}
	d := &r.Durable
	fmt.Fprintf(&b, "op-number %d, view %d, last normal view %d\n",
		int(d.Checkpoint.Name.OpNumber)+len(d.Log), d.ViewNumber, d.LastNormalView)
	for _, l := range d.Lost {
		fmt.Fprintf(&b, "LOST: the entries %d to %d; the log up to there is %v\n", l.First, l.Last,
			l.Name.Checksum)
	}
	if d.HeadUnknown {
		fmt.Fprintln(&b, "HEAD UNKNOWN: there may have been more entries, and nobody can say which")
	}
	if r.Damage != nil {
		fmt.Fprintf(&b, "DAMAGED: %v\n", r.Damage)
	}
	return b.String()
}

func (g *GroupReport) line() string {
	text := fmt.Sprintf("group %d at offset %d, %d bytes: %s", g.Number, g.Offset, g.Bytes,
		g.Verdict)
	if g.Verdict != unknown.String() {
		text += fmt.Sprintf(", open %d, %d writes; keeps %d, then op-number %d, view %d, last "+
			"normal view %d", g.Open, g.Writes, g.Keep, g.OpNumber, g.ViewNumber, g.LastView)
	}
	if g.Verdict != clean.String() {
		text += fmt.Sprintf(" (row %d: %s)", g.Row, g.Meaning)
	}
	return text
}

// goodOr is the text of an error, or "good".
func goodOr(err error) string {
	if err != nil {
		return err.Error()
	}
	return "good"
}
