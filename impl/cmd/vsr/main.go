// SPDX-License-Identifier: Apache-2.0

// Command vsr runs replicas of a replicated key-value store that Redis clients can talk to. Start
// with
//
//	go run ./impl/cmd/vsr dev
package main

import (
	"os"

	"viewstamp/impl/cmd/vsr/command"
)

func main() { os.Exit(command.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
