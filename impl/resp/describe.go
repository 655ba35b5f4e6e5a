// SPDX-License-Identifier: Apache-2.0

// This file holds COMMAND: it describes the commands to clients.

package resp

import (
	"maps"
	"slices"

	"viewstamp/impl/service/kv"
)

// description is what COMMAND tells about a command.
type description struct {
	name           string
	arity          int
	flag           string
	first, last, n int
	summary, group string
}

// doCommand is COMMAND with its second word.
func doCommand(c *connection, arguments command) {
	if len(arguments) == 0 {
		c.writeCommandInfos(c.server.descriptions())
		return
	}
	sub, rest := lower(arguments[0]), arguments[1:]
	switch {
	case sub == "info" && len(rest) == 0:
		c.writeCommandInfos(c.server.descriptions())
	case sub == "info":
		c.writeNamedCommandInfos(rest)
	case sub == "docs":
		c.writeCommandDocs(rest)
	case (sub == "count" || sub == "list") && len(rest) != 0:
		c.out.fail(wrongArity("command|" + sub))
	case sub == "count":
		c.out.integer(int64(len(c.server.descriptions())))
	case sub == "list":
		descriptions := c.server.descriptions()
		c.out.array(len(descriptions))
		for _, d := range descriptions {
			c.out.bulk(d.name)
		}
	case sub == "help":
		c.help("COMMAND | COMMAND COUNT | DOCS [<name> ...] | INFO [<name> ...] | LIST")
	default:
		c.out.fail(unknownSubcommand("COMMAND", arguments[0]))
	}
}

// descriptions are those of all commands, in the order of their names.
func (s *Server) descriptions() []description {
	var all []description
	for _, command := range kv.Commands() {
		all = append(all, describeReplicated(command, command.String()))
	}
	all = append(all, describeReplicated(kv.Del, "unlink"), describeReplicated(kv.FlushDB, "flushall"))
	for _, name := range slices.Sorted(maps.Keys(s.commands)) {
		local := s.commands[name]
		all = append(all, description{name: name, arity: local.arity, flag: "fast",
			summary: local.summary, group: local.group})
	}
	slices.SortFunc(all, func(a, b description) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return all
}

// describeReplicated describes a command of the store, which has the facts.
func describeReplicated(command kv.Command, name string) description {
	d := description{name: name, arity: command.Arity(), flag: "readonly", group: "string",
		summary: summary(command)}
	d.first, d.last, d.n = command.Keys()
	if command.Write() {
		d.flag = "write"
	}
	return d
}

// find returns the description of a command.
func (s *Server) find(name []byte) (description, bool) {
	for _, d := range s.descriptions() {
		if d.name == lower(name) {
			return d, true
		}
	}
	return description{}, false
}

// writeCommandInfos is COMMAND and COMMAND INFO without names.
func (c *connection) writeCommandInfos(descriptions []description) {
	c.out.array(len(descriptions))
	for _, d := range descriptions {
		c.writeCommandInfo(d)
	}
}

// writeNamedCommandInfos is COMMAND INFO name...: nil stands for a command that is not there.
func (c *connection) writeNamedCommandInfos(names command) {
	c.out.array(len(names))
	for _, name := range names {
		if d, ok := c.server.find(name); ok {
			c.writeCommandInfo(d)
			continue
		}
		c.out.nullArray()
	}
}

// writeCommandInfo writes the ten elements that Redis 7 has. The last four are about access
// control, hints, key specifications and subcommands; they are empty.
func (c *connection) writeCommandInfo(d description) {
	c.out.array(10)
	c.out.bulk(d.name)
	c.out.integer(int64(d.arity))
	c.out.set(1)
	c.out.simple(d.flag)
	c.out.integer(int64(d.first))
	c.out.integer(int64(d.last))
	c.out.integer(int64(d.n))
	c.out.set(0)
	c.out.array(0)
	c.out.array(0)
	c.out.array(0)
}

// writeCommandDocs describes the named commands, or all. Unknown names are left out.
func (c *connection) writeCommandDocs(names command) {
	var found []description
	if len(names) == 0 {
		found = c.server.descriptions()
	}
	for _, name := range names {
		if d, ok := c.server.find(name); ok {
			found = append(found, d)
		}
	}
	c.out.pairs(len(found))
	for _, d := range found {
		c.out.bulk(d.name)
		c.out.pairs(3)
		c.out.bulk("summary")
		c.out.bulk(d.summary)
		c.out.bulk("since")
		c.out.bulk("1.0.0")
		c.out.bulk("group")
		c.out.bulk(d.group)
	}
}

// summary describes a replicated command in a sentence.
func summary(command kv.Command) string {
	switch command {
	case kv.Get:
		return "Returns the value of a key."
	case kv.Set:
		return "Sets a key; options: NX, XX, GET, EX, PX, EXAT, PXAT, KEEPTTL."
	case kv.SetNX:
		return "Sets a key if it is not there."
	case kv.SetEX, kv.PSetEX:
		return "Sets a key for a time."
	case kv.GetSet:
		return "Sets a key and returns its old value."
	case kv.GetDel:
		return "Removes a key and returns its value."
	case kv.MSet:
		return "Sets many keys at once."
	case kv.MSetNX:
		return "Sets many keys at once if none of them is there."
	case kv.MGet:
		return "Returns the values of many keys."
	case kv.Del:
		return "Removes keys and returns how many there were."
	case kv.Exists:
		return "Counts which of the keys are there."
	case kv.Incr, kv.IncrBy:
		return "Adds to the number in a key."
	case kv.Decr, kv.DecrBy:
		return "Subtracts from the number in a key."
	case kv.Append:
		return "Appends to the value of a key."
	case kv.StrLen:
		return "Returns the length of a value."
	case kv.CAS:
		return "Sets a key to a new value if it has the given old one."
	case kv.TTL, kv.PTTL:
		return "Returns how long a key will be there."
	case kv.Expire, kv.PExpire:
		return "Lets a key be there for a time."
	case kv.Persist:
		return "Lets a key be there for ever."
	case kv.Type:
		return "Returns the type of a key: string or none."
	case kv.DBSize:
		return "Counts the keys."
	case kv.FlushDB:
		return "Removes all keys."
	}
	return ""
}
