// SPDX-License-Identifier: Apache-2.0

// This file holds the small commands about the connection.

package resp

import (
	"bytes"
	"strconv"
)

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

func doEcho(c *connection, arguments command) { c.out.bulk(string(arguments[0])) }

func doAccept(c *connection, _ command) { c.out.ok() }

func doQuit(c *connection, _ command) {
	c.out.ok()
	c.closing = true
}

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

func isDefaultUser(name []byte) bool { return bytes.Equal(name, []byte("default")) }

func wrongPassword() string {
	return "WRONGPASS invalid username-password pair or user is disabled."
}

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
