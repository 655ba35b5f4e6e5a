// SPDX-License-Identifier: Apache-2.0

package export

import (
	"fmt"
	"slices"

	"viewstamp/spec"
)

// What it means to take a schedule through a system, in a few lines that know nothing of the model
// checker. All below is copied into each emitted test, with names of that test's own; so what
// the emitter has seen, the test will see.

// replayStep is one step of a schedule.
type replayStep struct {
	Process  int
	Step     string
	Choice   int
	Received []spec.Message
	After    spec.Process
	Sent     []spec.Message
}

// replay takes a schedule through a system.
// After each step it compares the state and the messages. It ends where the system departs from
// the schedule, and says how; departs is empty if it does not.
func replay(
	system spec.System, schedule []replayStep,
) (processes []spec.Process, sent []spec.Message, departs string) {
	processes = system.Processes()
	for i, s := range schedule {
		how := replayRefusal(system, processes, sent, s)
		if how == "" {
			before := processes[s.Process]
			after, out, why := system.Protocol.Step(s.Step).Do(
				system.Configuration(), before, s.Received, s.Choice)
			switch {
			case why != spec.Accepted:
				how = fmt.Sprintf("refuses, %s", why)
			case after != s.After:
				how = fmt.Sprintf("leads to %v, not to %v", after, s.After)
			case !slices.Equal(out, s.Sent):
				how = fmt.Sprintf("sends %v, not %v", out, s.Sent)
			}
			processes[s.Process] = after
			sent = append(sent, out...)
		}
		if how != "" {
			return processes, sent, fmt.Sprintf("step %d, %s: %s", i+1, s.Step, how)
		}
	}
	return processes, sent, ""
}

// replayRefusal says why a step cannot be taken with those messages.
// It is empty if the step can be. Do does not ask that: whoever calls it must.
func replayRefusal(
	system spec.System, processes []spec.Process, sent []spec.Message,
	s replayStep,
) string {
	at := slices.IndexFunc(system.Protocol.Steps,
		func(step spec.Step) bool { return step.Name == s.Step })
	if at < 0 {
		return "the protocol has no such step"
	}
	step, c := system.Protocol.Steps[at], system.Configuration()
	if s.Process >= len(processes) || step.Client != (s.Process >= system.Replicas()) {
		return fmt.Sprintf("process %d does not take it", s.Process)
	}
	if s.Choice > 0 &&
		(step.Choices == nil || s.Choice >= step.Choices(c, processes[s.Process])) {
		return fmt.Sprintf("has no outcome %d", s.Choice)
	}
	want := min(1, len(step.On))
	if step.Quorum != nil {
		want = max(1, step.Quorum(processes[s.Process].(spec.Replica).Group(c)))
	}
	if step.Own {
		want++
	}
	if len(s.Received) != want {
		return fmt.Sprintf("takes %d messages, not %d", want, len(s.Received))
	}
	senders := map[int]bool{}
	for i, m := range s.Received {
		from := system.Sender(m)
		switch own := step.Own && i == 0; {
		case !slices.Contains(sent, m):
			return fmt.Sprintf("nobody has sent %v", m)
		case !slices.Contains(step.On, m.Kind()), senders[from], own != (from == s.Process),
			step.Wants != nil && !step.Wants(c, processes[s.Process].(spec.Replica), m):
			return fmt.Sprintf("does not take %v", m)
		}
		senders[from] = true
	}
	return ""
}
