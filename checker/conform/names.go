// SPDX-License-Identifier: Apache-2.0

package conform

// Logs and their names. The implementation sends a name where the spec sends a
// log. The checker learns what a name means from the PREPARE that made the log:
// one more entry on top of a log that it knows. Names and logs must stay one to
// one, whatever the checksums are computed from.

import (
	"fmt"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// names knows every log that some replica made, by its name and the other way
// round.
type names struct {
	logs  map[vsr.LogName]named
	byLog map[spec.Log]vsr.LogName
}

// named is a log and what the spec does not know of its topmost entry.
type named struct {
	log       spec.Log
	timestamp vsr.Timestamp
}

func newNames() names {
	return names{logs: map[vsr.LogName]named{}, byLog: map[spec.Log]vsr.LogName{}}
}

// log is the log with that name. The second result is false if no step has made
// it yet.
func (t *names) log(name vsr.LogName) (spec.Log, bool) {
	if name == (vsr.LogName{}) {
		return spec.Log{}, true
	}
	known, ok := t.logs[name]
	return known.log, ok
}

// define says that this name is the log with an entry of that time on top. It
// reports whether the name is new, and refuses a second meaning of a name or a
// second name of a log.
func (t *names) define(name vsr.LogName, log spec.Log, at vsr.Timestamp) (bool, *Divergence) {
	if known, ok := t.logs[name]; ok {
		if known.log != log || known.timestamp != at {
			return false, diverge(WrongName, "name %s means %s with timestamp %d, and here %s "+
				"with timestamp %d", nameText(name), logText(known.log), known.timestamp,
				logText(log), at)
		}
		return false, nil
	}
	if other, ok := t.byLog[log]; ok {
		return false, diverge(WrongName, "the log %s has the name %s, and here %s",
			logText(log), nameText(other), nameText(name))
	}
	t.logs[name] = named{log, at}
	t.byLog[log] = name
	return true, nil
}

// forget takes a definition back, because the step that made it is lost and
// nobody heard of it.
func (t *names) forget(log spec.Log) {
	delete(t.logs, t.byLog[log])
	delete(t.byLog, log)
}

// nameText is a name as people see it: the op-number and the start of the
// checksum.
func nameText(name vsr.LogName) string {
	return fmt.Sprintf("%d/%v", name.OpNumber, name.Checksum)
}
