// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-411: several requests under one op-number. A batch is one operation to the protocol, and
// several to the clients.

// batching is the claim, and two ways to forget a part of a batch, or not to forget it.
func batching() []Claim {
	const source = "Viewstamped Replication Revisited, §6.2"
	system := func(name string, p spec.Protocol, replicas, requests, views int) spec.System {
		s := bounded(name, core(p).Without("Restart"), requests, views, 0)
		s.Bounds.Replicas = replicas
		return s
	}
	right := spec.Batching(1)
	holds := system("batches, one on its way", right, 3, 2, 1)
	holds.Sometimes = []spec.Property{spec.BatchCommitted(), spec.CommittedInLaterView()}
	kept := right
	for _, step := range spec.ViewstampedReplication().Steps {
		if step.Name != "OnRequest" {
			kept = kept.Replace(step.Name, step.Do)
		}
	}
	kept = kept.Replace("OnRequest", spec.ByReplica(spec.CollectRequest))
	return []Claim{{
		ID: "C-411", Name: "batching", Source: source,
		Statement: "The primary may collect requests and propose them under one op-number: each is " +
			"executed once and answered, also by a later primary.",
		Claimed: holds, States: 8800,
	}, {
		ID: "C-411a", Name: "table-of-last-in-batch", Source: "a loose reading of " + source,
		Statement: "It is enough if the client-table learns of the last request of a batch.",
		Picture:   "How a request in the middle of a batch is executed twice",
		Claimed: system("batches, the last request known", right.Replace("OnRequest",
			spec.WithoutOldBatch(spec.ByReplica(CollectKnowingLast))), 3, 2, 0),
		Properties: []string{"ExactlyOnce"}, Refuted: "ExactlyOnce", Steps: 11,
		Mutant: "TableOfLastInBatch",
		Fix:    "Look at each request of the batch (D3).",
		Fixed:  system("batches in one view", right, 3, 2, 0), States: 83,
	}, {
		ID: "C-411b", Name: "batch-outlives-view", Source: "a loose reading of " + source,
		Statement:  "A primary that leaves its view may keep what it has collected until it leads again.",
		Picture:    "How a batch that outlives its view is executed twice",
		Claimed:    system("batches kept across views", kept, 2, 1, 2),
		Properties: []string{"ExactlyOnce"}, Refuted: "ExactlyOnce", Steps: 19,
		Mutant: "BatchOutlivesView",
		Fix:    "Forget the batch when the view ends; the clients send again.",
		Fixed:  system("batches forgotten with the view", right, 2, 1, 2), States: 433,
	}}
}

// CollectKnowingLast is CollectRequest that finds only the last request of each batch in the log.
func CollectKnowingLast(c spec.Configuration, r spec.Replica, m spec.Request) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	poor := r
	poor.Log = spec.Log{}
	for n := spec.OpNumber(1); n <= r.OpNumber(); n++ {
		e := r.Log.At(n)
		if last := e.Rest.OpNumber(); last > 0 {
			e = e.Rest.At(last)
		}
		poor.Log = poor.Log.Append(e)
	}
	after, sent, why := spec.CollectRequest(c, poor, m)
	if after.Batch == r.Batch { // It is known, or not taken.
		return spec.CollectRequest(c, r, m)
	}
	after.Log = r.Log
	return after, sent, why
}
