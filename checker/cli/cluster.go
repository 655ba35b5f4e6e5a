// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/checker/cluster"
	"viewstamp/checker/report"
)

// The part "cluster": three real processes, a real Redis client, and kill -9.

// clusterChoice is what the flags of the part say.
type clusterChoice struct {
	cluster.Options
	kills  int
	faults []string // Instead of kills.
}

// defaultCluster is what the command without arguments does.
func defaultCluster() clusterChoice {
	return clusterChoice{Options: cluster.Options{Clients: 8, Seed: 1}, kills: 2}
}

// choose turns the flags into kinds of harm.
func (o *clusterChoice) choose() error {
	names := o.faults
	if len(names) == 0 {
		if o.kills == 0 {
			return nil
		}
		names, o.Events = []string{"kill"}, o.kills
	}
	var err error
	o.Faults, err = cluster.FaultsByName(names)
	return err
}

// arguments is how to call the command for the same run.
func (o *clusterChoice) arguments() string {
	text := fmt.Sprintf("-seed %d", o.Seed)
	if len(o.faults) == 0 {
		return fmt.Sprintf("-kills %d -clients %d ", o.kills, o.Clients) + text
	}
	text = fmt.Sprintf("-faults %s -clients %d ", strings.Join(o.faults, ","), o.Clients) + text
	if o.Events > 0 {
		text += fmt.Sprintf(" -events %d", o.Events)
	}
	if o.Time > 0 {
		text += fmt.Sprintf(" -for %v", o.Time)
	}
	if o.Think > 0 {
		text += fmt.Sprintf(" -think %v", o.Think)
	}
	return text
}

// clusterCommand is vsrcheck cluster.
func (r *run) clusterCommand() *cobra.Command {
	o := defaultCluster()
	failovers := 0
	command := &cobra.Command{
		Use:   "cluster",
		Short: "Run three processes, do them harm, judge what happened",
		Long: `cluster starts three replicas as processes on the loopback interface, sends them requests
of go-redis clients, and kills the primary with SIGKILL and starts it again while the clients go on.
Then the clients' history must be linearizable, and every step in the replicas' traces a step
of the model. It builds the program vsr with the go command, unless -vsr names one.

With -faults it does other harm. After each the cluster must answer again; each kind comes at
least once. What this machine does not let it do is in the report as "not injected". The kinds are:
` + faultHelp(),
		Example: `  vsrcheck cluster
  vsrcheck cluster -kills 10 -clients 32 -dir evidence
  vsrcheck cluster -faults all -for 10m
  vsrcheck cluster -faults pause,deaf -events 6
  vsrcheck cluster -failover 200`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.kills < 0 || o.Events < 0 || o.Time < 0 || o.Clients < 1 || o.Operations < 1 {
				return usage("cluster: want -kills 0 or more, so -events and -for, and -clients " +
					"and -operations 1 or more")
			}
			if len(o.faults) == 0 && (o.Events > 0 || o.Time > 0) {
				return usage("cluster: -events and -for need -faults")
			}
			if failovers < 0 || failovers > 0 && len(o.faults) > 0 {
				return usage("cluster: want -failover 0 or more, and no -faults with it")
			}
			if failovers > 0 {
				if err := r.failover(c.Context(), o, failovers); err != nil {
					return err
				}
				return r.finish()
			}
			if err := r.cluster(c.Context(), o); err != nil {
				return err
			}
			return r.finish()
		},
	}
	flags := command.Flags()
	flags.IntVar(&o.kills, "kills", o.kills, "how often the primary is killed")
	flags.StringSliceVar(&o.faults, "faults", nil, "kinds of harm, or all (instead of -kills)")
	flags.IntVar(&o.Events, "events", 0, "with -faults: how much harm (default: each kind once)")
	flags.DurationVar(&o.Time, "for", 0, "with -faults: how long to do harm, such as 10m")
	flags.DurationVar(&o.Think, "think", 0, "how long a client waits before its next request")
	flags.IntVar(&o.Clients, "clients", o.Clients, "how many clients at the same time")
	flags.IntVar(&o.Operations, "operations", 400, "answers to wait for before each event")
	flags.IntVar(&failovers, "failover", 0,
		"instead: kill the primary so often, and measure the time to the next answer")
	flags.Uint64Var(&o.Seed, "seed", o.Seed, "draws what the clients ask for")
	flags.StringVar(&o.Dir, "dir", "", "keep data files, traces and history in this new folder")
	flags.StringVar(&o.Vsr, "vsr", "", "the program to run (default: built with the go command)")
	return command
}

// cluster makes the run and adds its row.
func (r *run) cluster(ctx context.Context, o clusterChoice) error {
	if err := o.choose(); err != nil {
		return usage("cluster: %v", err)
	}
	r.heading("cluster: three processes, a Redis client, and harm")
	scratch, err := os.MkdirTemp("", "vsrcheck-cluster-")
	if err != nil {
		return err
	}
	if o.Dir == "" {
		o.Dir = filepath.Join(scratch, "run")
	} else if _, err := os.Stat(o.Dir); err == nil {
		return usage("cluster: %s is there already; name a new folder", o.Dir)
	}
	if o.Vsr == "" {
		o.Vsr = filepath.Join(scratch, "vsr")
		if err := buildVsr(ctx, o.Vsr); err != nil {
			return err
		}
	}
	o.Progress = r.line
	result, err := cluster.Run(ctx, o.Options)
	row := report.Row{
		Part: "cluster", Checked: fmt.Sprintf("3 processes, %d clients, %s", o.Clients,
			o.harm(result)),
		Verdict: "linearizable, conforms", Evidence: clusterEvidence(result), More: clusterMore(result),
		Outcome: report.AsExpected, Seconds: result.Elapsed.Seconds(),
		Reproduce: "go run ./checker/cmd/vsrcheck cluster " + o.arguments(),
	}
	var failure *cluster.Failure
	switch {
	case errors.As(err, &failure):
		row.Verdict, row.Outcome = "failed: "+failure.Layer, report.NotAsExpected
		row.Detail = err.Error()
	case err != nil:
		return err
	default:
		if err := os.RemoveAll(scratch); err != nil {
			return err
		}
	}
	r.add(row)
	return nil
}

// buildVsr builds the program from the source that this program was built from.
func buildVsr(ctx context.Context, path string) error {
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "viewstamp/impl/cmd/vsr")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build vsr: %w: %s\nrun this inside the repository, or name a vsr "+
			"with -vsr", err, out)
	}
	return nil
}

// clusterEvidence is the counts of a run.
func clusterEvidence(result cluster.Result) string {
	return fmt.Sprintf("%s ops, %s steps, view %d", number(result.Answered),
		number(int64(result.Conform.Events)), result.View)
}

// harm says how much harm was done.
func (o *clusterChoice) harm(result cluster.Result) string {
	if len(o.faults) == 0 {
		return fmt.Sprintf("%d kills", o.kills)
	}
	total := 0
	for _, n := range result.Faults {
		total += n
	}
	return fmt.Sprintf("%d faults of %d kinds", total, len(result.Faults))
}

// clusterMore is what else was seen in a run.
func clusterMore(result cluster.Result) string {
	text := fmt.Sprintf("%d of unknown outcome", result.Unknown)
	for _, f := range cluster.Faults() {
		if n := result.Faults[f.Name]; n > 0 {
			text += fmt.Sprintf(", %d %s", n, f.Name)
		}
	}
	if n := result.CameUp + result.Refused; n > 0 {
		text += fmt.Sprintf(", with a damaged data file %d came up and %d refused it",
			result.CameUp, result.Refused)
	}
	if result.Idle > 0 {
		text += fmt.Sprintf(", %d of them had it where nothing is in use", result.Idle)
	}
	if result.Noticed > 0 {
		text += fmt.Sprintf(", %d times a replica noticed a broken frame", result.Noticed)
	}
	if result.Recovered > 0 {
		text += fmt.Sprintf(", %d got a new one from vsr recover", result.Recovered)
	}
	if result.Helical > 0 {
		text += fmt.Sprintf(", %d groups lost where each replica had lost some", result.Helical)
	}
	if len(result.Failovers) > 0 {
		sorted := slices.Sorted(slices.Values(result.Failovers))
		text += fmt.Sprintf(", answers again after %v (median), %v (at most)",
			sorted[len(sorted)/2].Round(10*time.Millisecond),
			sorted[len(sorted)-1].Round(10*time.Millisecond))
	}
	for _, f := range cluster.Faults() {
		if why := result.NotInjected[f.Name]; why != "" {
			text += fmt.Sprintf(", not injected: %s (%s)", f.Name, why)
		}
	}
	return text
}

// faultHelp lists the kinds of harm.
func faultHelp() string {
	text := ""
	for _, f := range cluster.Faults() {
		text += fmt.Sprintf("  %-14s %s\n", f.Name, f.What)
	}
	return strings.TrimRight(text, "\n")
}
