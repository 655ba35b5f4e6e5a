// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// What is done to a running cluster. Every fault leaves a quorum that can work, or ends by itself;
// so requests must be answered after each, and where a quorum is well also while it lasts.

// Fault is a kind of harm.
type Fault struct {
	Name string
	// What happens, for the help text.
	What string
	// do does the harm, waits as long as it lasts, and undoes it. It says what it did.
	do func(*harmer, context.Context) error
}

// Faults lists all kinds.
func Faults() []Fault {
	return slices.Concat([]Fault{
		{"kill", "the primary gets SIGKILL and is started again later", (*harmer).killPrimary},
		{"kill-backup", "a backup gets SIGKILL and is started again later", (*harmer).killBackup},
		{"power", "all replicas get SIGKILL at once and are started again", (*harmer).killAll},
		{"pause", "a replica is stopped with SIGSTOP and goes on later with its old beliefs",
			(*harmer).pause},
		{"isolate", "nothing passes from and to a replica", (*harmer).isolate},
		{"deaf", "a replica can send and cannot hear", (*harmer).deaf},
		{"mute", "a replica can hear and cannot send", (*harmer).mute},
		{"cut", "nothing passes from one replica to another", (*harmer).cutOne},
		{"slow", "everything that one replica sends is late", (*harmer).slow},
		{"reset", "a connection is reset in the middle of a frame", (*harmer).reset},
		{"truncate", "a connection ends in the middle of a frame", (*harmer).truncate},
		{"flip", "a bit changes on its way", (*harmer).flip},
	}, diskFaults(), mistakeFaults())
}

// FaultsByName finds kinds by their names; "all" stands for all of them.
func FaultsByName(names []string) ([]Fault, error) {
	var list []Fault
	var known []string
	for _, f := range Faults() {
		known = append(known, f.Name)
		if slices.Contains(names, f.Name) || slices.Contains(names, "all") {
			list = append(list, f)
		}
	}
	for _, name := range names {
		if name != "all" && !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no fault %q; there are all, %s", name,
				strings.Join(known, ", "))
		}
	}
	return list, nil
}

// harmer does harm to a running cluster.
type harmer struct {
	group   *group
	clients *workload
	options Options
	result  *Result
	random  *rand.Rand
}

// note writes into the history and tells the user.
func (h *harmer) note(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	h.options.Progress("  %s", text)
	return h.clients.writer.Note(text)
}

// answered waits until some more requests are answered.
func (h *harmer) answered(ctx context.Context) error {
	_, err := h.clients.await(ctx, h.group, int64(h.options.Operations))
	return err
}

// failover waits until a request is answered that was sent after the harm, and keeps how long
// that took.
func (h *harmer) failover(ctx context.Context) error {
	took, err := h.clients.await(ctx, h.group, int64(h.options.Clients)+1)
	if err != nil {
		return err
	}
	h.result.Failovers = append(h.result.Failovers, took)
	h.options.Progress("    answers again after %v", took.Round(time.Millisecond))
	return h.answered(ctx)
}

// anyone draws a replica.
func (h *harmer) anyone() int { return h.random.IntN(len(h.group.replicas)) }

// backup draws a replica that is not the primary.
func (h *harmer) backup(ctx context.Context) (int, error) {
	primary, _, err := h.clients.primary(ctx)
	n := len(h.group.replicas)
	return (primary + 1 + h.random.IntN(n-1)) % n, err
}

// spell draws how long a fault lasts.
func (h *harmer) spell() time.Duration {
	return time.Duration(200+h.random.IntN(3000)) * time.Millisecond
}

func (h *harmer) killPrimary(ctx context.Context) error {
	primary, view, err := h.clients.primary(ctx)
	if err != nil {
		return err
	}
	if err := h.note("replica %d, the primary of view %d, is killed", primary, view); err != nil {
		return err
	}
	return h.killed(ctx, primary)
}

func (h *harmer) killBackup(ctx context.Context) error {
	backup, err := h.backup(ctx)
	if err != nil {
		return err
	}
	if err := h.note("replica %d, a backup, is killed", backup); err != nil {
		return err
	}
	return h.killed(ctx, backup)
}

// killed kills a replica, sees that the others go on, and starts it again.
func (h *harmer) killed(ctx context.Context, victim int) error {
	h.group.replicas[victim].kill()
	if err := h.failover(ctx); err != nil {
		return err
	}
	return h.started(ctx, victim)
}

// started starts a replica that was killed.
func (h *harmer) started(ctx context.Context, victim int) error {
	if err := h.group.run(ctx, h.group.replicas[victim]); err != nil {
		return err
	}
	h.result.Restarts++
	return h.note("replica %d is started again", victim)
}

func (h *harmer) killAll(ctx context.Context) error {
	if err := h.note("all replicas are killed"); err != nil {
		return err
	}
	for _, r := range h.group.replicas { // None shall see the end of another.
		_ = pause(r.command.Process)
	}
	for _, r := range h.group.replicas {
		r.kill()
	}
	for i := range h.group.replicas {
		if err := h.started(ctx, i); err != nil {
			return err
		}
	}
	return h.failover(ctx)
}

func (h *harmer) pause(ctx context.Context) error {
	victim, spell := h.anyone(), h.spell()
	if err := h.note("replica %d is paused", victim); err != nil {
		return err
	}
	process := h.group.replicas[victim].command.Process
	if err := pause(process); err != nil {
		return err
	}
	err := h.failover(ctx) // The others go on,
	if err == nil {
		err = last(ctx, spell)
	}
	if resumed := resume(process); resumed != nil {
		return resumed
	}
	return err // and with it again, as whoever calls this waits for.
}

// broken does something to links, sees that requests are answered all the same, and heals them.
func (h *harmer) broken(ctx context.Context, harm func(*link), hurt func(*link) bool) error {
	for _, l := range h.group.network.all() {
		if hurt(l) {
			harm(l)
		}
	}
	defer h.group.network.heal()
	if err := h.failover(ctx); err != nil {
		return err
	}
	return last(ctx, h.spell())
}

func (h *harmer) isolate(ctx context.Context) error {
	victim := h.anyone()
	if err := h.note("replica %d is isolated", victim); err != nil {
		return err
	}
	return h.broken(ctx, (*link).cut, func(l *link) bool { return l.from == victim || l.to == victim })
}

func (h *harmer) deaf(ctx context.Context) error {
	victim, view, err := h.clients.primary(ctx)
	if err != nil {
		return err
	}
	if h.random.IntN(2) == 0 {
		victim = h.anyone()
	}
	if err := h.note("replica %d is deaf, in view %d", victim, view); err != nil {
		return err
	}
	return h.broken(ctx, (*link).cut, func(l *link) bool { return l.to == victim })
}

func (h *harmer) mute(ctx context.Context) error {
	victim := h.anyone()
	if err := h.note("replica %d is mute", victim); err != nil {
		return err
	}
	return h.broken(ctx, (*link).cut, func(l *link) bool { return l.from == victim })
}

func (h *harmer) cutOne(ctx context.Context) error {
	victim := h.link()
	if err := h.note("nothing passes from replica %d to %d", victim.from, victim.to); err != nil {
		return err
	}
	return h.broken(ctx, (*link).cut, func(l *link) bool { return l == victim })
}

func (h *harmer) slow(ctx context.Context) error {
	victim, delay := h.anyone(), time.Duration(20+h.random.IntN(180))*time.Millisecond
	if err := h.note("what replica %d sends is %v late", victim, delay); err != nil {
		return err
	}
	return h.broken(ctx, func(l *link) { l.delay.Store(int64(delay)) },
		func(l *link) bool { return l.from == victim })
}

// link draws a link.
func (h *harmer) link() *link {
	all := h.group.network.all()
	return all[h.random.IntN(len(all))]
}

// linksMax is how many links are tried until something passes on one.
const linksMax = 10

// once does something to the next bytes of a link that carries some: the one of the primary.
func (h *harmer) once(ctx context.Context, a act, what string) error {
	n := len(h.group.replicas)
	for range linksMax {
		primary, _, err := h.clients.primary(ctx)
		if err != nil {
			return err
		}
		l := h.group.network.links[primary][(primary+1+h.random.IntN(n-1))%n]
		receiver := h.group.replicas[l.to].output
		before := receiver.noticed()
		done, err := l.once(ctx, a)
		if err != nil {
			return err
		}
		if !done {
			continue // It is the primary no more, perhaps.
		}
		if err := h.note("%s from replica %d to %d", what, l.from, l.to); err != nil {
			return err
		}
		err = h.failover(ctx)
		if receiver.noticed() > before {
			h.result.Noticed++
		}
		return err
	}
	return fmt.Errorf("%s: nothing has passed on %d links of primaries", what, linksMax)
}

func (h *harmer) reset(ctx context.Context) error {
	return h.once(ctx, actReset, "a reset in the middle of a frame")
}

func (h *harmer) truncate(ctx context.Context) error {
	return h.once(ctx, actTruncate, "the connection ends in the middle of a frame")
}

func (h *harmer) flip(ctx context.Context) error {
	return h.once(ctx, actFlip, "a bit changes on the way")
}
