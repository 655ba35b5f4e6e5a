// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Mistakes of an operator. The program must refuse each, and nothing may come of it.

// mistakeFaults lists the kinds.
func mistakeFaults() []Fault {
	return []Fault{
		{"format-over", "vsr format is called for a data file in use: refused",
			(*harmer).formatOver},
		{"twice", "a second process is started with a data file in use: refused",
			(*harmer).startTwice},
		{"other-file", "a replica is started with a copy of the data file of another: refused",
			(*harmer).otherFile},
		{"other-cluster", "a replica is started with a data file of another cluster: the others " +
			"refuse it", (*harmer).otherCluster},
	}
}

// mistakeTime is how long a program may take to refuse something: one that does not would run for
// ever.
const mistakeTime = 2 * time.Minute

// mistake runs vsr, which must end with that exit code and say this.
func (h *harmer) mistake(ctx context.Context, code int, says string, arguments ...string) error {
	limit, cancel := context.WithTimeout(ctx, mistakeTime)
	defer cancel()
	out, err := exec.CommandContext(limit, h.group.vsr, arguments...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != code || !strings.Contains(string(out), says) {
		return fmt.Errorf("vsr %s: want exit code %d and %q, got %v: %s", arguments[0], code, says,
			err, out)
	}
	return h.note("it is refused: %s", reason(string(out)))
}

// without is the command line of a replica without a flag and its value.
func without(line []string, flags ...string) []string {
	line = slices.Clone(line)
	for _, flag := range flags {
		if i := slices.Index(line, flag); i >= 0 {
			line = slices.Delete(line, i, i+2)
		}
	}
	return line
}

func (h *harmer) formatOver(ctx context.Context) error {
	victim := h.anyone()
	if err := h.note("the data file of replica %d is formatted", victim); err != nil {
		return err
	}
	return h.mistake(ctx, exitIO, "file exists", h.group.format(victim)...)
}

func (h *harmer) startTwice(ctx context.Context) error {
	victim := h.anyone()
	if err := h.note("replica %d is started a second time", victim); err != nil {
		return err
	}
	return h.mistake(ctx, exitIO, "file is in use", h.group.replicas[victim].start...)
}

// instead kills a replica, puts another file in the place of its data file, does something, and
// puts all right again.
func (h *harmer) instead(ctx context.Context, victim int, other string, do func() error) error {
	r := h.group.replicas[victim]
	kept := r.dataFile + ".kept"
	r.kill()
	if err := os.Rename(r.dataFile, kept); err != nil {
		return err
	}
	if err := os.Rename(other, r.dataFile); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if err := h.failover(ctx); err != nil {
		return err
	}
	if err := os.Rename(kept, r.dataFile); err != nil {
		return err
	}
	if err := h.started(ctx, victim); err != nil {
		return err
	}
	return h.well(ctx, victim)
}

func (h *harmer) otherFile(ctx context.Context) error {
	victim := h.anyone()
	other := h.group.replicas[(victim+1)%len(h.group.replicas)]
	r := h.group.replicas[victim]
	if err := h.note("replica %d is killed and started with a copy of the data file of replica %d",
		victim, other.number); err != nil {
		return err
	}
	wrong := r.dataFile + ".wrong"
	if err := copyFile(other.dataFile, wrong); err != nil {
		return err
	}
	return h.instead(ctx, victim, wrong, func() error {
		return h.mistake(ctx, exitUsage, "expected that of replica", without(r.start, "--trace")...)
	})
}

func (h *harmer) otherCluster(ctx context.Context) error {
	victim := h.anyone()
	r := h.group.replicas[victim]
	if err := h.note("replica %d is killed and started with a data file of another cluster",
		victim); err != nil {
		return err
	}
	wrong := r.dataFile + ".wrong"
	line := without(h.group.format(victim), "--cluster", "--data-file")
	line = append(line, "--cluster", "another", "--data-file", wrong)
	if out, err := exec.CommandContext(ctx, h.group.vsr, line...).CombinedOutput(); err != nil {
		return fmt.Errorf("vsr format: %w: %s", err, out)
	}
	return h.instead(ctx, victim, wrong, func() error { return h.strange(ctx, victim) })
}

// strange runs a replica of another cluster in the place of one of this, until it has noticed that
// nobody talks to it, and ends it.
func (h *harmer) strange(ctx context.Context, victim int) error {
	r := h.group.replicas[victim]
	line := r.start
	r.start = without(line, "--trace", "--resp")
	err := h.group.run(ctx, r)
	r.start = line
	if err != nil {
		return err
	}
	defer r.kill()
	ok, err := until(ctx, func() bool {
		return strings.Contains(r.output.String(), "frame of another cluster")
	})
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("a replica of another cluster did not notice it: %s", r.output)
	}
	return h.note("the others refuse it")
}
