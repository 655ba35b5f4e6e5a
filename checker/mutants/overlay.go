// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"viewstamp/checker/simcheck"
)

// Building and running mutants of the implementation. The go command replaces the file while it
// compiles (go build -overlay), so that the tree stays as it is.

// mutantSeeds is how many runs a mutant has to be caught in.
const mutantSeeds = 400

// catch builds the variant, runs it, and compares the layer that fails with the row.
func (m ImplMutant) catch(ctx context.Context) (Evidence, error) {
	started := time.Now()
	dir, err := os.MkdirTemp("", "vsrcheck-mutant-")
	if err != nil {
		return Evidence{}, err
	}
	defer os.RemoveAll(dir)
	if m.Test != "" {
		return m.catchByTest(ctx, dir)
	}
	program, err := m.build(ctx, dir)
	if err != nil {
		return Evidence{}, err
	}
	// The layer of the row alone: which one of several is the first changes with every seed.
	brief, err := runSeeds(ctx, program, m.By)
	if err != nil {
		return Evidence{}, fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	first, _, _ := strings.Cut(brief.Error, "\n")
	e := Evidence{By: string(brief.Layer), Elapsed: time.Since(started),
		Caught: string(brief.Layer) == m.By,
		How:    fmt.Sprintf("seed %d: %s", brief.Seed, first),
		First:  fmt.Sprintf("seed %d", brief.Seed)}
	if brief.Layer == "" {
		e.How = fmt.Sprintf("%d seeds, and nothing was wrong", brief.Seeds)
	}
	return e, nil
}

// build makes a simcheck with the variant in it.
func (m ImplMutant) build(ctx context.Context, dir string) (string, error) {
	root, overlayFile, err := m.overlay(ctx, dir)
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "simcheck")
	build := exec.CommandContext(ctx, "go", "build", "-overlay", overlayFile, "-o", program,
		"./checker/cmd/simcheck")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("mutant %s does not compile: %w\n%s", m.Name, err, out)
	}
	return program, nil
}

// catchByTest runs the test of the row on the variant.
func (m ImplMutant) catchByTest(ctx context.Context, dir string) (Evidence, error) {
	started := time.Now()
	root, overlayFile, err := m.overlay(ctx, dir)
	if err != nil {
		return Evidence{}, err
	}
	// Shorter than in the tests of the package: what a mutant does wrong shows early.
	arguments := []string{"test", "-overlay", overlayFile, "-count=1", "-run", "^(" + m.Test + ")$"}
	if m.Race {
		arguments = append(arguments, "-race")
	}
	if m.Package == "" {
		arguments = append(arguments, "./impl/journal", "-length=2")
	} else {
		arguments = append(arguments, "./"+m.Package)
	}
	test := exec.CommandContext(ctx, "go", arguments...)
	test.Dir = root
	out, err := test.CombinedOutput()
	e := Evidence{Elapsed: time.Since(started)}
	_, failure, failed := strings.Cut(string(out), "--- FAIL: ")
	switch {
	case err == nil:
		e.How = m.Test + " has found nothing wrong"
	case m.Race && strings.Contains(string(out), "WARNING: DATA RACE"):
		e.By, e.Caught, e.How = m.By, true, m.Test+": the race detector"
	case strings.Contains(string(out), "panic: "):
		_, failure, _ = strings.Cut(string(out), "panic: ")
		e.By, e.Caught, e.How = m.By, true, m.Test+": panic: "+firstOf(failure)
	case failed:
		e.By, e.Caught, e.How = m.By, true, m.Test+": "+firstOf(failure)
	default:
		return Evidence{}, fmt.Errorf("mutant %s: %w\n%s", m.Name, err, out)
	}
	e.First = "`" + m.Test + "`"
	if image, _, ok := strings.Cut(e.How, ":  "); ok && strings.Contains(image, ": image ") {
		_, image, _ = strings.Cut(image, ": ")
		e.First += ", " + image
	}
	return e, nil
}

// firstOf is the line of a failed test that says most: what follows "Received unexpected error:",
// or "Error:", or the first line.
func firstOf(failure string) string {
	for _, label := range []string{"Received unexpected error:", "Error:"} {
		if _, after, ok := strings.Cut(failure, label); ok {
			failure = after
			break
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(failure), "\n")
	return first
}

// overlay writes the variant into dir, and a file for the go command that puts it in the place of
// the source. It returns the folder of the source and the name of that file.
func (m ImplMutant) overlay(ctx context.Context, dir string) (root, name string, err error) {
	root, err = moduleRoot(ctx)
	if err != nil {
		return "", "", err
	}
	path := filepath.Join(root, filepath.FromSlash(m.File))
	source, err := os.ReadFile(path)
	if err != nil {
		return "", "", err
	}
	if n := bytes.Count(source, []byte(m.Old)); n != 1 {
		return "", "", fmt.Errorf("mutant %s: %s has the text to replace %d times, want once: "+
			"the source has changed, change the mutant:\n%s", m.Name, m.File, n, m.Old)
	}
	mutated := filepath.Join(dir, filepath.Base(m.File))
	source = bytes.Replace(source, []byte(m.Old), []byte(m.New), 1)
	if err := os.WriteFile(mutated, source, 0o600); err != nil {
		return "", "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: mutated}})
	if err != nil {
		return "", "", err
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		return "", "", err
	}
	return root, overlayFile, nil
}

// moduleRoot is the folder of the source.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "viewstamp").Output()
	if err != nil {
		return "", fmt.Errorf("find the source of viewstamp: %w: run this inside the repository", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// runSeeds runs the program that build has made.
func runSeeds(ctx context.Context, program, only string) (simcheck.Brief, error) {
	var brief simcheck.Brief
	var stderr bytes.Buffer
	command := exec.CommandContext(ctx, program, "-seeds", fmt.Sprint(mutantSeeds), "-only", only)
	command.Stderr = &stderr
	out, err := command.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return brief, err
	}
	if err := json.Unmarshal(out, &brief); err != nil {
		return brief, fmt.Errorf("no verdict: %w\n%s", err, stderr.String())
	}
	return brief, nil
}
