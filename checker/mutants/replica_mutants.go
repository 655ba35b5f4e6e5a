// SPDX-License-Identifier: Apache-2.0

package mutants

// Wrong replicas for the rows of ROWS.md that no other list has: what they say too early, what they
// count, what they do about damage, and how they get stuck.

// earlyMutants say one kind of message before what it speaks of is durable.
func earlyMutants() []ImplMutant {
	send := "\tr.enqueue(r.held.written, receiver, m)\n"
	early := func(name, what, condition, by string) ImplMutant {
		return ImplMutant{Name: name, What: what, File: "impl/vsr/held.go", Old: send,
			New: "\tif " + condition + " {\n\t\tr.enqueue(0, receiver, m)\n\t\treturn\n\t}\n" + send,
			By:  by}
	}
	return []ImplMutant{
		early("DoViewChangeBeforeDurable",
			"STARTVIEWCHANGE and DOVIEWCHANGE leave before the view is on the disk",
			"m.Kind() == KindStartViewChange || m.Kind() == KindDoViewChange", "conform"),
		early("StartViewBeforeDurable", "STARTVIEW leaves before log and v′ are on the disk",
			"m.Kind() == KindStartView", "conform"),
		early("SyncAcksBeforeData", "messages leave before the checkpoint that came is on the disk",
			"n := len(r.out.Writes); n > 0 && r.out.Writes[n-1].Checkpoint != nil", "sim"),
		{
			Name: "AckBeforeLastNormalViewDurable",
			What: "the log of a new view is acknowledged before v′ is on the disk",
			File: "impl/vsr/viewchange.go",
			Old:  "\tif r.log.opNumber() > k {\n\t\tr.sendPrepareOK()\n",
			New: "\tif r.log.opNumber() > k {\n\t\tr.sendNow(int(r.primary()), " +
				"&PrepareOK{r.cfg.Replica, r.viewNumber, r.log.opNumber()})\n",
			By: "sim",
		},
	}
}

// countingMutants count what does not count.
func countingMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "DuplicateOKCountsTwice",
			What: "PREPAREOK that comes again counts for another replica as well",
			File: "impl/vsr/quorum.go",
			Old:  "\tif n <= a.highest {\n\t\treturn\n\t}\n",
			New: "\tif n <= a.highest {\n\t\tother := &q.acknowledged[(int(i)+1)%len(q.acknowledged)]\n" +
				"\t\tother.highest = max(other.highest, n)\n\t\treturn\n\t}\n",
			By: "conform",
		},
		{
			Name: "OKFromOldViewCounts", What: "PREPAREOK of an earlier view counts",
			File: "impl/vsr/normal.go",
			Old:  "\tcase m.ViewNumber < r.viewNumber:\n\t\tr.drop(OlderView)\n",
			New:  "\tcase m.ViewNumber < r.viewNumber && m.OpNumber == 0:\n\t\tr.drop(OlderView)\n",
			By:   "conform",
		},
		{
			Name: "CommitNumberGoesBack", What: "a backup takes a smaller k than its own",
			File: "impl/vsr/normal.go",
			Old:  "\tif k <= r.commitNumber {\n\t\treturn false\n\t}\n\tfor r.commitNumber < k {\n",
			New: "\tif k < r.commitNumber {\n\t\tr.commitNumber = k\n\t}\n" +
				"\tif k <= r.commitNumber {\n\t\treturn false\n\t}\n\tfor r.commitNumber < k {\n",
			By: "conform",
		},
	}
}

// forgetfulMutants vote with a log of which a part is lost.
func forgetfulMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "ClearFaultyOnStartView",
			What: "a replica forgets on the way to a later view that its disk has lost something",
			File: "impl/vsr/viewchange.go",
			Old:  "\tcase v > r.viewNumber:\n\t\tr.enterViewChange(v)\n",
			New:  "\tcase v > r.viewNumber:\n\t\tr.damage = nil\n\t\tr.enterViewChange(v)\n",
			By:   "conform",
		},
	}
}

// livenessMutants ask or wait in a way that comes to nothing.
func livenessMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "FetchNeverGivesUp",
			What: "a log is asked of the same replica, and for ever, also where nobody has it",
			File: "impl/vsr/logtransfer.go",
			Old: "\tf.attempts++\n\tswitch {\n\tcase f.inGap() && !f.complete():\n" +
				"\t\tf.part = nil // All are asked, for as long as it takes.\n" +
				"\tcase f.attempts > 2*r.cfg.Replicas:\n" +
				"\t\tr.forget(f.message)\n\t\treturn\n\tcase f.attempts >= r.cfg.Replicas:\n" +
				"\t\tf.part = nil\n\t}\n" + completeFetch + "\tf.from = r.nextAfter(f.from)\n",
			New: "\tf.attempts = 0\n" + completeFetch, By: "property",
			Package: "impl/vsr", Test: "TestFetchGivesUp",
		},
		{
			Name: "TimeoutWithoutBackoff",
			What: "all replicas wait equally long for a view, and never longer",
			File: "impl/vsr/timer.go",
			Old:  "\tr.timers.viewChange = r.timers.now + ticks + r.random.below(int(ticks/2)+1)\n",
			New: "\tr.timers.failures = 0\n" +
				"\tr.timers.viewChange = r.timers.now + ticks\n",
			By: "sim",
		},
		{
			Name: "NeverGivesUpAPrimary", What: "a backup waits for a silent primary for ever",
			File: "impl/vsr/timer.go",
			Old: "\tif r.due(r.timers.viewChange) {\n\t\tr.sendStartViewChange()\n" +
				"\t\treturn\n\t}\n\tif r.due(r.timers.resend) {\n\t\tr.resendPrepareOK()\n",
			New: "\tif r.due(r.timers.resend) {\n\t\tr.resendPrepareOK()\n", By: "sim",
		},
	}
}

// checkpointMutants make a checkpoint that is not the state, or lose a part of it.
func checkpointMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "CheckpointNondeterministic", What: "keys are in the order of a map in a snapshot",
			File: "impl/service/kv/snapshot.go",
			Old:  "\tslices.Sort(keys)\n", New: "\tslices.Sort(keys[:0])\n", By: "sim",
		},
		{
			Name: "ClientTableNotInCheckpoint", What: "a checkpoint has no client-table",
			File: "impl/vsr/clienttable.go",
			Old: "\tb = binary.AppendUvarint(b, uint64(t.executed))\n" +
				"\tfor record := t.oldest; record != nil; record = record.newer {\n\t\tb = append",
			New: "\tb = binary.AppendUvarint(b, 0)\n" +
				"\tfor record := t.oldest; record != nil && false; record = record.newer {\n" +
				"\t\tb = append",
			By: "conform",
		},
		{
			Name: "EvictByStalePrimary",
			What: "a primary makes room in the client-table when a request comes",
			File: "impl/vsr/normal.go",
			Old:  "\tr.appendEntry(e)\n\tprepare :=",
			New: "\tif t := &r.clientTable; t.executed >= r.cfg.ClientsMax && " +
				"t.of(m.ClientID) == nil {\n\t\tt.evict(t.oldest)\n\t}\n" +
				"\tr.appendEntry(e)\n\tprepare :=",
			By: "sim",
		},
	}
}

// edgeMutants are outside of the replica: its wire, its clock, its files, its server.
func edgeMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "AllocateBeforeLengthCheck",
			What: "a sender that claims a large body gets the memory for it",
			File: "impl/wire/reader.go",
			Old:  "min(h.size, max(bufferSize, 4*len(body)))", New: "h.size",
			By: "fuzz", Package: "impl/wire", Test: "TestClaimsTakeNoMemory",
		},
		{
			Name: "MarzulloAcceptsMinority", What: "the clocks of a minority make the time",
			File: "impl/clock/clock.go",
			Old:  "\tif clocks < quorum {", New: "\tif clocks < quorum-1 {",
			By: "property", Package: "impl/clock", Test: "TestWithoutAQuorumTheOwnClockCounts",
		},
		{
			Name: "HandlerGoesOnAfterDiskError", What: "the flusher goes on when a flush has failed",
			File: "impl/server/flusher.go",
			Old: "\t\tdurable, err := f.journal.Flush()\n\t\tif err != nil {\n" +
				"\t\t\treturn err\n\t\t}\n",
			New: "\t\tdurable, err := f.journal.Flush()\n\t\tif err != nil {\n" +
				"\t\t\tf.failed(err)\n\t\t}\n",
			By: "real", Package: "impl/server", Test: "TestFlusher",
		},
		{
			Name: "HeartbeatAdoptsViewConcurrently",
			What: "messages are given to the core beside the loop",
			File: "impl/server/loop.go",
			Old:  "\t\t\ts.receive(m)\n", New: "\t\t\tgo s.receive(m)\n",
			By: "real", Package: "impl/server", Test: "TestKillAndRestart", Race: true,
		},
		{
			Name: "IgnoreShortWrite", What: "a write that the system has cut short counts as done",
			File: "impl/storage/file.go",
			Old:  "f.file.WriteAt(from, off); err != nil {",
			New:  "f.file.WriteAt(from, off); err != nil && n > len(from) {",
			By:   "disk", Package: "impl/storage", Test: "TestFileShortWrite",
		},
	}
}

// orderMutants are journals that count groups too early, or read too much.
func orderMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "AckOutOfOrder", What: "with the header of a group the next body counts as well",
			File: "impl/journal/journal.go",
			Old:  "\tif j.header.written {\n\t\tif err := j.settle(&j.header); err != nil {\n",
			New: "\tif j.header.written {\n\t\tif j.body.active {\n" +
				"\t\t\tj.header.sequence = j.body.sequence\n\t\t}\n" +
				"\t\tif err := j.settle(&j.header); err != nil {\n",
			By: "disk", Test: enumeration,
		},
		{
			Name: "ViewFilterOneRing", What: "a group that was cut off still counts by its body",
			File: "impl/journal/survey.go",
			Old:  "case err != nil, !s.counts(h), h.number != number,",
			New:  "case err != nil, h.number != number,",
			By:   "disk", Test: enumeration,
		},
	}
}

// completeFetch is a piece of the source that a mutant leaves as it is.
const completeFetch = "\tif f.complete() { // All is here, and the message waits for others.\n" +
	"\t\tr.armAsk(f.attempts)\n\t\treturn\n\t}\n"
