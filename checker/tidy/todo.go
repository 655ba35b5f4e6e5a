// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"regexp"
	"strings"
)

// What is not done is in the tracker, not in the source; and the source names
// no machine.

var (
	// owed finds the words that stand for work to do. They are put together
	// here, so that this file does not complain about itself.
	owed = regexp.MustCompile(`\b(` + "TO" + `DO|FIX` + `ME|X` + `XX)\b(\(#\d+\))?`)
	// machine finds paths that exist on somebody's machine only.
	machine = regexp.MustCompile(`(^|[^\w.])/(root/|home/\w|Users/\w)`)
)

// Todo finds promises without an issue, and paths of a machine.
func Todo(t *Tree) []Complaint {
	var all []Complaint
	line := func(file string, i int, text string) {
		for _, found := range owed.FindAllStringSubmatch(text, -1) {
			if found[1] != "TO"+"DO" {
				all = append(all, Complaint{file, i + 1, found[1] + " is never committed"})
			} else if found[2] == "" {
				all = append(all, Complaint{file, i + 1, found[1] + " names no issue: (#7), say"})
			}
		}
		if machine.MatchString(text) {
			all = append(all, Complaint{file, i + 1, "a path of some machine: " +
				strings.TrimSpace(text)})
		}
	}
	for _, s := range t.Sources {
		if within(s.Dir, "checker/tidy") {
			continue // It must be able to speak of what it looks for.
		}
		for i, text := range s.Lines {
			line(s.Path, i, text)
		}
	}
	for _, text := range t.Texts {
		for i, words := range text.Lines {
			line(text.Path, i, words)
		}
	}
	return all
}
