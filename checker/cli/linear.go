// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/checker/linear"
	"viewstamp/checker/report"
	"viewstamp/histories"
)

// The parts "linear" and "histories": is a recorded history linearizable?

// linearCommand is vsrcheck linear.
func (r *run) linearCommand() *cobra.Command {
	var options linear.Options
	var html string
	command := &cobra.Command{
		Use:   "linear FILE...",
		Short: "Judge recorded histories: linearizable or not",
		Long: `linear reads histories and says of each whether it is linearizable. It reads the project's
own format (see histories/README.md), Jepsen's EDN, and the text logs of Jepsen and of porcupine's
corpus, and finds out which it is. Porcupine searches; where the replies carry op-numbers the
linear-time witness decides as well, and both must agree. A file that states the verdict that
it expects is held to it; any other must be linearizable. FILE may be - for standard input.`,
		Example: `  vsrcheck linear store/latest/history.edn
  vsrcheck linear -html bad.html histories/bad/stale-read.jsonl`,
		RunE: func(c *cobra.Command, files []string) error {
			if len(files) == 0 {
				return usage("linear: no file named; see vsrcheck linear -h")
			}
			for _, file := range files {
				if err := r.judgeFile(c.Context(), file, options, html); err != nil {
					return err
				}
			}
			return r.finish()
		},
	}
	flags := command.Flags()
	flags.DurationVar(&options.Timeout, "timeout", time.Minute, "how long to search each history")
	flags.StringVar(&html, "html", "",
		"write a picture of the shortest failing part to this file")
	return command
}

// judgeFile judges one file of the user's.
func (r *run) judgeFile(ctx context.Context, file string, o linear.Options, html string) error {
	h, err := openHistory(file)
	if err != nil {
		return usageError{err}
	}
	o.Workers = r.workers
	verdict, judged := linear.Judge(ctx, h, o)
	row := historyRow("linear", file, h, judged)
	row.Reproduce = "go run ./checker/cmd/vsrcheck linear " + file
	if verdict == linear.NotLinearizable {
		part, err := linear.Minimize(ctx, h, o)
		switch {
		case err != nil:
			row.Detail += fmt.Sprintf("\n(no shorter failing part: %v)", err)
		default:
			row.Detail += "\nthe shortest failing part:\n" + part.Text()
			if html != "" {
				if err := writeHTML(html, part); err != nil {
					return err
				}
				row.Detail += "\nits picture: " + html
			}
		}
		if row.Outcome == report.AsExpected {
			r.line("%s", row.Detail)
		}
	}
	r.add(row)
	return nil
}

// writeHTML writes porcupine's picture of a failing part.
func writeHTML(path string, part linear.Part) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(part.HTML(file), file.Close())
}

// openHistory reads a file or standard input.
func openHistory(file string) (histories.History, error) {
	if file == "-" {
		return histories.ReadAny("standard input", os.Stdin)
	}
	return histories.Open(file)
}

// historyRow is the row of a judged history.
func historyRow(part, name string, h histories.History, judged linear.Report) report.Row {
	row := report.Row{
		Part: part, Checked: name, Verdict: judged.Verdict.String(),
		Evidence: fmt.Sprintf("%d events, %s", len(h.Events), judgesText(judged)),
		Outcome:  report.AsExpected, Seconds: judged.Duration.Seconds(),
		Detail: judged.Reason,
	}
	switch {
	case judged.Verdict == linear.Unknown:
		row.Outcome = report.Undecided
	case !judged.AsExpected():
		row.Outcome = report.NotAsExpected
	}
	return row
}

// judgesText says who judged.
func judgesText(judged linear.Report) string {
	if judged.Witnessed {
		return "search and witness agree"
	}
	return "search"
}

// historiesCommand is vsrcheck histories.
func (r *run) historiesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "histories",
		Short: "Judge every recorded history, and porcupine's corpus",
		Long: `histories judges every file in histories/, which must get the verdict that its header
states, and the Jepsen etcd logs and key-value logs that ship inside the porcupine module, which
must get the verdicts that porcupine's own tests state. The logs are read where the Go module
cache has them; so the go command is needed.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := r.histories(c.Context()); err != nil {
				return err
			}
			return r.finish()
		},
	}
}

// histories judges the recorded histories and the corpus.
func (r *run) histories(ctx context.Context) error {
	r.heading("histories: each gets the verdict that it states")
	if err := r.recorded(ctx); err != nil {
		return err
	}
	return r.corpus(ctx)
}

// recorded judges the files of package histories, in one row unless one of them is wrong.
func (r *run) recorded(ctx context.Context) error {
	started := time.Now()
	good, bad, events, wrong := 0, 0, 0, 0
	err := fs.WalkDir(histories.Recorded(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := histories.Recorded().Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		h, err := histories.Read("histories/"+path, file)
		if err != nil {
			return err
		}
		verdict, judged := linear.Judge(ctx, h, linear.Options{Workers: r.workers})
		events += len(h.Events)
		if verdict == linear.Linearizable {
			good++
		} else {
			bad++
		}
		if row := historyRow("histories", "histories/"+path, h, judged); row.Outcome !=
			report.AsExpected {
			row.Reproduce = "go run ./checker/cmd/vsrcheck linear histories/" + path
			r.add(row)
			wrong++
		}
		return nil
	})
	if err != nil {
		return err
	}
	row := report.Row{
		Part: "histories", Checked: "recorded histories", Verdict: "as stated",
		Evidence: fmt.Sprintf("%d linearizable, %d not, %s events", good, bad,
			number(int64(events))),
		Outcome: report.AsExpected, Seconds: time.Since(started).Seconds(),
		Reproduce: "go run ./checker/cmd/vsrcheck histories",
	}
	if wrong > 0 || good == 0 || bad == 0 {
		row.Outcome, row.Verdict = report.NotAsExpected, fmt.Sprintf("%d wrong", wrong)
		row.Detail = "want histories of both kinds, each with the verdict that it states"
	}
	r.add(row)
	return nil
}

// corpus judges the logs that ship with porcupine.
func (r *run) corpus(ctx context.Context) error {
	started := time.Now()
	dir, err := linear.CorpusDir(ctx)
	if err != nil {
		return err
	}
	cases, detail := linear.Corpus(), ""
	events, wrong := 0, 0
	results, err := linear.JudgeCorpus(ctx, dir, cases, linear.Options{Workers: r.workers},
		func(c linear.CorpusResult) {
			events += c.Events
			if !c.OK() {
				wrong++
				detail += fmt.Sprintf("%s: want %v, got %v: %s\n", c.Name, c.Want, c.Got, c.Reason)
			}
			r.live("  %s: %v", c.Name, c.Got)
		})
	if err != nil {
		return err
	}
	row := report.Row{
		Part: "histories", Checked: "porcupine's corpus",
		Verdict:  "as its tests state",
		Evidence: fmt.Sprintf("%d logs, %s events", len(results), number(int64(events))),
		Outcome:  report.AsExpected, Seconds: time.Since(started).Seconds(),
		Detail: detail, Reproduce: "go run ./checker/cmd/vsrcheck histories",
	}
	if wrong > 0 || len(results) != len(cases) {
		row.Outcome, row.Verdict = report.NotAsExpected, fmt.Sprintf("%d wrong", wrong)
	}
	r.add(row)
	return nil
}
