// SPDX-License-Identifier: Apache-2.0

package trace

import "viewstamp/impl/vsr"

// The messages, kind by kind. Their fields are there: readMessage has checked it.

func readRequest(d *decoder, r *record) vsr.Message {
	return &vsr.Request{
		ClientID: d.client(r), RequestNumber: vsr.RequestNumber(r.numbers[kRequest]),
		Operation: d.bytes(r, kOperation),
	}
}

func readPrepare(d *decoder, r *record) vsr.Message {
	return &vsr.Prepare{
		From: d.replica(r, kFrom), ViewNumber: view(r), Parent: d.name(r, kParent), Entry: d.entry,
		CommitNumber: vsr.OpNumber(r.numbers[kCommit]),
	}
}

func readPrepareOK(d *decoder, r *record) vsr.Message {
	return &vsr.PrepareOK{From: d.replica(r, kFrom), ViewNumber: view(r), OpNumber: op(r)}
}

func readReply(d *decoder, r *record) vsr.Message {
	return &vsr.Reply{
		From: d.replica(r, kFrom), ViewNumber: view(r), ClientID: d.client(r),
		RequestNumber: vsr.RequestNumber(r.numbers[kRequest]), OpNumber: op(r),
		Result: d.bytes(r, kResult),
	}
}

func readCommit(d *decoder, r *record) vsr.Message {
	return &vsr.Commit{From: d.replica(r, kFrom), ViewNumber: view(r), CommitNumber: commit(r)}
}

func readStartViewChange(d *decoder, r *record) vsr.Message {
	return &vsr.StartViewChange{From: d.replica(r, kFrom), ViewNumber: view(r)}
}

func readDoViewChange(d *decoder, r *record) vsr.Message {
	return &vsr.DoViewChange{
		From: d.replica(r, kFrom), ViewNumber: view(r), Log: d.suffix(r),
		LastNormalView: vsr.ViewNumber(r.numbers[kLastNormalView]), CommitNumber: commit(r),
		HeadUnknown: d.flag(r, kHeadUnknown), Lost: d.lost(r),
	}
}

func readStartView(d *decoder, r *record) vsr.Message {
	return &vsr.StartView{
		From: d.replica(r, kFrom), ViewNumber: view(r), Log: d.suffix(r), CommitNumber: commit(r),
	}
}

func readGetState(d *decoder, r *record) vsr.Message {
	return &vsr.GetState{From: d.replica(r, kFrom), ViewNumber: view(r), OpNumber: op(r)}
}

func readNewState(d *decoder, r *record) vsr.Message {
	return &vsr.NewState{
		From: d.replica(r, kFrom), To: d.replica(r, kTo), ViewNumber: view(r),
		After: vsr.OpNumber(r.numbers[kAfter]), Log: d.suffix(r), CommitNumber: commit(r),
	}
}

func view(r *record) vsr.ViewNumber { return vsr.ViewNumber(r.numbers[kView]) }

func op(r *record) vsr.OpNumber { return vsr.OpNumber(r.numbers[kOp]) }

func commit(r *record) vsr.OpNumber { return vsr.OpNumber(r.numbers[kCommit]) }

// suffix reads a log by its name. The entries are not in a trace.
func (d *decoder) suffix(r *record) vsr.LogSuffix {
	return vsr.LogSuffix{Name: d.name(r, kLog), Base: d.name(r, kBase)}
}
