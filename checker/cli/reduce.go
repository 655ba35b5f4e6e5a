// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"viewstamp/checker/mc"
	"viewstamp/checker/model"
)

// The flag -reduce: smaller searches with the same verdicts.

// reduceHelp is what vsrcheck model says about it.
const reduceHelp = `

-reduce sleep takes one of two orders of the steps of two processes; every state is still seen.
-reduce dead drops messages that nobody will ever react to, and uses sleep sets. Verdicts and the
lengths of counterexamples stay as they are, the number of states does not. What is said to be
dead (checker/model/dead.go) is tested all along: for a protocol in which a replica forgets its
view it is wrong, and the search ends with an error that shows why.
-reduce eager fires at once what only sends, without sleep sets. Verdicts stay as they are; a
counterexample need not be a shortest one.
-reduce dead+eager does both, and reaches the largest bounds.
-reduce symmetry keeps one of the states that differ only in which client is which. Verdicts and
the lengths of counterexamples stay as they are. It needs two clients.`

// reduced returns the options of a search for a value of -reduce.
func reduced(o mc.Options, how string) (mc.Options, error) {
	switch how {
	case "none":
	case "sleep":
		o.SleepSets = true
	case "dead":
		o.SleepSets, o.DeadMessages = true, true
	case "eager":
		o.EagerSends = true
	case "dead+eager":
		o.DeadMessages, o.EagerSends = true, true
	case "symmetry":
		o.Symmetry = true
	default:
		return o, usage("-reduce %s: want none, sleep, dead, eager, dead+eager or symmetry", how)
	}
	return o, nil
}

// build makes the model for a search with these options.
func (t target) build(o mc.Options) model.Model {
	if o.DeadMessages {
		return model.BuildReduced(t.system, t.properties...)
	}
	return model.Build(t.system, t.properties...)
}

// reduceFlag asks for the same reductions again.
func reduceFlag(o mc.Options) string {
	switch {
	case o.EagerSends && o.DeadMessages:
		return " -reduce dead+eager"
	case o.EagerSends:
		return " -reduce eager"
	case o.DeadMessages:
		return " -reduce dead"
	case o.SleepSets:
		return " -reduce sleep"
	case o.Symmetry:
		return " -reduce symmetry"
	}
	return ""
}

// reduction announces what made a search smaller than a full one, after what else is known of it.
func reduction(known string, o mc.Options) string {
	how := ""
	switch {
	case o.EagerSends && o.DeadMessages:
		how = "dead messages dropped, eager sends: no shortest path is promised"
	case o.EagerSends:
		how = "eager sends: no shortest path is promised"
	case o.DeadMessages:
		how = "dead messages dropped, sleep sets"
	case o.SleepSets:
		how = "sleep sets"
	case o.Symmetry:
		how = "one state of each orbit of clients"
	}
	if how != "" && known != "" {
		known += "; "
	}
	return known + how
}
