// SPDX-License-Identifier: Apache-2.0

package model

import "viewstamp/spec"

// The models of reconfiguration (§7): groups that grow, shrink and are replaced.

// epochModels lists them. State transfer between views and the COMMIT of an idle primary are left
// out: a backup learns by STARTEPOCH what it would learn by COMMIT.
func epochModels() []Entry {
	idle := []string{"SendGetState", "JoinView", "OnGetState", "OnNewState", "SendCommit", "OnCommit"}
	all := spec.Reconfigurable().Without(idle...)
	quiet := all.Without("SendCheckEpoch", "OnCheckEpoch", "Restart")
	crowd := quiet.Without("OnOlderRequest", "OnNewEpoch", "OnReply")
	restarts := all.Without("SendCheckEpoch", "OnCheckEpoch", "OnOlderRequest", "OnNewEpoch",
		"OnReply")
	check := all.Without("OnOlderRequest", "OnNewEpoch", "OnReply", "Restart")
	completed, committed := spec.EpochCompleted(), spec.CommittedInLaterEpoch()
	gone := spec.ReplicaShutDown()
	entry := func(name, what string, quick bool, p spec.Protocol, plan spec.Plan, b spec.Bounds,
		distinct int64, depth int, sometimes ...spec.Property,
	) Entry {
		b.Replicas, b.Plan = max(b.Replicas, 3), plan
		name = "reconfiguration-" + name
		return Entry{name, what, spec.System{Name: name, Protocol: p, Bounds: b,
			Sometimes: append(sometimes, completed)}, quick, false, distinct, depth}
	}
	return []Entry{
		entry("same", "§7: the same group again", true, crowd, "0→012",
			spec.Bounds{Requests: 1, ViewChanges: 1}, 25_435, 26, committed),
		entry("grow", "§7: 3→5, nobody is replaced", true, crowd, "0→01234",
			spec.Bounds{}, 15_302, 23),
		entry("shrink", "§7: 5→3, a request", true, crowd, "0→012",
			spec.Bounds{Replicas: 5, Requests: 1}, 78_315, 29, committed, gone),
		entry("shrink-primary", "§7: 5→3, the primary is replaced", true, crowd, "0→234",
			spec.Bounds{Replicas: 5}, 8_758, 21, gone),
		entry("grow-even", "§7: 3→4, a request", true, crowd, "0→0123",
			spec.Bounds{Requests: 1}, 5_461, 21, committed),
		entry("shrink-even", "§7: 4→3, the primary is replaced", true, crowd, "0→123",
			spec.Bounds{Replicas: 4, Requests: 1}, 2_181, 20, committed, gone),
		entry("restart", "§7: one is replaced, one restarts", true, restarts, "0→123",
			spec.Bounds{Restarts: 1}, 20_045, 26, gone),
		entry("two-asked", "§7: two different groups are asked for", true, crowd, "0→123 0→013",
			spec.Bounds{Requests: 1}, 19_140, 23, committed, gone),
		entry("check", "§7.3: CHECKEPOCH", true, check, "0→123 1?",
			spec.Bounds{Requests: 1}, 52_687, 27, committed, gone),
		entry("back", "§7: two in a row, the replaced one comes back", true, crowd, "0→123 1→012",
			spec.Bounds{}, 124_205, 34, gone),
		entry("later-view", "§7: a view change in the new epoch", true, crowd, "0→123",
			spec.Bounds{Requests: 1, LaterViewChanges: 1}, 249_960, 32, committed, gone),
		entry("client", "§7.4: a client asks in the old epoch", false, quiet, "0→123",
			spec.Bounds{Clients: 1, Requests: 1}, 255_222, 28, committed, gone),
		entry("grow-request", "§7: 3→5, a request", true, crowd, "0→01234",
			spec.Bounds{Requests: 1}, 416_085, 30, committed),
		entry("replace-one", "§7: one is replaced, a view change before", true, crowd, "0→123",
			spec.Bounds{Requests: 1, ViewChanges: 1}, 423_442, 36, committed, gone),
		entry("replace-all", "§7: 3→3, all are replaced", true, crowd, "0→345",
			spec.Bounds{}, 618_886, 31, gone),
		entry("stay-primary", "§7: one is replaced, the primary stays", false, crowd, "0→013",
			spec.Bounds{Requests: 1, ViewChanges: 1}, 657_032, 38, committed, gone),
		entry("restart-request", "§7: a request, and one restarts", false, restarts, "0→123",
			spec.Bounds{Requests: 1, Restarts: 1}, 908_009, 39, committed, gone),
		entry("clients", "§7.4: a client crosses the epochs", false, quiet, "0→123",
			spec.Bounds{Clients: 1, Requests: 2}, 2_174_257, 39, committed, gone),
	}
}
