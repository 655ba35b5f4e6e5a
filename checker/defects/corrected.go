// SPDX-License-Identifier: Apache-2.0

package defects

import (
	"fmt"
	"strings"

	"viewstamp/checker/model"
	"viewstamp/checker/mutants"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// What holds in place of the defects, and the variants that only this table has.

// quick is how many states a search may have that every test run makes.
const quick = 100_000

// holding is a claim that holds.
func holding(id string) Corrected {
	for _, c := range claims.Catalogue() {
		if c.ID == id && c.Refuted == "" {
			return Corrected{id, c.Claimed, c.Properties, c.States, c.States > quick}
		}
	}
	panic(fmt.Sprintf("defects: no claim %q that holds", id))
}

// fixOf is the fix of a claim that is refuted.
func fixOf(id string) Corrected {
	for _, c := range claims.Catalogue() {
		if c.ID == id && c.Refuted != "" {
			return Corrected{"the fix of " + id, c.Fixed, c.FixedProperties, c.States, c.States > quick}
		}
	}
	panic(fmt.Sprintf("defects: no claim %q that is refuted", id))
}

// searched is a model of vsrcheck model.
func searched(name string) Corrected {
	e, ok := model.Find(name)
	if !ok {
		panic(fmt.Sprintf("defects: no model %q", name))
	}
	return Corrected{name, e.System, nil, e.Distinct, e.Distinct > quick}
}

// quiet are the steps that most rows do without.
func quiet() []string {
	return []string{"SendGetState", "JoinView", "OnGetState", "OnNewState", "SendCommit", "OnCommit",
		"OnReply"}
}

// within is a system of three replicas.
func within(name string, p spec.Protocol, requests, viewChanges, restarts int) spec.System {
	return spec.System{Name: name, Protocol: p, Bounds: spec.Bounds{Replicas: 3,
		Requests: requests, ViewChanges: viewChanges, Restarts: restarts}}
}

// own are the variants that only this table has.
func own() map[string]spec.System {
	right := spec.ViewstampedReplication()
	joins := right.Without("SendGetState", "OnGetState", "OnNewState", "Restart", "OnReply",
		"SendCommit", "OnCommit")
	silent := joins.Replace("JoinView", spec.ByReplica(claims.CutLogAndJoinView))
	cut := mutants.SystemOf("CutLogKeepLastNormalView")
	cut.Protocol.Steps = append(cut.Protocol.Steps, right.Step("Restart"))
	return map[string]spec.System{
		"C-001 without COMMIT":                  within("no COMMIT", silent, 2, 2, 0),
		"CutLogKeepLastNormalView with Restart": within("restarts", cut.Protocol, 1, 2, 1),
	}
}

// resumeAfterWrite is a primary that writes an entry before it sends PREPARE, and goes on after a
// restart.
func resumeAfterWrite() Corrected {
	resume := func(c spec.Configuration, r spec.Replica, _ int) (
		spec.Replica, []spec.Message, spec.Ignored,
	) {
		return claims.ResumeAsPrimary(c, r, 0)
	}
	p := spec.ViewstampedReplication().Without(quiet()...).
		Replace("Restart", claims.OnRestart(resume))
	return Corrected{"written before PREPARE", within("resumes after its write", p, 2, 1, 1), nil,
		54_855, false}
}

// cutOfTwoViews is the half fix of 5.1b within two view changes.
func cutOfTwoViews() Corrected {
	s := mutants.SystemOf("CutLogKeepLastNormalView")
	s.Protocol = s.Protocol.Without("OnReply")
	return Corrected{"the variant itself", within("cuts, two view changes", s.Protocol, 1, 2, 0), nil,
		7_365_724, true}
}

// published is recovery without a disk and one crash.
func published() Corrected {
	p := spec.DisklessRecovery().Without(quiet()...)
	return Corrected{"as published, one crash", within("one crash, two view changes", p, 1, 2, 1),
		[]string{"NothingLost"}, 3_701_242, true}
}

// twoRestarts is the durable protocol with two crashes.
func twoRestarts() Corrected {
	p := spec.ViewstampedReplication().Without(quiet()...)
	return Corrected{"two restarts", within("two restarts", p, 1, 1, 2), nil, 4_019_613, true}
}

// predictedProperty is the first word of what a prediction is for.
func predictedProperty(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}
