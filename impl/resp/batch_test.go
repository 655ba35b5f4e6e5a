// SPDX-License-Identifier: Apache-2.0

// This file tests how commands become operations, and what clients learn when that fails.

package resp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/service/kv"
)

func TestPipelineIsOneOperation(t *testing.T) {
	server, log := start(t, nil)
	client := dial(t, server)
	client.talk(strings.Repeat(array("INCR", "n"), 5), ":1\r\n:2\r\n:3\r\n:4\r\n:5\r\n")
	require.Equal(t, []int{5}, log.sizes(t))
	// Commands that are answered here keep their place and divide the batch.
	client.talk(array("INCR", "n")+array("PING")+array("INCR", "n")+array("NOPE")+array("GET")+
		array("INCR", "n")+array("INCR", "n"), ":6\r\n+PONG\r\n:7\r\n"+
		"-ERR unknown command 'NOPE', with args beginning with: \r\n"+
		"-ERR wrong number of arguments for 'get' command\r\n:8\r\n:9\r\n")
	require.Equal(t, []int{5, 1, 1, 2}, log.sizes(t))
}

func TestLongPipelineIsDivided(t *testing.T) {
	server, log := start(t, func(c *Config) { c.MaxOperation = 1 << 10 })
	client := dial(t, server)
	value := strings.Repeat("v", 300)
	client.talk(strings.Repeat(array("SET", "k", value), 8), strings.Repeat("+OK\r\n", 8))
	for _, encoded := range log.operations {
		require.LessOrEqual(t, len(encoded), 1<<10)
	}
	require.Contains(t, log.sizes(t), 3)
}

func TestCommandAboveTheOperationLimit(t *testing.T) {
	server, log := start(t, func(c *Config) { c.MaxOperation = 1 << 10 })
	client := dial(t, server)
	// The parts have 1,020 bytes, below the reader's limit, but with their lengths it is too much.
	words := []string{"MSET"}
	for range 508 {
		words = append(words, "k", "v")
	}
	client.talk(array(words...), "-ERR the command is larger than 1024 bytes: send it in parts\r\n")
	require.Empty(t, log.sizes(t))
	client.talk(array("PING"), "+PONG\r\n")
}

// The store may answer only a part of a batch; the client sees nothing of that.
func TestBatchWithLargeReplies(t *testing.T) {
	server, log := start(t, nil)
	client := dial(t, server)
	value := strings.Repeat("v", kv.MaxValue)
	client.talk(array("SET", "k", value), "+OK\r\n")
	reply := fmt.Sprintf("$%d\r\n%s\r\n", kv.MaxValue, value)
	client.talk(strings.Repeat(array("INCR", "n")+array("GET", "k"), 3), ":1\r\n"+reply+":2\r\n"+
		reply+":3\r\n"+reply)
	require.Equal(t, []int{1, 6, 3, 1}, log.sizes(t))
	client.talk(array("MGET", "k", "k"), "-ERR the reply would be larger than 786432 bytes: "+
		"ask for fewer keys at a time; the command did not run\r\n")
}

func TestOpNumber(t *testing.T) {
	server, _ := start(t, nil)
	client := dial(t, server)
	opnumber := array("VSR", "OPNUMBER")
	client.talk(opnumber, "*-1\r\n")
	client.talk(array("SET", "k", "v")+opnumber, "+OK\r\n*2\r\n:1\r\n:7\r\n")
	// Behind a batch it is the batch's, and between two batches the first one's.
	client.talk(array("INCR", "n")+array("INCR", "n")+opnumber+array("INCR", "n")+opnumber,
		":1\r\n:2\r\n*2\r\n:2\r\n:7\r\n:3\r\n*2\r\n:3\r\n:7\r\n")
	// Other connections have their own.
	other := dial(t, server)
	other.talk(opnumber, "*-1\r\n")
	other.talk(array("GET", "k"), "$1\r\nv\r\n")
	client.talk(opnumber, "*2\r\n:3\r\n:7\r\n")
	other.talk(opnumber, "*2\r\n:4\r\n:7\r\n")
	client.talk(array("VSR", "FOO"), "-ERR unknown subcommand 'FOO'. Try VSR HELP.\r\n")
	client.talk(array("VSR", "OPNUMBER", "x"),
		"-ERR wrong number of arguments for 'vsr|opnumber' command\r\n")
}

func TestTransaction(t *testing.T) {
	server, log := start(t, nil)
	client := dial(t, server)
	client.talk(array("MULTI")+array("SET", "k", "v")+array("INCR", "k")+array("GET", "k")+
		array("EXEC")+array("VSR", "OPNUMBER"), "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n"+
		"-ERR value is not an integer or out of range\r\n$1\r\nv\r\n*2\r\n:1\r\n:7\r\n")
	require.Equal(t, []int{3}, log.sizes(t))
	// Queued arguments outlive the packet that brought them.
	client.talk(array("MULTI"), "+OK\r\n")
	client.talk(array("SET", "key", "value"), "+QUEUED\r\n")
	client.talk(array("ECHOECHO", "xxxxx", "yyyyyyyyyyy"),
		"-ERR unknown command 'ECHOECHO', with args beginning with: 'xxxxx' 'yyyyyyyyyyy' \r\n")
	client.talk(array("EXEC"), "-EXECABORT Transaction discarded because of previous errors.\r\n")
	client.talk(array("MULTI"), "+OK\r\n")
	client.talk(array("SET", "key", "value"), "+QUEUED\r\n")
	client.talk(array("MULTI"), "-ERR MULTI calls can not be nested\r\n")
	client.talk(array("SET", "another", "one that is longer"), "+QUEUED\r\n")
	client.talk(array("EXEC"), "*2\r\n+OK\r\n+OK\r\n")
	client.talk(array("GET", "key"), "$5\r\nvalue\r\n")
	client.talk(array("MULTI")+array("PING")+array("EXEC"), "+OK\r\n"+
		"-ERR PING is not allowed in transactions by viewstamp\r\n"+
		"-EXECABORT Transaction discarded because of previous errors.\r\n")
	client.talk(array("MULTI")+array("GET")+array("EXEC"), "+OK\r\n"+
		"-ERR wrong number of arguments for 'get' command\r\n"+
		"-EXECABORT Transaction discarded because of previous errors.\r\n")
	client.talk(array("MULTI")+array("SET", "k", "no")+array("DISCARD"), "+OK\r\n+QUEUED\r\n+OK\r\n")
	client.talk(array("MULTI")+array("EXEC"), "+OK\r\n*0\r\n")
	client.talk(array("EXEC")+array("DISCARD"), "-ERR EXEC without MULTI\r\n"+
		"-ERR DISCARD without MULTI\r\n")
	client.talk(array("GET", "k"), "$1\r\nv\r\n")
}

// A transaction is never divided, even if its replies do not fit.
func TestTransactionWithLargeReplies(t *testing.T) {
	server, log := start(t, nil)
	client := dial(t, server)
	value := strings.Repeat("v", kv.MaxValue)
	client.talk(array("SET", "k", value), "+OK\r\n")
	get := array("GET", "k")
	client.talk(array("MULTI")+get+get+array("INCR", "n")+array("EXEC"), "+OK\r\n"+
		strings.Repeat("+QUEUED\r\n", 3)+fmt.Sprintf("*3\r\n$%d\r\n%s\r\n", kv.MaxValue, value)+
		"-ERR the reply would be larger than 786432 bytes: ask for fewer keys at a time; "+
		"the command did not run\r\n:1\r\n")
	require.Equal(t, []int{1, 3}, log.sizes(t))
}

func TestTransactionAboveTheOperationLimit(t *testing.T) {
	server, log := start(t, func(c *Config) { c.MaxOperation = 1 << 10 })
	client := dial(t, server)
	set := array("SET", "k", strings.Repeat("v", 600))
	client.talk(array("MULTI")+set+set+array("EXEC"), "+OK\r\n+QUEUED\r\n"+
		"-ERR the command is larger than 1024 bytes: send it in parts\r\n"+
		"-EXECABORT Transaction discarded because of previous errors.\r\n")
	require.Empty(t, log.sizes(t))
}

var errRefused = errors.New("no primary")

// failing is a log in which some operations fail.
type failing struct {
	log  *memoryLog
	next func(operation []byte) (Result, error)
}

func (f *failing) submit(ctx context.Context, operation []byte) (Result, error) {
	if f.next == nil {
		return f.log.submit(ctx, operation)
	}
	return f.next(operation)
}

func startFailing(t *testing.T) (rawClient, *failing) {
	log := &failing{log: newMemoryLog()}
	server, _ := start(t, func(c *Config) {
		c.Submit = log.submit
		c.NotExecuted = func(err error) bool { return errors.Is(err, errRefused) }
	})
	return dial(t, server), log
}

func TestFailures(t *testing.T) {
	client, log := startFailing(t)
	opnumber := array("VSR", "OPNUMBER")
	client.talk(array("SET", "k", "v")+opnumber, "+OK\r\n*2\r\n:1\r\n:7\r\n")
	cases := []struct {
		result Result
		err    error
		expect string
	}{
		{err: fmt.Errorf("submit: %w", errRefused),
			expect: "-TRYAGAIN the command did not run: submit: no primary\r\n"},
		{err: errors.New("it\r\nbroke"), expect: "-UNCERTAIN request may have executed: it  broke\r\n"},
		{err: context.DeadlineExceeded,
			expect: "-UNCERTAIN request may have executed: context deadline exceeded\r\n"},
		{result: Result{Value: []byte("\x09")}, expect: "-UNCERTAIN request may have executed: its " +
			"result cannot be read: malformed result: at byte 1: the format is 9, expected 1\r\n"},
		{result: Result{Value: []byte("\x01\x00\x00")}, expect: "-UNCERTAIN request may have " +
			"executed: its result has 0 replies for 2 commands\r\n"},
		{result: Result{Value: []byte("\x01\x00\x03\x01\x01\x01")}, expect: "-UNCERTAIN request may " +
			"have executed: its result has 3 replies for 2 commands\r\n"},
		{result: Result{Value: []byte("\x01\x01\x01\x03\x05ERR x")}, expect: "-ERR x\r\n"},
	}
	for _, c := range cases {
		log.next = func([]byte) (Result, error) { return c.result, c.err }
		// Every command of the batch has that outcome, and no op-number is known.
		client.talk(array("INCR", "n")+array("GET", "k")+opnumber, c.expect+c.expect+"*-1\r\n")
		log.next = nil
		client.talk(array("GET", "k"), "$1\r\nv\r\n")
	}
	log.next = func([]byte) (Result, error) { return Result{}, errRefused }
	client.talk(array("MULTI")+array("INCR", "n")+array("EXEC"),
		"+OK\r\n+QUEUED\r\n-TRYAGAIN the command did not run: no primary\r\n")
	log.next = func([]byte) (Result, error) { return Result{Value: []byte("\x01\x00\x01\x01")}, nil }
	client.talk(array("MULTI")+array("INCR", "n")+array("INCR", "n")+array("EXEC"), "+OK\r\n"+
		"+QUEUED\r\n+QUEUED\r\n-UNCERTAIN request may have executed: its result has 1 replies for 2 "+
		"commands\r\n")
}

// An error is never taken for "did not run" unless somebody says so.
func TestErrorsAreUncertainByDefault(t *testing.T) {
	server, _ := start(t, func(c *Config) {
		c.Submit = func(context.Context, []byte) (Result, error) { return Result{}, errRefused }
	})
	client := dial(t, server)
	client.talk(array("GET", "k"), "-UNCERTAIN request may have executed: no primary\r\n")
}

// A command that is not answered in time has an unknown outcome.
func TestSubmitTimeout(t *testing.T) {
	server, _ := start(t, func(c *Config) {
		c.SubmitTimeout = time.Millisecond
		c.Submit = func(ctx context.Context, _ []byte) (Result, error) {
			<-ctx.Done()
			return Result{}, ctx.Err()
		}
	})
	client := dial(t, server)
	client.talk(array("GET", "k"),
		"-UNCERTAIN request may have executed: context deadline exceeded\r\n")
}

// One connection has at most one operation under way; connections do not wait for each other.
func TestOneOperationPerConnection(t *testing.T) {
	type call struct{ proceed chan struct{} }
	calls := make(chan call)
	log := newMemoryLog()
	var mutex sync.Mutex
	underWay, most := 0, 0
	server, _ := start(t, func(c *Config) {
		c.Submit = func(ctx context.Context, operation []byte) (Result, error) {
			mutex.Lock()
			underWay++
			most = max(most, underWay)
			mutex.Unlock()
			proceed := make(chan struct{})
			calls <- call{proceed}
			<-proceed
			mutex.Lock()
			underWay--
			mutex.Unlock()
			return log.submit(ctx, operation)
		}
	})
	first, second := dial(t, server), dial(t, server)
	_, err := first.Write([]byte(array("INCR", "n") + array("PING") + array("INCR", "n")))
	require.NoError(t, err)
	one := <-calls
	_, err = second.Write([]byte(array("INCR", "n")))
	require.NoError(t, err)
	two := <-calls
	// Both wait: the second connection was not held up, the first did not go on.
	close(two.proceed)
	second.talk("", ":1\r\n")
	close(one.proceed)
	three := <-calls
	close(three.proceed)
	first.talk("", ":2\r\n+PONG\r\n:3\r\n")
	require.Equal(t, 2, most)
}
