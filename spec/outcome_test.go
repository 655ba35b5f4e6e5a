// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// The table of all cases (outcomes.go) against the steps: each cell is decided once; what the steps
// make of the messages and states of a cell, in walks and in states made by hand, is in the
// cell; and nothing else is in it. checker/model asks the same in all states of small models.

// protocols are those whose steps the table is about. DisklessRecovery is not among them: it is
// unsafe.
func protocols() []spec.Protocol {
	return []spec.Protocol{spec.ViewstampedReplication(), spec.PersistentView(),
		spec.CrashVectors(), spec.ReadsAtPrimary(), spec.ClientRecoveries(), spec.NewClients(),
		spec.DamagedDisks()}
}

// outcomeTable is a table and what it is about.
type outcomeTable struct {
	name      string
	protocols []spec.Protocol
	roles     []spec.Role
	relations []spec.Relation
	// own are the decisions that it adds, or that differ from those of the first table.
	own []spec.Decision
	all []spec.Decision
}

// firstTable is that of the protocols.
func firstTable(decisions []spec.Decision) outcomeTable {
	return outcomeTable{"", protocols(), spec.Roles(), spec.Relations(), decisions, decisions}
}

// epochTable is that of the protocols with reconfiguration.
func epochTable() outcomeTable {
	own := spec.EpochOutcomes()
	return outcomeTable{"Reconfiguration", []spec.Protocol{spec.Reconfigurable(),
		spec.ReconfigurableWithoutDisk()}, spec.EpochRoles(), spec.EpochRelations(), own,
		spec.Override(spec.Outcomes(), own)}
}

// names says whether a message of a kind can have that relation to a replica.
func (o outcomeTable) names(kind spec.Kind, client bool, relation spec.Relation) bool {
	switch {
	case relation == spec.Same:
		return true
	case relation&spec.OtherEpoch != 0:
		return !client || kind == spec.KindNewEpoch
	}
	return !client && spec.NamesView(kind)
}

// cell is one case of the table.
type cell struct {
	kind spec.Kind
	step string
	role spec.Role
	view spec.Relation
}

func (c cell) String() string {
	if c.kind == 0 {
		return fmt.Sprintf("%s at %v", c.step, c.role)
	}
	return fmt.Sprintf("%v of %v view at %v", c.kind, c.view, c.role)
}

// cells lists all cases: what the steps of the protocols receive, or do without a message, at each
// role that takes such steps.
func (o outcomeTable) cells() []cell {
	var all []cell
	for _, p := range o.protocols {
		for _, step := range p.Steps {
			for _, role := range o.roles {
				if role.OfClient() != step.Client {
					continue
				}
				if len(step.On) == 0 {
					all = append(all, cell{0, step.Name, role, spec.Same})
				}
				for _, kind := range step.On {
					for _, view := range o.relations {
						if o.names(kind, step.Client, view) {
							all = append(all, cell{kind, "", role, view})
						}
					}
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b cell) int {
		return slices.Compare([]int{int(a.kind), int(a.role), int(a.view)},
			[]int{int(b.kind), int(b.role), int(b.view)})
	})
	seen := make(map[cell]bool)
	return slices.DeleteFunc(all, func(c cell) bool {
		defer func() { seen[c] = true }()
		return seen[c]
	})
}

// decided finds the decisions about a cell.
func decided(table []spec.Decision, c cell) []spec.Decision {
	var all []spec.Decision
	for _, d := range table {
		if d.Kind == c.kind && d.Step == c.step && d.At&c.role != 0 && d.View&c.view != 0 {
			all = append(all, d)
		}
	}
	return all
}

// tables lists all tables.
func tables() []outcomeTable {
	return append([]outcomeTable{firstTable(spec.Outcomes()), epochTable()}, partTables()...)
}

func TestEachCellIsDecidedOnce(t *testing.T) {
	for _, o := range tables() {
		known := make(map[cell]bool)
		for _, c := range o.cells() {
			known[c] = true
			require.Len(t, decided(o.all, c), 1, "%s: decisions about %v", o.name, c)
		}
		for _, d := range o.own {
			for _, role := range spec.EpochRoles() {
				for _, view := range spec.EpochRelations() {
					if d.At&role != 0 && d.View&view != 0 {
						c := cell{d.Kind, d.Step, role, view}
						require.True(t, known[c], "%s: %v is decided, and is no case", o.name, c)
					}
				}
			}
		}
	}
}

// tally compares what the steps do with the table.
type tally struct {
	of    outcomeTable
	table map[cell]spec.Decision
	seen  map[cell]map[string]bool
	wrong []string
}

// newTally knows the table, and has seen nothing yet.
func newTally(of outcomeTable) *tally {
	ty := &tally{of: of, table: make(map[cell]spec.Decision),
		seen: make(map[cell]map[string]bool)}
	for _, c := range of.cells() {
		if all := decided(of.all, c); len(all) > 0 {
			ty.table[c] = all[0]
		}
	}
	return ty
}

// complain notes what is wrong, a few times.
func (ty *tally) complain(format string, args ...any) {
	if len(ty.wrong) < 5 {
		ty.wrong = append(ty.wrong, fmt.Sprintf(format, args...))
	}
}

// outcome compares one outcome with the cell: the steps that are taken, or the reason.
func (ty *tally) outcome(at cell, steps []string, why spec.Ignored, about func() string) {
	d := ty.table[at]
	if ty.seen[at] == nil {
		ty.seen[at] = make(map[string]bool)
	}
	together := [][]string{{"OnCommit", "SendGetState"}, {"OnReply", "SendRead"}}
	if len(steps) > 1 && at.kind != spec.KindDoViewChange && !slices.ContainsFunc(together,
		func(s []string) bool { return slices.Equal(s, steps) }) {
		ty.complain("%v: %v both take %s", at, steps, about())
	}
	for _, step := range steps {
		ty.seen[at][step] = true
		if !slices.Contains(d.Steps, step) {
			ty.complain("%v: %s takes %s; the table says %v or %v", at, step, about(), d.Steps,
				d.Ignored)
		}
	}
	if len(steps) == 0 {
		ty.seen[at][string(why)] = true
		if !slices.Contains(d.Ignored, why) {
			ty.complain("%v: %s is ignored as %q; the table says %v or %v", at, about(), why,
				d.Steps, d.Ignored)
		}
	}
}

// arrives lets a message arrive, without and with the others that are there.
func (ty *tally) arrives(p spec.Protocol, c spec.Configuration, at spec.Process, m spec.Message,
	held []spec.Message,
) {
	if i, ok := receiver(c, at, m); ok && at.(spec.Replica).ReplicaNumber != i {
		return
	}
	where := cell{m.Kind(), "", spec.RoleOf(c, at), spec.RelationOf(at, m)}
	for _, others := range [][]spec.Message{nil, held} {
		steps, why := p.Decide(c, at, m, others...)
		ty.outcome(where, steps, why, func() string {
			return fmt.Sprintf("%v with %v at %v, in %s", m, others, at, p.Name)
		})
	}
}

// receiver is Receiver at a process that may be in an epoch. Who leads a view of another epoch than
// that of the process is not known there: such a message may arrive anywhere.
func receiver(c spec.Configuration, at spec.Process, m spec.Message) (spec.ReplicaNumber, bool) {
	stamped, ok := m.(spec.OfEpoch)
	if !ok {
		return spec.Receiver(c, m)
	}
	r, isReplica := at.(spec.Replica)
	toOne := m.Kind() == spec.KindNewState || m.Kind() == spec.KindRecoveryResponse
	if !isReplica || stamped.EpochNumber != r.EpochNumber && !toOne {
		return 0, false
	}
	return spec.Receiver(r.Group(c), stamped.Message)
}

// alone takes the steps that receive nothing.
func (ty *tally) alone(p spec.Protocol, c spec.Configuration, at spec.Process) {
	role := spec.RoleOf(c, at)
	for _, step := range p.Steps {
		if len(step.On) > 0 || step.Client != role.OfClient() {
			continue
		}
		choices := 1
		if step.Choices != nil {
			choices = step.Choices(c, at)
		}
		for choice := range choices {
			_, _, why := step.Do(c, at, nil, choice)
			var steps []string
			if why == spec.Accepted {
				steps = []string{step.Name}
			}
			ty.outcome(cell{0, step.Name, role, spec.Same}, steps, why, at.String)
		}
	}
}

// kindsOf lists the kinds of messages that the replicas, or the clients, of a protocol receive.
func kindsOf(p spec.Protocol, client bool) []spec.Kind {
	var all []spec.Kind
	for _, step := range p.Steps {
		for _, kind := range step.On {
			if step.Client == client && !slices.Contains(all, kind) {
				all = append(all, kind)
			}
		}
	}
	return all
}

// watch lets each message that was ever sent arrive at each process as it is now.
func (ty *tally) watch(w *walk) {
	for i, at := range w.processes {
		ty.alone(w.system.Protocol, w.c, at)
		for _, kind := range kindsOf(w.system.Protocol, i >= w.system.Replicas()) {
			sent := w.sent[kind]
			for n, m := range sent {
				if w.system.Sender(m) != i {
					held := append(slices.Clone(sent[n+1:]), sent[:n]...) // another order each time
					ty.arrives(w.system.Protocol, w.c, at, m, held)
				}
			}
		}
	}
}

// walkOutcomes watches walks through all the protocols.
func walkOutcomes(ty *tally, walks int) {
	for _, p := range protocols() {
		for _, n := range []int{3, 5} {
			for number := range walks {
				ty.walk(system(p, n, 2*(number%2)), number, 160)
			}
		}
	}
}

// walk watches one walk of a system.
func (ty *tally) walk(s spec.System, number, steps int) {
	w, by := newWalk(s), seeded{random(number)}
	for len(w.taken) < steps && w.step(by) {
		if len(w.taken)%8 == 0 {
			ty.watch(w)
		}
	}
}

// missing lists the outcomes of the table that were never seen.
func (ty *tally) missing() []string {
	var all []string
	for _, c := range ty.of.cells() {
		if len(decided(ty.of.own, c)) == 0 {
			continue
		}
		d := ty.table[c]
		for _, why := range d.Ignored {
			if !ty.seen[c][string(why)] {
				all = append(all, fmt.Sprintf("%v: never %s", c, why))
			}
		}
		for _, step := range d.Steps {
			if !ty.seen[c][step] {
				all = append(all, fmt.Sprintf("%v: never %s", c, step))
			}
		}
	}
	return all
}

// compareOutcomes lists what is wrong with a table, by so many walks of each kind.
func compareOutcomes(table []spec.Decision, walks int) []string {
	ty := newTally(firstTable(table))
	walkOutcomes(ty, walks)
	handmadeOutcomes(ty)
	return append(ty.wrong, ty.missing()...)
}

func TestOutcomesAreThoseOfTheTable(t *testing.T) {
	for _, complaint := range compareOutcomes(spec.Outcomes(), 4) {
		t.Error(complaint)
	}
}

// TestWrongTableIsRed plants a wrong cell of each sort: a step that is not taken, a reason that is
// not given, a reason too few, and a case that does occur.
func TestWrongTableIsRed(t *testing.T) {
	table := spec.Outcomes()
	change := func(kind spec.Kind, at spec.Role, view spec.Relation, f func(*spec.Decision)) {
		for i, d := range table {
			if d.Kind == kind && d.At == at && d.View == view {
				f(&table[i])
				return
			}
		}
		require.Fail(t, "the table has no such decision", "%v", cell{kind, "", at, view})
	}
	change(spec.KindPrepare, spec.WaitingBackup, spec.Same, func(d *spec.Decision) {
		d.Steps = append(d.Steps, "OnPrepare")
	})
	change(spec.KindRequest, spec.NormalBackup, spec.Same, func(d *spec.Decision) {
		d.Ignored = append(d.Ignored, spec.NotNormal)
	})
	change(spec.KindRequest, spec.NormalPrimary, spec.Same, func(d *spec.Decision) {
		d.Ignored = []spec.Ignored{spec.StaleRequest}
	})
	change(spec.KindStartView, spec.WaitingBackup, spec.Same, func(d *spec.Decision) {
		d.Steps = nil
	})
	wrong := strings.Join(compareOutcomes(table, 1), "\n")
	for _, want := range []string{
		"PREPARE of same view at ViewChange, other: never OnPrepare",
		"REQUEST of same view at Normal, backup: never not-normal",
		`is ignored as "request-in-progress"; the table says [OnRequest] or [stale-request]`,
		"STARTVIEW of same view at ViewChange, other: OnStartView takes",
	} {
		require.Contains(t, wrong, want)
	}
}
