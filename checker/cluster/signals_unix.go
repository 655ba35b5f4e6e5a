// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cluster

import (
	"os"
	"os/exec"
	"syscall"
)

// Signals to the replicas.

// pause stops a process where it is.
func pause(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

// resume lets it go on.
func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }

// terminate asks a process to end in order.
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// apart makes the process the first of a group of its own, for killGroup.
func apart(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills a process together with those that it has started.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }
