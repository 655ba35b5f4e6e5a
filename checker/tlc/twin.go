// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"context"
	"fmt"
	"slices"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/checker/mutants"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// The pairs: a system of the spec and the configuration of TLC that must be the same.

// Twin is one system that both checkers search.
type Twin struct {
	Name   string
	System spec.System
	// Breaks is the invariant that must break. Empty: all must hold.
	Breaks string
	// Properties are the names of the invariants to check. Empty: all.
	Properties []string
	// Module is the module that TLC searches, and Cfg its configuration, below the folder tla.
	Module, Cfg string
}

// The modules: the protocol, recovery of replicas without a disk, the same with crash vectors,
// reads, disks that lose what they held, view changes with suffixes of logs, checkpoints, and
// reconfiguration.
const (
	mainModule            = "MCVSR"
	recoveryModule        = "MCRecovery"
	crashVectorModule     = "MCCrashVector"
	readsModule           = "MCReads"
	storageModule         = "MCStorage"
	suffixModule          = "MCSuffix"
	checkpointModule      = "MCCheckpoint"
	reconfigurationModule = "MCReconfiguration"
)

// Twins lists the models, what is left of some claims when they are corrected, and the wrong
// variants, as far as they are written in TLA+.
func Twins() []Twin {
	all := []Twin{}
	for _, e := range model.Models() {
		if module, ok := moduleOf(e.System.Protocol); ok {
			all = append(all, Twin{Name: e.Name, System: e.System, Module: module,
				Cfg: "models/" + e.Name + ".cfg"})
		}
	}
	all = append(all, fromClaims()...)
	wrong := func(names []string, module string) {
		for _, m := range mutants.SpecMutants() {
			if slices.Contains(names, m.Name) {
				all = append(all, Twin{m.Name, m.System, m.Breaks, []string{m.Breaks}, module,
					"variants/" + m.Name + ".cfg"})
			}
		}
	}
	wrong(variants(), mainModule)
	wrong(recoveryVariants(), recoveryModule)
	wrong(readsVariants(), readsModule)
	wrong(storageVariants(), storageModule)
	wrong([]string{"SuffixTruncates", "FrozenLogIsSilent"}, suffixModule)
	wrong(checkpointVariants(), checkpointModule)
	wrong(reconfigurationVariants(), reconfigurationModule)
	return all
}

// fromClaims are systems of the catalogue that hold.
func fromClaims() []Twin {
	var all []Twin
	add := func(name, module string, s spec.System, properties []string) {
		all = append(all, Twin{Name: name, System: s, Properties: properties, Module: module,
			Cfg: "models/" + name + ".cfg"})
	}
	for _, c := range claims.Catalogue() {
		switch c.ID {
		case "C-001":
			add("state-transfer-corrected", mainModule, c.Fixed, c.FixedProperties)
		case "C-003", "C-003a", "C-003c", "C-003d":
			add(c.Name, mainModule, c.Claimed, c.Properties)
		case "C-017":
			add(c.Name, suffixModule, c.Claimed, c.Properties)
		case "C-017d":
			add("log-suffixes-one-request", suffixModule, c.Fixed, c.FixedProperties)
		case "C-101a":
			add("recovery-one-crash", recoveryModule, c.Claimed, c.Properties)
		case "C-101b":
			one := c.Claimed // Two crashes are 10,691,477 states.
			one.Bounds.Restarts = 1
			add("recovery-crash-vectors", crashVectorModule, one, c.Properties)
		case "C-104":
			add("recovery-view-on-disk", recoveryModule, c.Fixed, c.FixedProperties)
		case "C-201":
			add("reads-with-leases", readsModule, c.Claimed, c.Properties)
		case "C-203":
			add("reads-at-backups", readsModule, c.Claimed, c.Properties)
		}
	}
	return all
}

// NotWritten names the models and wrong variants of the spec that are not written in TLA+.
func NotWritten() []string {
	var names []string
	for _, e := range model.Models() {
		names = append(names, e.Name)
	}
	for _, m := range mutants.SpecMutants() {
		names = append(names, m.Name)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		_, written := Find(name)
		return written
	})
}

// moduleOf is the module that has all steps of a protocol, by their names, if there is one.
func moduleOf(p spec.Protocol) (string, bool) {
	for _, module := range []string{mainModule, storageModule, checkpointModule,
		reconfigurationModule} {
		known := stepsOf(module)
		if !slices.ContainsFunc(p.Steps, func(step spec.Step) bool {
			return !slices.ContainsFunc(known, func(s spec.Step) bool { return s.Name == step.Name })
		}) {
			return module, true
		}
	}
	return "", false
}

// stepsOf are the steps of the protocol that a module is about.
func stepsOf(module string) []spec.Step {
	switch module {
	case recoveryModule:
		return spec.DisklessRecovery().Steps
	case crashVectorModule:
		return spec.CrashVectors().Steps
	case readsModule:
		return spec.ReadsAtPrimary().Steps
	case storageModule:
		return spec.DamagedDisks().Without("SendGetState", "JoinView", "OnGetState", "OnNewState",
			"SendCommit", "OnCommit").Steps
	case checkpointModule:
		return spec.Checkpoints().Steps
	case reconfigurationModule:
		return spec.Reconfigurable().Without("SendGetState", "JoinView", "OnGetState", "OnNewState",
			"SendCommit", "OnCommit").Steps
	}
	return spec.ViewstampedReplication().Steps
}

// variants are the wrong variants that are written in TLA+.
func variants() []string {
	return []string{
		"StateTransferTruncatesToCommit", "CutLogKeepLastNormalView", "KeepLogRaiseLastNormalView",
		"AppendWhileWaiting", "StartViewTwice", "CommitBeyondLog", "AcknowledgeOldView",
		"ForgetTakenOverRequests", "LongestLogWins", "ShorterLogWins", "MostCommittedWins",
		"QuorumFPlusOneOfFour", "OKOfAnyViewCounts", "CommitWithoutQuorum",
		"DoViewChangeBeforeSuperblock", "ForgetLastNormalView", "AckBeforeBodyDurable",
		"ResumeAsPrimary",
	}
}

// recoveryVariants are those of replicas without a disk.
func recoveryVariants() []string {
	return []string{"DisklessRecovery", "NoRoundNoDisk", "ReusedNonce", "RestartEmpty",
		"RecoveringVotes", "AnyPrimary", "RecoverOldView"}
}

// readsVariants are those of reads.
func readsVariants() []string {
	return []string{"ReadWithoutLease", "ForgetLease", "ReadBeforeInherited", "ReadAnywhere"}
}

// storageVariants are those of disks that lose what they held.
func storageVariants() []string {
	return []string{"NackFromFaulty", "DontKnowIsNack", "NackQuorumOneTooFew", "NackBelowRange",
		"AllAnsweredTruncates", "OlderViewDoesNotDeny", "UnreadableHeadIsLow",
		"HeadBelowStartUnknown"}
}

// checkpointVariants are those of logs that drop what a checkpoint covers.
func checkpointVariants() []string {
	return []string{"StateSyncTruncates", "StateSyncAcksEarly", "CheckpointAtOpNumber",
		"OverwriteBeforeCheckpoint", "DoViewChangeWithoutPrefix", "StartViewBelowCheckpoint"}
}

// reconfigurationVariants are those of changing groups.
func reconfigurationVariants() []string {
	return []string{"DonorGivesUncommitted", "LengthIsEnough", "LongerTailStays",
		"ReconfigurationAgain", "CommitBehindReconfiguration", "TransitioningVotes",
		"TableOfTheEpoch", "TransitioningRestartsNormal"}
}

// Find is the twin of that name.
func Find(name string) (Twin, bool) {
	all := Twins()
	i := slices.IndexFunc(all, func(t Twin) bool { return t.Name == name })
	if i < 0 {
		return Twin{}, false
	}
	return all[i], true
}

// Count searches the twin with checker/mc and writes the counts down as TLC would. The seconds are
// those of the search. The error says that there was no complete search.
func Count(ctx context.Context, t Twin, workers int) (Run, error) {
	r, err := mc.Check(ctx, model.Build(t.System, t.Properties...), mc.Options{Workers: workers})
	switch {
	case err != nil:
		return Run{}, err
	case r.Verdict == mc.Unknown:
		return Run{}, fmt.Errorf("%s: no verdict: %s", t.Name, r.Why)
	case r.Verdict == mc.Refuted && len(r.Counterexample) == 0:
		return Run{}, fmt.Errorf("%s: %s", t.Name, r.Why)
	}
	run := Run{Name: t.Name, Result: Success, Levels: r.Levels, Seconds: r.Elapsed.Seconds()}
	if r.Verdict == mc.Refuted {
		// TLC stops inside the level of the counterexample, so only those before are complete.
		run.Result, run.Counterexample = violates(r.Violated), len(r.Counterexample)
		run.Levels = r.Levels[:run.Counterexample]
	} else {
		run.Generated = r.Generated - r.Idle + 1 // TLC generates the initial state, too.
	}
	run.sum()
	return run, nil
}
