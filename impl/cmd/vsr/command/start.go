// SPDX-License-Identifier: Apache-2.0

// vsr start: one replica in the foreground.

package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/impl/server"
)

// ready is the line on standard output that says that a replica runs.
type ready struct {
	Event    string `json:"event"` // "ready"
	Replica  int    `json:"replica"`
	Replicas int    `json:"replicas"`
	Cluster  string `json:"cluster"`
	PID      int    `json:"pid"`
	Address  string `json:"address"`         // for replicas and clients
	RESP     string `json:"resp,omitempty"`  // for Redis clients
	HTTP     string `json:"http,omitempty"`  // for those who watch
	Trace    string `json:"trace,omitempty"` // the file
	View     uint64 `json:"view"`
	Status   string `json:"status"`
	Op       uint64 `json:"op"`
}

// startFlags are the flags of vsr start.
type startFlags struct {
	config    server.Config
	addresses string
	replica   int
	cluster   string
	logFormat string
	profile   string
	withStdin bool
}

func newStart(std *streams) *cobra.Command {
	var f startFlags
	c := &cobra.Command{
		Use:   "start",
		Short: "Run one replica",
		Long: "start runs the replica that the data file belongs to, until it is interrupted. " +
			"When it\nruns, it prints one line of JSON with its addresses. Changes of its state " +
			"go to standard\nerror.\n\nEvery message between replicas is plain text, and nobody " +
			"has to prove who he is. So\naddresses must be on the loopback interface, unless " +
			"--insecure allows others.\n\nThe data file says which " +
			"replica of which cluster this is, and the " +
			"replica listens on the\naddress with that number. In scripts, --replica and --cluster " +
			"keep it from starting with a\nfile that was meant for another one.",
		Example: "  vsr start --data-file r0.vsr --resp 127.0.0.1:6379 \\\n" +
			"    --addresses 127.0.0.1:7000,127.0.0.1:7001,127.0.0.1:7002",
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), std) },
	}
	flags := c.Flags()
	flags.StringVar(&f.config.DataFile, "data-file", "", "made by vsr format")
	flags.StringVar(&f.addresses, "addresses", "",
		"HOST:PORT of all replicas, by their numbers, with commas between them")
	flags.IntVar(&f.replica, "replica", -1,
		"refuse a data file that does not belong to this replica (not checked if left out)")
	flags.StringVar(&f.cluster, "cluster", "",
		"refuse a data file of another cluster: its name or id, as of vsr format")
	flags.StringVar(&f.config.RESP, "resp", "", "HOST:PORT for Redis clients (none if empty)")
	flags.StringVar(&f.config.HTTP, "http", "",
		"HOST:PORT for /healthz, /readyz and /metrics (none if empty)")
	flags.StringVar(&f.config.TraceDir, "trace", "",
		"directory for the trace of this start, one file for each")
	flags.BoolVar(&f.config.TraceIgnored, "trace-ignored", false,
		"trace also the messages that did nothing")
	flags.BoolVar(&f.config.Insecure, "insecure", false,
		"allow addresses that are not on the loopback interface")
	flags.DurationVar(&f.config.Tick, "tick", 10*time.Millisecond,
		"unit of time-outs: heartbeats come each 10 ticks, a view change after 60 to 90")
	flags.DurationVar(&f.config.Scrub, "scrub", 100*time.Millisecond,
		"pause between two reads that look for damage in the data file, 64KiB or one group each; "+
			"0 is never")
	flags.BoolVar(&f.config.Buffered, "buffered", false,
		"write through the page cache (flushes still reach the disk)")
	flags.StringVar(&f.logFormat, "log-format", "text", "text or json")
	flags.StringVar(&f.profile, "pprof", "", "HOST:PORT on the loopback interface for profiles")
	flags.BoolVar(&f.withStdin, "exit-with-stdin", false,
		"end when standard input ends, so that no replica survives what started it")
	return c
}

func (f *startFlags) run(ctx context.Context, std *streams) error {
	if f.config.DataFile == "" {
		return usage("--data-file is missing: make one with vsr format")
	}
	if f.addresses == "" {
		return usage("--addresses is missing")
	}
	if err := f.expect(); err != nil {
		return err
	}
	if f.config.Scrub == 0 {
		f.config.Scrub = -1 // zero has another meaning there
	}
	log, err := newLog(std.err, f.logFormat)
	if err != nil {
		return err
	}
	f.config.Log = log
	f.config.Addresses = strings.Split(f.addresses, ",")
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if f.withStdin {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go func() {
			_, _ = io.Copy(io.Discard, std.in)
			cancel()
		}()
	}
	if f.profile != "" {
		if err := serveProfiles(f.profile); err != nil {
			return err
		}
	}
	var failed error
	err = server.Run(ctx, f.config, func(s *server.Server) {
		failed = f.announce(std.out, s)
	})
	if err == nil {
		err = failed
	}
	return err
}

// expect fills in whose data file it must be.
func (f *startFlags) expect() error {
	if f.replica < -1 {
		return usage("--replica is %d: replicas count from 0", f.replica)
	}
	expect := server.Expectation{Replica: f.replica}
	if f.cluster != "" {
		var err error
		if expect.Cluster, err = clusterID(f.cluster); err != nil {
			return err
		}
	}
	f.config.Expect = &expect
	return nil
}

// announce prints the line of JSON.
func (f *startFlags) announce(w io.Writer, s *server.Server) error {
	id, status := s.Identity(), s.Status()
	line := ready{Event: "ready", Replica: int(id.Replica), Replicas: id.Replicas,
		Cluster: fmt.Sprintf("%x", id.Cluster), PID: os.Getpid(),
		Address: s.Address().String(), RESP: s.RESPAddress(), HTTP: s.HTTPAddress(),
		View: uint64(status.ViewNumber), Status: status.Status.String(),
		Op: uint64(status.OpNumber)}
	if name := s.TraceName(); name != "" {
		line.Trace = filepath.Join(f.config.TraceDir, name)
	}
	return json.NewEncoder(w).Encode(line)
}
