// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// The TLA+ text, as far as names go. It is read line by line: this is no parser of TLA+, and the
// modules keep to the layout that it needs.

// Module is what a module defines.
type Module struct {
	// Definitions are the names of its operators, in order.
	Definitions []string
	// Body is the text of each, without comments.
	Body map[string]string
	// Section is the heading under which each stands.
	Section map[string]string
	// Variables are the names that VARIABLES declares.
	Variables []string
}

var (
	definition = regexp.MustCompile(`^(\w+)(\([^=]*\))? *==`)
	heading    = regexp.MustCompile(`^\(\* ([^*].*[^*]) \*\)$`)
	identifier = regexp.MustCompile(`\w+`)
)

// ReadModule reads a module.
func ReadModule(path string) (Module, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Module{}, fmt.Errorf("read a module: %w", err)
	}
	m := Module{Body: map[string]string{}, Section: map[string]string{}}
	current, section, variables := "", "", false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if h := heading.FindStringSubmatch(line); h != nil {
			section, current = h[1], ""
			continue
		}
		line, _, _ = strings.Cut(line, `\*`)
		if d := definition.FindStringSubmatch(line); d != nil {
			current, variables = d[1], false
			m.Definitions = append(m.Definitions, current)
			m.Section[current] = section
			line = line[len(d[0]):]
		}
		if line == "VARIABLES" {
			variables = true
			continue
		}
		if variables {
			m.Variables = append(m.Variables, identifier.FindAllString(line, -1)...)
		}
		if current != "" {
			m.Body[current] += line + "\n"
		}
	}
	return m, nil
}

// Actions are the definitions that the next-state relation names.
func (m Module) Actions() []string {
	var actions []string
	for _, name := range identifier.FindAllString(m.Body["Next"], -1) {
		if slices.Contains(m.Definitions, name) && name != "Replicas" {
			actions = append(actions, name)
		}
	}
	return actions
}

// Under lists the definitions of a section, in order.
func (m Module) Under(section string) []string {
	var names []string
	for _, name := range m.Definitions {
		if m.Section[name] == section {
			names = append(names, name)
		}
	}
	return names
}

var messageOf = regexp.MustCompile(`(\w+)\s*\|->\s*(\[[^]]*\]|\w+)`)

// Messages are the fields of each kind of message that the definition Messages lists.
func (m Module) Messages() map[string][]string {
	all := map[string][]string{}
	local := map[string][]string{} // Sets of messages with a name: LET Requests == [...] IN
	text := m.Body["Messages"]
	if before, after, ok := strings.Cut(text, " IN "); ok {
		if name, set, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(before), "LET "),
			"=="); ok {
			local[strings.TrimSpace(name)] = fields(set)
		}
		text = after
	}
	for _, found := range messageOf.FindAllStringSubmatch(text, -1) {
		if named, ok := local[found[2]]; ok {
			all[found[1]] = named
		} else {
			all[found[1]] = fields(found[2])
		}
	}
	return all
}

var fieldOf = regexp.MustCompile(`(\w+) :`)

// fields are the names of the fields in a set of records.
func fields(set string) []string {
	var names []string
	for _, f := range fieldOf.FindAllStringSubmatch(set, -1) {
		names = append(names, f[1])
	}
	return names
}

// Configuration is what a cfg file sets.
type Configuration struct {
	// Constants are the values as they are written: N is "3".
	Constants map[string]string
	// Replaced maps a definition to what stands in its place.
	Replaced map[string]string
	// Invariants are the names to check, in order.
	Invariants []string
}

// ReadConfiguration reads a cfg file.
func ReadConfiguration(path string) (Configuration, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Configuration{}, fmt.Errorf("read a configuration: %w", err)
	}
	c := Configuration{Constants: map[string]string{}, Replaced: map[string]string{}}
	part := ""
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(strings.TrimRight(line, "\n"), `\*`)
		if line != "" && line[0] != ' ' {
			part = strings.Fields(line)[0]
			continue
		}
		switch name, value, ok := cutAny(line, "<-", "="); {
		case part == "INVARIANTS":
			c.Invariants = append(c.Invariants, strings.Fields(line)...)
		case ok && strings.Contains(line, "<-"):
			c.Replaced[name] = value
		case ok:
			c.Constants[name] = value
		}
	}
	return c, nil
}

// cutAny cuts at the first separator that the line has.
func cutAny(line string, separators ...string) (before, after string, ok bool) {
	for _, separator := range separators {
		if before, after, ok := strings.Cut(line, separator); ok {
			return strings.TrimSpace(before), strings.TrimSpace(after), true
		}
	}
	return "", "", false
}
