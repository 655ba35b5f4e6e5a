// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/checker/cluster"
	"viewstamp/checker/report"
)

// The part "cluster": three real processes, a real Redis client, and kill -9.

// clusterChoice is what the flags of the part say.
type clusterChoice struct{ cluster.Options }

// defaultCluster is what the command without arguments does.
func defaultCluster() clusterChoice {
	return clusterChoice{cluster.Options{Kills: 2, Clients: 8, Seed: 1}}
}

// clusterCommand is vsrcheck cluster.
func (r *run) clusterCommand() *cobra.Command {
	o := defaultCluster()
	command := &cobra.Command{
		Use:   "cluster",
		Short: "Run three processes, kill the primary, judge what happened",
		Long: `cluster starts three replicas as processes on the loopback interface, sends them requests
of go-redis clients, and kills the primary with SIGKILL and starts it again while the clients go on.
Then the clients' history must be linearizable, and every step in the replicas' traces a step
of the model. It builds the program vsr with the go command, unless -vsr names one.`,
		Example: `  vsrcheck cluster
  vsrcheck cluster -kills 10 -clients 32 -dir evidence`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Kills < 0 || o.Clients < 1 || o.Operations < 1 {
				return usage("cluster: want -kills 0 or more, -clients and -operations 1 or more")
			}
			if err := r.cluster(c.Context(), o); err != nil {
				return err
			}
			return r.finish()
		},
	}
	flags := command.Flags()
	flags.IntVar(&o.Kills, "kills", o.Kills, "how often the primary is killed")
	flags.IntVar(&o.Clients, "clients", o.Clients, "how many clients at the same time")
	flags.IntVar(&o.Operations, "operations", 400, "answers to wait for before each event")
	flags.Uint64Var(&o.Seed, "seed", o.Seed, "draws what the clients ask for")
	flags.StringVar(&o.Dir, "dir", "", "keep data files, traces and history in this new folder")
	flags.StringVar(&o.Vsr, "vsr", "", "the program to run (default: built with the go command)")
	return command
}

// cluster makes the run and adds its row.
func (r *run) cluster(ctx context.Context, o clusterChoice) error {
	r.heading("cluster: three processes, a Redis client, kill -9")
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
		Part: "cluster", Checked: fmt.Sprintf("3 processes, %d clients, %d kills", o.Clients, o.Kills),
		Verdict: "linearizable, conforms", Evidence: clusterEvidence(result), More: clusterMore(result),
		Outcome: report.AsExpected, Seconds: result.Elapsed.Seconds(),
		Reproduce: fmt.Sprintf("go run ./checker/cmd/vsrcheck cluster -kills %d -clients %d -seed %d",
			o.Kills, o.Clients, o.Seed),
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

// clusterMore is what else was seen in a run.
func clusterMore(result cluster.Result) string {
	text := fmt.Sprintf("%d of unknown outcome", result.Unknown)
	for i, took := range result.Failovers {
		if i == 0 {
			text += ", answers again after"
		}
		text += fmt.Sprintf(" %v", took.Round(10*time.Millisecond))
	}
	return text
}
