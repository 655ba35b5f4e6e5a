// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// What TLC has counted is what checker/mc counts. No Java is needed: the manifest has TLC's
// numbers.

// tla is the folder with the TLA+ text.
const tla = "../../tla"

// smallStates is how many states a test may search: more takes too long for go test. vsrcheck tlc
// compares all configurations.
const smallStates = 40_000

func TestManifestHasEachTwinOnce(t *testing.T) {
	manifest, err := ReadManifest(tla)
	require.NoError(t, err)
	twins := slices.DeleteFunc(Twins(), func(twin Twin) bool {
		return slices.ContainsFunc(manifest.NotRun, func(l LeftOut) bool { return l.What == twin.Name })
	})
	require.Equal(t, len(twins), len(manifest.Runs), "a configuration without a run of TLC: "+
		"record it with vsrcheck tlc -jar tla2tools.jar -record -run NAME, or say in notRun why not")
	for i, twin := range twins {
		run := manifest.Runs[i]
		require.Equal(t, []string{twin.Name, twin.Module, twin.Cfg},
			[]string{run.Name, run.Module, run.Cfg})
		require.FileExists(t, filepath.Join(tla, run.Cfg))
		summed := run
		summed.sum()
		require.Equal(t, summed, run, "distinct states and depth are not those of the levels")
		if twin.Breaks == "" {
			require.Equal(t, Success, run.Result)
		} else {
			require.Equal(t, violates(twin.Breaks), run.Result)
		}
	}
	for _, part := range slices.Concat(manifest.LeftOut, manifest.NotRun) {
		require.NotEmpty(t, part.What)
		require.NotEmpty(t, part.Why)
	}
}

// The tables name each module, and each run with what came of it. That they stand in tla/README.md
// is seen in checker/cli.
func TestTablesHaveAllPartsAndRuns(t *testing.T) {
	manifest, err := ReadManifest(tla)
	require.NoError(t, err)
	parts, runs := PartsTable(), manifest.Table()
	for _, run := range manifest.Runs {
		require.Contains(t, parts, "`"+run.Name+"`")
		result := "holds"
		if run.Counterexample > 0 {
			result = fmt.Sprintf("%s in %d steps", run.Result, run.Counterexample)
		}
		require.Contains(t, runs, fmt.Sprintf("| `%s` | %s | %d | %d |\n", run.Name, result,
			run.Distinct, run.Depth))
	}
	for _, part := range Parts() {
		require.Contains(t, parts, "`"+part.Text+".tla`")
		require.FileExists(t, filepath.Join(tla, part.Module+".tla"))
	}
}

// The text and its configurations are in step: no file is left over, and no variant is lost.
func TestEachConfigurationIsOfATwin(t *testing.T) {
	twins := Twins()
	for _, part := range Parts() {
		for _, name := range part.Variants {
			require.True(t, slices.ContainsFunc(twins, func(twin Twin) bool {
				return twin.Name == name
			}), "the spec has no wrong variant %s any more", name)
		}
	}
	files, err := filepath.Glob(filepath.Join(tla, "*", "*.cfg"))
	require.NoError(t, err)
	require.Len(t, files, len(twins))
}

func TestModelCheckerCountsWhatTLCCounted(t *testing.T) {
	manifest, err := ReadManifest(tla)
	require.NoError(t, err)
	compared := 0
	for _, twin := range Twins() {
		recorded, ok := manifest.Find(twin.Name)
		if !ok || recorded.Distinct > smallStates {
			continue
		}
		compared++
		t.Run(twin.Name, func(t *testing.T) {
			counted, err := Count(context.Background(), twin, 0)
			require.NoError(t, err)
			require.Empty(t, Difference(recorded, counted), "TLC and the model checker differ; see "+
				"go run ./checker/cmd/vsrcheck tlc -run %s", twin.Name)
		})
	}
	require.GreaterOrEqual(t, compared, 20)
}

// A number that is not TLC's is seen, wherever it stands.
func TestWrongNumbersAreSeen(t *testing.T) {
	manifest, err := ReadManifest(tla)
	require.NoError(t, err)
	twin, ok := Find("normal-operation")
	require.True(t, ok)
	counted, err := Count(context.Background(), twin, 1)
	require.NoError(t, err)
	right, ok := manifest.Find(twin.Name)
	require.True(t, ok)
	require.Empty(t, Difference(right, counted))
	for what, corrupt := range map[string]func(*Run){
		"result":                      func(r *Run) { r.Result = violates("CommitBound") },
		"distinct states: 801":        func(r *Run) { r.Distinct++ },
		"depth: 16":                   func(r *Run) { r.Depth++ },
		"generated states":            func(r *Run) { r.Generated-- },
		"steps of the counterexample": func(r *Run) { r.Counterexample = 3 },
		"states at depth 5: 23 and 22": func(r *Run) {
			r.Levels = append([]int64{}, r.Levels...)
			r.Levels[5]++
		},
		"states at depth 15: 0 and 10": func(r *Run) { r.Levels = r.Levels[:15] },
		"states at depth 16: 1 and 0":  func(r *Run) { r.Levels = append(r.Levels[:16:16], 1) },
	} {
		wrong := right
		corrupt(&wrong)
		require.Contains(t, Difference(wrong, counted), what)
	}
}

func TestManifestIsWrittenAsItIsRead(t *testing.T) {
	manifest, err := ReadManifest(tla)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, manifest.Write(dir))
	before, err := os.ReadFile(filepath.Join(tla, "manifest.json"))
	require.NoError(t, err)
	after, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
	again := manifest.Runs[1]
	manifest.Record(again)
	require.Equal(t, again, manifest.Runs[1])
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"x": 1}`), 0o600))
	_, err = ReadManifest(dir)
	require.ErrorContains(t, err, `unknown field "x"`)
	_, err = ReadManifest(t.TempDir())
	require.ErrorContains(t, err, "read what TLC has counted")
}
