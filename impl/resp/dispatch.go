// SPDX-License-Identifier: Apache-2.0

// This file decides what happens with a command: through the log, answered here, or refused.

package resp

import (
	"fmt"
	"strings"

	"viewstamp/impl/service/kv"
)

// localCommand is a command that the server answers itself.
type localCommand struct {
	// arity counts as Redis does: the name included; a negative number is a minimum.
	arity int
	// summary is what COMMAND DOCS says; group is where Redis files the command.
	summary string
	group   string
	// inTransaction means that the command acts at once even between MULTI and EXEC.
	inTransaction bool
	run           func(c *connection, arguments command)
}

// localCommands makes the table of the commands that the server answers itself.
func localCommands() map[string]localCommand {
	const connection, server, transactions = "connection", "server", "transactions"
	return map[string]localCommand{
		"ping":      {-1, "Answers PONG, or its argument.", connection, false, doPing},
		"echo":      {2, "Answers its argument.", connection, false, doEcho},
		"quit":      {-1, "Ends the connection.", connection, true, doQuit},
		"reset":     {1, "Makes the connection as it was at first.", connection, true, doReset},
		"auth":      {-2, "Accepts the user default.", connection, false, doAuth},
		"hello":     {-1, "Chooses the version of the protocol.", connection, false, doHello},
		"select":    {2, "Chooses the database: there is one, 0.", connection, false, doSelect},
		"client":    {-2, "Shows and names connections.", connection, false, doClient},
		"readonly":  {1, "Does nothing.", "cluster", false, doAccept},
		"readwrite": {1, "Does nothing.", "cluster", false, doAccept},
		"command":   {-1, "Describes the commands.", server, false, doCommand},
		"info":      {-1, "Describes the server.", server, false, doInfo},
		"config":    {-2, "Shows settings.", server, false, doConfig},
		"vsr":       {-2, "Shows op-numbers and the state of the replica.", server, false, doVSR},
		"multi":     {1, "Begins a transaction.", transactions, true, doMulti},
		"exec":      {1, "Runs a transaction in one slot of the log.", transactions, true, doExec},
		"discard":   {1, "Forgets a transaction.", transactions, true, doDiscard},
	}
}

// run handles one command. Replies stay in order: what was collected for the log is answered before
// anything that is answered here.
func (c *connection) run(next command) {
	name, arguments := next[0], next[1:]
	if replicated, ok := kv.Lookup(name); ok && replicated.AcceptsArguments(len(arguments)) {
		request := kv.Request{Command: replicated, Arguments: arguments}
		if c.transaction != nil {
			c.queue(request)
			return
		}
		c.collect(request)
		return
	}
	c.submitBatch()
	if c.closing {
		return
	}
	c.runLocally(name, arguments)
}

// runLocally handles a command that does not go through the log.
func (c *connection) runLocally(name []byte, arguments command) {
	if replicated, ok := kv.Lookup(name); ok {
		c.refuse(wrongArity(replicated.String()))
		return
	}
	local, ok := c.server.commands[lower(name[:min(len(name), 64)])]
	switch {
	case !ok || len(name) > 64:
		c.refuse(unknown(name, arguments))
	case local.arity > 0 && len(arguments)+1 != local.arity,
		local.arity < 0 && len(arguments)+1 < -local.arity:
		c.refuse(wrongArity(lower(name)))
	case c.transaction != nil && !local.inTransaction:
		c.refuse("ERR " + upper(name) + " is not allowed in transactions by viewstamp")
	default:
		local.run(c, arguments)
	}
}

// wrongArity has the words that client libraries look for.
func wrongArity(name string) string {
	return "ERR wrong number of arguments for '" + name + "' command"
}

// unknown is the error for a command that is not there. It quotes at most 128 bytes of the name and
// of the arguments, as Redis does.
func unknown(name []byte, arguments command) string {
	if reason := unsupported(lower(name[:min(len(name), 64)])); reason != "" && len(name) <= 64 {
		return "ERR " + upper(name) + " is not supported by viewstamp: " + reason
	}
	var quoted strings.Builder
	for _, argument := range arguments {
		if quoted.Len() >= 128 {
			break
		}
		fmt.Fprintf(&quoted, "'%s' ", argument[:min(len(argument), 128-quoted.Len())])
	}
	return fmt.Sprintf("ERR unknown command '%s', with args beginning with: %s",
		name[:min(len(name), 128)], quoted.String())
}

// unknownSubcommand is the error for the second word of a command.
func unknownSubcommand(name string, sub []byte) string {
	return fmt.Sprintf("ERR unknown subcommand '%s'. Try %s HELP.", sub[:min(len(sub), 128)], name)
}
