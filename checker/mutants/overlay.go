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
	program, err := m.build(ctx, dir)
	if err != nil {
		return Evidence{}, err
	}
	brief, err := runSeeds(ctx, program)
	if err != nil {
		return Evidence{}, fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	first, _, _ := strings.Cut(brief.Error, "\n")
	e := Evidence{By: string(brief.Layer), Elapsed: time.Since(started),
		Caught: string(brief.Layer) == m.By,
		How:    fmt.Sprintf("seed %d: %s", brief.Seed, first)}
	if brief.Layer == "" {
		e.How = fmt.Sprintf("%d seeds, and nothing was wrong", brief.Seeds)
	}
	return e, nil
}

// build makes a simcheck with the variant in it.
func (m ImplMutant) build(ctx context.Context, dir string) (string, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, filepath.FromSlash(m.File))
	source, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := bytes.Count(source, []byte(m.Old)); n != 1 {
		return "", fmt.Errorf("mutant %s: %s has the text to replace %d times, want once: "+
			"the source has changed, change the mutant:\n%s", m.Name, m.File, n, m.Old)
	}
	mutated := filepath.Join(dir, filepath.Base(m.File))
	source = bytes.Replace(source, []byte(m.Old), []byte(m.New), 1)
	if err := os.WriteFile(mutated, source, 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: mutated}})
	if err != nil {
		return "", err
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
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

// moduleRoot is the folder of the source.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "viewstamp").Output()
	if err != nil {
		return "", fmt.Errorf("find the source of viewstamp: %w: run this inside the repository", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// runSeeds runs the program that build has made.
func runSeeds(ctx context.Context, program string) (simcheck.Brief, error) {
	var brief simcheck.Brief
	var stderr bytes.Buffer
	command := exec.CommandContext(ctx, program, "-seeds", fmt.Sprint(mutantSeeds))
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
