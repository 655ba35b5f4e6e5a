// SPDX-License-Identifier: Apache-2.0

// This file feeds arbitrary bytes to the store: nothing panics, and what is accepted is canonical.

package kv_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/service/kv"
	"viewstamp/impl/vsr"
)

func FuzzExecute(f *testing.F) {
	f.Add(int64(1), []byte{})
	f.Add(int64(-1), []byte("\x01\x00\x01\x00\x00"))
	choose := seeded(1)
	for i := range int64(200) {
		f.Add(i, encode(f, kv.Mode(i%2), choose.command(), choose.command(), choose.command()))
	}
	f.Fuzz(func(t *testing.T, timestamp int64, operation []byte) {
		first, second := kv.New(), kv.New()
		for range 2 {
			result := first.Execute(vsr.Timestamp(timestamp), operation)
			require.Equal(t, result, second.Execute(vsr.Timestamp(timestamp), operation))
			require.LessOrEqual(t, len(result), kv.MaxResult)
			decoded := decode(t, result)
			require.Equal(t, result, kv.EncodeResult(decoded))
			require.NotEmpty(t, decoded.Replies)
		}
		require.NoError(t, second.Restore(first.Snapshot()))
		require.Equal(t, first.Snapshot(), second.Snapshot())
		if decoded, err := kv.DecodeOperation(operation); err == nil {
			again, err := kv.EncodeOperation(decoded)
			require.NoError(t, err)
			require.Equal(t, operation, again)
		}
	})
}

func FuzzRestore(f *testing.F) {
	store := kv.New()
	run(f, seeded(1), 50, store)
	f.Add(store.Snapshot())
	f.Add([]byte("VSKV\x02\x00\x00\x01\x01a\x01x\x05"))
	f.Fuzz(func(t *testing.T, snapshot []byte) {
		store := kv.New()
		if err := store.Restore(snapshot); err != nil {
			require.ErrorIs(t, err, kv.ErrMalformed)
			return
		}
		require.Equal(t, snapshot, store.Snapshot())
	})
}

func FuzzDecodeResult(f *testing.F) {
	f.Add([]byte("\x01\x00\x02\x02\x02OK\x04\x02"))
	f.Add([]byte("\x01\x01\x01\x03\x03ERR"))
	f.Add([]byte("\x01\x00\x01\x06\x02\x01\x05\x01x"))
	f.Fuzz(func(t *testing.T, encoded []byte) {
		if result, err := kv.DecodeResult(encoded); err == nil {
			require.Equal(t, encoded, kv.EncodeResult(result))
		}
	})
}
