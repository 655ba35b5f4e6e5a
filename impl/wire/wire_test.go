// SPDX-License-Identifier: Apache-2.0

// Round trips of all messages, and every way in which a frame can be wrong.

package wire

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/vsr"
)

// TestRoundTrip: a stream of any messages, however it is cut into reads, gives these messages.
func TestRoundTrip(t *testing.T) {
	kinds := allKinds()
	require.Len(t, kinds, 21, "a new kind needs a row in messages.go and in generate_test.go")
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var sent []vsr.Message
		for range rapid.IntRange(1, 6).Draw(t, "messages") {
			m := drawMessage(t, rapid.SampledFrom(kinds).Draw(t, "kind"))
			before := len(stream)
			var err error
			stream, err = Append(stream, testCluster, m, 0)
			require.NoError(t, err)
			if m.Kind() < KindHello {
				// The core cuts its messages by this estimate: it must not be too low.
				require.LessOrEqual(t, len(stream)-before-HeaderSize, vsr.MessageBytes(m))
			}
			sent = append(sent, m)
		}
		var source io.Reader = bytes.NewReader(stream)
		if rapid.Bool().Draw(t, "byte by byte") {
			source = iotest.OneByteReader(source)
		}
		reader := NewReader(source, testCluster, 0)
		for i := range sent {
			got, err := reader.Next()
			require.NoError(t, err)
			require.Equal(t, sent[i], got)
		}
		_, err := reader.Next()
		require.Equal(t, io.EOF, err)
	})
}

// TestFlippedBitsAreFound: no single wrong bit in a frame goes unnoticed.
func TestFlippedBitsAreFound(t *testing.T) {
	frame, err := Append(nil, testCluster, &vsr.Prepare{From: 1, ViewNumber: 4,
		Entry: vsr.Entry{Operation: []byte("operation")}}, 0)
	require.NoError(t, err)
	for bit := range 8 * len(frame) {
		damaged := bytes.Clone(frame)
		damaged[bit/8] ^= 1 << (bit % 8)
		_, err := NewReader(bytes.NewReader(damaged), testCluster, 0).Next()
		require.ErrorIs(t, err, ErrMalformed, "bit %d", bit)
	}
	for size := range frame {
		_, err := NewReader(bytes.NewReader(frame[:size]), testCluster, 0).Next()
		if size == 0 {
			require.Equal(t, io.EOF, err)
		} else {
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "cut after %d bytes", size)
		}
	}
}

// frameOf makes a frame whose checksums are right, around any header and body.
func frameOf(kind vsr.Kind, body []byte, change func(header []byte)) []byte {
	frame := append(make([]byte, HeaderSize), body...)
	putHeader(frame, testCluster, kind, body)
	if change != nil {
		change(frame)
		binary.LittleEndian.PutUint32(frame[32:], checksum(frame[:32]))
	}
	return frame
}

func TestWrongHeaders(t *testing.T) {
	for name, row := range map[string]struct {
		frame []byte
		want  error
		says  string
	}{
		"magic": {[]byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"),
			ErrMalformed, "is the other side a viewstamp"},
		"version": {frameOf(vsr.KindCommit, nil, func(b []byte) { b[4] = 9 }),
			ErrMalformed, "version 9"},
		"reserved": {frameOf(vsr.KindCommit, nil, func(b []byte) { b[7] = 1 }),
			ErrMalformed, "reserved"},
		"cluster": {frameOf(vsr.KindCommit, nil, func(b []byte) { b[12] = 99 }),
			ErrCluster, "63020300"},
		"kind": {frameOf(77, nil, nil), ErrMalformed, "unknown kind 77"},
		"size": {frameOf(vsr.KindCommit, nil, func(b []byte) {
			binary.LittleEndian.PutUint32(b[8:], 1<<32-1)
		}), ErrTooLarge, "4294967295 bytes"},
		"body": {frameOf(vsr.KindCommit, []byte{1, 2, 3}, func(b []byte) { b[28]++ }),
			ErrMalformed, "checksum of a body"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewReader(bytes.NewReader(row.frame), testCluster, 0).Next()
			require.ErrorIs(t, err, row.want)
			require.ErrorContains(t, err, row.says)
		})
	}
}

func TestWrongBodies(t *testing.T) {
	name := append([]byte{2}, make([]byte, 32)...) // the log of two entries
	for what, row := range map[string]struct {
		kind vsr.Kind
		body []byte
		says string
	}{
		"short":     {vsr.KindCommit, []byte{0, 1}, "ends inside of a number"},
		"long":      {vsr.KindCommit, []byte{0, 1, 1, 1}, "1 bytes are left over"},
		"padded":    {vsr.KindCommit, []byte{0, 0x81, 0, 1}, "longer than it needs"},
		"overflow":  {vsr.KindCommit, append([]byte{0}, bytes.Repeat([]byte{255}, 11)...), "64"},
		"operation": {vsr.KindRequest, append(make([]byte, 18), 5, 1), "5 bytes, 1 are left"},
		"entries": {vsr.KindEntries, append(append([]byte{0}, name...), 255, 255, 3),
			"65535 entries do not fit"},
		"names": {vsr.KindStartView, append(append(append([]byte{0, 0}, name...), 0), 0, 0),
			"0 entries lead from op-number 0 to 2"},
		"role":    {KindHello, []byte{7, 0, 3}, "role 7"},
		"replica": {KindHello, []byte{1, 3, 3}, "replica 3 of 3"},
		"client":  {KindHello, []byte{0, 1, 3}, "a client calls itself replica 1"},
	} {
		t.Run(what, func(t *testing.T) {
			stream := bytes.NewReader(frameOf(row.kind, row.body, nil))
			_, err := NewReader(stream, testCluster, 0).Next()
			require.ErrorIs(t, err, ErrMalformed)
			require.ErrorContains(t, err, row.says)
		})
	}
}

// TestLimits: at the limit a body passes, one byte above it is refused on both sides.
func TestLimits(t *testing.T) {
	const limit = 200_000
	request := &vsr.Request{Operation: make([]byte, limit-21)} // 16 + 1 + 1 + 3 bytes are fields
	frame, err := Append(nil, testCluster, request, limit)
	require.NoError(t, err)
	require.Len(t, frame, HeaderSize+limit)
	got, err := NewReader(bytes.NewReader(frame), testCluster, limit).Next()
	require.NoError(t, err)
	require.Equal(t, request, got)
	for _, size := range []int{HeaderSize, 70_000, len(frame) - 1} {
		_, err := NewReader(bytes.NewReader(frame[:size]), testCluster, limit).Next()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}

	_, err = NewReader(bytes.NewReader(frame), testCluster, limit-1).Next()
	require.ErrorIs(t, err, ErrTooLarge)
	prefix := []byte("kept")
	rest, err := Append(prefix, testCluster, request, limit-1)
	require.ErrorIs(t, err, ErrTooLarge)
	require.Equal(t, prefix, rest)
}

// TestClaimsTakeNoMemory: a header that claims a large body, without the body, is cheap.
func TestClaimsTakeNoMemory(t *testing.T) {
	const limit = 512 << 20
	frame := frameOf(vsr.KindEntries, []byte{1}, func(b []byte) {
		binary.LittleEndian.PutUint32(b[8:], limit)
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := NewReader(bytes.NewReader(frame), testCluster, limit).Next()
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

// TestBadMessagesAreNotSent: what the decoder would refuse, the encoder refuses too.
func TestBadMessagesAreNotSent(t *testing.T) {
	for _, m := range []vsr.Message{
		&vsr.StartView{Log: vsr.LogSuffix{Name: vsr.LogName{OpNumber: 3}}},
		&vsr.StartView{Log: vsr.LogSuffix{Name: vsr.LogName{Checksum: vsr.Checksum{1}}}},
		&vsr.Entries{Entries: make([]vsr.Entry, 1)},
		&Hello{Role: 9},
	} {
		_, err := Append(nil, testCluster, m, 0)
		require.ErrorIs(t, err, ErrMalformed, "%#v", m)
	}
}

// TestAnyCluster: a reader that knows no cluster takes that of the first frame, and only that.
func TestAnyCluster(t *testing.T) {
	stream, err := Append(nil, testCluster, &vsr.Commit{}, 0)
	require.NoError(t, err)
	stream, err = Append(stream, ClusterID{9}, &vsr.Commit{}, 0)
	require.NoError(t, err)
	reader := NewReader(bytes.NewReader(stream), ClusterID{}, 0)
	require.Zero(t, reader.Cluster())
	_, err = reader.Next()
	require.NoError(t, err)
	require.Equal(t, testCluster, reader.Cluster())
	_, err = reader.Next()
	require.ErrorIs(t, err, ErrCluster)
}

func TestKindsAreThoseOfMessages(t *testing.T) {
	for kind := range 256 {
		m := newMessage(vsr.Kind(kind))
		require.Equal(t, m != nil, isKind(vsr.Kind(kind)), "kind %d", kind)
		if m != nil {
			require.IsType(t, m, (&memory{}).message(vsr.Kind(kind)))
		}
	}
}

// TestMessagesAreKept: what Next has returned does not change when more is read.
func TestMessagesAreKept(t *testing.T) {
	var stream []byte
	var want []vsr.Message
	for i := range 3 * slabSize {
		operation := bytes.Repeat([]byte{byte(i)}, 1+i*5)
		for _, m := range []vsr.Message{
			&vsr.Prepare{From: 1, Entry: vsr.Entry{Operation: operation}},
			&vsr.PrepareOK{From: 1, OpNumber: vsr.OpNumber(i)},
			&vsr.Request{RequestNumber: vsr.RequestNumber(i), Operation: operation},
		} {
			var err error
			stream, err = Append(stream, testCluster, m, 0)
			require.NoError(t, err)
			want = append(want, m)
		}
	}
	reader := NewReader(bytes.NewReader(stream), testCluster, 0)
	var got []vsr.Message
	for range want {
		m, err := reader.Next()
		require.NoError(t, err)
		got = append(got, m)
	}
	require.Equal(t, want, got)
	p := got[0].(*vsr.Prepare)
	p.Entry.Operation = append(p.Entry.Operation, 1) // must not reach into the next field
	require.Equal(t, want[2:], got[2:])
}

func TestComplete(t *testing.T) {
	frame, err := Append(nil, testCluster, &vsr.Commit{ViewNumber: 300}, 0)
	require.NoError(t, err)
	for size := 1; size <= len(frame); size++ {
		reader := NewReader(bytes.NewReader(frame[:size]), testCluster, 0)
		require.NoError(t, reader.Await())
		require.Equal(t, size == len(frame), reader.Complete(), "%d bytes", size)
	}
}

// TestBytes: the frames about time and lost entries, byte by byte, as every later version must read
// them.
func TestBytes(t *testing.T) {
	top := vsr.LogName{OpNumber: 6, Checksum: vsr.Checksum{1, 2, 3}}
	for m, want := range map[vsr.Message][]byte{
		&Ping{From: 2, Sent: 300}:         {2, 0xac, 2},
		&Pong{From: 1, Sent: 5, Wall: -1}: {1, 5, 255, 255, 255, 255, 255, 255, 255, 255},
		&Status{RESP: "x", ClocksAgreed: 2, ClockOffset: 258, StateBytes: 3, StateLimit: 300,
			ScrubRounds: 4, DamageFound: 5, DamageRepaired: 6, WaitsFor: 7, WaitsForHead: true,
			DenialsNeeded: 2, Votes: []byte{0, 3}}: {0, 0, 0, 0, 0, 0, 0, 1, 'x', 2,
			2, 1, 0, 0, 0, 0, 0, 0, 3, 0xac, 2, 4, 5, 6, 7, 1, 2, 2, 0, 3},
		&vsr.DoViewChange{From: 1, ViewNumber: 4, LastNormalView: 3, CommitNumber: 2,
			Log: vsr.LogSuffix{Name: top, Base: top}, HeadUnknown: true,
			Lost: []vsr.LostRange{{Below: vsr.LogName{}, Name: top}}}: slices.Concat(
			[]byte{1, 4, 6}, top.Checksum[:], []byte{6}, top.Checksum[:], []byte{0, 3, 2, 1, 1, 0, 6},
			top.Checksum[:]),
	} {
		frame, err := Append(nil, testCluster, m, 0)
		require.NoError(t, err)
		require.Equal(t, want, frame[HeaderSize:], "%T", m)
		require.EqualValues(t, m.Kind(), frame[5])
	}
	require.EqualValues(t, 132, KindPing)
	require.EqualValues(t, 133, KindPong)
}

func TestClusterID(t *testing.T) {
	id, err := ParseClusterID(testCluster.String())
	require.NoError(t, err)
	require.Equal(t, testCluster, id)
	for _, s := range []string{"", "12", ClusterID{}.String(), "zz" + testCluster.String()[2:]} {
		_, err := ParseClusterID(s)
		require.ErrorContains(t, err, "cluster id")
	}
}
