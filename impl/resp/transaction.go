// SPDX-License-Identifier: Apache-2.0

// This file holds MULTI, EXEC and DISCARD. A transaction is one operation: the log runs it as a
// whole. As in Redis, a command that fails while it runs does not undo the others.

package resp

import (
	"bytes"

	"viewstamp/impl/service/kv"
)

// doMulti begins a transaction: from here on commands wait for EXEC.
func doMulti(c *connection, _ command) {
	if c.transaction != nil {
		c.out.fail("ERR MULTI calls can not be nested")
		return
	}
	c.transaction = &batch{}
	c.out.ok()
}

// doDiscard forgets the commands that wait.
func doDiscard(c *connection, _ command) {
	if c.transaction == nil {
		c.out.fail("ERR DISCARD without MULTI")
		return
	}
	c.transaction = nil
	c.out.ok()
}

// doExec ends the transaction, whatever comes of it.
func doExec(c *connection, _ command) {
	transaction := c.transaction
	c.transaction = nil
	switch {
	case transaction == nil:
		c.out.fail("ERR EXEC without MULTI")
	case transaction.failed:
		c.out.fail("EXECABORT Transaction discarded because of previous errors.")
	case len(transaction.requests) == 0:
		c.out.array(0)
	default:
		c.submitTransaction(transaction)
	}
}

// submitTransaction replicates the commands as one operation. Its outcome is one reply: an array,
// or one error for all.
func (c *connection) submitTransaction(transaction *batch) {
	operation := kv.Operation{Mode: kv.ModeTransaction, Requests: transaction.requests}
	replies, failure := c.submit(operation)
	if failure != "" {
		c.out.fail(failure)
		return
	}
	c.out.array(len(replies))
	for _, reply := range replies {
		c.out.reply(reply)
	}
}

// queue puts a command into the transaction. Its arguments are copied: they stay beyond the packet
// that they came in.
func (c *connection) queue(request kv.Request) {
	if !c.transaction.fits(request, c.server.config.MaxOperation) {
		c.refuse(tooLarge(c.server.config.MaxOperation))
		return
	}
	for i, argument := range request.Arguments {
		request.Arguments[i] = bytes.Clone(argument)
	}
	c.transaction.add(request)
	c.out.simple("QUEUED")
}

// refuse answers with an error. Inside a transaction, that makes EXEC fail.
func (c *connection) refuse(text string) {
	if c.transaction != nil {
		c.transaction.failed = true
	}
	c.out.fail(text)
}
