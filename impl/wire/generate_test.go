// SPDX-License-Identifier: Apache-2.0

// Generators of messages for the tests of this package.

package wire

import (
	"pgregory.net/rapid"

	"viewstamp/impl/vsr"
)

// allKinds is every kind that can be on the wire, found by asking for each.
func allKinds() []vsr.Kind {
	var kinds []vsr.Kind
	for kind := range 256 {
		if newMessage(vsr.Kind(kind)) != nil {
			kinds = append(kinds, vsr.Kind(kind))
		}
	}
	return kinds
}

var testCluster = ClusterID{1, 2, 3, 15: 16}

func drawNumber[T ~uint64](t *rapid.T, label string) T {
	return T(rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64()).Draw(t, label))
}

func drawReplica(t *rapid.T) vsr.ReplicaNumber {
	return vsr.ReplicaNumber(rapid.Uint8().Draw(t, "replica"))
}

func drawBytes(t *rapid.T, label string) []byte {
	b := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, label)
	if len(b) == 0 {
		return nil // what the decoder makes of no bytes
	}
	return b
}

func drawClientID(t *rapid.T) (id vsr.ClientID) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "client"))
	return id
}

func drawChecksum(t *rapid.T) (sum vsr.Checksum) {
	copy(sum[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "checksum"))
	return sum
}

func drawEntry(t *rapid.T) vsr.Entry {
	return vsr.Entry{
		ViewNumber:    drawNumber[vsr.ViewNumber](t, "view"),
		ClientID:      drawClientID(t),
		RequestNumber: drawNumber[vsr.RequestNumber](t, "request"),
		Timestamp:     vsr.Timestamp(rapid.Int64().Draw(t, "timestamp")),
		Operation:     drawBytes(t, "operation"),
		Checksum:      drawChecksum(t),
	}
}

func drawEntries(t *rapid.T) []vsr.Entry {
	var entries []vsr.Entry
	for range rapid.IntRange(0, 5).Draw(t, "entries") {
		entries = append(entries, drawEntry(t))
	}
	return entries
}

func drawLogName(t *rapid.T) vsr.LogName {
	name := vsr.LogName{OpNumber: vsr.OpNumber(rapid.Uint64Range(0, 1<<40).Draw(t, "op"))}
	if name.OpNumber > 0 {
		name.Checksum = drawChecksum(t)
	}
	return name
}

func drawLogSuffix(t *rapid.T) vsr.LogSuffix {
	base := drawLogName(t)
	entries := drawEntries(t)
	name := base
	if len(entries) > 0 {
		name.OpNumber += vsr.OpNumber(len(entries))
		name.Checksum = entries[len(entries)-1].Checksum
	}
	return vsr.LogSuffix{Name: name, Base: base, Entries: entries}
}

// drawMessage draws a message of that kind as a replica or client could make it.
func drawMessage(t *rapid.T, kind vsr.Kind) vsr.Message {
	switch kind {
	case vsr.KindRequest:
		return &vsr.Request{ClientID: drawClientID(t),
			RequestNumber: drawNumber[vsr.RequestNumber](t, "request"),
			Since:         drawNumber[vsr.OpNumber](t, "since"),
			Operation:     drawBytes(t, "operation")}
	case vsr.KindRefused:
		return &vsr.Refused{From: drawReplica(t),
			ViewNumber: drawNumber[vsr.ViewNumber](t, "view"), ClientID: drawClientID(t),
			RequestNumber: drawNumber[vsr.RequestNumber](t, "request"),
			CommitNumber:  drawNumber[vsr.OpNumber](t, "commit"),
			Evicted:       rapid.Bool().Draw(t, "evicted")}
	case vsr.KindReply:
		return &vsr.Reply{From: drawReplica(t),
			ViewNumber: drawNumber[vsr.ViewNumber](t, "view"), ClientID: drawClientID(t),
			RequestNumber: drawNumber[vsr.RequestNumber](t, "request"),
			OpNumber:      drawNumber[vsr.OpNumber](t, "op"), Result: drawBytes(t, "result")}
	case vsr.KindPrepare:
		return &vsr.Prepare{From: drawReplica(t),
			ViewNumber: drawNumber[vsr.ViewNumber](t, "view"), Parent: drawLogName(t),
			Entry: drawEntry(t), CommitNumber: drawNumber[vsr.OpNumber](t, "commit")}
	case vsr.KindPrepareOK:
		return &vsr.PrepareOK{From: drawReplica(t),
			ViewNumber: drawNumber[vsr.ViewNumber](t, "view"),
			OpNumber:   drawNumber[vsr.OpNumber](t, "op")}
	case vsr.KindCommit:
		return &vsr.Commit{From: drawReplica(t),
			ViewNumber:   drawNumber[vsr.ViewNumber](t, "view"),
			CommitNumber: drawNumber[vsr.OpNumber](t, "commit")}
	case vsr.KindStartViewChange, vsr.KindDoViewChange, vsr.KindStartView:
		return drawViewChange(t, kind)
	case vsr.KindGetState, vsr.KindNewState, vsr.KindGetEntries, vsr.KindEntries:
		return drawStateTransfer(t, kind)
	case vsr.KindGetCheckpoint:
		return &vsr.GetCheckpoint{From: drawReplica(t), Name: drawLogName(t),
			Offset: drawNumber[uint64](t, "offset")}
	case vsr.KindCheckpoint:
		b := drawBytes(t, "bytes")
		offset := rapid.Uint64Range(0, 1<<40).Draw(t, "offset")
		rest := rapid.Uint64Range(0, 1<<40).Draw(t, "rest")
		return &vsr.CheckpointPart{From: drawReplica(t), Name: drawLogName(t),
			Root: drawChecksum(t), Size: offset + uint64(len(b)) + rest, Offset: offset, Bytes: b}
	}
	return drawSession(t, kind)
}

func drawViewChange(t *rapid.T, kind vsr.Kind) vsr.Message {
	from, view := drawReplica(t), drawNumber[vsr.ViewNumber](t, "view")
	switch kind {
	case vsr.KindStartViewChange:
		return &vsr.StartViewChange{From: from, ViewNumber: view}
	case vsr.KindDoViewChange:
		return &vsr.DoViewChange{From: from, ViewNumber: view, Log: drawLogSuffix(t),
			LastNormalView: drawNumber[vsr.ViewNumber](t, "last"),
			CommitNumber:   drawNumber[vsr.OpNumber](t, "commit"),
			HeadUnknown:    rapid.Bool().Draw(t, "headUnknown"), Lost: drawLost(t)}
	default:
		return &vsr.StartView{From: from, ViewNumber: view, Log: drawLogSuffix(t),
			CommitNumber: drawNumber[vsr.OpNumber](t, "commit")}
	}
}

func drawLost(t *rapid.T) (list []vsr.LostRange) {
	for range rapid.IntRange(0, 3).Draw(t, "lost") {
		below, name := drawLogName(t), drawLogName(t)
		if name.OpNumber <= below.OpNumber {
			name = vsr.LogName{OpNumber: below.OpNumber + 1, Checksum: drawChecksum(t)}
		}
		list = append(list, vsr.LostRange{Below: below, Name: name})
	}
	return list
}

func drawStateTransfer(t *rapid.T, kind vsr.Kind) vsr.Message {
	from := drawReplica(t)
	switch kind {
	case vsr.KindGetState:
		return &vsr.GetState{From: from, ViewNumber: drawNumber[vsr.ViewNumber](t, "view"),
			OpNumber: drawNumber[vsr.OpNumber](t, "op")}
	case vsr.KindNewState:
		return &vsr.NewState{From: from, To: drawReplica(t),
			ViewNumber: drawNumber[vsr.ViewNumber](t, "view"),
			After:      drawNumber[vsr.OpNumber](t, "after"), Log: drawLogSuffix(t),
			CommitNumber: drawNumber[vsr.OpNumber](t, "commit")}
	case vsr.KindGetEntries:
		return &vsr.GetEntries{From: from, Name: drawLogName(t),
			After: drawNumber[vsr.OpNumber](t, "after")}
	default:
		entries := drawEntries(t)
		name := drawLogName(t)
		if name.OpNumber < vsr.OpNumber(len(entries)) {
			name = vsr.LogName{OpNumber: vsr.OpNumber(len(entries)), Checksum: drawChecksum(t)}
		}
		return &vsr.Entries{From: from, Name: name, Entries: entries}
	}
}

func drawSession(t *rapid.T, kind vsr.Kind) vsr.Message {
	switch kind {
	case KindHello:
		replicas := rapid.Uint8Range(1, 255).Draw(t, "replicas")
		if rapid.Bool().Draw(t, "client") {
			return &Hello{Role: RoleClient, Replicas: replicas}
		}
		replica := rapid.Uint8Range(0, replicas-1).Draw(t, "replica")
		return &Hello{RoleReplica, vsr.ReplicaNumber(replica), replicas}
	case KindView:
		return &View{drawReplica(t), drawNumber[vsr.ViewNumber](t, "view")}
	case KindStatusRequest:
		return &StatusRequest{}
	case KindStatus:
		return &Status{drawReplica(t), vsr.Status(rapid.Uint8().Draw(t, "status")),
			drawNumber[vsr.ViewNumber](t, "view"), drawNumber[vsr.ViewNumber](t, "last"),
			drawNumber[vsr.OpNumber](t, "op"), drawNumber[vsr.OpNumber](t, "commit"),
			rapid.Uint64().Draw(t, "process"), rapid.String().Draw(t, "resp"),
			rapid.Uint8().Draw(t, "clocks"), vsr.Timestamp(rapid.Int64().Draw(t, "offset")),
			rapid.Uint64().Draw(t, "state"), rapid.Uint64().Draw(t, "limit"),
			rapid.Uint64().Draw(t, "rounds"), rapid.Uint64().Draw(t, "found"),
			rapid.Uint64().Draw(t, "repaired"), drawNumber[vsr.OpNumber](t, "waits"),
			rapid.Bool().Draw(t, "head"), rapid.Uint8().Draw(t, "needed"), drawBytes(t, "votes")}
	case KindPing:
		return &Ping{drawReplica(t), rapid.Uint64().Draw(t, "sent")}
	case KindPong:
		return &Pong{drawReplica(t), rapid.Uint64().Draw(t, "sent"),
			vsr.Timestamp(rapid.Int64().Draw(t, "wall"))}
	}
	t.Fatalf("the tests do not know how to draw kind %d: add it to generate_test.go", kind)
	return nil
}
