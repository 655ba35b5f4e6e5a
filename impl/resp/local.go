// SPDX-License-Identifier: Apache-2.0

// This file holds the small commands about the connection.

package resp

import (
	"bytes"
	"strconv"
)

// doPing is PING [text].
func doPing(c *connection, arguments command) {
	switch len(arguments) {
	case 0:
		c.out.simple("PONG")
	case 1:
		c.out.bulk(string(arguments[0]))
	default:
		c.out.fail(wrongArity("ping"))
	}
}

// doEcho is ECHO text.
func doEcho(c *connection, arguments command) { c.out.bulk(string(arguments[0])) }

// doAccept is for commands that have a meaning only elsewhere, but that clients send and need an OK
// for.
func doAccept(c *connection, _ command) { c.out.ok() }

// doQuit ends the connection once its reply is sent. What was sent behind QUIT does not run.
func doQuit(c *connection, _ command) {
	c.out.ok()
	c.closing = true
}

// doReset lets a connection pool hand the connection to somebody else.
func doReset(c *connection, _ command) {
	c.transaction = nil
	c.setProtocol(2)
	c.update(func(info *clientInfo) { info.name = "" })
	c.out.simple("RESET")
}

// doAuth accepts the user "default" with any password, as a Redis without passwords does.
func doAuth(c *connection, arguments command) {
	switch {
	case len(arguments) == 1:
		c.out.fail("ERR AUTH <password> called without any password configured for the default " +
			"user. Are you sure your configuration is correct?")
	case len(arguments) > 2:
		c.out.fail("ERR syntax error")
	case !isDefaultUser(arguments[0]):
		c.out.fail(wrongPassword())
	default:
		c.out.ok()
	}
}

// isDefaultUser reports whether the name is that of the only user.
func isDefaultUser(name []byte) bool { return bytes.Equal(name, []byte("default")) }

// wrongPassword is the error for every other user.
func wrongPassword() string {
	return "WRONGPASS invalid username-password pair or user is disabled."
}

// doSelect accepts the only database, 0.
func doSelect(c *connection, arguments command) {
	index, err := strconv.Atoi(string(arguments[0]))
	switch {
	case err != nil:
		c.out.fail("ERR value is not an integer or out of range")
	case index != 0:
		c.out.fail("ERR DB index is out of range")
	default:
		c.out.ok()
	}
}
