// SPDX-License-Identifier: Apache-2.0

// The bytes of format version 2: a file that was written once must open for ever.

package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

var update = flag.Bool("update", false, "write the golden file of the current format again")

const goldenFile = "testdata/version2.golden"

// dump writes the non-zero parts of an image, 32 bytes a line.
func dump(image []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "size %d\n", len(image))
	for at := 0; at < len(image); at += 32 {
		if line := image[at:min(len(image), at+32)]; !isZero(line) {
			fmt.Fprintf(&b, "%d %s\n", at, hex.EncodeToString(line))
		}
	}
	return b.String()
}

// undump is the reverse of dump.
func undump(t *testing.T, text string) (image []byte) {
	for number, line := range strings.Split(strings.TrimSpace(text), "\n") {
		left, right, found := strings.Cut(line, " ")
		require.True(t, found, "line %d", number+1)
		if left == "size" {
			size, err := strconv.Atoi(right)
			require.NoError(t, err)
			image = make([]byte, size)
			continue
		}
		at, err := strconv.Atoi(left)
		require.NoError(t, err)
		data, err := hex.DecodeString(right)
		require.NoError(t, err)
		copy(image[at:], data)
	}
	return image
}

// sample is a file with a checkpoint, three groups and a change of view.
func sample(t testing.TB) (*storage.Sim, vsr.Durable) {
	disk := storage.NewSim()
	require.NoError(t, Format(disk, testConfig()))
	j, state, err := Open(disk, testConfig())
	require.NoError(t, err)
	for i, k := range []kind{appendTwo, appendOne, replaceTail, appendOne} {
		w := makeWrite(k, state, uint64(i+1), 10*(i+1))
		state = after(state, w)
		require.NoError(t, play(j, w))
		if i == 1 {
			cp := checkpointOf(&state, 1)
			require.NoError(t, j.BeginCheckpoint(cp))
			for done := false; !done; {
				done, err = j.StepCheckpoint()
				require.NoError(t, err)
			}
			state = afterCheckpoint(state, cp)
		}
	}
	return disk, state
}

func TestGoldenVersion2(t *testing.T) {
	disk, want := sample(t)
	text := dump(disk.Image())
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(goldenFile, []byte(text), 0o644))
	}
	golden, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	image := undump(t, string(golden))
	_, got, err := Open(storage.NewSimImage(image), testConfig())
	require.NoError(t, err, "this program must read what version 2 wrote")
	require.True(t, sameState(got, want), "found %s, expected %s", short(got), short(want))
	require.True(t, bytes.Equal(image, disk.Image()),
		"the format has changed: raise Version, keep this file, and add one for the new version")
}

// sealSuperblock gives a copy the checksum that it needs to be believed.
func sealSuperblock(sector []byte) {
	sum := sha256.Sum256(sector[sumStart:superblockSize])
	copy(sector, sum[:])
}

func TestUnknownVersions(t *testing.T) {
	disk, _ := sample(t)
	for name, reseal := range map[string]bool{"other layout": false, "same layout": true} {
		t.Run(name, func(t *testing.T) {
			image := disk.Image()
			for number := range copies {
				sector := image[superblockOffset(number, disk.Size()):][:storage.SectorSize]
				sector[48]++
				if reseal {
					sealSuperblock(sector)
				}
			}
			_, _, err := Open(storage.NewSimImage(image), testConfig())
			require.ErrorIs(t, err, ErrVersion)
			require.ErrorContains(t, err, "version of the data file 3")
		})
	}
	t.Run("version 1", func(t *testing.T) {
		image := make([]byte, 1<<20)
		for number := range copies {
			copy(image[number*4*storage.SectorSize+32:], superblockMagic)
			image[number*4*storage.SectorSize+40] = 1
		}
		_, _, err := Open(storage.NewSimImage(image), testConfig())
		require.ErrorIs(t, err, ErrVersion)
		require.ErrorContains(t, err, "data file 1, expected version 2")
	})
}
