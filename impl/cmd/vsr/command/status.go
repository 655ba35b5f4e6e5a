// SPDX-License-Identifier: Apache-2.0

// vsr status: how the replicas are doing.

package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/impl/transport"
	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// row is the status of one replica. Without Error the replica has answered.
type row struct {
	Replica  int    `json:"replica"`
	Address  string `json:"address"`
	Error    string `json:"error,omitempty"`
	Cluster  string `json:"cluster,omitempty"`
	Status   string `json:"status,omitempty"`
	View     uint64 `json:"view"`
	LastView uint64 `json:"lastNormalView"`
	Op       uint64 `json:"op"`
	Commit   uint64 `json:"commit"`
	Primary  int    `json:"primary"` // of View, -1 if not known
	PID      uint64 `json:"pid,omitempty"`
	RESP     string `json:"resp,omitempty"`
	// Clocks is how many clocks agree on a time, 0 if that is no quorum; Offset is by how much that
	// time is ahead of the replica's, in nanoseconds.
	Clocks uint8 `json:"clocksAgreed"`
	Offset int64 `json:"clockOffset"`
	// State and Limit are the size of the state and what it may become, in bytes; 0 if not known.
	State uint64 `json:"stateBytes"`
	Limit uint64 `json:"stateLimit"`
	// Rounds is how often the whole data file was read, Found what of it was damaged, Repaired how
	// much of that is good again.
	Rounds   uint64 `json:"scrubRounds"`
	Found    uint64 `json:"damageFound"`
	Repaired uint64 `json:"damageRepaired"`
	// Waits is for what a new primary waits, if it does.
	Waits *waiting `json:"waits,omitempty"`
}

// waiting is an operation without which a new primary cannot start its view.
type waiting struct {
	Op     uint64   `json:"op"`
	Head   bool     `json:"head"` // nobody knows whether there was one
	Needed int      `json:"needed"`
	Votes  []string `json:"votes"` // of the replicas, by their numbers
}

// waitingOf is that of a status; nil if there is none.
func waitingOf(s *wire.Status) *waiting {
	if s.WaitsFor == 0 {
		return nil
	}
	w := &waiting{Op: uint64(s.WaitsFor), Head: s.WaitsForHead, Needed: int(s.DenialsNeeded)}
	for _, vote := range s.Votes {
		w.Votes = append(w.Votes, vsr.Vote(vote).String())
	}
	return w
}

// String is a sentence about the primary that waits.
func (w *waiting) String() string {
	what := fmt.Sprintf("operation %d, which nobody can supply", w.Op)
	if w.Head {
		what = fmt.Sprintf("word of whether there was an operation %d", w.Op)
	}
	text := fmt.Sprintf("waits for %s; it goes on without if %d deny it:", what, w.Needed)
	for i, vote := range w.Votes {
		text += fmt.Sprintf(" replica %d %s,", i, vote)
	}
	return strings.TrimSuffix(text, ",")
}

func newStatus(std *streams) *cobra.Command {
	var addresses string
	var asJSON, insecure bool
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "status",
		Short: "Show how the replicas are doing",
		Long: "status asks each replica for its state and shows a table. Replicas that do not " +
			"answer are\nshown as such, and the exit code is 74 if none answers. CLOCK is how many " +
			"clocks agree, and\nby how much that of the replica is ahead of the time that they " +
			"agree on; \"alone\" if they\nare no quorum. STATE is how much of the room for the " +
			"state is taken; writes that need more are\nrefused. DISK is what the replica has " +
			"found damaged in its data file since it started.\nBelow the " +
			"table stands which operation a new primary waits for that nobody can supply, and\n" +
			"what each replica says about it: start those that were not heard.",
		Example: "  vsr status --addresses 127.0.0.1:7000,127.0.0.1:7001,127.0.0.1:7002",
		RunE: func(*cobra.Command, []string) error {
			if addresses == "" {
				return usage("--addresses is missing")
			}
			list := strings.Split(addresses, ",")
			for _, address := range list {
				if err := transport.CheckAddress(address, insecure); err != nil {
					return usage("%w", err)
				}
			}
			rows := askAll(list, timeout)
			if err := printRows(std.out, rows, asJSON); err != nil {
				return err
			}
			return checkRows(rows)
		},
	}
	flags := c.Flags()
	flags.StringVar(&addresses, "addresses", "",
		"HOST:PORT of all replicas, by their numbers, with commas between them")
	flags.BoolVar(&asJSON, "json", false, "print a line of JSON for each replica")
	flags.BoolVar(&insecure, "insecure", false,
		"allow addresses that are not on the loopback interface")
	flags.DurationVar(&timeout, "timeout", time.Second, "how long to wait for an answer")
	return c
}

// askAll asks all replicas at once.
func askAll(addresses []string, timeout time.Duration) []row {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	rows := make([]row, len(addresses))
	var all sync.WaitGroup
	for i, address := range addresses {
		all.Go(func() { rows[i] = askOne(ctx, i, len(addresses), address) })
	}
	all.Wait()
	return rows
}

// askOne is the row of one replica.
func askOne(ctx context.Context, replica, replicas int, address string) row {
	answer, err := transport.Ask(ctx, address, nil)
	r := row{Replica: replica, Address: address, Primary: -1}
	switch {
	case err != nil:
		r.Error = err.Error()
	case answer.Replicas != replicas:
		r.Error = fmt.Sprintf("it belongs to a cluster of %d replicas, here are %d addresses",
			answer.Replicas, replicas)
	case int(answer.Status.From) != replica:
		r.Error = fmt.Sprintf("this is the address of replica %d: give the addresses in the "+
			"order of their numbers", answer.Status.From)
	default:
		s := answer.Status
		return row{Replica: replica, Address: address, Cluster: answer.Cluster.String(),
			Status: s.Status.String(), View: uint64(s.ViewNumber),
			LastView: uint64(s.LastNormalView), Op: uint64(s.OpNumber),
			Commit:  uint64(s.CommitNumber),
			Primary: int(s.ViewNumber % vsr.ViewNumber(replicas)),
			PID:     s.Process, RESP: s.RESP,
			Clocks: s.ClocksAgreed, Offset: int64(s.ClockOffset), State: s.StateBytes,
			Limit: s.StateLimit, Rounds: s.ScrubRounds, Found: s.DamageFound,
			Repaired: s.DamageRepaired, Waits: waitingOf(&s)}
	}
	return r
}

// printRows prints the table, for people or for machines.
func printRows(w io.Writer, rows []row, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		for _, r := range rows {
			if err := encoder.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table,
		"REPLICA\tADDRESS\tSTATUS\tVIEW\tOP\tCOMMIT\tPRIMARY\tCLOCK\tSTATE\tDISK\tPID\tREDIS")
	for _, r := range rows {
		if r.Error != "" {
			_, _ = fmt.Fprintf(table, "%d\t%s\tunreachable: %s\n", r.Replica, r.Address, r.Error)
			continue
		}
		primary := fmt.Sprint(r.Primary)
		if r.Primary == r.Replica && r.Status == vsr.Normal.String() {
			primary += " (this)"
		}
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%d\t%s\n",
			r.Replica, r.Address, r.Status, r.View, r.Op, r.Commit, primary, r.clock(), r.state(),
			r.disk(), r.PID, r.RESP)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		if r.Waits != nil {
			_, _ = fmt.Fprintf(w, "Replica %d, primary of view %d, %v.\n", r.Replica, r.View, r.Waits)
		}
	}
	return nil
}

// clock is how many clocks agree with that of the replica, and how far it is off.
func (r *row) clock() string {
	if r.Clocks == 0 {
		return "alone"
	}
	// A minus in front: the offset of the replica from the others.
	offset := -time.Duration(r.Offset).Round(time.Millisecond)
	return fmt.Sprintf("%d agree, %+dms", r.Clocks, offset.Milliseconds())
}

// state is how much of the room for the state is taken.
func (r *row) state() string {
	if r.Limit == 0 {
		return "no limit"
	}
	return fmt.Sprintf("%d%% of %s", r.State*100/r.Limit, rounded(r.Limit))
}

// rounded is a number of bytes in a unit in which it is short.
func rounded(bytes uint64) string {
	for _, unit := range units {
		if n := uint64(unit.bytes); n <= 1<<30 && bytes >= n && bytes < n<<10 {
			return fmt.Sprintf("%.4g%s", float64(bytes)/float64(n), unit.name)
		}
	}
	return fmt.Sprintf("%dGiB", bytes>>30)
}

// disk is what was found when the data file was read.
func (r *row) disk() string {
	if left := r.Found - r.Repaired; left > 0 {
		return fmt.Sprintf("%d damaged", left)
	}
	if r.Found > 0 {
		return fmt.Sprintf("%d repaired", r.Repaired)
	}
	return "good"
}

// checkRows fails if there is nothing to show, or if the replicas do not belong together.
func checkRows(rows []row) error {
	cluster, first := "", 0
	for _, r := range rows {
		switch {
		case r.Error != "":
		case cluster == "":
			cluster, first = r.Cluster, r.Replica
		case r.Cluster != cluster:
			return usage("replica %d is of cluster %s, replica %d of cluster %s",
				first, cluster, r.Replica, r.Cluster)
		}
	}
	if cluster == "" {
		return fmt.Errorf("status: %w: no replica has answered", errNetwork)
	}
	return nil
}
