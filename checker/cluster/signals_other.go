// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package cluster

import (
	"os"
	"os/exec"
)

// Systems without the signals of Unix: nothing can be paused, and to end is to be killed.

func pause(*os.Process) error {
	return notInjected("this system cannot stop a process for a while")
}

func resume(*os.Process) error { return nil }

func terminate(p *os.Process) error { return p.Kill() }

func apart(*exec.Cmd) {}

func killGroup(p *os.Process) { _ = p.Kill() }
