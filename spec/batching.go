// SPDX-License-Identifier: Apache-2.0

package spec

import "slices"

// §6.2 Batching, and the bound on the pipeline: the primary collects requests while it has enough
// operations on their way, and proposes what it has collected under one op-number.

// Reasons of batching and pipelining.
const (
	// PipelineFull: as many operations as may be on their way are not committed yet (D9).
	PipelineFull Ignored = "pipeline-full"
	// EmptyBatch: the primary has collected nothing.
	EmptyBatch Ignored = "empty-batch"
)

// Pipelined is a protocol in which the primary takes no new request while window operations are
// not committed.
func Pipelined(p Protocol, window OpNumber) Protocol {
	return p.Replace("OnRequest", withinPipeline(window, p.Step("OnRequest").Do))
}

// Batching is the protocol of the durable replicas in which the primary proposes batches, with at
// most window of them on their way. When it is idle a batch has one request.
func Batching(window OpNumber) Protocol {
	return WithBatching(ViewstampedReplication(), window).named("batching")
}

// WithBatching adds batches to a protocol in which OnRequest is that of §4.1.
func WithBatching(p Protocol, window OpNumber) Protocol {
	p.Name += ", batches"
	p = p.Replace("OnRequest", ByReplica(CollectRequest))
	p.Steps = append(slices.Clone(p.Steps), Step{Name: "SendBatch",
		Do: withinPipeline(window, Spontaneous(SendBatch))})
	for i, step := range p.Steps {
		if !step.Client {
			p.Steps[i].Do = WithoutOldBatch(step.Do)
		}
	}
	return p
}

// withinPipeline is a step of the primary that appends nothing to a log of which window operations
// are not committed.
func withinPipeline(window OpNumber, do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		r := p.(Replica)
		after, sent, why := do(c, p, in, choice)
		if why == Accepted && after.(Replica).OpNumber() > r.OpNumber() &&
			r.OpNumber()-r.CommitNumber >= window {
			return p, nil, PipelineFull
		}
		return after, sent, why
	}
}

// CollectRequest is §4.1 step 2 with batching: the primary puts a new request into the batch. A
// request that is in there already is in progress.
func CollectRequest(c Configuration, r Replica, m Request) (Replica, []Message, Ignored) {
	after, sent, why := OnRequest(c, r, m)
	if why != Accepted || after.Log == r.Log { // Ignored, or answered once more.
		return r, sent, why
	}
	if n, e := r.Batch.LastOf(m.ClientID); n > 0 && m.RequestNumber <= e.RequestNumber {
		return r, nil, RequestInProgress
	}
	r.Batch = r.Batch.Append(entryOf(r.EpochNumber, r.ViewNumber, m))
	return r, nil, Accepted
}

// SendBatch is §4.1 step 3 with batching: all that the primary has collected gets one op-number.
func SendBatch(c Configuration, r Replica) (Replica, []Message, Ignored) {
	switch {
	case r.Status != Normal:
		return r, nil, NotNormal
	case !r.isPrimary(c):
		return r, nil, NotPrimary
	case r.Batch.OpNumber() == 0:
		return r, nil, EmptyBatch
	}
	first := r.Batch.At(1)
	batch := Request{first.ClientID, first.RequestNumber, first.Operation, first.Prediction,
		r.Batch.After(1)}
	r.Log, r.Batch = r.Log.Append(entryOf(r.EpochNumber, r.ViewNumber, batch)), Log{}
	return r, []Message{Prepare{r.ReplicaNumber, r.ViewNumber, batch, r.OpNumber(),
		r.CommitNumber}}, Accepted
}

// WithoutOldBatch is a step after which a replica that leads no view has no batch. A batch that
// outlived its view would hold requests that a later view has executed.
func WithoutOldBatch(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		after, sent, why := do(c, p, in, choice)
		if r := after.(Replica); r.Status != Normal || !r.isPrimary(c) {
			r.Batch = Log{}
			return r, sent, why
		}
		return after, sent, why
	}
}

// PipelineBound: no replica has more than window entries above its commit-number, since each entry
// came with the commit-number that its primary had.
func PipelineBound(window OpNumber) Property {
	return Property{Name: "PipelineBound", Replica: func(_ Configuration, r Replica) bool {
		return r.OpNumber()-r.CommitNumber <= window
	}}
}

// BatchCommitted is reached when several requests are committed under one op-number.
func BatchCommitted() Property {
	return Property{Name: "BatchCommitted", Kinds: []Kind{KindReply},
		Message: func(m Message) bool { return m.(Reply).Place > 0 }}
}

// PipelineUsed is reached when a primary has this many operations on their way.
func PipelineUsed(n OpNumber) Property {
	return Property{Name: "PipelineUsed", Replica: func(c Configuration, r Replica) bool {
		return r.isPrimary(c) && r.Status == Normal && r.OpNumber()-r.CommitNumber >= n
	}}
}
