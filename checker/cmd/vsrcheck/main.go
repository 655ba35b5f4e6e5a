// SPDX-License-Identifier: Apache-2.0

// Command vsrcheck checks viewstamp: its model, the claims about the protocol, simulated and real
// runs of the implementation, recorded histories, and that each of these checks can fail.
// Without arguments it does all of it. See package cli.
package main

import (
	"os"

	"viewstamp/checker/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
