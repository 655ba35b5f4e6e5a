// SPDX-License-Identifier: Apache-2.0

package mutants

// Wrong journals. Most of them are caught by the enumeration of all crashes with one fault more;
// those that need two faults, or a certain call, by a test of their own.

// enumeration is the test that most of them meet.
const enumeration = "TestEnumerate"

// writeMutants write in a wrong order, or say too early that something is durable.
func writeMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "JournalAcksBeforeFlush", What: "the journal says durable without a flush",
			File: "impl/journal/journal.go",
			Old:  "\tif err := j.disk.Flush(); err != nil {\n\t\treturn err\n\t}\n",
			New:  "", By: "disk", Test: enumeration,
		},
		{
			Name: "JournalAcksBeforeHeader", What: "a group counts when its body is durable",
			File: "impl/journal/journal.go",
			Old:  "\t\tj.header, j.body = j.body, flight{sector: j.header.sector}\n",
			New: "\t\tj.header, j.body = j.body, flight{sector: j.header.sector}\n" +
				"\t\tj.durable.sequence = j.header.sequence\n",
			By: "disk", Test: enumeration,
		},
		{
			Name: "OneFlush", What: "body and header of a group share a flush",
			File: "impl/journal/journal.go",
			Old:  "\t\treturn j.writeGroup(n)\n",
			New: "\t\tif err := j.writeGroup(n); err != nil {\n\t\t\treturn err\n\t\t}\n" +
				"\t\tj.body.written = true\n\t\treturn j.disk.WriteSectors(j.body.sector, " +
				"j.super.layout.headerOffset(j.body.number))\n",
			By: "disk", Test: enumeration,
		},
		{
			Name: "ViewNotInSuperblock", What: "a new view number is in its group alone",
			File: "impl/journal/journal.go",
			Old:  "if p.viewNumber != spoken.viewNumber || p.lastNormalView != spoken.lastNormalView {",
			New:  "if spoken == *p && spoken != *p {",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "ViewBeforeGroup", What: "the superblock has the view before the log goes with it",
			File: "impl/journal/journal.go",
			Old:  "\tif err := j.disk.Flush(); err != nil {\n\t\treturn err\n\t}\n",
			New: "\tif j.body.active && j.body.viewNumber != j.super.head.viewNumber {\n" +
				"\t\terr := j.writeSuperblock(func(s *superblock) {\n" +
				"\t\t\ts.head.viewNumber = j.body.viewNumber\n\t\t})\n" +
				"\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n" +
				"\tif err := j.disk.Flush(); err != nil {\n\t\treturn err\n\t}\n",
			By: "disk", Test: enumeration,
		},
	}
}

// roomMutants reuse what is still needed, or go on after an error.
func roomMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "OverwriteBeforeCheckpoint", What: "groups are overwritten while they are needed",
			File: "impl/journal/journal.go",
			Old:  "if len(j.queue) == 0 || j.freeSlots() <= 0 {",
			New:  "if len(j.queue) == 0 {",
			By:   "disk", Test: "TestFullJournalWaitsForACheckpoint",
		},
		{
			Name: "CheckpointSwitchBeforeFlush",
			What: "the superblock names a checkpoint that is not durable",
			File: "impl/journal/checkpoint.go",
			Old:  "return c.chunks() == 0, c.disk.Flush()",
			New:  "return c.chunks() == 0, nil",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "CheckpointInPlace", What: "a checkpoint overwrites the one before",
			File: "impl/journal/checkpoint.go",
			Old:  "c.extent.extent = 1 - s.checkpoint.extent",
			New:  "c.extent.extent = s.checkpoint.extent",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "FreesWithTheCheckpoint",
			What: "a checkpoint frees all durable groups, whatever it covers",
			File: "impl/journal/switch.go",
			Old:  "first = min(x.firstGroup(), j.durable.number+1)",
			New:  "first = j.durable.number + 1",
			By:   "disk", Test: "TestFullJournalWaitsForACheckpoint",
		},
		{
			Name: "RetryFsync", What: "a flush that failed is tried again and believed",
			File: "impl/journal/journal.go",
			Old:  "\tif err := j.disk.Flush(); err != nil {\n\t\treturn err\n\t}\n",
			New: "\tif err := j.disk.Flush(); err != nil && j.disk.Flush() != nil {\n" +
				"\t\treturn err\n\t}\n",
			By: "disk", Test: "TestDiskErrors",
		},
		{
			Name: "RepairGoesOnAfterError", What: "a repair of headers that failed is no matter",
			File: "impl/journal/open.go",
			Old:  "\t\treturn fmt.Errorf(\"repair headers: %w\", err)\n",
			New:  "\t\treturn nil\n", By: "disk", Test: "TestDiskErrors",
		},
		{
			Name: "JournalGoesOnAfterError", What: "a write that failed is forgotten",
			File: "impl/journal/journal.go",
			Old:  "\tif err := j.writeQueued(); err != nil {\n",
			New:  "\tif err := j.writeQueued(); err != nil && j.durable.number == 0 {\n",
			By:   "disk", Test: "TestDiskErrors",
		},
	}
}

// recoveryMutants decide wrongly about a group.
func recoveryMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "ReadBeforeFlushAtOpen", What: "decisions rest on what is in the cache alone",
			File: "impl/journal/open.go",
			Old: "\tif err := disk.Flush(); err != nil {\n\t\treturn nil, vsr.Durable{}, err\n\t}\n" +
				"\tmemory :=",
			New: "\tmemory :=", By: "disk", Test: enumeration,
		},
		{
			Name: "HoleIgnored", What: "a later header is no witness for the groups below it",
			File: "impl/journal/survey.go",
			Old:  "\t\ts.known = max(s.known, slot.durable)\n", New: "",
			By: "disk", Test: "TestScenes",
		},
		{
			Name: "AdoptOlderBody", What: "whatever lies in the place of a lost body is taken",
			File: "impl/journal/table.go",
			Old:  "{8, current, old, either, yes, either, lost,",
			New:  "{8, current, old, either, yes, either, fix,",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "DamageIsEmpty", What: "a group of which both copies are bad is a torn one",
			File: "impl/journal/table.go",
			Old:  "{6, bad, bad, either, either, either, unknown,",
			New:  "{6, bad, bad, either, either, either, empty,",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "TornIsDamage", What: "a torn body is taken for a damaged one",
			File: "impl/journal/table.go",
			Old:  "{2, old, bad, either, either, no, empty,",
			New:  "{2, old, bad, either, either, no, unknown,",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "TableNotTotal", What: "a row is missing",
			File: "impl/journal/table.go",
			Old:  "{10, current, current, no, no, either, unknown,",
			New:  "{10, current, current, no, no, yes, unknown,",
			By:   "disk", Test: "TestTableIsTotal",
		},
	}
}

// believeMutants believe what they should check.
func believeMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "CutOffGroupRises", What: "groups that an earlier open has cut off count",
			File: "impl/journal/survey.go",
			Old:  "(h.number <= s.super.head.number || h.open == s.super.open)",
			New:  "true",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "LinksIgnored", What: "groups need not follow each other",
			File: "impl/journal/survey.go",
			Old:  "return next == nil || next.parent == sum",
			New:  "return next == nil || next.number == number+1",
			By:   "disk", Test: "TestSplicedHistories",
		},
		{
			Name: "BodyNotChecked", What: "any body below a good header is believed",
			File: "impl/journal/survey.go",
			Old:  "return ok && sum == h.bodySum && isZero(group[end:]) &&",
			New:  "return (ok || sum != h.bodySum) && isZero(group[end:]) &&",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "LargeOperationNotChecked",
			What: "what the checksum of the body leaves out is not checked by its own",
			File: "impl/journal/bodysum.go",
			Old:  "if len(e.Operation) >= largeOperation && vsr",
			New:  "if len(e.Operation) < 0 && vsr",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "PaddingNotChecked", What: "the rest of the last sector may be anything",
			File: "impl/journal/survey.go",
			Old:  "return ok && sum == h.bodySum && isZero(group[end:]) &&",
			New:  "return ok && sum == h.bodySum &&",
			By:   "disk", Test: "TestEveryByteIsChecked",
		},
		{
			Name: "SlotNotChecked", What: "a header counts wherever it lies",
			File: "impl/journal/header.go",
			Old:  "case h.slot != uint64(slot), h.number != 0 && h.number%uint64(l.slots) != h.slot:",
			New:  "case l == nil:",
			By:   "disk", Test: "TestScenes",
		},
	}
}

// replayMutants add up the groups wrongly.
func replayMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "DroppedEntriesStay", What: "replay does not drop what a Write drops",
			File: "impl/journal/replay.go",
			Old:  "\tr.cut(w.Keep, &below)\n", New: "", By: "disk", Test: enumeration,
		},
		{
			Name: "LossForgotten", What: "lost entries are not reported",
			File: "impl/journal/replay.go",
			Old:  "Lost:           slices.Clip(r.lost),",
			New:  "Lost:           slices.Clip(r.lost[:0]),",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "HeadUnknownForgotten", What: "a head that is unknown now is known next time",
			File: "impl/journal/replay.go",
			Old:  "\tp.state = r.state\n",
			New:  "\tp.state = r.state\n\tp.headUnknown = false\n",
			By:   "disk", Test: enumeration,
		},
		{
			Name: "WipeBeforeSuperblock",
			What: "bad slots are cleared before the superblock says that they were bad",
			File: "impl/journal/open.go",
			Old: "\tif err := j.begin(r, c.BootID); err != nil {\n" +
				"\t\treturn nil, vsr.Durable{}, err\n\t}\n",
			New: "\tif err := j.wipe(r.survey); err != nil {\n" +
				"\t\treturn nil, vsr.Durable{}, err\n\t}\n" +
				"\tif err := j.begin(r, c.BootID); err != nil {\n" +
				"\t\treturn nil, vsr.Durable{}, err\n\t}\n",
			By: "disk", Test: enumeration,
		},
	}
}

// superblockMutants treat the four copies wrongly.
func superblockMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "SuperblockQuorumOne", What: "a single copy counts, whatever it follows",
			File: "impl/journal/choose.go",
			Old:  "if count(states, best) >= 2 ||",
			New:  "if count(states, best) >= 1 ||",
			By:   "disk", Test: "TestSuperblockCopies",
		},
		{
			Name: "SuperblockUnlinked", What: "versions need not follow each other",
			File: "impl/journal/choose.go",
			Old:  "case s.sequence+1 == b.sequence && s.sum != b.parent:",
			New:  "case s.sequence+1 == b.sequence && s.sum == b.sum:",
			By:   "disk", Test: "TestSuperblockRefusals",
		},
		{
			Name: "SuperblockInOneFlush", What: "all copies are written at once",
			File: "impl/journal/superblock.go",
			Old:  "\tif err := disk.Flush(); err != nil {\n",
			New:  "\tif err := disk.Flush(); number == 3 && err != nil {\n",
			By:   "disk", Test: "TestDiskErrors",
		},
		{
			Name: "SuperblockNotFlushed", What: "copies are not flushed one by one",
			File: "impl/journal/superblock.go",
			Old: "\tif err := disk.Flush(); err != nil {\n" +
				"\t\treturn fmt.Errorf(\"flush superblock: %w\", err)\n\t}\n",
			New: "\tif number == 3 {\n\t\tif err := disk.Flush(); err != nil {\n" +
				"\t\t\treturn fmt.Errorf(\"flush superblock: %w\", err)\n\t\t}\n\t}\n",
			By: "disk", Test: enumeration,
		},
		{
			Name: "SuperblockNoReadBack", What: "a lost write of the superblock is not noticed",
			File: "impl/journal/superblock.go",
			Old:  "if !bytes.Equal(want, found) {",
			New:  "if len(want) != len(found) {",
			By:   "disk", Test: "TestSuperblockIsReadBack",
		},
		{
			Name: "CopyIndexTrusted", What: "one copy in two places counts twice",
			File: "impl/journal/choose.go",
			Old:  "s.sum == states[at].sum && !seen[s.index] {",
			New:  "s.sum == states[at].sum {",
			By:   "disk", Test: "TestMisdirectedCopies",
		},
		{
			Name: "RepairOverwritesParent",
			What: "older copies are overwritten before bad ones are repaired",
			File: "impl/journal/choose.go",
			Old:  "for _, good := range [2]bool{false, true} {",
			New:  "for _, good := range [2]bool{true, false} {",
			By:   "disk", Test: "TestSuperblockRepair",
		},
	}
}
