// SPDX-License-Identifier: Apache-2.0

// This file writes down, byte by byte, what the server answers.

package resp

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exchange is what a client sends and what comes back.
type exchange struct{ send, expect string }

// wireOfData are conversations about data, in both versions of the protocol, and as typed lines.
func wireOfData() map[string][]exchange {
	return map[string][]exchange{
		"strings": {
			{array("SET", "k", "v"), "+OK\r\n"},
			{array("get", "k"), "$1\r\nv\r\n"},
			{array("GET", "none"), "$-1\r\n"},
			{array("INCR", "n"), ":1\r\n"},
			{array("MGET", "k", "none", "n"), "*3\r\n$1\r\nv\r\n$-1\r\n$1\r\n1\r\n"},
			{array("INCR", "k"), "-ERR value is not an integer or out of range\r\n"},
			{array("SET", "k", "v", "NX"), "$-1\r\n"},
			{array("SET", "bin", "\x00\r\n\xff"), "+OK\r\n"},
			{array("GET", "bin"), "$4\r\n\x00\r\n\xff\r\n"},
			{array("CAS", "k", "v", "w"), ":1\r\n"},
			{array("DBSIZE"), ":3\r\n"},
		},
		"the third version": {
			{array("HELLO", "3"), "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.0\r\n" +
				"$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n" +
				"$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"},
			{array("GET", "none"), "_\r\n"},
			{array("MGET", "a"), "*1\r\n_\r\n"},
			{array("CONFIG", "GET", "SAVE"), "%1\r\n$4\r\nsave\r\n$0\r\n\r\n"},
			{array("VSR", "STATUS"), "%0\r\n"},
			{array("CLIENT", "GETNAME"), "_\r\n"},
			{array("INFO", "nothing"), "=4\r\ntxt:\r\n"},
			{array("COMMAND", "INFO", "get", "no"), "*2\r\n*10\r\n$3\r\nget\r\n:2\r\n~1\r\n+readonly\r\n" +
				":1\r\n:1\r\n:1\r\n~0\r\n*0\r\n*0\r\n*0\r\n_\r\n"},
			{array("RESET"), "+RESET\r\n"},
			{array("GET", "none"), "$-1\r\n"},
		},
		"lines": {
			{"PING\r\n", "+PONG\r\n"},
			{"ping\n", "+PONG\r\n"},
			{"\r\n\n  \r\nSET k \"a b\\x41\\n\"\r\n", "+OK\r\n"},
			{"  GET   k  \r\n", "$5\r\na bA\n\r\n"},
			{"ECHO \"\\r\\t\\b\\a\\\\\\\"\\q\\xzz\"\r\n", "$10\r\n\r\t\b\a\\\"qxzz\r\n"},
			{"ECHO 'it\\'s \\n'\t\r\n", "$7\r\nit's \\n\r\n"},
			{"SET k ''\r\nGET \"k\"\r\n", "+OK\r\n$0\r\n\r\n"},
			{"*0\r\n*-1\r\nPING\r\n", "+PONG\r\n"},
		},
	}
}

// wireOfConnections are conversations about the connection and its client.
func wireOfConnections() map[string][]exchange {
	return map[string][]exchange{
		"hello": {
			{array("HELLO"), "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.0\r\n" +
				"$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n" +
				"$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"},
			{array("HELLO", "4"), "-NOPROTO unsupported protocol version\r\n"},
			{array("HELLO", "x"), "-ERR Protocol version is not an integer or out of range\r\n"},
			{array("HELLO", "3", "AUTH", "x", "y"),
				"-WRONGPASS invalid username-password pair or user is disabled.\r\n"},
			{array("HELLO", "3", "AUTH", "default"), "-ERR Syntax error in HELLO option 'AUTH'\r\n"},
			{array("HELLO", "3", "SETNAME", "a b"), "-ERR Client names cannot contain spaces, newlines " +
				"or special characters, nor have more than 1024 bytes.\r\n"},
			{array("GET", "none"), "$-1\r\n"}, // None of them changed the version.
			{array("CLIENT", "GETNAME"), "$-1\r\n"},
		},
		"help": {
			{array("CONFIG", "HELP"), "*1\r\n+CONFIG GET <pattern> [<pattern> ...]\r\n"},
			{array("VSR", "HELP"), "*2\r\n+VSR OPNUMBER: op-number and view-number of the last " +
				"replicated command here\r\n+VSR STATUS: the state of the replica\r\n"},
			{array("CLIENT", "HELP"), "*1\r\n+CLIENT GETNAME | ID | INFO | LIST | NO-EVICT | " +
				"NO-TOUCH | SETINFO | SETNAME\r\n"},
			{array("COMMAND", "HELP"), "*1\r\n+COMMAND | COMMAND COUNT | DOCS [<name> ...] | " +
				"INFO [<name> ...] | LIST\r\n"},
		},
		"connection": {
			{array("PING"), "+PONG\r\n"},
			{array("PING", "a"), "$1\r\na\r\n"},
			{array("PING", "a", "b"), "-ERR wrong number of arguments for 'ping' command\r\n"},
			{array("ECHO", ""), "$0\r\n\r\n"},
			{array("SELECT", "0"), "+OK\r\n"},
			{array("SELECT", "1"), "-ERR DB index is out of range\r\n"},
			{array("SELECT", "x"), "-ERR value is not an integer or out of range\r\n"},
			{array("AUTH", "x"), "-ERR AUTH <password> called without any password configured for the " +
				"default user. Are you sure your configuration is correct?\r\n"},
			{array("AUTH", "default", "x"), "+OK\r\n"},
			{array("AUTH", "root", "x"),
				"-WRONGPASS invalid username-password pair or user is disabled.\r\n"},
			{array("AUTH", "a", "b", "c"), "-ERR syntax error\r\n"},
			{array("READONLY"), "+OK\r\n"},
			{array("READWRITE"), "+OK\r\n"},
		},
		"client": {
			{array("CLIENT", "ID"), ":1\r\n"},
			{array("CLIENT", "SETNAME", "me"), "+OK\r\n"},
			{array("CLIENT", "GETNAME"), "$2\r\nme\r\n"},
			{array("CLIENT", "SETNAME", ""), "+OK\r\n"},
			{array("CLIENT", "SETINFO", "lib-name", "lib"), "+OK\r\n"},
			{array("CLIENT", "SETINFO", "LIB-VER", "1"), "+OK\r\n"},
			{array("CLIENT", "SETINFO", "lib-x", "1"), "-ERR Unrecognized option 'lib-x'\r\n"},
			{array("CLIENT", "SETINFO", "lib-ver", "1 2"), "-ERR lib-ver cannot contain spaces, " +
				"newlines or special characters, nor have more than 1024 bytes.\r\n"},
			{array("CLIENT", "NO-EVICT", "on"), "+OK\r\n"},
			{array("CLIENT", "NO-TOUCH", "on"), "+OK\r\n"},
			{array("CLIENT", "MAINT_NOTIFICATIONS", "ON"),
				"-ERR CLIENT MAINT_NOTIFICATIONS is not supported by viewstamp\r\n"},
			{array("CLIENT", "FOO"), "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.\r\n"},
			{array("CLIENT", "ID", "x"), "-ERR wrong number of arguments for 'client|id' command\r\n"},
			{array("CLIENT"), "-ERR wrong number of arguments for 'client' command\r\n"},
		},
	}
}

// wireOfServers are conversations about the server, and of what is refused.
func wireOfServers() map[string][]exchange {
	return map[string][]exchange{
		"settings": {
			{array("CONFIG", "GET", "save"), "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"},
			{array("CONFIG", "GET", "append*", "databases", "nothing", "appendonly"),
				"*6\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n" +
					"$9\r\ndatabases\r\n$1\r\n1\r\n"},
			{array("CONFIG", "GET", "nothing"), "*0\r\n"},
			{array("CONFIG", "GET", strings.Repeat("*?", 100)), "*0\r\n"},
			{array("CONFIG", "GET"), "-ERR wrong number of arguments for 'config|get' command\r\n"},
			{array("CONFIG", "SET", "save", ""), "-ERR CONFIG SET is not supported by viewstamp: " +
				"settings are given when a replica starts\r\n"},
			{array("CONFIG", "FOO"), "-ERR unknown subcommand 'FOO'. Try CONFIG HELP.\r\n"},
		},
		"commands": {
			{array("COMMAND", "COUNT"), ":46\r\n"},
			{array("COMMAND", "INFO", "mset", "foo"), "*2\r\n*10\r\n$4\r\nmset\r\n:-3\r\n*1\r\n+write\r\n" +
				":1\r\n:-1\r\n:2\r\n*0\r\n*0\r\n*0\r\n*0\r\n*-1\r\n"},
			{array("COMMAND", "DOCS", "get", "foo"), "*2\r\n$3\r\nget\r\n*6\r\n$7\r\nsummary\r\n" +
				"$27\r\nReturns the value of a key.\r\n$5\r\nsince\r\n$5\r\n1.0.0\r\n$5\r\ngroup\r\n" +
				"$6\r\nstring\r\n"},
			{array("COMMAND", "FOO"), "-ERR unknown subcommand 'FOO'. Try COMMAND HELP.\r\n"},
			{array("COMMAND", "COUNT", "x"),
				"-ERR wrong number of arguments for 'command|count' command\r\n"},
		},
		"unknown": {
			{array("FOO"), "-ERR unknown command 'FOO', with args beginning with: \r\n"},
			{array("Foo", "a", "b\r\nc"), "-ERR unknown command 'Foo', with args beginning with: " +
				"'a' 'b  c' \r\n"},
			{array("", strings.Repeat("x", 200), "y"), "-ERR unknown command '', with args beginning " +
				"with: '" + strings.Repeat("x", 128) + "' \r\n"},
			{array(strings.Repeat("y", 200)), "-ERR unknown command '" + strings.Repeat("y", 128) +
				"', with args beginning with: \r\n"},
			{array("lpush", "a", "b"), "-ERR LPUSH is not supported by viewstamp: only string commands " +
				"are\r\n"},
			{array("WATCH", "a"), "-ERR WATCH is not supported by viewstamp: use CAS for a write that " +
				"depends on a value\r\n"},
			{array("TIME"), "-ERR TIME is not supported by viewstamp: replicas have no clock of their " +
				"own; a deadline is set with EX or EXPIRE\r\n"},
			{array("GET"), "-ERR wrong number of arguments for 'get' command\r\n"},
			{array("QUIT", "now"), "+OK\r\n"},
		},
	}
}

func TestWire(t *testing.T) {
	scripts := wireOfData()
	maps.Copy(scripts, wireOfConnections())
	maps.Copy(scripts, wireOfServers())
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			server, _ := start(t, nil)
			client := dial(t, server)
			for _, step := range script {
				client.talk(step.send, step.expect)
			}
		})
	}
}

// Every prefix of a conversation can be a packet of its own: the same replies come back.
func TestBytesOneByOne(t *testing.T) {
	server, _ := start(t, nil)
	client := dial(t, server)
	sent := array("SET", "k", "v\r\n") + "GET k\r\n" + array("PING") + array("FOO", "a")
	for i := range len(sent) - 1 {
		_, err := client.Write([]byte{sent[i]})
		require.NoError(t, err)
	}
	client.talk(sent[len(sent)-1:], "+OK\r\n$3\r\nv\r\n\r\n+PONG\r\n"+
		"-ERR unknown command 'FOO', with args beginning with: 'a' \r\n")
}

func TestQuitSendsItsReplyAndEndsTheConnection(t *testing.T) {
	server, log := start(t, nil)
	client := dial(t, server)
	client.talk(array("SET", "k", "v")+array("QUIT")+array("SET", "k", "w"), "+OK\r\n+OK\r\n")
	client.closed()
	require.Equal(t, []int{1}, log.sizes(t))
}

func TestBrokenProtocol(t *testing.T) {
	big := strings.Repeat("x", 70<<10)
	for reason, send := range map[string]string{
		"invalid bulk length: at most 524288 bytes": "*1\r\n$524289\r\n",
		"invalid bulk length: at most 524288":       "*1\r\n$-1\r\n",
		"invalid bulk length: at most 524288 b":     "*1\r\n$9223372036854775806\r\nab\r\n",
		"invalid bulk length: at most 524288 by":    "*1\r\n$x\r\n",
		"invalid bulk length: at most 786432 bytes in": "*2\r\n$400000\r\n" +
			strings.Repeat("x", 400000) + "\r\n$400000\r\n",
		"invalid multibulk length":                   "*1026\r\n",
		"invalid multibulk length: at":               "*99999999999999999999\r\n",
		"invalid multibulk length: at most 1025":     "*+1\r\n",
		"invalid multibulk length: at most 1025 arg": "*1\n",
		"invalid multibulk length: ":                 "*\r\n",
		"too big mbulk count string":                 "*" + strings.Repeat("0", 40),
		"too big bulk count string":                  "*1\r\n$" + strings.Repeat("0", 40),
		"expected '$', got '*'":                      "*1\r\n*1\r\n",
		"expected '$', got '\\n'":                    "*1\r\n\n",
		"expected a line end after 1 bytes":          "*1\r\n$1\r\nabc\r\n",
		"too big inline request":                     big,
		"too big inline request ":                    big + "\r\n",
		"too big inline request: at most 1025":       strings.Repeat("a ", 2000) + "\r\n",
		"unbalanced quotes in request":               "SET \"a\r\n",
		"unbalanced quotes in request ":              "SET \"a\"b\r\n",
		"this is not an HTTP server":                 "POST / HTTP/1.1\r\n",
		"this is not an HTTP server ":                "host: example\r\n",
	} {
		t.Run(reason, func(t *testing.T) {
			server, _ := start(t, nil)
			client := dial(t, server)
			// What is in front of the broken bytes is answered.
			reply := client.line("PING\r\n" + strings.TrimSuffix(send, "\r\n"))
			require.Equal(t, "+PONG", reply)
			reply = client.line("")
			require.Contains(t, reply+" ", "-ERR Protocol error: "+strings.TrimSpace(reason))
			require.NoError(t, client.Conn.(interface{ CloseWrite() error }).CloseWrite())
			client.closed()
		})
	}
}
