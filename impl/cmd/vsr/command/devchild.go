// SPDX-License-Identifier: Apache-2.0

// One replica of vsr dev: a process, and what happens when it ends.

package command

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopTime is how long a replica may take to end before it is killed.
const stopTime = 5 * time.Second

// child is one replica. Its fields belong to the goroutine of dev.run.
type child struct {
	dev     *dev
	number  int
	program string
	giveUp  context.CancelCauseFunc

	ready  bool // it has printed its line
	pid    int
	deaths int // in a row, before it was ready
	starts int

	process *exec.Cmd
	stdin   io.Closer     // the process ends when this is closed
	ended   chan struct{} // closed when the process is gone
}

func newChild(d *dev, number int, program string, giveUp context.CancelCauseFunc) *child {
	return &child{dev: d, number: number, program: program, giveUp: giveUp}
}

func (c *child) logPath() string {
	return filepath.Join(c.dev.flags.dir, fmt.Sprintf("replica-%d.log", c.number))
}

// start starts the process. Errors end vsr dev.
func (c *child) start(ctx context.Context) {
	if err := c.tryStart(ctx); err != nil {
		c.giveUp(fmt.Errorf("dev: start replica %d: %w", c.number, err))
	}
}

func (c *child) tryStart(ctx context.Context) error {
	d := c.dev
	arguments := []string{"start", "--exit-with-stdin",
		"--data-file", d.flags.dataFile(c.number), "--replica", strconv.Itoa(c.number),
		"--addresses", strings.Join(d.addresses, ","), "--resp", d.resp[c.number]}
	if d.flags.trace {
		arguments = append(arguments, "--trace", filepath.Join(d.flags.dir, "traces"))
	}
	log, err := os.OpenFile(c.logPath(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the process has its own
	c.process = exec.Command(c.program, arguments...)
	c.process.Stderr = log
	stdin, err := c.process.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := c.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.process.Start(); err != nil {
		return err
	}
	c.stdin, c.ready, c.pid = stdin, false, c.process.Process.Pid
	c.starts++
	c.ended = make(chan struct{})
	go c.follow(ctx, c.process, stdout, c.ended)
	return nil
}

// follow reads what the process says until it ends.
func (c *child) follow(ctx context.Context, process *exec.Cmd, stdout io.Reader,
	ended chan struct{},
) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var line ready
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Event == "ready" {
			c.dev.post(ctx, func() { c.isReady(line) })
		}
	}
	err := process.Wait()
	close(ended)
	c.dev.post(ctx, func() { c.hasEnded(ctx, err) })
}

func (c *child) isReady(line ready) {
	c.ready, c.deaths = true, 0
	if c.starts > 1 {
		c.dev.tell("replica %d is back (pid %d), in view %d at op-number %d",
			c.number, line.PID, line.View, line.Op)
	}
}

// hasEnded plans the next start.
func (c *child) hasEnded(ctx context.Context, err error) {
	d := c.dev
	how := "has ended"
	if err != nil {
		how = err.Error()
	}
	if !c.ready {
		c.deaths++
		if c.deaths >= earlyDeaths || c.starts == 1 {
			c.giveUp(fmt.Errorf("dev: replica %d does not start: %s%s%w",
				c.number, how, c.lastLog(), exitError(err)))
			return
		}
	}
	c.ready = false
	d.tell("replica %d (pid %d): %s; it is started again in %v",
		c.number, c.pid, how, d.flags.restartAfter)
	time.AfterFunc(d.flags.restartAfter, func() {
		d.post(ctx, func() { c.start(ctx) })
	})
}

// lastLog is the last line that the process has written to its log.
func (c *child) lastLog() string {
	content, err := os.ReadFile(c.logPath())
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.HasPrefix(lines[i], "vsr: ") {
			return ": " + strings.TrimPrefix(lines[i], "vsr: ")
		}
	}
	return ""
}

// errChild carries the exit code of a replica to that of vsr dev.
type errChild struct{ code int }

func (e errChild) Error() string { return "" }

func exitError(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return errChild{exit.ExitCode()}
	}
	return errChild{exitInternal}
}

// stop asks the process to end.
func (c *child) stop() {
	if c.process != nil && c.ended != nil {
		_ = c.stdin.Close()
		_ = c.process.Process.Signal(syscall.SIGTERM)
	}
}

// wait waits for the process, and kills it if that takes too long.
func (c *child) wait() {
	if c.process == nil || c.ended == nil {
		return
	}
	select {
	case <-c.ended:
	case <-time.After(stopTime):
		_ = c.process.Process.Kill()
		<-c.ended
	}
}
