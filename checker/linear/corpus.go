// SPDX-License-Identifier: Apache-2.0

package linear

// This file judges histories with verdicts that other people found: the logs of etcd and of a
// key-value store that ship with porcupine. They are read where the Go module cache has them and
// are never copied. The expected verdicts are those that porcupine's own tests require.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"viewstamp/histories"
)

// corpusModule is the module that the corpus is part of.
const corpusModule = "github.com/anishathalye/porcupine"

// CorpusCase is one file of the corpus with its verdict.
type CorpusCase struct {
	// Name is the path of the file below the corpus, with slashes.
	Name string
	// Want is the verdict that porcupine's tests require.
	Want Verdict
	// Empty is true for a log without an operation: its cluster did not start. porcupine has no
	// test for it; we require that it is refused as empty.
	Empty bool
}

// CorpusResult is what we say about a file.
type CorpusResult struct {
	CorpusCase
	Got      Verdict
	Reason   string
	Events   int
	Duration time.Duration
}

// OK is true if we say the same.
func (r CorpusResult) OK() bool { return r.Got == r.Want }

// etcdLinearizable lists the etcd logs that are linearizable. All others are not.
var etcdLinearizable = map[int]bool{2: true, 5: true, 7: true, 18: true, 25: true, 31: true,
	38: true, 45: true, 48: true, 49: true, 51: true, 53: true, 56: true, 67: true, 75: true,
	76: true, 80: true, 87: true, 92: true, 98: true, 100: true, 101: true, 102: true}

// The etcd logs are numbered up to etcdLast, and one of them is empty.
const (
	etcdLast  = 102
	etcdEmpty = 95
)

// Corpus lists the whole corpus: the etcd logs, then the key-value logs.
func Corpus() []CorpusCase {
	var list []CorpusCase
	for i := range etcdLast + 1 {
		c := CorpusCase{Name: fmt.Sprintf("jepsen/etcd_%03d.log", i), Want: NotLinearizable}
		if etcdLinearizable[i] {
			c.Want = Linearizable
		}
		if i == etcdEmpty {
			c.Want, c.Empty = Unknown, true
		}
		list = append(list, c)
	}
	// One, ten and fifty clients on ten keys; of each size one history that is right and one with a
	// stale read.
	for _, clients := range []string{"01", "10", "50"} {
		list = append(list,
			CorpusCase{Name: "kv/c" + clients + "-ok.txt", Want: Linearizable},
			CorpusCase{Name: "kv/c" + clients + "-bad.txt", Want: NotLinearizable})
	}
	return list
}

// CorpusDir finds the corpus in the module cache. It runs the go command, which must be there,
// in the current directory, which must belong to a module that requires porcupine.
func CorpusDir(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", corpusModule).Output()
	if err != nil {
		// What the go command says is on its standard error, and the only thing that helps.
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
		}
		return "", fmt.Errorf("go list -m %s: %w: run this inside the repository", corpusModule, err)
	}
	dir := filepath.Join(string(bytes.TrimSpace(out)), "test_data")
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("histories of %s: %w: run go mod download", corpusModule, err)
	}
	return dir, nil
}

// JudgeCorpus judges the given cases and calls each, if it is not nil, after each of them. The
// error is about files that cannot be found or read; wrong verdicts are in the results.
func JudgeCorpus(ctx context.Context, dir string, cases []CorpusCase, options Options,
	each func(CorpusResult)) ([]CorpusResult, error) {
	var results []CorpusResult
	for _, c := range cases {
		r, err := judgeCase(ctx, dir, c, options)
		if err != nil {
			return results, err
		}
		results = append(results, r)
		if each != nil {
			each(r)
		}
		if err := ctx.Err(); err != nil {
			return results, err
		}
	}
	return results, nil
}

// judgeCase judges one file.
func judgeCase(ctx context.Context, dir string, c CorpusCase, o Options) (CorpusResult, error) {
	start := time.Now()
	r := CorpusResult{CorpusCase: c}
	h, err := histories.Open(filepath.Join(dir, filepath.FromSlash(c.Name)))
	switch {
	case c.Empty && errors.Is(err, histories.ErrEmpty):
		r.Reason = err.Error()
	case err != nil:
		return r, err
	default:
		var report Report
		r.Got, report = Judge(ctx, h, o)
		r.Reason, r.Events = report.Reason, len(h.Events)
	}
	r.Duration = time.Since(start)
	return r, nil
}
