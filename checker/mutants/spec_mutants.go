// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	"context"
	"fmt"
	"slices"
	"time"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// SpecMutant is a wrong variant of the protocol. The model checker must find the shortest
// counterexample to the property.
type SpecMutant struct {
	Name string
	// What the variant does wrong.
	What   string
	System spec.System
	// Breaks is the property that it breaks first, and Steps the length of the shortest
	// counterexample to it.
	Breaks string
	Steps  int
}

// variant is a system of the protocol with three replicas and without what it does not need.
func variant(p spec.Protocol, requests, viewChanges, restarts int) spec.System {
	return spec.System{Name: p.Name, Protocol: p, Bounds: spec.Bounds{
		Replicas: 3, Requests: requests, ViewChanges: viewChanges, Restarts: restarts}}
}

// SpecMutants lists the wrong variants of the spec.
func SpecMutants() []SpecMutant {
	right := spec.ViewstampedReplication()
	transfer := []string{"SendGetState", "JoinView", "OnGetState", "OnNewState"}
	core := right.Without(transfer...).Without("SendCommit", "OnCommit") // §4.1 and §4.2 only
	commits := right.Without("SendGetState", "OnGetState", "OnNewState", "Restart")
	joins := commits.Without("SendCommit", "OnCommit")
	return withClaims(slices.Concat(stateTransferMutants(right, commits, joins),
		normalMutants(right, core, joins), restartMutants(core),
		defectMutants(right, core, joins)))
}

// SpecMutantNamed finds a wrong variant by its name.
func SpecMutantNamed(name string) (SpecMutant, bool) {
	for _, m := range SpecMutants() {
		if m.Name == name {
			return m, true
		}
	}
	return SpecMutant{}, false
}

// SystemOf is the system of the wrong variant of that name, for tests that are emitted from its
// counterexample. It panics if there is none.
func SystemOf(name string) spec.System {
	m, ok := SpecMutantNamed(name)
	if !ok {
		panic(fmt.Sprintf("mutants: the spec has no wrong variant %q", name))
	}
	return m.System
}

// withClaims adds the refuted claims that are not in the table and do not take long: a claim taken
// literally is a wrong variant too.
func withClaims(table []SpecMutant) []SpecMutant {
	for _, c := range claims.Catalogue() {
		if c.Refuted != "" && !c.Slow &&
			!slices.ContainsFunc(table, func(m SpecMutant) bool { return m.Name == c.Mutant }) {
			table = append(table, SpecMutant{Name: c.Mutant, What: c.ID + ": " + c.Statement,
				System: c.Claimed, Breaks: c.Refuted, Steps: c.Steps})
		}
	}
	return table
}

// stateTransferMutants take up a later view, or start it, in a wrong way.
func stateTransferMutants(right, commits, joins spec.Protocol) []SpecMutant {
	return []SpecMutant{
		{"StateTransferTruncatesToCommit", "cuts the log to k and is Normal at once (the paper)",
			claims.StateTransfer().Claimed, "NothingLost", 16},
		{"CutLogKeepLastNormalView", "cuts the log to k, waits with the old v′",
			variant(commits.Replace("JoinView", spec.ByReplica(cutLogKeepLastNormalView)), 1, 3, 0),
			"QuorumCopies", 13},
		{"KeepLogRaiseLastNormalView", "keeps the log, is Normal in the later view at once",
			variant(commits.Replace("JoinView", spec.ByReplica(keepLogRaiseLastNormalView)),
				2, 1, 0), "LogMatching", 9},
		{"AppendWhileWaiting", "appends PREPARE while it waits for STARTVIEW",
			variant(joins.Replace("OnPrepare", spec.ByReplica(appendWhileWaiting)), 3, 1, 0),
			"AckTrue", 9},
		{"StartViewTwice", "takes STARTVIEW although it is Normal in the view",
			variant(joins.Replace("OnStartView", spec.ByReplica(startViewTwice)), 1, 1, 0),
			"QuorumCopies", 11},
		{"CommitBeyondLog", "takes k though the log is shorter",
			variant(right.Without("Restart").Replace("OnCommit",
				spec.ByReplica(commitBeyondLog)), 2, 0, 0), "CommitBound", 6},
	}
}

// normalMutants count or choose wrongly.
func normalMutants(right, core, joins spec.Protocol) []SpecMutant {
	quorums := core.ReplaceQuorum("OnPrepareOK", fPlusOne, nil).
		ReplaceQuorum("OnStartViewChange", fPlusOne, nil).
		ReplaceQuorum("OnDoViewChange", fPlusOne, nil)
	four := variant(quorums.Without("Restart"), 1, 1, 0)
	four.Bounds.Replicas = 4
	norestart := core.Without("Restart")
	five := variant(norestart.ReplaceQuorum("OnPrepareOK", oneTooFew, nil), 1, 0, 0)
	early := variant(norestart.ReplaceQuorum("OnDoViewChange", oneTooFew, nil), 1, 1, 0)
	five.Bounds.Replicas, early.Bounds.Replicas = 5, 5 // Of three it would be none.
	return []SpecMutant{
		{"AcknowledgeOldView", "acknowledges PREPARE of the view that it has left",
			variant(norestart.Replace("OnPrepare", spec.ByReplica(acknowledgeOldView)), 1, 1, 0),
			"NothingLost", 9},
		{"ForgetTakenOverRequests", "a new primary's client-table lacks what it took over",
			variant(norestart.Replace("OnRequest", spec.ByReplica(forgetTakenOverRequests)),
				1, 1, 0), "ExactlyOnce", 11},
		{"LongestLogWins", "takes the longest log, whatever v′ is",
			variant(norestart.Replace("OnDoViewChange", claims.ChooseLog(claims.Longest)), 3, 2, 0),
			"NothingLost", 18},
		{"ShorterLogWins", "takes the largest v′, its own log on a tie",
			variant(norestart.Replace("OnDoViewChange", claims.ChooseLog(claims.LatestView)), 1, 1, 0),
			"NothingLost", 9},
		{"MostCommittedWins", "takes the log of the largest k",
			variant(norestart.Replace("OnDoViewChange", claims.ChooseLog(claims.MostCommitted)), 2, 2, 0),
			"NothingLost", 18},
		{"QuorumFPlusOneOfFour", "counts f+1 of four replicas, as the paper says",
			four, "NothingLost", 9},
		{"OKOfAnyViewCounts", "counts PREPAREOK of other views",
			variant(norestart.ReplaceQuorum("OnPrepareOK", spec.Configuration.Others,
				okOfAnyView), 2, 2, 0), "NothingLost", 11},
		{"QuorumOfF", "the new primary starts the view with f DOVIEWCHANGE, one too few",
			early, "NothingLost", 11},
		{"DuplicateOKCountsTwice", "of five replicas a PREPAREOK counts for two",
			five, "QuorumCopies", 4},
		{"CommitWithoutQuorum", "commits what nobody has acknowledged",
			variant(right.Without("OnCommit", "SendGetState", "JoinView", "OnGetState", "OnNewState",
				"Restart").Replace("SendCommit", spec.Spontaneous(commitAlone)), 1, 1, 0),
			"QuorumCopies", 3},
	}
}

// restartMutants forget on their disk what they said.
func restartMutants(core spec.Protocol) []SpecMutant {
	return []SpecMutant{
		{"DoViewChangeBeforeSuperblock", "the view is not on disk when DOVIEWCHANGE leaves",
			variant(core.Replace("Restart", claims.OnRestart(claims.ForgetView)), 1, 1, 1),
			"NothingLost", 10},
		{"ForgetLastNormalView", "v′ is not on disk",
			variant(core.Replace("Restart", claims.OnRestart(claims.ForgetLastNormalView)), 1, 1, 1),
			"OneStartView", 10},
		{"AckBeforeBodyDurable", "PREPAREOK leaves before the entry is on disk",
			variant(core.Replace("Restart", claims.OnRestart(claims.LoseAcknowledged)), 1, 1, 1),
			"NothingLost", 10},
		{"ResumeAsPrimary", "a restarted primary goes on, with op-numbers used before",
			variant(core.Replace("Restart", claims.OnRestart(claims.ResumeAsPrimary)), 2, 0, 1),
			"ViewstampUnique", 5},
	}
}

// catch searches the wrong variant and compares what is found with the row.
func (m SpecMutant) catch(ctx context.Context, o mc.Options) (Evidence, error) {
	started := time.Now()
	r, err := mc.Check(ctx, model.Build(m.System, m.Breaks), o)
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{
		By:      "model",
		First:   fmt.Sprintf("%d states, %d steps", r.Distinct, len(r.Counterexample)),
		Elapsed: time.Since(started),
		Caught:  r.Violated == m.Breaks && len(r.Counterexample) == m.Steps,
		How: fmt.Sprintf("%s broken in %d steps, %d states", m.Breaks,
			len(r.Counterexample), r.Distinct),
	}
	if !e.Caught {
		e.How = fmt.Sprintf("want %s broken in %d steps, got %v: %s %s (%d steps)", m.Breaks,
			m.Steps, r.Verdict, r.Violated, r.Why, len(r.Counterexample))
	}
	return e, nil
}
