// SPDX-License-Identifier: Apache-2.0

package linear

// This file judges the recorded histories.

import (
	"context"
	"io/fs"
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/histories"
)

// eachRecorded calls f for every recorded history.
func eachRecorded(t *testing.T, f func(t *testing.T, name string, h histories.History)) {
	t.Helper()
	files := 0
	err := fs.WalkDir(histories.Recorded(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		file, err := histories.Recorded().Open(name)
		require.NoError(t, err)
		defer file.Close()
		h, err := histories.Read(name, file)
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) { f(t, name, h) })
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, files, 20)
}

// TestRecorded: every recorded history gets the verdict that its header and its folder state.
func TestRecorded(t *testing.T) {
	eachRecorded(t, func(t *testing.T, name string, h histories.History) {
		want := map[string]Verdict{"ok": Linearizable, "bad": NotLinearizable}[path.Dir(name)]
		verdict, report := Judge(context.Background(), h, Options{})
		require.Equal(t, want, verdict, "%v", report)
		require.True(t, report.AsExpected())
		require.NotEqual(t, Unknown, report.Search.Verdict)
		if report.Witnessed {
			require.Equal(t, want, report.Witness.Verdict, "%v", report.Witness)
		}
	})
}

// TestRecordedCauses: the histories that were made for one rule are refuted by that rule.
func TestRecordedCauses(t *testing.T) {
	causes := map[string]Cause{
		"bad/op-numbers-against-real-time.jsonl": RealTime,
		"bad/op-number-before-its-cause.jsonl":   RealTime,
		"bad/same-op-number-twice.jsonl":         SameOp,
		"bad/no-free-op-number.jsonl":            NoFreeOp,
		"bad/op-order-against-results.jsonl":     Values,
		"bad/double-execution.jsonl":             Values,
	}
	seen := 0
	eachRecorded(t, func(t *testing.T, name string, h histories.History) {
		cause, listed := causes[name]
		if !listed {
			return
		}
		seen++
		_, report := Judge(context.Background(), h, Options{})
		require.Equal(t, cause, report.Witness.Cause, "%v", report.Witness)
		onlyOps := cause != Values || name == "bad/op-order-against-results.jsonl"
		require.Equal(t, onlyOps, report.OpNumbersOnly, "%v", report)
	})
	require.Equal(t, len(causes), seen)
}
