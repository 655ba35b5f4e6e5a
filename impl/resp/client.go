// SPDX-License-Identifier: Apache-2.0

// This file holds HELLO and CLIENT: what a client tells about itself, and what it learns.

package resp

import (
	"fmt"
	"strconv"
	"strings"
)

// redisVersion is the version of Redis whose answers are imitated. Clients choose by it what they
// send.
const redisVersion = "7.2.0"

// clientInfo is what is known about a client.
type clientInfo struct {
	id          int64
	address     string
	local       string
	name        string
	library     string
	libraryVers string
	protocol    int
}

// String is the client's line in CLIENT LIST.
func (i clientInfo) String() string {
	return fmt.Sprintf("id=%d addr=%s laddr=%s name=%s db=0 resp=%d lib-name=%s lib-ver=%s\n",
		i.id, i.address, i.local, i.name, i.protocol, i.library, i.libraryVers)
}

// setProtocol changes the version of the protocol for this and all later replies.
func (c *connection) setProtocol(version int) {
	c.out.protocol = version
	c.update(func(info *clientInfo) { info.protocol = version })
}

// doHello is HELLO [version [AUTH user password] [SETNAME name]]. Nothing changes if any part of it
// is refused.
func doHello(c *connection, arguments command) {
	version := c.out.protocol
	if len(arguments) > 0 {
		number, err := strconv.Atoi(string(arguments[0]))
		if err != nil {
			c.out.fail("ERR Protocol version is not an integer or out of range")
			return
		}
		if number != 2 && number != 3 {
			c.out.fail("NOPROTO unsupported protocol version")
			return
		}
		version = number
		name, failure := parseHelloOptions(arguments[1:])
		if failure != "" {
			c.out.fail(failure)
			return
		}
		if name != nil {
			c.update(func(info *clientInfo) { info.name = *name })
		}
	}
	c.setProtocol(version)
	c.writeHello(version)
}

// parseHelloOptions reads what follows the version.
func parseHelloOptions(options command) (name *string, failure string) {
	for i := 0; i < len(options); i++ {
		left := len(options) - i - 1
		switch option := lower(options[i]); {
		case option == "auth" && left >= 2:
			if !isDefaultUser(options[i+1]) {
				return nil, wrongPassword()
			}
			i += 2
		case option == "setname" && left >= 1:
			i++
			given := string(options[i])
			if !isPrintable(given) {
				return nil, notPrintable("Client names")
			}
			name = &given
		default:
			return nil, fmt.Sprintf("ERR Syntax error in HELLO option '%.128s'", options[i])
		}
	}
	return name, ""
}

// writeHello describes the server. Clients choose by these fields what they send, so they are those
// of a Redis on its own: a client need not know about replicas.
func (c *connection) writeHello(version int) {
	c.out.pairs(7)
	c.out.bulk("server")
	c.out.bulk("redis")
	c.out.bulk("version")
	c.out.bulk(redisVersion)
	c.out.bulk("proto")
	c.out.integer(int64(version))
	c.out.bulk("id")
	c.out.integer(c.info.id)
	c.out.bulk("mode")
	c.out.bulk("standalone")
	c.out.bulk("role")
	c.out.bulk("master")
	c.out.bulk("modules")
	c.out.array(0)
}

// doClient is CLIENT with its second word.
func doClient(c *connection, arguments command) {
	sub, rest := lower(arguments[0]), arguments[1:]
	expected, known := map[string]int{"id": 0, "getname": 0, "info": 0, "list": -1, "setname": 1,
		"setinfo": 2, "no-evict": 1, "no-touch": 1, "help": 0}[sub]
	switch {
	case sub == "maint_notifications", sub == "tracking", sub == "caching", sub == "reply",
		sub == "kill", sub == "pause", sub == "unpause", sub == "unblock", sub == "getredir",
		sub == "trackinginfo":
		c.out.fail("ERR CLIENT " + upper(arguments[0]) + " is not supported by viewstamp")
	case !known:
		c.out.fail(unknownSubcommand("CLIENT", arguments[0]))
	case expected >= 0 && len(rest) != expected:
		c.out.fail(wrongArity("client|" + sub))
	default:
		c.runClient(sub, rest)
	}
}

// runClient runs a second word with the right number of arguments.
func (c *connection) runClient(sub string, arguments command) {
	switch sub {
	case "id":
		c.out.integer(c.info.id)
	case "getname":
		if c.info.name == "" {
			c.out.null()
			return
		}
		c.out.bulk(c.info.name)
	case "info":
		c.out.verbatim(c.info.String())
	case "list":
		var lines strings.Builder
		for _, info := range c.server.clients() {
			lines.WriteString(info.String())
		}
		c.out.verbatim(lines.String())
	case "setname":
		c.setName(string(arguments[0]))
	case "setinfo":
		c.setInfo(lower(arguments[0]), string(arguments[1]))
	case "no-evict", "no-touch":
		c.out.ok()
	case "help":
		c.help("CLIENT GETNAME | ID | INFO | LIST | NO-EVICT | NO-TOUCH | SETINFO | SETNAME")
	}
}

// help writes lines for people.
func (c *connection) help(lines ...string) {
	c.out.array(len(lines))
	for _, line := range lines {
		c.out.simple(line)
	}
}

// setName is CLIENT SETNAME name.
func (c *connection) setName(name string) {
	if !isPrintable(name) {
		c.out.fail(notPrintable("Client names"))
		return
	}
	c.update(func(info *clientInfo) { info.name = name })
	c.out.ok()
}

// setInfo is CLIENT SETINFO LIB-NAME name and LIB-VER version, which libraries send by themselves.
func (c *connection) setInfo(attribute, value string) {
	if attribute != "lib-name" && attribute != "lib-ver" {
		c.out.fail(fmt.Sprintf("ERR Unrecognized option '%.128s'", attribute))
		return
	}
	if !isPrintable(value) {
		c.out.fail(notPrintable(attribute))
		return
	}
	c.update(func(info *clientInfo) {
		if attribute == "lib-name" {
			info.library = value
			return
		}
		info.libraryVers = value
	})
	c.out.ok()
}

// isPrintable reports whether a name can stand in CLIENT LIST, between spaces.
func isPrintable(name string) bool {
	for i := range len(name) {
		if name[i] < '!' || name[i] > '~' {
			return false
		}
	}
	return len(name) <= maxName
}

// notPrintable is the error for such a name.
func notPrintable(what string) string {
	return fmt.Sprintf("ERR %s cannot contain spaces, newlines or special characters, "+
		"nor have more than %d bytes.", what, maxName)
}
