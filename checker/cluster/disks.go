// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Faults of disks: files that are damaged between runs, and flushes that fail.

// exitIO is the exit code of vsr when a file cannot be used, exitUsage that for one which is not
// the one that the command line speaks of.
const (
	exitIO    = 74
	exitUsage = 64
)

// diskFaults lists the kinds.
func diskFaults() []Fault {
	damaged := func(how damage) func(*harmer, context.Context) error {
		return func(h *harmer, ctx context.Context) error { return h.damaged(ctx, how, false) }
	}
	return []Fault{
		{"rot", "a bit of the data file of a killed replica flips", damaged((*damager).flipBit)},
		{"zeros", "a run of sectors of it is zero", damaged((*damager).zeroRun)},
		{"swap", "two runs of sectors of it change places", damaged((*damager).swapRuns)},
		{"short", "it is cut off", damaged((*damager).truncate)},
		{"older", "a run of sectors of it is as it was before",
			func(h *harmer, ctx context.Context) error {
				return h.damaged(ctx, (*damager).olderRun, true)
			}},
		{"lost", "its data file is gone, and vsr recover makes a new one", (*harmer).lost},
		{"helical", "all are killed and every data file is damaged, each for other entries",
			(*harmer).helical},
		{"flush-error", "a flush of a replica fails with EIO, by means of strace",
			(*harmer).flushError},
	}
}

// notInjected is the error of a fault that this machine does not let us do. It goes into the
// report.
type notInjected string

// Error is the reason.
func (n notInjected) Error() string { return string(n) }

// damaged kills a replica, damages its file, and starts it again. It either comes up and is
// repaired by the others, or it says that it cannot, and stays down: then it gets its file back.
func (h *harmer) damaged(ctx context.Context, how damage, needsOlder bool) error {
	victim := h.anyone()
	r := h.group.replicas[victim]
	kept, older := r.dataFile+".kept", ""
	r.kill()
	if needsOlder {
		older = r.dataFile + ".older"
		if err := copyFile(r.dataFile, older); err != nil {
			return err
		}
		if err := h.started(ctx, victim); err != nil {
			return err
		}
		if err := errors.Join(h.well(ctx, victim), h.answered(ctx)); err != nil {
			return err
		}
		r.kill()
	}
	if err := copyFile(r.dataFile, kept); err != nil {
		return err
	}
	what, err := (&damager{h.random}).do(r.dataFile, older, how)
	if err != nil {
		return err
	}
	if !inUse(r.dataFile) {
		h.result.Idle++
		what += ", where nothing is in use"
	}
	if err := h.note("replica %d is killed; in its data file: %s", victim, what); err != nil {
		return err
	}
	if err := h.group.run(ctx, r); err != nil {
		return h.refused(ctx, victim, kept, err)
	}
	h.result.Restarts++
	h.result.CameUp++
	if err := h.note("replica %d starts with it", victim); err != nil {
		return err
	}
	return h.well(ctx, victim)
}

// refused checks how a replica has refused its data file, sees that the others go on without it,
// and gives it the undamaged file, or one that vsr recover makes.
func (h *harmer) refused(ctx context.Context, victim int, undamaged string, err error) error {
	r := h.group.replicas[victim]
	if r.alive() || r.code != exitIO {
		return fmt.Errorf("a damaged data file: want exit code %d, got %d: %w", exitIO, r.code, err)
	}
	h.result.Refused++
	if err := h.note("it refuses: %s", reason(r.output.String())); err != nil {
		return err
	}
	if err := h.failover(ctx); err != nil {
		return err
	}
	if h.random.IntN(2) == 0 {
		return h.recovered(ctx, victim)
	}
	if err := copyFile(undamaged, r.dataFile); err != nil {
		return err
	}
	if err := h.started(ctx, victim); err != nil {
		return err
	}
	return h.well(ctx, victim)
}

// lost removes the data file of a replica, and has vsr recover make a new one.
func (h *harmer) lost(ctx context.Context) error {
	victim := h.anyone()
	if err := h.note("replica %d is killed, and its data file is gone", victim); err != nil {
		return err
	}
	h.group.replicas[victim].kill()
	if err := h.failover(ctx); err != nil {
		return err
	}
	return h.recovered(ctx, victim)
}

// recovered replaces the data file of a replica by one that vsr recover makes.
func (h *harmer) recovered(ctx context.Context, victim int) error {
	r := h.group.replicas[victim]
	if err := os.Remove(r.dataFile); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, h.group.vsr, h.group.recovery(victim)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("vsr recover: %w: %s", err, out)
	}
	if err := h.note("vsr recover: %s", strings.TrimSpace(string(out))); err != nil {
		return err
	}
	if err := h.started(ctx, victim); err != nil {
		return err
	}
	h.result.Recovered++
	return h.well(ctx, victim)
}

// reason is what the program says when it ends with an error, without what came before.
func reason(text string) string {
	_, text, _ = strings.Cut("\n"+text, "\nvsr: ")
	text, _, _ = strings.Cut(text, "\n")
	return text
}

// well waits until a replica is Normal and knows what the others had committed when this was
// called. Only then may another one be harmed: until a damaged replica has its log again, it does
// not vote.
func (h *harmer) well(ctx context.Context, victim int) error {
	goal := uint64(0)
	for i := range h.group.replicas {
		if info, err := h.clients.info(ctx, i); err == nil && i != victim {
			goal = max(goal, positive(info["commit"]))
		}
	}
	var info map[string]string
	started := time.Now()
	ok, err := until(ctx, func() bool {
		found, err := h.clients.info(ctx, victim)
		if err == nil {
			info = found
		}
		return err == nil && info["status"] == "Normal" && positive(info["commit"]) >= goal ||
			!h.group.replicas[victim].alive()
	})
	switch {
	case err != nil:
		return err
	case !h.group.replicas[victim].alive():
		return fmt.Errorf("replica %d ended while it was to be repaired%s", victim, h.group.dead())
	case !ok:
		return fmt.Errorf("replica %d is not well after %v: status %q, commit %s, the others have "+
			"%d", victim, time.Since(started).Round(time.Second), info["status"], info["commit"],
			goal)
	}
	return nil
}

// longEnough waits until so many entries are above the latest checkpoint that each replica can
// lose some. The file is read while it is written to: what cannot be read is no answer.
func (h *harmer) longEnough(ctx context.Context) error {
	const attempts = 200 // Each comes after some hundreds of answers.
	for range attempts {
		report, err := inspect(h.group.replicas[0].dataFile)
		if err == nil && len(report.Durable.Log) >= 50*len(h.group.replicas) {
			return nil
		}
		if err := h.answered(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("the log above the checkpoint was short %d times", attempts)
}

// helical damages every file, and no entry in two of them.
func (h *harmer) helical(ctx context.Context) error {
	if err := h.longEnough(ctx); err != nil {
		return err
	}
	for _, r := range h.group.replicas {
		_ = pause(r.command.Process)
	}
	low, high := uint64(0), uint64(math.MaxUint64)
	for _, r := range h.group.replicas {
		r.kill()
		report, err := inspect(r.dataFile)
		if err != nil {
			return err
		}
		base := uint64(report.Durable.Checkpoint.Name.OpNumber)
		low, high = max(low, base), min(high, base+uint64(len(report.Durable.Log)))
	}
	n := uint64(len(h.group.replicas))
	width := (max(low, high) - low) / n
	text := ""
	for i, r := range h.group.replicas {
		from := low + uint64(i)*width
		groups, err := (&damager{h.random}).helical(r.dataFile, i, part{from, from + width})
		if err != nil {
			return err
		}
		text += fmt.Sprintf("; of replica %d %d groups with entries of %d to %d", i, groups,
			from+1, from+width)
		h.result.Helical += groups
	}
	if err := h.note("all are killed, and there is damage in every data file%s", text); err != nil {
		return err
	}
	for i := range h.group.replicas {
		if err := h.started(ctx, i); err != nil {
			return err
		}
	}
	if err := h.failover(ctx); err != nil {
		return err
	}
	for i := range h.group.replicas {
		if err := h.well(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// tracing is how strace lets a flush fail: the nth of a thread.
func tracing(n int) []string {
	return []string{"strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync",
		"-e", fmt.Sprintf("inject=fdatasync:error=EIO:when=%d", n)}
}

// flushError starts a replica so that one of its flushes fails. It must end, with its exit code,
// and the others go on.
func (h *harmer) flushError(ctx context.Context) error {
	if _, err := exec.LookPath("strace"); err != nil {
		return notInjected("strace is not installed")
	}
	probe := append(tracing(1), "true")
	if out, err := exec.CommandContext(ctx, probe[0], probe[1:]...).CombinedOutput(); err != nil {
		return notInjected(fmt.Sprintf("strace does not work here: %v: %s", err, strings.TrimSpace(
			string(out))))
	}
	victim, n := h.anyone(), 5+h.random.IntN(100)
	r := h.group.replicas[victim]
	if err := h.note("replica %d is killed; flush %d of a thread of its next start fails", victim,
		n); err != nil {
		return err
	}
	r.kill()
	r.under = tracing(n)
	err := h.started(ctx, victim)
	r.under = nil
	if err != nil && (r.alive() || r.code != exitIO) { // It may be one of those of the start.
		return err
	}
	if err := r.ends(ctx); err != nil {
		r.killAll()
		return fmt.Errorf("replica %d after a flush that failed: %w", victim, err)
	}
	if r.code != exitIO {
		return fmt.Errorf("replica %d after a flush that failed: want exit code %d, got %d: %s",
			victim, exitIO, r.code, r.output)
	}
	if err := h.note("replica %d has ended: %s", victim, reason(r.output.String())); err != nil {
		return err
	}
	if err := h.failover(ctx); err != nil {
		return err
	}
	if err := h.started(ctx, victim); err != nil {
		return err
	}
	return h.well(ctx, victim)
}
