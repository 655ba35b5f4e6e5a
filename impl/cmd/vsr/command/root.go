// SPDX-License-Identifier: Apache-2.0

// Package command is the command line of vsr: format, start, dev, status, inspect, recover and
// grow.
//
// Results go to standard output, everything else to standard error. The exit code is 0, or 64 for a
// command line that cannot work, 65 for a data file that inspect finds damaged, 74 for files and
// network, 70 for the rest.
package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"

	"github.com/spf13/cobra"

	"viewstamp/impl/server"
)

// Exit codes, as in sysexits.h.
const (
	exitUsage    = 64
	exitData     = 65
	exitInternal = 70
	exitIO       = 74
)

var (
	// errUsage marks errors that another command line would avoid.
	errUsage = errors.New("usage")
	// errNetwork marks errors of the network.
	errNetwork = errors.New("network")
	// errStorage marks errors of files.
	errStorage = errors.New("file cannot be used")
)

// usage makes such an error.
func usage(format string, arguments ...any) error {
	return fmt.Errorf("%w: %w", errUsage, fmt.Errorf(format, arguments...))
}

// streams are what a process has instead of globals.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// Run runs one command line, without the program's name, and returns the exit code.
func Run(arguments []string, in io.Reader, out, errors io.Writer) int {
	std := &streams{in, out, errors}
	started := false
	root := newRoot(std, &started)
	root.SetArgs(arguments)
	command, err := root.ExecuteC()
	if err == nil {
		return 0
	}
	code := exitCode(err)
	if !started {
		code = exitUsage // the flags or the name of the command are wrong
	}
	_, _ = fmt.Fprintf(errors, "vsr: %v\n", err)
	if code == exitUsage {
		_, _ = fmt.Fprintf(errors, "see: %s -h\n", command.CommandPath())
	}
	return code
}

func newRoot(std *streams, started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "vsr",
		Short: "A replicated key-value store that speaks the Redis protocol",
		Long: "vsr runs replicas of a key-value store, kept consistent by Viewstamped " +
			"Replication.\nRedis clients talk to any of them.",
		Example:       "  vsr dev\n  redis-cli -p 6379 set greeting hello",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_ = c.Usage()
			return errors.New("expected a command, such as dev")
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	for _, c := range []*cobra.Command{newDev(std), newFormat(std), newStart(std), newStatus(std),
		newInspect(std), newRecover(std), newGrow(std)} {
		if c.Args == nil {
			c.Args = cobra.NoArgs
		}
		run := c.RunE
		c.RunE = func(c *cobra.Command, arguments []string) error {
			*started = true
			return run(c, arguments)
		}
		root.AddCommand(c)
	}
	return root
}

// exitCode sorts errors.
func exitCode(err error) int {
	var path *fs.PathError
	var network *net.OpError
	var child errChild
	switch {
	case errors.As(err, &child) && child.code > 0:
		return child.code
	case errors.Is(err, errUsage), errors.Is(err, server.ErrConfig):
		return exitUsage
	case errors.Is(err, errData):
		return exitData
	case errors.Is(err, server.ErrStorage), errors.Is(err, errNetwork), errors.Is(err, errStorage),
		errors.As(err, &path), errors.As(err, &network):
		return exitIO
	}
	return exitInternal
}
