// SPDX-License-Identifier: Apache-2.0

package linear

// This file tests that the two checkers accept what is linearizable by construction, that they
// agree on everything, and that they refuse what has been damaged.

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/histories"
)

// dump is a history as text, for the message of a failed property.
func dump(t require.TestingT, h histories.History) string {
	var b writerTo
	require.NoError(t, histories.Write(&b, h))
	return string(b)
}

type writerTo []byte

func (w *writerTo) Write(p []byte) (int, error) { *w = append(*w, p...); return len(p), nil }

// hasOperation tells whether anything is left to judge.
func hasOperation(h histories.History) bool { return len(h.Events) > 0 }

// TestGeneratedAreAccepted: both checkers accept what really happened.
func TestGeneratedAreAccepted(t *testing.T) {
	checkMany(t, 5, func(t *rapid.T) {
		h := generate(t, drawShape(t, true))
		if !hasOperation(h) {
			return
		}
		verdict, report := Judge(context.Background(), h, Options{})
		require.Equal(t, Linearizable, verdict, "%v\n%s", report, dump(t, h))
		require.Equal(t, Linearizable, report.Search.Verdict, "%v\n%s", report.Search, dump(t, h))
		require.True(t, report.Witnessed)
		require.Equal(t, Linearizable, report.Witness.Verdict, "%v\n%s", report.Witness, dump(t, h))
	})
}

// TestDamagedAreJudgedAlike: one changed event, and the checkers must not contradict each other.
// The witness must always decide: it has all op-numbers, and the histories are small.
func TestDamagedAreJudgedAlike(t *testing.T) {
	checkMany(t, 10, func(t *rapid.T) {
		h := generate(t, drawShape(t, true))
		if !hasOperation(h) || !damage(t, &h) {
			return
		}
		_, report := Judge(context.Background(), h, Options{})
		require.Empty(t, report.Disagreement, "%s", dump(t, h))
		require.NotEqual(t, Unknown, report.Search.Verdict, "%v\n%s", report.Search, dump(t, h))
		require.NotEqual(t, Unknown, report.Witness.Verdict, "%v\n%s", report.Witness, dump(t, h))
	})
}

// damage changes one outcome at random and reports whether it found one to change.
func damage(t *rapid.T, h *histories.History) bool {
	var outcomes []int
	for i, e := range h.Events {
		if e.Kind == histories.OK || e.Kind == histories.Unknown {
			outcomes = append(outcomes, i)
		}
	}
	if len(outcomes) == 0 {
		return false
	}
	e := &h.Events[rapid.SampledFrom(outcomes).Draw(t, "damaged")]
	switch kind := rapid.IntRange(0, 3).Draw(t, "damage"); {
	case kind == 0 && e.Op != 0:
		e.Op = uint64(max(1, int64(e.Op)+rapid.Int64Range(-3, 3).Draw(t, "shift")))
	case kind == 1:
		*e = histories.Event{T: e.T, Client: e.Client, Req: e.Req, Kind: histories.Unknown}
	case kind == 2 && e.Kind == histories.Unknown:
		*e = histories.Event{T: e.T, Client: e.Client, Req: e.Req, Kind: histories.Fail}
	default:
		return changeResult(t, h, e)
	}
	return true
}

// changeResult gives an ok another result that the operation could have.
func changeResult(t *rapid.T, h *histories.History, e *histories.Event) bool {
	if e.Kind != histories.OK || e.Error != "" {
		return false
	}
	candidates := []histories.Value{{}, histories.Some("OK")}
	for n := range 5 {
		candidates = append(candidates, histories.Some(strconv.Itoa(n)))
	}
	was := *e
	e.Value = rapid.SampledFrom(candidates).Draw(t, "result")
	if e.Value == was.Value || h.Validate() != nil {
		*e = was
		return false
	}
	return true
}
