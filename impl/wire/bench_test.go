// SPDX-License-Identifier: Apache-2.0

// What a PREPARE costs on its way: once for the sender, once for each receiver.

package wire

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/vsr"
)

func BenchmarkPrepare(b *testing.B) {
	for _, size := range []int{64, 4 << 10, 512 << 10} {
		m := &vsr.Prepare{From: 1, ViewNumber: 3, Parent: vsr.LogName{OpNumber: 1 << 20},
			Entry: vsr.Entry{Operation: make([]byte, size)}}
		frame, err := Append(nil, testCluster, m, 0)
		require.NoError(b, err)
		b.Run(fmt.Sprintf("encode/bytes=%d", size), func(b *testing.B) {
			b.SetBytes(int64(len(frame)))
			b.ReportAllocs()
			for b.Loop() {
				frame, _ = Append(frame[:0], testCluster, m, 0)
			}
		})
		b.Run(fmt.Sprintf("decode/bytes=%d", size), func(b *testing.B) {
			b.SetBytes(int64(len(frame)))
			b.ReportAllocs()
			source := bytes.NewReader(frame)
			reader := NewReader(source, testCluster, 0)
			for b.Loop() {
				source.Reset(frame)
				if _, err := reader.Next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
