// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// What TLC prints. With -tool it wraps each message in a line that starts it, with a number that
// says what it is, and a line that ends it. The counts of the levels come from MCVSR.tla, which
// prints a line of its own for each level that is complete.

// The numbers of TLC's messages.
const (
	messageSuccess      = 2193
	messageViolation    = 2110
	messageInitialState = 2107 // The initial state violates an invariant.
	messageState        = 2217 // One state of a counterexample.
	messageTotals       = 2199
	messageDepth        = 2194
	classError          = 1
)

var (
	messageStart = regexp.MustCompile(`^@!@!@STARTMSG (\d+):(\d+) @!@!@$`)
	levelLine    = regexp.MustCompile(`^<<"states at depth", (\d+), (\d+)>>$`)
	totalsLine   = regexp.MustCompile(`^(\d+) states generated, (\d+) distinct states found, (\d+) `)
	depthLine    = regexp.MustCompile(`^The depth of the complete state graph search is (\d+)\.`)
	chatter      = regexp.MustCompile(`^(Parsing file|Semantic processing of|Linting of) `)
	brokenLine   = regexp.MustCompile(`^Invariant (\w+) is violated`)
)

// output is what was read so far.
type output struct {
	run      Run
	states   int    // of the counterexample
	success  bool   // TLC says that it has seen all states
	distinct int64  // as TLC counts them
	depth    int    // as TLC counts it: from 1
	errors   string // what TLC complains of, a broken invariant apart
	loose    string // lines outside of messages: the parser of TLA+ complains so
}

// ParseOutput reads what TLC has printed in a complete run with the flag -tool. TLC's own totals
// must agree with the counts of the levels. The error says why there is no result.
func ParseOutput(r io.Reader) (Run, error) {
	var o output
	kind, class := 0, 0
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		line := lines.Text()
		if start := messageStart.FindStringSubmatch(line); start != nil {
			kind, class = number(start[1]), number(start[2])
			if kind == messageState {
				o.states++
			}
			continue
		}
		if strings.HasPrefix(line, "@!@!@ENDMSG") {
			kind, class = 0, 0
			continue
		}
		if err := o.line(kind, class, line); err != nil {
			return Run{}, err
		}
	}
	if err := lines.Err(); err != nil {
		return Run{}, fmt.Errorf("read TLC's output: %w", err)
	}
	return o.result()
}

// line takes in one line of a message; kind is 0 outside of messages.
func (o *output) line(kind, class int, line string) error {
	if level := levelLine.FindStringSubmatch(line); level != nil {
		if depth := number(level[1]); depth != len(o.run.Levels) {
			return fmt.Errorf("TLC's output: want the states at depth %d, got depth %d: was it "+
				"run with more than one worker?", len(o.run.Levels), depth)
		}
		o.run.Levels = append(o.run.Levels, int64(number(level[2])))
		return nil
	}
	switch kind {
	case 0:
		if line != "" && !chatter.MatchString(line) {
			o.loose += line + "\n"
		}
	case messageSuccess:
		o.success = true
	case messageViolation, messageInitialState:
		if broken := brokenLine.FindStringSubmatch(line); broken != nil {
			o.run.Result = violates(broken[1])
		}
	case messageTotals:
		if totals := totalsLine.FindStringSubmatch(line); totals != nil {
			o.run.Generated, o.distinct = int64(number(totals[1])), int64(number(totals[2]))
		}
	case messageDepth:
		if depth := depthLine.FindStringSubmatch(line); depth != nil {
			o.depth = number(depth[1])
		}
	case messageState:
	default:
		if class == classError && !strings.HasPrefix(line, "The behavior up to this point is") {
			o.errors += line + "\n"
		}
	}
	return nil
}

// result judges the whole output.
func (o *output) result() (Run, error) {
	run := o.run
	switch {
	case o.errors != "":
		return Run{}, fmt.Errorf("TLC failed:\n%s%s", o.loose, o.errors)
	case run.Result != "":
		run.Counterexample = o.states - 1 // The first state is the initial one.
		if len(run.Levels) < run.Counterexample {
			return Run{}, fmt.Errorf("TLC's output: a counterexample of %d steps, but only %d "+
				"complete levels", run.Counterexample, len(run.Levels))
		}
		run.Levels, run.Generated = run.Levels[:run.Counterexample], 0
		run.sum()
		return run, nil
	case !o.success:
		return Run{}, fmt.Errorf("TLC's output ends without a verdict after %d levels\n%s",
			len(run.Levels), o.loose)
	}
	run.Result = Success
	run.sum()
	if run.Distinct != o.distinct || run.Depth+1 != o.depth {
		return Run{}, fmt.Errorf("TLC's output: the levels have %d states and end at depth %d, "+
			"TLC says %d and %d (from 1)", run.Distinct, run.Depth, o.distinct, o.depth)
	}
	return run, nil
}

// number is a number that a pattern has matched; one that is too large becomes -1, and so differs
// from all that it is compared with.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}
