// SPDX-License-Identifier: Apache-2.0

// This file holds INFO, CONFIG and VSR: what the server tells about itself.

package resp

import (
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/redcon"
)

// doInfo is INFO [section ...].
func doInfo(c *connection, arguments command) {
	var text strings.Builder
	for _, section := range c.server.sections() {
		if !isAsked(section.Name, arguments) {
			continue
		}
		if text.Len() > 0 {
			text.WriteString("\r\n")
		}
		fmt.Fprintf(&text, "# %s\r\n", section.Name)
		for _, field := range section.Fields {
			fmt.Fprintf(&text, "%s:%s\r\n", field.Name, field.Value)
		}
	}
	c.out.verbatim(text.String())
}

// isAsked reports whether INFO shows a section. Without arguments it shows all.
func isAsked(section string, arguments command) bool {
	for _, argument := range arguments {
		asked := lower(argument)
		if asked == strings.ToLower(section) || asked == "all" || asked == "default" ||
			asked == "everything" {
			return true
		}
	}
	return len(arguments) == 0
}

// sections are the server's own sections and those of Config.Info, which win where
// names are equal.
func (s *Server) sections() []Section {
	sections := s.ownSections()
	for _, added := range s.config.Info() {
		replaced := false
		for i := range sections {
			if strings.EqualFold(sections[i].Name, added.Name) {
				sections[i], replaced = added, true
			}
		}
		if !replaced {
			sections = append(sections, added)
		}
	}
	return sections
}

// ownSections are what the server knows without asking the replica.
func (s *Server) ownSections() []Section {
	uptime := int64(time.Since(s.started) / time.Second)
	return []Section{
		{Name: "Server", Fields: []Field{
			{"redis_version", redisVersion},
			{"server_name", "viewstamp"},
			{"viewstamp_version", s.config.Version},
			{"redis_mode", "standalone"},
			{"tcp_port", s.port()},
			{"uptime_in_seconds", strconv.FormatInt(uptime, 10)},
			{"uptime_in_days", strconv.FormatInt(uptime/(24*60*60), 10)},
		}},
		{Name: "Clients", Fields: []Field{
			{"connected_clients", strconv.Itoa(len(s.clients()))},
			{"maxclients", strconv.Itoa(s.config.MaxClients)},
		}},
		{Name: "Replication", Fields: []Field{
			// Every replica takes writes, so to a Redis client each of them is a master.
			{"role", "master"},
			{"connected_slaves", "0"},
		}},
	}
}

// port is the port that the server listens on, or 0 if it does not listen on a port.
func (s *Server) port() string {
	if _, port, err := net.SplitHostPort(s.Address().String()); err == nil {
		return port
	}
	return "0"
}

// doConfig is CONFIG with its second word. Settings are given at the start and do not change.
func doConfig(c *connection, arguments command) {
	sub, rest := lower(arguments[0]), arguments[1:]
	switch {
	case sub == "get" && len(rest) == 0:
		c.out.fail(wrongArity("config|get"))
	case sub == "get":
		c.writeSettings(rest)
	case sub == "set", sub == "resetstat", sub == "rewrite":
		c.out.fail("ERR CONFIG " + upper(arguments[0]) + " is not supported by viewstamp: " +
			"settings are given when a replica starts")
	case sub == "help":
		c.help("CONFIG GET <pattern> [<pattern> ...]")
	default:
		c.out.fail(unknownSubcommand("CONFIG", arguments[0]))
	}
}

// settings are what CONFIG GET can show, in the order of their names.
func (s *Server) settings() []Field {
	return []Field{
		{"appendfsync", "always"},
		{"appendonly", "yes"},
		{"cluster-enabled", "no"},
		{"databases", "1"},
		{"maxclients", strconv.Itoa(s.config.MaxClients)},
		{"maxmemory", s.maxMemory()},
		{"maxmemory-policy", "noeviction"},
		{"port", s.port()},
		{"proto-max-bulk-len", strconv.Itoa(s.config.MaxBulk)},
		{"save", ""},
		{"timeout", "0"},
	}
}

// maxMemory is what the section Memory of Config.Info says, or 0, which is no limit.
func (s *Server) maxMemory() string {
	for _, section := range s.config.Info() {
		for _, field := range section.Fields {
			if section.Name == "Memory" && field.Name == "maxmemory" {
				return field.Value
			}
		}
	}
	return "0"
}

// writeSettings answers with each setting that any pattern matches, once.
func (c *connection) writeSettings(patterns command) {
	var found []Field
	for _, setting := range c.server.settings() {
		if matchesAny(setting.Name, patterns) {
			found = append(found, setting)
		}
	}
	c.writeFields(found)
}

// matchesAny applies patterns with *, ?, [ ] and \. Names have no slash, so path.Match means the
// same as Redis. A pattern longer than any name is ignored: matching costs time.
func matchesAny(name string, patterns command) bool {
	for _, pattern := range patterns {
		if len(pattern) > 64 {
			continue
		}
		if matched, err := path.Match(lower(pattern), name); matched && err == nil {
			return true
		}
	}
	return false
}

// writeFields writes fields as a map.
func (c *connection) writeFields(fields []Field) {
	c.out.pairs(len(fields))
	for _, field := range fields {
		c.out.bulk(field.Name)
		c.out.bulk(field.Value)
	}
}

// doVSR is VSR OPNUMBER and VSR STATUS.
func doVSR(c *connection, arguments command) {
	sub := lower(arguments[0])
	switch {
	case sub != "opnumber" && sub != "status" && sub != "help":
		c.out.fail(unknownSubcommand("VSR", arguments[0]))
	case len(arguments) != 1:
		c.out.fail(wrongArity("vsr|" + sub))
	case sub == "opnumber":
		c.writeOpNumber()
	case sub == "status":
		c.writeStatus()
	default:
		c.help("VSR OPNUMBER: op-number and view-number of the last replicated command here",
			"VSR STATUS: the state of the replica")
	}
}

// writeOpNumber answers with the place of the last replicated command, or nil without a known one.
func (c *connection) writeOpNumber() {
	if c.last == nil {
		c.out.nullArray()
		return
	}
	c.out.array(2)
	c.out.bytes = redcon.AppendUint(c.out.bytes, c.last.OpNumber)
	c.out.bytes = redcon.AppendUint(c.out.bytes, c.last.ViewNumber)
}

// writeStatus is the section Vsr of INFO as a map, which programs read more easily.
func (c *connection) writeStatus() {
	for _, section := range c.server.sections() {
		if strings.EqualFold(section.Name, "vsr") {
			c.writeFields(section.Fields)
			return
		}
	}
	c.writeFields(nil)
}
