// SPDX-License-Identifier: Apache-2.0

package simcheck

// What must have happened in a sweep. Most checks find nothing in runs in which
// nothing happens.

import (
	"fmt"
	"strings"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// reasons are those for which some message of a sweep must have been ignored, and
// rareReasons those of a larger one. The others do not happen by themselves: they
// are for messages that no correct replica sends.
var (
	reasons = []vsr.Ignored{vsr.NotNormal, vsr.NotPrimary, vsr.OlderView, vsr.StaleRequest,
		vsr.RequestInProgress, vsr.AlreadyCommitted, vsr.NothingNew, vsr.AlreadyNormal,
		vsr.NotInViewChange, vsr.BelowQuorum, vsr.PipelineFull, vsr.Damaged, vsr.AlreadyAsked,
		vsr.LogIncomplete, vsr.NotAsked}
	rareReasons = []vsr.Ignored{vsr.Gap, vsr.DiskBehind, vsr.HearsNobody, vsr.LogMismatch,
		vsr.UnknownLog}
)

// floors names everything that did not happen often enough.
func (s Summary) floors() error {
	var missing []string
	need := func(what string, have, least uint64) {
		if have < least {
			missing = append(missing, fmt.Sprintf("%s: %d, expected at least %d", what, have, least))
		}
	}
	seeds := uint64(s.Seeds)
	for _, c := range s.Counts.List() {
		switch c.Name {
		case "executed", "answered":
			need(c.Name, *c.Value, 10*seeds)
		case "views started", "crashes":
			need(c.Name, *c.Value, seeds/2)
		case "abandoned", "live ticks": // Follow from others.
		default:
			need(c.Name, *c.Value, 1)
		}
	}
	for _, step := range spec.ViewstampedReplication().Steps {
		if !step.Client {
			need("step "+step.Name, uint64(s.Conform.Steps[step.Name]), 1)
		}
	}
	for _, why := range reasons {
		need("reason "+string(why), s.Ignored[why], 1)
	}
	// A part of the runs is little in few runs.
	if s.Seeds >= 200 {
		for _, why := range rareReasons {
			need("reason "+string(why), s.Ignored[why], 1)
		}
		need("runs with one-way partitions", uint64(s.Runs["one-way partitions"]), seeds/5)
		need("runs with pauses", uint64(s.Runs["pauses"]), seeds*3/10)
		need("runs with power cuts", uint64(s.Runs["power cuts"]), seeds/10)
		need("runs with damaged disks", uint64(s.Runs["damaged disks"]), seeds/10)
	}
	if s.Seeds >= 400 {
		need("runs with clock jumps", uint64(s.Runs["clock jumps"]), seeds*3/10)
		need(fmt.Sprintf("runs with %d operations", LoadedOps), uint64(s.Loaded), (99*seeds+99)/100)
	}
	need("operations in the run with the fewest", s.Least, 20)
	if 100*s.Unrecoverable > s.Seeds {
		missing = append(missing, fmt.Sprintf("unrecoverable runs: %d, expected less than one of "+
			"a hundred", s.Unrecoverable))
	}
	need("undone steps", uint64(s.Conform.Undone), 1)
	need("operations in judged histories", uint64(s.Operations), 10*seeds)
	if missing == nil {
		return nil
	}
	return fmt.Errorf("%d seeds showed too little:\n  %s", s.Seeds, strings.Join(missing, "\n  "))
}
