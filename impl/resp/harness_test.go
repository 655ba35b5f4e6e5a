// SPDX-License-Identifier: Apache-2.0

// This file holds what the tests share: a log in memory instead of a cluster, and a client that
// sends and reads raw bytes.

package resp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"viewstamp/impl/service/kv"
	"viewstamp/impl/vsr"
)

// A test that leaves a goroutine behind fails.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memoryLog executes operations at once, one at a time. It stands for a cluster.
type memoryLog struct {
	mutex sync.Mutex
	store *kv.Store
	// operations are those executed so far.
	operations [][]byte
	// now is the timestamp of the next operation. It moves one millisecond with each.
	now vsr.Timestamp
}

func newMemoryLog() *memoryLog {
	return &memoryLog{store: kv.New(), now: 1_700_000_000_000_000_000}
}

func (l *memoryLog) submit(_ context.Context, operation []byte) (Result, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.operations = append(l.operations, append([]byte(nil), operation...))
	l.now += 1_000_000
	value := l.store.Execute(l.now, operation)
	return Result{Value: value, OpNumber: uint64(len(l.operations)), ViewNumber: 7}, nil
}

// sizes are the numbers of commands in the operations so far.
func (l *memoryLog) sizes(t testing.TB) []int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	sizes := []int{}
	for _, encoded := range l.operations {
		operation, err := kv.DecodeOperation(encoded)
		require.NoError(t, err)
		sizes = append(sizes, len(operation.Requests))
	}
	return sizes
}

// start starts a server on a memoryLog and shuts it down with the test.
func start(t testing.TB, change func(*Config)) (*Server, *memoryLog) {
	log := newMemoryLog()
	config := Config{Submit: log.submit}
	if change != nil {
		change(&config)
	}
	server, err := Listen(config)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(t, server.Shutdown(ctx))
	})
	return server, log
}

// rawClient is a connection of which the test sees every byte.
type rawClient struct {
	t testing.TB
	net.Conn
}

func dial(t testing.TB, server *Server) rawClient {
	conn, err := net.Dial("tcp", server.Address().String())
	require.NoError(t, err)
	// No test waits longer than this for bytes that do not come.
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	t.Cleanup(func() { conn.Close() })
	return rawClient{t, conn}
}

// talk sends bytes and expects exactly these back.
func (c rawClient) talk(send, expect string) {
	c.t.Helper()
	_, err := c.Write([]byte(send))
	require.NoError(c.t, err)
	got := make([]byte, 0, len(expect))
	for len(got) < len(expect) {
		n, err := c.Read(got[len(got):cap(got)])
		got = got[:len(got)+n]
		// A wrong byte is reported at once, not when the right ones have not come for long.
		if err != nil || !strings.HasPrefix(expect, string(got)) {
			require.Equal(c.t, expect, string(got), "sent %.200q, then %v", send, err)
		}
	}
}

// line sends a line and reads one reply line, without its end.
func (c rawClient) line(send string) string {
	c.t.Helper()
	_, err := c.Write([]byte(send + "\r\n"))
	require.NoError(c.t, err)
	var got []byte
	for one := make([]byte, 1); !strings.HasSuffix(string(got), "\r\n"); {
		_, err := io.ReadFull(c, one)
		require.NoError(c.t, err, "after %q", got)
		got = append(got, one[0])
	}
	return strings.TrimSuffix(string(got), "\r\n")
}

// closed expects that the server has closed the connection and sent nothing more.
func (c rawClient) closed() {
	c.t.Helper()
	rest, err := io.ReadAll(c)
	require.NoError(c.t, err)
	require.Empty(c.t, string(rest))
}

// array encodes a command as clients do.
func array(words ...string) string {
	var encoded strings.Builder
	fmt.Fprintf(&encoded, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&encoded, "$%d\r\n%s\r\n", len(word), word)
	}
	return encoded.String()
}

// skipReply checks that bytes start with one well-formed reply and returns what follows it.
func skipReply(replies []byte) ([]byte, error) {
	line, rest, found := strings.Cut(string(replies), "\r\n")
	if !found || line == "" {
		return nil, fmt.Errorf("no line in %.50q", replies)
	}
	after := replies[len(replies)-len(rest):]
	count := 0
	switch line[0] {
	case '+', '-', '_':
		return after, nil
	case ':':
		_, err := strconv.ParseInt(line[1:], 10, 64)
		return after, err
	}
	count, err := strconv.Atoi(line[1:])
	if err != nil || count < -1 {
		return nil, fmt.Errorf("bad count in %q", line)
	}
	switch line[0] {
	case '$', '=':
		if count == -1 {
			return after, nil
		}
		if len(after) < count+2 || string(after[count:count+2]) != "\r\n" {
			return nil, errors.New("bad end of a bulk string")
		}
		return after[count+2:], nil
	case '%':
		count *= 2
	case '*', '~':
	default:
		return nil, fmt.Errorf("unknown kind %q", line)
	}
	for range count {
		if after, err = skipReply(after); err != nil {
			return nil, err
		}
	}
	return after, nil
}

// countReplies counts well-formed replies.
func countReplies(replies []byte) (count int, err error) {
	for len(replies) > 0 {
		if replies, err = skipReply(replies); err != nil {
			return count, err
		}
		count++
	}
	return count, nil
}
