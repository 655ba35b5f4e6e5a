// SPDX-License-Identifier: Apache-2.0

package model

import "viewstamp/spec"

// The models of what a disk does to a replica: checkpoints, and losses.

// storageModels lists them. State transfer between views and the COMMIT of an idle primary are left
// out where they show nothing.
func storageModels() []Entry {
	disks := spec.DamagedDisks().Without("SendGetState", "JoinView", "OnGetState", "OnNewState",
		"SendCommit", "OnCommit")
	noRepair := disks.Without("SendGetEntries", "OnGetEntries", "OnEntries")
	three := noRepair.Without("OnTwoMoreDoViewChange")
	checkpoints := spec.Checkpoints().Without("SendCommit", "OnCommit", "SendGetState")
	oneView := spec.Checkpoints().Without("SendStartViewChange", "OnLaterView",
		"OnStartViewChange", "OnDoViewChange", "OnStartView", "JoinView")
	return []Entry{
		dropping("checkpoints-one-view", "§5.1: a backup gets a checkpoint", true,
			oneView.Without("Restart"), spec.Bounds{Requests: 1}, 3_294, 19),
		dropping("checkpoints-backup-restart", "§5.1: a backup restarts from a checkpoint", true,
			oneView, spec.Bounds{Requests: 1, Restarts: 1}, 10_226, 20),
		dropping("checkpoints", "§5.1: logs drop what a checkpoint covers", false,
			checkpoints.Without("Restart"), spec.Bounds{Requests: 1, ViewChanges: 1}, 816_146, 35),
		dropping("checkpoints-restart", "§5.1: a restart from a checkpoint", false,
			checkpoints, spec.Bounds{Requests: 1, Restarts: 1}, 1_113_958, 36),
		damaged("damaged-disk", "a disk has lost an entry or its head", true, three,
			spec.Bounds{Requests: 1, ViewChanges: 1, Damages: 1}, 144_563, 25),
		damaged("damaged-disk-two-requests", "a loss among two entries", true, three,
			spec.Bounds{Requests: 2, Damages: 1}, 43_865, 22),
		damaged("damaged-disk-twice", "two losses", true, three,
			spec.Bounds{Requests: 1, Damages: 2}, 173_284, 25),
		damaged("damaged-disk-of-four", "a loss in a group of four", true, three,
			spec.Bounds{Replicas: 4, Requests: 1, Damages: 1}, 14_678, 20),
		damaged("damaged-disk-of-five", "a loss in a group of five", true, noRepair,
			spec.Bounds{Replicas: 5, Requests: 1, Damages: 1}, 144_918, 24),
		damaged("damaged-disk-repair", "a loss, the entry is fetched by name", true,
			disks.Without("OnTwoMoreDoViewChange"), spec.Bounds{Requests: 1, Damages: 1}, 3_392, 19),
		damaged("damaged-disk-repaired", "two losses, entries are fetched by name", false,
			disks.Without("OnTwoMoreDoViewChange"),
			spec.Bounds{Requests: 1, Damages: 2}, 884_193, 32),
		damaged("damaged-disk-and-restart", "a loss, and a crash without one", false, three,
			spec.Bounds{Requests: 1, ViewChanges: 1, Restarts: 1, Damages: 1}, 18_294_989, 36),
		damaged("damaged-disk-two-views", "a loss between two view changes", false, three,
			spec.Bounds{Requests: 1, ViewChanges: 2, Damages: 1}, 11_748_419, 35),
	}
}

// storageEntry is a model with one property that must be reached.
func storageEntry(name, what string, quick bool, p spec.Protocol, b spec.Bounds, distinct int64,
	depth int, always []spec.Property, sometimes spec.Property,
) Entry {
	b.Replicas = max(b.Replicas, 3)
	return Entry{name, what, spec.System{Name: name, Protocol: p, Bounds: b, Always: always,
		Sometimes: []spec.Property{sometimes}}, quick, false, distinct, depth}
}

// dropping is a model of logs that drop what a checkpoint covers.
func dropping(name, what string, quick bool, p spec.Protocol, b spec.Bounds, distinct int64,
	depth int,
) Entry {
	return storageEntry(name, what, quick, p, b, distinct, depth, spec.CheckpointProperties(),
		spec.CheckpointInstalled())
}

// damaged is a model of disks that lose what they held.
func damaged(name, what string, quick bool, p spec.Protocol, b spec.Bounds, distinct int64,
	depth int,
) Entry {
	if b.Restarts == 0 {
		p = p.Without("Restart")
	}
	always := spec.StorageProperties(spec.Nacks())
	if b.Damages > 1 { // Two damaged disks can stop a group of three for ever.
		always = always[:1] // AckKnown, without NeverStuck.
	}
	return storageEntry(name, what, quick, p, b, distinct, depth, always,
		spec.CommittedInLaterView())
}
