// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Running TLC. It is not part of this project: whoever runs it brings tla2tools.jar and Java.

// TLC says how to run TLC.
type TLC struct {
	// Jar is tla2tools.jar.
	Jar string
	// Dir is the folder tla of this project.
	Dir string
	// Java is the program to run. Empty: java.
	Java string
	// MemoryMiB is the heap of Java in MiB. Zero: 3,000.
	MemoryMiB int
}

// mode is how TLC searches.
const mode = "breadth-first"

// Run runs TLC with one worker, since only then it keeps to the levels. A run that the context
// ends is an error, as is one that TLC itself gives up.
func (t TLC) Run(ctx context.Context, twin Twin) (Run, error) {
	jar, err := filepath.Abs(t.Jar)
	if err != nil {
		return Run{}, err
	}
	scratch, err := os.MkdirTemp("", "vsrcheck-tlc-")
	if err != nil {
		return Run{}, fmt.Errorf("a folder for TLC's states: %w", err)
	}
	defer os.RemoveAll(scratch)
	java, memory := t.Java, t.MemoryMiB
	if java == "" {
		java = "java"
	}
	if memory == 0 {
		memory = 3000
	}
	command := exec.CommandContext(ctx, java, "-XX:+UseParallelGC", "-XX:ParallelGCThreads=1",
		fmt.Sprintf("-Xmx%dm", memory), "-cp", jar, "tlc2.TLC", "-tool", "-workers", "1",
		"-noGenerateSpecTE", "-metadir", scratch, "-config", twin.Cfg, twin.Module+".tla")
	command.Dir = t.Dir
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	started := time.Now()
	err = command.Run()
	if ctx.Err() != nil {
		return Run{}, fmt.Errorf("TLC on %s: stopped after %v: %w", twin.Name,
			time.Since(started).Round(time.Second), ctx.Err())
	}
	// TLC's exit code is not zero when an invariant is violated, so it alone says nothing.
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		return Run{}, fmt.Errorf("run TLC: %w", err)
	}
	run, err := ParseOutput(&out)
	if err != nil {
		return Run{}, fmt.Errorf("TLC on %s: %w", twin.Name, err)
	}
	run.Seconds = time.Since(started).Seconds()
	return run.of(twin), nil
}

// ReadOutput is the run whose output TLC has left in a file, on another machine for instance.
func ReadOutput(path string, twin Twin) (Run, error) {
	f, err := os.Open(path)
	if err != nil {
		return Run{}, fmt.Errorf("read TLC's output: %w", err)
	}
	defer f.Close()
	run, err := ParseOutput(f)
	if err != nil {
		return Run{}, fmt.Errorf("%s: %w", path, err)
	}
	return run.of(twin), nil
}

// of says which run it is.
func (r Run) of(twin Twin) Run {
	r.Name, r.Module, r.Cfg, r.Mode = twin.Name, twin.Module, twin.Cfg, mode
	return r
}
