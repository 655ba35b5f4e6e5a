// SPDX-License-Identifier: Apache-2.0

package histories_test

// This file measures how fast a history is read and checked for form.

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/histories"
)

// BenchmarkRead prints events per second.
func BenchmarkRead(b *testing.B) {
	const requests = 100_000
	h := histories.History{Header: histories.Header{Service: histories.ServiceKV}}
	for i := range requests {
		e := histories.Event{T: int64(2*i + 1), Client: i % 8, Req: uint64(i + 1)}
		e.Kind, e.F, e.Key = histories.Invoke, "set", fmt.Sprintf("key-%d", i%1000)
		e.Value = histories.Some(fmt.Sprint(i))
		h.Events = append(h.Events, e, histories.Event{T: e.T + 1, Client: e.Client, Req: e.Req,
			Kind: histories.OK, Value: histories.Some("OK"), Op: uint64(i + 1)})
	}
	var file bytes.Buffer
	require.NoError(b, histories.Write(&file, h))
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		_, err := histories.Read("bench", bytes.NewReader(file.Bytes()))
		require.NoError(b, err)
	}
	b.ReportMetric(2*requests/(b.Elapsed().Seconds()/float64(b.N)), "events/s")
}
