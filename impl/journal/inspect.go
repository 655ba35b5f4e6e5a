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
	Size     int64 // of the file, in bytes
	// Superblocks has one line for each copy.
	Superblocks []string
	// Sequence, Open and TailGroup are of the newest superblock: its version, how often the file was
	// opened, and the group with which the log ended then.
	Sequence, Open, TailGroup uint64
	// Groups are the good groups, in order.
	Groups []GroupReport
	// End is the offset after the last good group, and Ended says why there is no other.
	End   int64
	Ended string
	// Damage is why Open would refuse, nil if it would not. It would cut off what follows End.
	Damage error
	// What Open would return.
	Durable vsr.Durable
}

// GroupReport is one group.
type GroupReport struct {
	Number, Open   uint64
	Offset, Bytes  int64 // Bytes are those of the header and body, without the unused rest
	Writes         uint32
	OpNumber       vsr.OpNumber // after the group, as are the views
	ViewNumber     vsr.ViewNumber
	LastNormalView vsr.ViewNumber
}

// Inspect reads a data file that may belong to anybody. The error is for a disk on which there is
// no journal to speak of; damage in a journal is part of the Report.
func Inspect(disk storage.Disk) (Report, error) {
	report := Report{Size: disk.Size()}
	states, err := readCopies(disk)
	if err != nil {
		return report, fmt.Errorf("journal: inspect: %w", err)
	}
	for number := range states {
		report.Superblocks = append(report.Superblocks, states[number].describe(number))
	}
	super, err := chooseSuperblock(&states)
	if err != nil {
		return report, fmt.Errorf("journal: inspect: %w", err)
	}
	report.Identity, report.FormatID = super.identity, super.formatID
	report.Sequence, report.Open, report.TailGroup = super.sequence, super.open, super.tail.number
	r := newReplay(disk, super, Config{})
	r.visit = func(h *header) {
		report.Groups = append(report.Groups, GroupReport{
			Number: h.number, Open: h.open, Offset: h.offset, Bytes: headerSize + h.length,
			Writes: h.writes, OpNumber: h.opNumber,
			ViewNumber: h.viewNumber, LastNormalView: h.lastNormalView,
		})
	}
	report.Damage = r.run()
	report.End = r.at.end
	if r.stopped != nil {
		report.Ended = r.stopped.Error()
	}
	report.Durable = vsr.Durable{
		ViewNumber:     r.at.viewNumber,
		LastNormalView: r.at.lastNormalView,
		Log:            r.log,
	}
	return report, nil
}

func (c *copyState) describe(number int) string {
	if c.err != nil {
		return fmt.Sprintf("copy %d at offset %d: %v", number, copyOffset(number), c.err)
	}
	return fmt.Sprintf("copy %d at offset %d: good, sequence %d, open %d, tail at group %d, offset %d",
		number, copyOffset(number), c.sequence, c.open, c.tail.number, c.tail.end)
}

// listed is how many groups String shows at the start and at the end.
const listed = 8

// String is the report as text, some lines long however large the file is.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "data file of %v\n", r.Identity)
	fmt.Fprintf(&b, "format %x, version %d, %d bytes\n", r.FormatID, Version, r.Size)
	for _, line := range r.Superblocks {
		fmt.Fprintf(&b, "superblock %s\n", line)
	}
	for i, g := range r.Groups {
		if i == listed && len(r.Groups) > 2*listed {
			fmt.Fprintf(&b, "… %d more\n", len(r.Groups)-2*listed)
		}
		if i >= listed && i < len(r.Groups)-listed {
			continue
		}
		fmt.Fprintf(&b, "group %d at offset %d: open %d, %d bytes, %d writes; then op-number %d, "+
			"view %d, last normal view %d\n", g.Number, g.Offset, g.Open, g.Bytes, g.Writes,
			g.OpNumber, g.ViewNumber, g.LastNormalView)
	}
	fmt.Fprintf(&b, "end at offset %d: %s\n", r.End, r.Ended)
	fmt.Fprintf(&b, "op-number %d, view %d, last normal view %d\n",
		len(r.Durable.Log), r.Durable.ViewNumber, r.Durable.LastNormalView)
	if r.Damage != nil {
		fmt.Fprintf(&b, "DAMAGED: %v\n", r.Damage)
	}
	return b.String()
}
