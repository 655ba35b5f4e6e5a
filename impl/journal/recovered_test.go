// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// The file of a replica that has lost its disk says so until a log has been adopted.
func TestRecovered(t *testing.T) {
	id := Identity{Cluster: [16]byte{1}, Replica: 2, Replicas: 3}
	config := Config{Identity: id, PrepareBytes: 64 << 10, StateMax: 64 << 10, FormatID: [16]byte{2},
		Recovered: &Recovered{ViewNumber: 7, OpNumber: 30}}
	disk := storage.NewSim()
	require.NoError(t, Format(disk, config))
	lost := vsr.Durable{ViewNumber: 7, LastNormalView: 7, HeadUnknown: true}
	for opens := range uint64(2) { // It does not get lost by opening the file.
		j, durable, err := Open(disk, config)
		require.NoError(t, err)
		require.Equal(t, lost, durable)
		require.Equal(t, 31+opens, j.Opens())
		require.NoError(t, j.Close())
	}

	j, _, err := Open(disk, config)
	require.NoError(t, err)
	next := []vsr.Write{
		{Sequence: 1, ViewNumber: 8, LastNormalView: 7, HeadUnknown: true}, // It asks for a view.
		{Sequence: 2, ViewNumber: 9, LastNormalView: 9},                    // It has adopted a log.
	}
	for _, w := range next {
		require.NoError(t, j.Append(w))
		for j.Pending() {
			require.NoError(t, j.WriteQueued())
			_, err = j.Flush()
			require.NoError(t, err)
		}
		report, err := Inspect(disk)
		require.NoError(t, err)
		require.Equal(t, vsr.Durable{ViewNumber: w.ViewNumber, LastNormalView: w.LastNormalView,
			HeadUnknown: w.HeadUnknown}, report.Durable)
	}

	for _, wrong := range []Config{
		{Identity: Identity{Cluster: id.Cluster, Replicas: 2}, Recovered: config.Recovered},
		{Identity: id, Recovered: &Recovered{ViewNumber: 7}},
	} {
		require.ErrorContains(t, Format(storage.NewSim(), wrong), "takes 3 replicas")
	}
}
