// SPDX-License-Identifier: Apache-2.0

package mc

import "context"

// What the external tests need of the inside.

// Tuning lets tests plant defects and force small keys and memos.
type Tuning struct {
	LoseSuccessor, StaleMemo, WrongBarrier, CutKeys, LoseKey, ForgetFresh, DropAlive bool

	EagerMoves, KeepFirst bool

	ForgetLevel, MissDeadlock, AwakeOnly bool

	Width, Memo int
}

// CheckTuned is Check with a changed engine.
func CheckTuned[L, M comparable](
	ctx context.Context, m Model[L, M], o Options, t Tuning,
) (Result[L, M], error) {
	return check(ctx, &m, o, tuning{
		faults: faults{loseSuccessor: t.LoseSuccessor, staleMemo: t.StaleMemo,
			wrongBarrier: t.WrongBarrier, cutKeys: t.CutKeys, loseKey: t.LoseKey,
			forgetFresh: t.ForgetFresh, forgetLevel: t.ForgetLevel,
			missDeadlock: t.MissDeadlock, awakeOnly: t.AwakeOnly, dropAlive: t.DropAlive,
			eagerMoves: t.EagerMoves, keepFirst: t.KeepFirst},
		width: t.Width, memo: t.Memo,
	})
}

// LiveFaults lets tests plant defects in the search for lassos.
type LiveFaults struct{ IgnoreFairness, LoseCycle, LoseEnd, TrustBounds bool }

// CheckLiveWith is CheckLive of one property with a changed search.
func CheckLiveWith[L, M comparable](
	ctx context.Context, m Model[L, M], p Liveness[L, M], o LiveOptions, f LiveFaults,
) (LiveResult[L, M], error) {
	r, err := checkLive(ctx, &m, []Liveness[L, M]{p}, o,
		liveFaults{f.IgnoreFairness, f.LoseCycle, f.LoseEnd, f.TrustBounds})
	if err != nil {
		return LiveResult[L, M]{}, err
	}
	return r[0], nil
}

// EstimateRest is estimateRest.
func EstimateRest(levels []int64) int64 { return estimateRest(levels) }
