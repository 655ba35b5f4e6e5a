// SPDX-License-Identifier: Apache-2.0

package linear

// This file runs both checkers on a history and holds them against each other.

import (
	"context"
	"fmt"
	"strings"
	"time"

	"viewstamp/histories"
)

// Report is what Judge found: the verdict and what each checker said.
type Report struct {
	// Name is History.Name.
	Name string
	// Verdict is the answer. Unknown is a failure.
	Verdict Verdict
	// Reason says in a sentence why the verdict is not Linearizable.
	Reason string
	// Search is what porcupine found. It takes op-numbers into account where there are any.
	Search Result
	// Witness is what the witness found, if Witnessed.
	Witness   Result
	Witnessed bool
	// OpNumbersOnly is true for a refuted history whose results alone, without the op-numbers,
	// could be explained: the system names positions that cannot be the true ones.
	OpNumbersOnly bool
	// Disagreement is set if the two checkers contradict each other. Then the verdict is
	// Unknown and one of the checkers has a defect: report it with the history.
	Disagreement string
	// Expect is what the header expects; empty if it does not say.
	Expect string
	// Duration is the time for everything.
	Duration time.Duration
}

// AsExpected is true if the verdict is the one that the header states; where it states none,
// if the verdict is Linearizable.
func (r Report) AsExpected() bool {
	if r.Expect == histories.ExpectNotLinearizable {
		return r.Verdict == NotLinearizable
	}
	return r.Verdict == Linearizable
}

// String is a line for people.
func (r Report) String() string {
	var b strings.Builder
	if r.Name != "" {
		fmt.Fprintf(&b, "%s: ", r.Name)
	}
	fmt.Fprintf(&b, "%v", r.Verdict)
	if r.Reason != "" {
		fmt.Fprintf(&b, ": %s", r.Reason)
	}
	return b.String()
}

// Judge decides whether a history is linearizable with all that it knows: by search, and by the
// witness if all its replies carry op-numbers.
func Judge(ctx context.Context, h histories.History, options Options) (Verdict, Report) {
	return trueCheckers().judge(ctx, h, options)
}

// checkers is what Judge is made of. Only the mutants use other ones than the true ones.
type checkers struct {
	compile func(histories.History) []operation
	search  step // Takes op-numbers into account, where there are any.
	plain   step // Goes by results alone; to tell why a history is refuted.
	rules   rules
}

func trueCheckers() checkers {
	return checkers{compile: compile, search: byValueAndOp, plain: byValue, rules: strictRules}
}

func (c checkers) judge(ctx context.Context, h histories.History, o Options) (Verdict, Report) {
	start := time.Now()
	r := Report{Name: h.Name, Expect: h.Expect}
	decide := func(v Verdict, reason string) (Verdict, Report) {
		r.Verdict, r.Reason, r.Duration = v, reason, time.Since(start)
		return v, r
	}
	if err := h.Validate(); err != nil {
		r.Search = unknown(Malformed, "%v", err)
		return decide(Unknown, err.Error())
	}
	r.Witness = c.rules.witness(h)
	r.Witnessed = r.Witness.Cause != NotApplicable
	if o.Timeout == 0 && r.Witness.Verdict != Unknown {
		o.Timeout = agreeTimeout
	}
	r.Search = c.check(ctx, h, o, c.search)
	if r.Disagreement = disagreement(r.Search, r.Witness); r.Disagreement != "" {
		return decide(Unknown, "INTERNAL ERROR, the checkers contradict each other: "+r.Disagreement)
	}
	if r.Witness.Verdict == NotLinearizable || r.Search.Verdict == NotLinearizable {
		r.OpNumbersOnly = hasOpNumbers(h) && c.explainsResults(ctx, h, o)
		return decide(NotLinearizable, refutation(r))
	}
	// Either one is a proof. That the other one gave up takes nothing away from it.
	if r.Witness.Verdict == Linearizable || r.Search.Verdict == Linearizable {
		return decide(Linearizable, "")
	}
	if !r.Witnessed {
		return decide(Unknown, r.Search.Reason)
	}
	return decide(Unknown, fmt.Sprintf("search: %s; witness: %s", r.Search.Reason, r.Witness.Reason))
}

// agreeTimeout bounds the search where the witness has decided.
const agreeTimeout = 10 * time.Second

// explainsTimeout bounds the search without op-numbers that Judge adds for a refuted history. It
// decides only how the reason is worded.
const explainsTimeout = 5 * time.Second

// explainsResults tells whether the results alone can be explained.
func (c checkers) explainsResults(ctx context.Context, h histories.History, o Options) bool {
	o.Timeout = min(o.withDefaults().Timeout, explainsTimeout)
	return c.check(ctx, h, o, c.plain).Verdict == Linearizable
}

// hasOpNumbers tells whether any operation carries one.
func hasOpNumbers(h histories.History) bool {
	for i := range h.Events {
		if h.Events[i].Op != 0 {
			return true
		}
	}
	return false
}

// disagreement compares the two. They answer nearly the same question: the search looks at the
// op-numbers of one key at a time, and does not ask which op-numbers are free. So the witness
// may refute what the search accepts, but only for one of those reasons.
func disagreement(search, witness Result) string {
	accepts, refutes := search.Verdict == Linearizable, search.Verdict == NotLinearizable
	switch {
	case witness.Verdict == Linearizable && refutes:
		return "the witness has an order that explains everything, the search says: " + search.Reason
	case witness.Verdict == NotLinearizable && witness.Cause == Values && accepts:
		return "the search has an order that explains everything, the witness says: " + witness.Reason
	}
	return ""
}

// refutation words the reason of a refuted history. The witness names operations, the search only
// a key, so the witness is quoted if it can be.
func refutation(r Report) string {
	reason := r.Search.Reason
	if r.Witness.Verdict == NotLinearizable {
		reason = r.Witness.Reason
	}
	if r.OpNumbersOnly {
		reason += "; the results alone could be explained, but not with these op-numbers"
	}
	return reason
}
