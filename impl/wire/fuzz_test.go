// SPDX-License-Identifier: Apache-2.0

// Fuzz targets: any bytes give messages or an error, never a panic, and what decodes encodes to the
// same bytes.

package wire

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/vsr"
)

// seeds are one frame of each kind, all fields drawn from one fixed example.
func seeds() [][]byte {
	var frames [][]byte
	for _, kind := range allKinds() {
		m := rapid.Custom(func(t *rapid.T) vsr.Message {
			rapid.Bool().Draw(t, "anything") // rapid insists, but some kinds have no fields
			return drawMessage(t, kind)
		}).Example(1)
		frame, err := Append(nil, testCluster, m, 0)
		if err != nil {
			panic(err)
		}
		frames = append(frames, frame)
	}
	return frames
}

// FuzzStream feeds any bytes to a Reader.
func FuzzStream(f *testing.F) {
	var all []byte
	for _, frame := range seeds() {
		f.Add(frame)
		all = append(all, frame...)
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, stream []byte) {
		reader := NewReader(bytes.NewReader(stream), testCluster, 1<<16)
		var again []byte
		for {
			m, err := reader.Next()
			if err != nil {
				break
			}
			again, err = Append(again, testCluster, m, 1<<16)
			require.NoError(t, err)
		}
		require.True(t, bytes.HasPrefix(stream, again))
	})
}

// FuzzBody feeds any bytes to the decoder of each kind, behind the checksums that would stop nearly
// all of them.
func FuzzBody(f *testing.F) {
	for _, frame := range seeds() {
		f.Add(frame[5], frame[HeaderSize:])
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		if newMessage(vsr.Kind(kind)) == nil {
			return
		}
		m, err := decodeBody(vsr.Kind(kind), body, false, &memory{})
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		frame, err := Append(nil, testCluster, m, len(body)+1)
		require.NoError(t, err)
		require.Equal(t, body, frame[HeaderSize:])
	})
}
