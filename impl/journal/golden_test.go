// SPDX-License-Identifier: Apache-2.0

// The bytes of format version 1: a file that was written once must open for ever.

package journal

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
)

var update = flag.Bool("update", false, "write the golden file of the current format again")

const goldenFile = "testdata/version1.golden"

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

func TestGoldenVersion1(t *testing.T) {
	disk, states, err := threeGroups(roomy(), false)
	require.NoError(t, err)
	want := states[3]
	text := dump(disk.Image())
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(goldenFile, []byte(text), 0o644))
	}
	golden, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	image := undump(t, string(golden))
	_, got, err := Open(storage.NewSimImage(image), roomy())
	require.NoError(t, err, "this program must read what version 1 wrote")
	require.True(t, sameState(got, want), "found %s, expected %s", short(got), short(want))
	require.True(t, bytes.Equal(image, disk.Image()),
		"the format has changed: raise Version, keep this file, and add one for the new version")
}

func TestUnknownVersions(t *testing.T) {
	disk, _, err := threeGroups(roomy(), false)
	require.NoError(t, err)
	for name, reseal := range map[string]bool{"other layout": false, "same layout": true} {
		t.Run(name, func(t *testing.T) {
			image := disk.Image()
			for number := range copies {
				sector := image[copyOffset(number):][:storage.SectorSize]
				sector[40]++
				if reseal {
					sealSuperblock(sector)
				}
			}
			_, _, err := Open(storage.NewSimImage(image), roomy())
			require.ErrorIs(t, err, ErrVersion)
			require.ErrorContains(t, err, "version of the data file 2")
		})
	}
	t.Run("group", func(t *testing.T) {
		image := disk.Image()
		image[groupsStart+40]++
		sealGroup(image[groupsStart:])
		_, _, err := Open(storage.NewSimImage(image), roomy())
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, "unknown version of the data file 2 in a group header")
	})
}
