// SPDX-License-Identifier: Apache-2.0

// Command simcheck runs seeds of the simulator, judges them, and prints the verdict as one line of
// JSON: {"layer": "conform", …}, with an empty layer if all is well. It is vsrcheck sim without the
// rest, so that a mutant of the implementation is quickly built: see package mutants.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"viewstamp/checker/report"
	"viewstamp/checker/simcheck"
)

func main() {
	var o simcheck.Options
	flag.Uint64Var(&o.Seed, "seed", 1, "the first seed")
	flag.IntVar(&o.Seeds, "seeds", 100, "how many seeds")
	flag.IntVar(&o.Workers, "workers", 0, "how many cores to use (0: all)")
	only := flag.String("only", "", "the one layer that judges: sim, conform or linear")
	flag.Parse()
	o.Only = simcheck.Layer(*only)
	summary, err := simcheck.Run(context.Background(), o)
	verdict := simcheck.Brief{Seeds: summary.Seeds}
	var failure *simcheck.Failure
	switch {
	case errors.As(err, &failure):
		verdict.Layer, verdict.Seed = failure.Layer, failure.Config.Seed
		verdict.Error = failure.Err.Error()
	case err != nil:
		fmt.Fprintf(os.Stderr, "simcheck: %v\n", err)
		os.Exit(report.ExitInternal)
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdict); err != nil {
		fmt.Fprintf(os.Stderr, "simcheck: %v\n", err)
		os.Exit(report.ExitInternal)
	}
	if verdict.Layer != "" {
		os.Exit(report.ExitRefuted)
	}
}
