// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"slices"

	"viewstamp/spec"
)

// C-017: DOVIEWCHANGE with the headers of the last entries only. What is missing must be fetched,
// from the replica whose log was chosen, before the view starts.

const paperSuffixes = "Viewstamped Replication Revisited, §5.3"

// suffixes is the claim, rules that look like it, and two remarks.
func suffixes() []Claim {
	holds := bounded("log suffixes", quietSuffixes(), 2, 1, 0)
	holds.Always = []spec.Property{spec.ChosenIsServed(quietSuffixes().Step("OnGetState").Do)}
	holds.Sometimes = []spec.Property{spec.EntriesFetched(), spec.CommittedInLaterView()}
	bounds := bounded("log suffixes, pipeline of one", spec.Pipelined(quietSuffixes(), 1), 2, 1, 0)
	bounds.Always = []spec.Property{spec.SuffixBound(1), spec.PipelineBound(1)}
	anyone := quietSuffixes().Replace("OnNewState", spec.ByReplica(TakeFromAnyone))
	return slices.Concat([]Claim{{
		ID: "C-017", Name: "log-suffixes", Source: paperSuffixes + ", completed",
		Statement: "DOVIEWCHANGE needs only the headers of op k and of what is above it, if the new " +
			"primary fetches what it lacks from the replica whose log it has chosen.",
		Claimed: holds, States: 47_199,
	}}, shortSuffixes(), lostSuffixes(), []Claim{{
		ID: "C-017e", Name: "suffix-of-a-pipeline", Source: "DIVERGENCE.md, D27",
		Statement: "With a pipeline of one a suffix never has more than two headers.",
		Claimed:   bounds, States: 14_027,
	}, {
		ID: "C-017f", Name: "suffix-from-anyone-of-three", Source: "the same among three replicas",
		Statement: "Among three replicas the missing entries may be fetched from any replica: " +
			"what is committed and missing at one is at both others.",
		Claimed: bounded("log suffixes of three, entries from anyone", anyone, 2, 1, 0), States: 52_421,
	}})
}

// shortSuffixes and lostSuffixes are the rules that look like the claim: the first two lack
// a header, or an entry; the other two take the entry from the wrong place, or from nowhere. Where
// the counterexample is long, messages are lost that it does not need, to keep the search short.
func shortSuffixes() []Claim {
	three := func(name string, p spec.Protocol) spec.System {
		return bounded(name, oneTimer(2, losing(p, zeroAlone)), 2, 3, 0)
	}
	quiet := quietSuffixes()
	return []Claim{{
		ID: "C-017a", Name: "suffix-above-k", Source: "a loose reading of " + paperSuffixes,
		Statement: "The headers above k are enough, since all up to k is committed.",
		Picture:   "How a committed operation is lost for want of one header",
		Claimed: three("log suffixes above k", quiet.
			Replace("OnStartViewChange", spec.ByQuorum(spec.SendSuffix(AboveCommitNumber))).
			Replace("OnDoViewChange", spec.ByQuorum(TrustBelowSuffix))),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 19,
		Mutant: "SuffixAboveCommitNumber",
		Fix:    "The header of op k belongs to the suffix (D27).",
		Fixed:  three("log suffixes from k", quiet), States: 1_330_392, SlowFix: true,
	}, {
		ID: "C-017b", Name: "suffix-truncates", Source: "a loose reading of " + paperSuffixes,
		Statement: "A new primary that lacks entries of the chosen log may start with what it has.",
		Picture:   "How a new primary that does not wait loses an operation",
		Claimed: bounded("log suffixes, missing is absent", quiet.Replace("OnDoViewChange",
			spec.ByQuorum(StartWithoutFetching)), 1, 1, 0),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 9,
		Mutant: "SuffixTruncates",
		Fix:    "Fetch what is missing before the view starts.",
		Fixed:  servedSuffixes(), States: 976,
	}}
}

// lostSuffixes: see shortSuffixes.
func lostSuffixes() []Claim {
	five := func(name string, p spec.Protocol) spec.System {
		s := bounded(name, oneTimer(3, losing(p, betweenHalves)), 2, 2, 0)
		s.Bounds.Replicas = 5
		return s
	}
	quiet, normalOnly := quietSuffixes(), spec.ByReplica(spec.OnGetState)
	anyone := quiet.Replace("OnNewState", spec.ByReplica(TakeFromAnyone))
	stuck := bounded("log suffixes, only Normal replicas answer",
		quiet.Replace("OnGetState", normalOnly), 1, 1, 0)
	stuck.Always = []spec.Property{spec.ChosenIsServed(normalOnly)}
	return []Claim{{
		ID: "C-017c", Name: "suffix-from-anyone", Source: "a loose reading of " + paperSuffixes,
		Statement:  "The missing entries may be fetched by their op-numbers from any replica.",
		Picture:    "How an entry of another log takes the place of the chosen one",
		Claimed:    five("log suffixes of five, entries from anyone", anyone),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 25,
		Mutant: "SuffixFromAnyone",
		Fix:    "From the replica whose log was chosen; or by header.",
		Fixed:  five("log suffixes of five", quiet), States: 49_444,
	}, {
		ID: "C-017d", Name: "suffix-normal-answers",
		Source:    paperSuffixes + " and §5.2 together",
		Statement: "Only Normal replicas answer GETSTATE.",
		Picture:   "How a new primary waits for ever for the entries that it lacks",
		Claimed:   stuck, Properties: []string{"ChosenIsServed"}, Refuted: "ChosenIsServed", Steps: 7,
		Mutant: "FrozenLogIsSilent",
		Fix:    "A replica that waits for the view answers its new primary: its log is frozen.",
		Fixed:  servedSuffixes(), States: 976,
	}}
}

// quietSuffixes is the protocol with suffixes, and with no more of the rest than the claims need.
func quietSuffixes() spec.Protocol {
	return spec.LogSuffixes().Without("SendGetState", "JoinView", "OnReply", "SendCommit",
		"OnCommit", "Restart")
}

// servedSuffixes is the rule in small bounds.
func servedSuffixes() spec.System {
	s := bounded("log suffixes, the frozen log answers", quietSuffixes(), 1, 1, 0)
	s.Always = []spec.Property{spec.ChosenIsServed(quietSuffixes().Step("OnGetState").Do)}
	return s
}

// AboveCommitNumber is the entry after which a suffix starts that lacks the header of op k.
func AboveCommitNumber(r spec.Replica) spec.OpNumber { return r.CommitNumber }

// TrustBelowSuffix is StartOrFetch that takes its own entries below a suffix for those of the
// chosen log.
func TrustBelowSuffix(c spec.Configuration, r spec.Replica, quorum []spec.DoViewChange) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	best, _ := spec.ChooseSuffix(r, quorum)
	trusting := r
	trusting.CommitNumber = max(r.CommitNumber, min(best.After, r.OpNumber()))
	after, sent, why := spec.StartOrFetch(c, trusting, quorum)
	if why != spec.Accepted || after.Status != spec.Normal {
		after.CommitNumber = r.CommitNumber
	}
	return after, sent, why
}

// StartWithoutFetching is StartOrFetch that starts the view with as much of the chosen log as the
// new primary has.
func StartWithoutFetching(c spec.Configuration, r spec.Replica, quorum []spec.DoViewChange) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	best, _ := spec.ChooseSuffix(r, quorum)
	l := r.Log.UpTo(spec.SameAs(r, best))
	whole := make([]spec.DoViewChange, len(quorum))
	for i, m := range quorum {
		m.Log, m.After, m.CommitNumber = l, 0, min(m.CommitNumber, l.OpNumber())
		whole[i] = m
	}
	return spec.OnDoViewChange(c, r, whole)
}

// TakeFromAnyone is OnNewState at a new primary that takes any entries that go as far as the chosen
// log.
func TakeFromAnyone(c spec.Configuration, r spec.Replica, m spec.NewState) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if m.After == r.Chosen.After && m.After+m.Log.OpNumber() >= r.Chosen.OpNumber {
		m.From, m.Log = r.Chosen.From, m.Log.UpTo(r.Chosen.OpNumber-m.After)
	}
	return spec.OnNewStateChosen(c, r, m)
}

// oneTimer is a protocol in which only one replica ever starts a view change. Each of its runs is a
// run of the protocol.
func oneTimer(i spec.ReplicaNumber, p spec.Protocol) spec.Protocol {
	return p.Replace("SendStartViewChange", onlyAt(i, p.Step("SendStartViewChange").Do))
}

// losing is a protocol in which some messages are lost on their way to some replicas. Each of its
// runs is a run of the protocol.
func losing(p spec.Protocol, lost func(to spec.ReplicaNumber, m spec.Message) bool) spec.Protocol {
	for _, step := range p.Steps {
		if step.Client {
			continue
		}
		p = p.Replace(step.Name, func(c spec.Configuration, one spec.Process, in []spec.Message,
			choice int,
		) (spec.Process, []spec.Message, spec.Ignored) {
			for _, m := range in {
				if lost(one.(spec.Replica).ReplicaNumber, m) {
					return one, nil, spec.NotForMe
				}
			}
			return step.Do(c, one, in, choice)
		})
	}
	return p
}

// zeroAlone loses PREPARE of view 0, and what tells replica 0 of the views 1 and 2.
func zeroAlone(to spec.ReplicaNumber, m spec.Message) bool {
	v := viewOf(m)
	return prepareOfFirstView(m) || to == 0 && (v == 1 || v == 2)
}

// betweenHalves loses PREPARE of view 0, what tells replicas 0 and 2 of view 1, and what tells 1
// and 4 of view 2.
func betweenHalves(to spec.ReplicaNumber, m spec.Message) bool {
	v := viewOf(m)
	return prepareOfFirstView(m) || v == 1 && (to == 0 || to == 2) || v == 2 && (to == 1 || to == 4)
}

// prepareOfFirstView says that a message is PREPARE of view 0.
func prepareOfFirstView(m spec.Message) bool {
	prepare, ok := m.(spec.Prepare)
	return ok && prepare.ViewNumber == 0
}

// viewOf is the view that a message takes its receiver into, or is of.
func viewOf(m spec.Message) spec.ViewNumber {
	switch m := m.(type) {
	case spec.Prepare:
		return m.ViewNumber
	case spec.StartViewChange:
		return m.ViewNumber
	case spec.DoViewChange:
		return m.ViewNumber
	case spec.StartView:
		return m.ViewNumber
	}
	return 0
}
