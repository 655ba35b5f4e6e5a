// SPDX-License-Identifier: Apache-2.0

package mutants

// The rows about the data file: 23 to 41.

// journalRows: rings, groups and their recovery.
func journalRows() []Row {
	return []Row{
		{Number: 23, Fault: "HeadersBatchedWithNeighbours (16 a sector)", In: "i", Must: "T",
			Note: "a header has a sector for itself, and no code writes two of them at once"},
		{Number: 24, Fault: "GroupFirstIgnored (no hole rule)", In: "i", Must: "T",
			Trials: trials(byDisk("HoleIgnored"))},
		{Number: 25, Fault: "AdoptOlderBody (row 8 → FIX)", In: "i", Must: "T", Should: "S",
			Trials: trials(byDisk("AdoptOlderBody"))},
		{Number: 26, Fault: "TornAlwaysEmpty (row 6 → EMPTY)", In: "i", Must: "T", Should: "S",
			Trials: trials(byDisk("DamageIsEmpty"), bySim("DamageIsEmpty"))},
		{Number: 27, Fault: "TornNeverEmpty (row 2 → FAULTY)", In: "i", Must: "T", Should: "S",
			Trials: trials(byDisk("TornIsDamage"), bySim("TornIsDamage"))},
		{Number: 28, Fault: "ViewFilterOneRing / ViewFilterAfterTable", In: "i", Must: "T",
			Trials: trials(byDisk("ViewFilterOneRing")),
			Note:   "the filter is one of opens, not of views"},
		{Number: 29, Fault: "NoViewFilter (truncated op rises)", In: "i", Must: "T", Should: "S",
			Trials: trials(byModel("RemovedEntriesRise"), byDisk("CutOffGroupRises"),
				byDisk("DroppedEntriesStay"))},
		{Number: 30, Fault: "ChecksumSkipsPadding", In: "i", Must: "T", Should: "F",
			Trials: trials(byDisk("PaddingNotChecked"))},
		{Number: 31, Fault: "ChecksumSkipsBody (header only)", In: "i", Must: "TS",
			Should: "L", Trials: trials(byDisk("BodyNotChecked"), byDisk("LargeOperationNotChecked"),
				bySim("BodyNotChecked"))},
		{Number: 32, Fault: "SlotNotChecked (misdirected accepted)", In: "i", Must: "T",
			Trials: trials(byDisk("SlotNotChecked"))},
		{Number: 33, Fault: "OverwriteBeforeCheckpoint", In: "si", Must: "MT", Should: "S",
			Trials: trials(byModel("OverwriteBeforeCheckpoint"),
				byDisk("OverwriteBeforeCheckpoint"), byDisk("FreesWithTheCheckpoint"))},
		{Number: 34, Fault: "TwoWritesOneSlot (no lock)", In: "i", Must: "TS",
			Note: "one goroutine writes the data file, a group at a time and each in a place of " +
				"its own: there is no lock to leave out. That places are not used again too " +
				"early is row 33"},
	}
}

// superblockRows: the four copies, and the calls below.
func superblockRows() []Row {
	return []Row{
		{Number: 35, Fault: "SuperblockQuorumOne", In: "i", Must: "T",
			Trials: trials(byDisk("SuperblockQuorumOne"))},
		{Number: 36, Fault: "SuperblockUnlinkedSingleAccepted; SuperblockCopiesInOneFlush",
			In: "i", Must: "T", Trials: trials(byDisk("SuperblockUnlinked"),
				byDisk("SuperblockInOneFlush"), byDisk("SuperblockNotFlushed"))},
		{Number: 37, Fault: "SuperblockNoReadBack", In: "i", Must: "T",
			Trials: trials(byDisk("SuperblockNoReadBack"))},
		{Number: 38, Fault: "CopyIndexTrusted", In: "i", Must: "T", Should: "F",
			Trials: trials(byDisk("CopyIndexTrusted"))},
		{Number: 39, Fault: "RetryFsync after EIO", In: "i", Must: "T", Should: "R",
			Trials: trials(byDisk("RetryFsync"))},
		{Number: 40, Fault: "IgnoreShortWrite", In: "i", Must: "T", Should: "F",
			Trials: trials(byDisk("IgnoreShortWrite"))},
		{Number: 41, Fault: "ReadBeforeFsyncAtOpen", In: "i", Must: "R",
			Trials: trials(byDisk("ReadBeforeFlushAtOpen")), Not: map[Layer]string{RealLayer: "that " +
				"needs a file system which forgets what was not flushed; the enumeration has one"}},
	}
}
