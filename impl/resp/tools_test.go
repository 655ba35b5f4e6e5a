// SPDX-License-Identifier: Apache-2.0

// This file replays what redis-cli and redis-benchmark send, and runs the tools themselves where
// they are installed.

package resp

import (
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tool runs a program against a server and returns what it printed. installed is false, and nothing
// happens, where the program is not there.
func tool(t *testing.T, server *Server, stdin, name string, arguments ...string) (string, bool) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", false
	}
	host, port, err := net.SplitHostPort(server.Address().String())
	require.NoError(t, err)
	command := exec.Command(path, append([]string{"-h", host, "-p", port}, arguments...)...)
	command.Stdin = strings.NewReader(stdin)
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return string(output), true
}

// What redis-benchmark 7.0 sends first, and how its tests go on.
func TestBenchmarkConversation(t *testing.T) {
	server, log := start(t, nil)
	client := dial(t, server)
	client.talk(array("CONFIG", "GET", "save"), "*2\r\n$4\r\nsave\r\n$0\r\n\r\n")
	client.talk(array("CONFIG", "GET", "appendonly"), "*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n")
	client.talk("PING\r\n", "+PONG\r\n")
	set := array("SET", "key:__rand_int__", "VXK")
	client.talk(strings.Repeat(set, 16), strings.Repeat("+OK\r\n", 16))
	get := array("GET", "key:__rand_int__")
	client.talk(strings.Repeat(get, 16), strings.Repeat("$3\r\nVXK\r\n", 16))
	client.talk(array("INCR", "counter:__rand_int__"), ":1\r\n")
	client.talk(array("LPUSH", "mylist", "VXK"),
		"-ERR LPUSH is not supported by viewstamp: only string commands are\r\n")
	require.Equal(t, []int{16, 16, 1}, log.sizes(t))
}

// What redis-cli 7.0 sends when it starts for a person, in both versions of the protocol.
func TestShellConversation(t *testing.T) {
	for _, first := range []string{array("PING"), array("HELLO", "3")} {
		server, _ := start(t, nil)
		client := dial(t, server)
		for _, command := range []string{first, array("COMMAND", "DOCS"), array("INFO", "SERVER"),
			array("SELECT", "0"), array("COMMAND"), array("CLIENT", "LIST"), array("INFO")} {
			_, err := client.Write([]byte(command))
			require.NoError(t, err)
			var got []byte
			for {
				part := make([]byte, 64<<10)
				n, err := client.Read(part)
				require.NoError(t, err)
				got = append(got, part[:n]...)
				if rest, err := skipReply(got); err == nil {
					require.Empty(t, rest)
					break
				}
			}
			require.NotEqual(t, byte('-'), got[0], "%q: %q", command, got)
		}
	}
}

func TestRedisBenchmark(t *testing.T) {
	for _, pipeline := range []string{"1", "16"} {
		server, log := start(t, nil)
		output, installed := tool(t, server, "", "redis-benchmark", "-t", "ping,set,get,incr,mset",
			"-n", "2000", "-c", "20", "-P", pipeline, "-r", "100", "-q")
		if !installed {
			continue
		}
		for _, name := range []string{"PING_INLINE", "SET", "GET", "INCR", "MSET (10 keys)"} {
			require.Contains(t, output, name+": ")
		}
		require.NotContains(t, output, "ERR")
		require.NotContains(t, output, "WARN")
		commands := 0
		for _, size := range log.sizes(t) {
			commands += size
		}
		require.GreaterOrEqual(t, commands, 8000)
	}
}

func TestRedisCLI(t *testing.T) {
	server, _ := start(t, nil)
	script := "set k v\nget k\nincr n\nmget k none\nlpush l 1\nhello 3\nget none\nvsr opnumber\n"
	for _, flag := range []string{"-2", "-3"} {
		output, installed := tool(t, server, script, "redis-cli", flag, "--no-raw")
		if !installed {
			continue
		}
		for _, line := range []string{"OK", "\"v\"", "1) \"v\"", "2) (nil)",
			"(error) ERR LPUSH is not supported by viewstamp: only string commands are",
			"\"modules\" => (empty array)"} {
			require.Contains(t, output, line)
		}
	}
}
