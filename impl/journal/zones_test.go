// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The zones are where the file says that they are, and do not overlap.
func TestZones(t *testing.T) {
	l, err := (&Config{PrepareBytes: 1 << 20, StateMax: 1 << 20}).sizes()
	require.NoError(t, err)
	r := Report{Size: l.size(), Slots: l.slots, PrepareBytes: l.prepareBytes, StateMax: l.stateMax}
	end, names := int64(0), map[string]int{}
	for _, z := range r.Zones() {
		require.GreaterOrEqual(t, z.Offset, end, z.Name)
		require.Positive(t, z.Bytes)
		end = z.Offset + z.Bytes
		names[z.Name]++
	}
	require.LessOrEqual(t, end, r.Size)
	require.Equal(t, map[string]int{ZoneSuperblock: copies, ZoneHeaders: 1, ZonePrepares: 1,
		ZoneCheckpoint: 2}, names)
	require.Equal(t, l.headerOffset(7), r.HeaderOffset(7))
}
