// SPDX-License-Identifier: Apache-2.0

// This file sends commands through the log and gives each of them its reply.

package resp

import (
	"context"
	"fmt"

	"viewstamp/impl/service/kv"
)

// batch is a list of commands that go through the log together.
type batch struct {
	requests []kv.Request
	// size is the sum of the requests' sizes.
	size int
	// failed means that a command of a transaction was refused, so that none may run.
	failed bool
}

// fits reports whether the batch with one more request is a valid operation.
func (b *batch) fits(request kv.Request, maxOperation int) bool {
	return len(b.requests) < kv.MaxCommands &&
		kv.BatchSize(b.size+request.Size()) <= maxOperation
}

// add puts a request at the end. The caller knows that it fits.
func (b *batch) add(request kv.Request) {
	b.requests = append(b.requests, request)
	b.size += request.Size()
}

// collect puts a command into the batch; a full one is submitted first.
func (c *connection) collect(request kv.Request) {
	if !c.batch.fits(request, c.server.config.MaxOperation) {
		c.submitBatch()
	}
	if !c.batch.fits(request, c.server.config.MaxOperation) {
		c.out.fail(tooLarge(c.server.config.MaxOperation))
		return
	}
	c.batch.add(request)
}

// tooLarge is the error for a command that is above the limit on its own.
func tooLarge(limit int) string {
	return fmt.Sprintf("ERR the command is larger than %d bytes: send it in parts", limit)
}

// submitBatch replicates what has been collected and writes the replies. The store may answer only
// the first commands of a batch, if all replies would be too large; then the rest goes again.
func (c *connection) submitBatch() {
	requests := c.batch.requests
	c.batch = batch{}
	for len(requests) > 0 {
		replies, failure := c.submit(kv.Operation{Mode: kv.ModePipeline, Requests: requests})
		if failure != "" {
			for range requests {
				c.out.fail(failure)
			}
			return
		}
		for _, reply := range replies {
			c.out.reply(reply)
		}
		requests = requests[len(replies):]
		if len(c.out.bytes) > flushSize && c.flush() != nil {
			// Nobody listens any more. What is left has not been submitted.
			c.closing = true
			return
		}
	}
}

// submit replicates one operation. It returns one reply for each command that ran, at least one, or
// the error that all its commands get.
func (c *connection) submit(operation kv.Operation) (replies []kv.Reply, failure string) {
	c.last = nil
	encoded, err := kv.EncodeOperation(operation)
	if err != nil {
		return nil, "ERR " + err.Error()
	}
	ctx, cancel := context.WithTimeout(c.server.context, c.server.config.SubmitTimeout)
	defer cancel()
	result, err := c.server.config.Submit(ctx, encoded)
	if err != nil {
		return nil, c.failure(err)
	}
	decoded, err := kv.DecodeResult(result.Value)
	if err != nil {
		return nil, c.uncertain(fmt.Sprintf("its result cannot be read: %v", err))
	}
	if decoded.Malformed && len(decoded.Replies) == 1 {
		return nil, decoded.Replies[0].Text
	}
	if !answers(decoded.Replies, operation) {
		return nil, c.uncertain(fmt.Sprintf("its result has %d replies for %d commands",
			len(decoded.Replies), len(operation.Requests)))
	}
	c.last = &result
	return decoded.Replies, ""
}

// answers reports whether the replies can belong to the operation.
func answers(replies []kv.Reply, operation kv.Operation) bool {
	if operation.Mode == kv.ModeTransaction {
		return len(replies) == len(operation.Requests)
	}
	return len(replies) >= 1 && len(replies) <= len(operation.Requests)
}

// failure is the error reply for an error of Submit.
func (c *connection) failure(err error) string {
	if c.server.config.NotExecuted(err) {
		return "TRYAGAIN the command did not run: " + err.Error()
	}
	return c.uncertain(err.Error())
}

// uncertain is the error reply for a command that may have run.
func (c *connection) uncertain(reason string) string {
	return "UNCERTAIN request may have executed: " + reason
}
