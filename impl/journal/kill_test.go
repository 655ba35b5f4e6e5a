// SPDX-License-Identifier: Apache-2.0

//go:build unix

// A real process that is killed while it writes to a real file.

package journal

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

var child = flag.String("child", "", "be the process that is killed: write to this file for ever")

func TestMain(m *testing.M) {
	flag.Parse()
	if *child == "" {
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, writeForEver(*child))
	os.Exit(1)
}

// writeForEver commits one entry after the other and says the op-number of each durable one.
func writeForEver(path string) error {
	disk, err := storage.OpenFile(path, storage.FileConfig{})
	if err != nil {
		return err
	}
	j, state, err := Open(disk, testConfig())
	if err != nil {
		return err
	}
	base := int(state.Checkpoint.Name.OpNumber)
	log := append(make([]vsr.Entry, base), state.Log...)
	if base > 0 {
		log[base-1].Checksum = state.Checkpoint.Name.Checksum
	}
	for sequence := uint64(1); ; sequence++ {
		below := log[max(0, len(log)-1):]
		w := vsr.Write{Sequence: sequence, Keep: vsr.OpNumber(len(log)),
			Entries: chained(below, entry(0, len(log), "written before a kill"))}
		log = append(log, w.Entries...)
		if err := keepRoom(j, log[:len(log)-1]); err != nil {
			return err
		}
		if err := play(j, w); err != nil {
			return err
		}
		if _, err := fmt.Println(len(log)); err != nil {
			return err
		}
	}
}

// keepRoom makes a checkpoint before the journal is full.
func keepRoom(j *Journal, log []vsr.Entry) error {
	if j.Status().FreeSlots > 2 {
		return nil
	}
	name := vsr.LogName{OpNumber: vsr.OpNumber(len(log)), Checksum: log[len(log)-1].Checksum}
	err := j.BeginCheckpoint(vsr.Checkpoint{Name: name, State: []byte("killed now and then")})
	for done := false; err == nil && !done; {
		done, err = j.StepCheckpoint()
	}
	return err
}

func TestKilledProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	disk, err := storage.CreateFile(path, storage.FileConfig{})
	require.NoError(t, err)
	require.NoError(t, Format(disk, testConfig()))
	require.NoError(t, disk.Close())
	found := 0
	for _, lines := range []int{1, 7, 20, 2} {
		process := exec.Command(os.Args[0], "-child", path)
		process.Stderr = os.Stderr
		output, err := process.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, process.Start())
		said, scanner := 0, bufio.NewScanner(output)
		for range lines {
			require.True(t, scanner.Scan(), "the child has stopped by itself")
			said, err = strconv.Atoi(scanner.Text())
			require.NoError(t, err)
		}
		require.NoError(t, process.Process.Kill())
		for scanner.Scan() { // what it said before it died counts too
			said, err = strconv.Atoi(scanner.Text())
			require.NoError(t, err)
		}
		require.Error(t, process.Wait())

		disk, err := storage.OpenFile(path, storage.FileConfig{})
		require.NoError(t, err, "the lock has died with the process")
		_, state, err := Open(disk, testConfig())
		require.NoError(t, err)
		require.Empty(t, state.Lost)
		length := int(state.Checkpoint.Name.OpNumber) + len(state.Log)
		require.GreaterOrEqual(t, length, said, "acknowledged entries are gone")
		require.GreaterOrEqual(t, said, found+lines)
		found = length
		require.NoError(t, disk.Close())
	}
}
