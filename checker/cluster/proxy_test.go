// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The proxy does what it says, and nothing else.

// listened is a link to a listener, and a connection through it with its two ends.
func listened(t *testing.T) (l *link, in, out net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	l, err = newLink(0, 1, listener.Addr().String(), 7)
	require.NoError(t, err)
	t.Cleanup(l.close)
	in, err = net.Dial("tcp", l.address())
	require.NoError(t, err)
	t.Cleanup(func() { _ = in.Close() })
	out, err = listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = out.Close() })
	return l, in, out
}

// pass sends some bytes through and returns what arrives until there are as many or an error.
func pass(t *testing.T, in, out net.Conn) ([]byte, error) {
	sent := bytes.Repeat([]byte{0}, 1000)
	_, err := in.Write(sent)
	require.NoError(t, err)
	got := make([]byte, len(sent))
	n, err := io.ReadFull(out, got)
	return got[:n], err
}

func TestLinkPassesEverything(t *testing.T) {
	_, in, out := listened(t)
	got, err := pass(t, in, out)
	require.NoError(t, err)
	require.Equal(t, make([]byte, 1000), got)
	got, err = pass(t, out, in)
	require.NoError(t, err)
	require.Equal(t, make([]byte, 1000), got)
}

func TestLinkFlipsOneBit(t *testing.T) {
	l, in, out := listened(t)
	l.next.Store(int32(actFlip))
	got, err := pass(t, in, out)
	require.NoError(t, err)
	ones := 0
	for _, b := range got {
		for ; b != 0; b &= b - 1 {
			ones++
		}
	}
	require.Equal(t, 1, ones)
	require.EqualValues(t, 1, l.done[actFlip].Load())
}

func TestLinkEndsConnections(t *testing.T) {
	for a, want := range map[act]error{actTruncate: io.EOF, actReset: syscall.ECONNRESET} {
		l, in, out := listened(t)
		l.next.Store(int32(a))
		got, err := pass(t, in, out)
		require.Less(t, len(got), 1000)
		if len(got) > 0 && errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		require.ErrorIs(t, err, want)
		require.EqualValues(t, actNone, l.next.Load(), "it is done once")
	}
}

func TestCutLinkHoldsBytesBack(t *testing.T) {
	l, in, out := listened(t)
	l.cut()
	l.cut()
	_, err := in.Write([]byte("late"))
	require.NoError(t, err)
	_, err = out.Write([]byte("back"))
	require.NoError(t, err)
	got := make([]byte, 4)
	_, err = io.ReadFull(in, got)
	require.NoError(t, err, "the other direction is another link")
	require.NoError(t, out.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	_, err = io.ReadFull(out, got)
	require.Error(t, err)
	require.NoError(t, out.SetReadDeadline(time.Time{}))
	l.heal()
	l.heal()
	_, err = io.ReadFull(out, got)
	require.NoError(t, err)
	require.Equal(t, "late", string(got))
}

func TestFaultsByName(t *testing.T) {
	all, err := FaultsByName([]string{"all"})
	require.NoError(t, err)
	require.Len(t, all, len(Faults()))
	two, err := FaultsByName([]string{"pause", "kill"})
	require.NoError(t, err)
	require.Len(t, two, 2)
	_, err = FaultsByName([]string{"meteor"})
	require.ErrorContains(t, err, `no fault "meteor"; there are all, kill, `)
}
