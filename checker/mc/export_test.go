// SPDX-License-Identifier: Apache-2.0

package mc

import "context"

// What the external tests need of the inside.

// Tuning lets tests plant defects and force small keys and memos.
type Tuning struct {
	LoseSuccessor, StaleMemo, WrongBarrier, CutKeys, LoseKey, ForgetFresh bool

	ForgetLevel bool

	Width, Memo int
}

// CheckTuned is Check with a changed engine.
func CheckTuned[L, M comparable](
	ctx context.Context, m Model[L, M], o Options, t Tuning,
) (Result[L, M], error) {
	return check(ctx, &m, o, tuning{
		faults: faults{loseSuccessor: t.LoseSuccessor, staleMemo: t.StaleMemo,
			wrongBarrier: t.WrongBarrier, cutKeys: t.CutKeys, loseKey: t.LoseKey,
			forgetFresh: t.ForgetFresh, forgetLevel: t.ForgetLevel},
		width: t.Width, memo: t.Memo,
	})
}
