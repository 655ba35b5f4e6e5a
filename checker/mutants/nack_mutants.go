// SPDX-License-Identifier: Apache-2.0

package mutants

// nackMutants are wrong about who denies an entry that nobody supplies.
func nackMutants() []ImplMutant {
	nack := func(name, what, old, wrong, test string) ImplMutant {
		return ImplMutant{Name: name, What: what, File: "impl/vsr/nack.go", Old: old, New: wrong,
			By: "test", Test: test, Package: "impl/vsr"}
	}
	return []ImplMutant{
		nack("LostBodyDenies", "to have lost an entry counts as to deny it",
			"\t\treturn r.differs(g, d)\n", "\t\treturn isLost(d, g.first()) || r.differs(g, d)\n",
			"TestVotesOnAGap"),
		nack("NotToKnowDenies", "an unknown head denies the entry",
			"\tcase !d.HeadUnknown:\n", "\tcase true:\n", "TestVotesOnAGap"),
		nack("BelowRangeDenies", "what DOVIEWCHANGE does not name is denied",
			"here, ok := r.nameIn(d, name.OpNumber); ok && name.OpNumber <= g.first() &&\n",
			"here, _ := r.nameIn(d, name.OpNumber); name.OpNumber <= g.first() &&\n",
			"TestVotesOnAGap"),
		nack("EndOfRangeDenies", "another name at the end of what is lost denies its beginning",
			"ok && name.OpNumber <= g.first() &&\n", "ok &&\n", "TestVotesOnAGap"),
		nack("OneDenialTooFewForLost", "a lost entry is dropped if one replica too few denies it",
			"r.denialsIn(g, set) < r.cfg.denials()", "r.denialsIn(g, set) < r.cfg.denials()-1",
			"TestScripts"),
		nack("DropsWhatItHas", "the new primary drops an entry that it has itself",
			" || r.hasItself(g) {", " {", "TestOwnEntryIsNotDropped"),
		nack("AllAskedIsEnough", "when all were asked the entry is dropped",
			"len(set) < r.cfg.Quorum() || r.denialsIn(g, set) < r.cfg.denials() ||",
			"len(set) < r.cfg.Quorum() ||", "TestScripts"),
		{
			Name: "CheckpointBeyondVotes",
			What: "the new primary installs a checkpoint that none of its DOVIEWCHANGEs covers",
			File: "impl/vsr/logmessage.go", Old: "if slices.ContainsFunc(chosen, says) {",
			New: "if true {", By: "test", Test: "TestCheckpointNeedsAWitness", Package: "impl/vsr",
		},
		{
			Name: "NoRoomIsSaved",
			What: "a replica with lost entries fills its disk with views",
			File: "impl/vsr/damage.go", Old: "r.damage != nil && r.checkpoints.room == RoomTight",
			New: "false", By: "test", Test: "TestLostAndLittleRoom", Package: "impl/vsr",
		},
	}
}
