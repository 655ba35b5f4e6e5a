// SPDX-License-Identifier: Apache-2.0

// This file writes down, command by command, what Redis answers and Store must answer too.

package kv_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/service/kv"
	"viewstamp/impl/vsr"
)

const millisecond = vsr.Timestamp(1_000_000)

// text prints a reply on one line: (nil), "bulk", OK, 42, -ERR text, [a, b].
func text(reply kv.Reply) string {
	switch reply.Kind {
	case kv.Nil:
		return "(nil)"
	case kv.Bulk:
		return fmt.Sprintf("%q", reply.Text)
	case kv.Error:
		return "-" + reply.Text
	case kv.Integer:
		return fmt.Sprint(reply.Number)
	case kv.Array:
		var elements []string
		for _, element := range reply.Elements {
			elements = append(elements, text(element))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	}
	return reply.Text
}

// do runs one command given as words with single spaces; "" stands for the empty string.
func do(t *testing.T, store *kv.Store, at vsr.Timestamp, line string) string {
	words := strings.Split(line, " ")
	for i := range words {
		if words[i] == `""` {
			words[i] = ""
		}
	}
	result := decode(t, store.Execute(at, encode(t, kv.ModePipeline, words)))
	require.False(t, result.Malformed)
	require.Len(t, result.Replies, 1)
	return text(result.Replies[0])
}

// The errors that many commands share.
const (
	errNotInteger = "-ERR value is not an integer or out of range"
	errOverflow   = "-ERR increment or decrement would overflow"
	errSyntax     = "-ERR syntax error"
)

// dataScripts are about the commands on keys and values.
func dataScripts() map[string][][2]string {
	return map[string][][2]string{
		"get and set": {{"get a", "(nil)"}, {"set a 1", "OK"}, {"GET a", `"1"`},
			{`set a ""`, "OK"}, {"get a", `""`}, {`set "" x`, "OK"}, {`get ""`, `"x"`}},
		"many keys": {{"mset a 1 b 2 a 3", "OK"}, {"mget a b c", `["3", "2", (nil)]`},
			{"mset a 1 b", "-ERR wrong number of arguments for 'mset' command"},
			{"msetnx c 1 a 9", "0"}, {"exists c a a", "2"}, {"msetnx c 1 d 2", "1"},
			{"msetnx e", "-ERR wrong number of arguments for 'msetnx' command"},
			{"dbsize", "4"}, {"unlink a a x", "1"}, {"del b c", "2"}, {"dbsize", "1"},
			{"flushdb async", "OK"}, {"flushall now", errSyntax}, {"flushall sync x", errSyntax},
			{"dbsize", "0"}},
		"counting": {{"incr a", "1"}, {"incrby a 10", "11"}, {"decr a", "10"}, {"decrby a 11", "-1"},
			{"set a x", "OK"}, {"incr a", errNotInteger}, {"get a", `"x"`}, {`set a ""`, "OK"},
			{"incr a", errNotInteger}, {"set a 007", "OK"}, {"incr a", errNotInteger},
			{"set a -0", "OK"}, {"incr a", errNotInteger}, {"incrby b +1", errNotInteger},
			{"incrby b 1.5", errNotInteger}, {"exists b", "0"}},
		"overflow": {{"set a 9223372036854775807", "OK"}, {"incr a", errOverflow},
			{"set a 9223372036854775808", "OK"}, {"incr a", errNotInteger},
			{"set a -9223372036854775808", "OK"}, {"decr a", errOverflow},
			{"incrby a 0", "-9223372036854775808"},
			{"decrby b -9223372036854775808", "-ERR decrement would overflow"},
			{"incrby b -9223372036854775808", "-9223372036854775808"},
			{"get a", `"-9223372036854775808"`}},
		"strings": {{"append a xy", "2"}, {"append a z", "3"}, {"get a", `"xyz"`}, {"strlen a", "3"},
			{"strlen b", "0"}, {"type a", "string"}, {"type b", "none"}, {`append c ""`, "0"},
			{"exists c", "1"}},
		"compare and set": {{"cas a x y", "0"}, {`cas a "" y`, "0"}, {"exists a", "0"}, {"set a x", "OK"},
			{"cas a z y", "0"}, {"cas a x y", "1"}, {"get a", `"y"`},
			{"cas a y", "-ERR wrong number of arguments for 'cas' command"}},
		"arity": {{"get", "-ERR wrong number of arguments for 'get' command"},
			{"get a b", "-ERR wrong number of arguments for 'get' command"},
			{"dbsize x", "-ERR wrong number of arguments for 'dbsize' command"},
			{"mget", "-ERR wrong number of arguments for 'mget' command"}},
	}
}

// setScripts are about SET with its options and its older forms.
func setScripts() map[string][][2]string {
	return map[string][][2]string{
		"set nx and xx": {{"set a 1 xx", "(nil)"}, {"set a 1 NX", "OK"}, {"set a 2 nx", "(nil)"},
			{"get a", `"1"`}, {"set a 3 xx", "OK"}, {"get a", `"3"`}, {"set a 3 xx nx", errSyntax}},
		"set get": {{"set a 1 get", "(nil)"}, {"set a 2 get", `"1"`}, {"set a 3 nx get", `"2"`},
			{"get a", `"2"`}, {"set b 1 nx get", "(nil)"}, {"get b", `"1"`},
			{"set c 1 xx get", "(nil)"}, {"exists c", "0"}},
		"set syntax": {{"set a", "-ERR wrong number of arguments for 'set' command"},
			{"set a 1 ex", errSyntax}, {"set a 1 ex 1 px 1", errSyntax}, {"set a 1 keepttl px 1", errSyntax},
			{"set a 1 px 1 keepttl", errSyntax}, {"set a 1 what", errSyntax}, {"set a 1 persist", errSyntax},
			{"set a 1 ex ten", errNotInteger},
			{"set a 1 ex 0", "-ERR invalid expire time in 'set' command"},
			{"set a 1 px -5", "-ERR invalid expire time in 'set' command"},
			{"set a 1 ex 9223372036854775807", "-ERR invalid expire time in 'set' command"},
			{"set a 1 px 9223372036854775807", "-ERR invalid expire time in 'set' command"},
			{"set a 1 exat 9223372036854776", "-ERR invalid expire time in 'set' command"},
			{"exists a", "0"}},
		"set ex": {{"set a 1 ex 2", "OK"}, {"ttl a", "2"}, {"pttl a", "2000"}, {"+1999", ""},
			{"pttl a", "1"}, {"ttl a", "0"}, {"get a", `"1"`}, {"+1", ""}, {"get a", "(nil)"},
			{"ttl a", "-2"}, {"dbsize", "0"}},
		"ttl rounds": {{"set a 1 px 1499", "OK"}, {"ttl a", "1"},
			{"set a 1 px 1500", "OK"}, {"ttl a", "2"}},
		"set pxat exat": {{"set a 1 pxat 1500", "OK"}, {"pttl a", "500"},
			{"set a 1 exat 3", "OK"}, {"pttl a", "2000"}},
		"set in the past": {{"set a 1", "OK"}, {"set a 2 pxat 1000", "OK"}, {"get a", "(nil)"}},
		"set drops the deadline": {{"set a 1 ex 9", "OK"}, {"set a 2", "OK"}, {"ttl a", "-1"},
			{"set a 1 ex 9", "OK"}, {"set a 2 keepttl", "OK"}, {"ttl a", "9"}, {"getset a 3", `"2"`},
			{"ttl a", "-1"}, {"set b 1 keepttl", "OK"}, {"ttl b", "-1"}},
		"counting keeps the deadline": {{"set a 1 ex 9", "OK"}, {"incr a", "2"}, {"append a 3", "2"},
			{"cas a 23 x", "1"}, {"ttl a", "9"}},
		"old forms of set": {{"setnx a 1", "1"}, {"setnx a 2", "0"}, {"get a", `"1"`},
			{"setex a 5 x", "OK"}, {"ttl a", "5"}, {"psetex a 7 y", "OK"}, {"pttl a", "7"},
			{"setex a 0 x", "-ERR invalid expire time in 'setex' command"},
			{"psetex a -1 x", "-ERR invalid expire time in 'psetex' command"},
			{"setex a x x", errNotInteger}, {"get a", `"y"`}, {"getdel a", `"y"`}, {"getdel a", "(nil)"},
			{"getset a 1", "(nil)"}, {"getset a 2", `"1"`}},
	}
}

// expireScripts are about deadlines.
func expireScripts() map[string][][2]string {
	return map[string][][2]string{
		"expire": {{"expire a 1", "0"}, {"set a 1", "OK"}, {"expire a 10", "1"}, {"ttl a", "10"},
			{"persist a", "1"}, {"persist a", "0"}, {"persist b", "0"}, {"ttl a", "-1"},
			{"pexpire a 5", "1"}, {"+4", ""}, {"exists a", "1"}, {"+1", ""}, {"exists a", "0"}},
		"expire now": {{"set a 1", "OK"}, {"expire a 0", "1"}, {"exists a", "0"}, {"set a 1", "OK"},
			{"expire a -1", "1"}, {"exists a", "0"}},
		"expire options": {{"set a 1", "OK"}, {"expire a 9 xx", "0"}, {"expire a 9 gt", "0"},
			{"expire a 9 nx", "1"}, {"expire a 8 nx", "0"}, {"expire a 9 gt", "0"}, {"expire a 10 gt", "1"},
			{"expire a 10 lt", "0"}, {"expire a 5 xx lt", "1"}, {"persist a", "1"}, {"expire a 3 LT", "1"},
			{"expire a 1 gt lt", "-ERR GT and LT options at the same time are not compatible"},
			{"expire a 1 nx xx", "-ERR NX and XX, GT or LT options at the same time are not compatible"},
			{"expire a 1 soon", "-ERR Unsupported option soon"}, {"expire a x", errNotInteger}},
		"expire overflow": {
			{"expire a 9223372036854775807", "-ERR invalid expire time in 'expire' command"},
			{"pexpire a 9223372036854775807", "-ERR invalid expire time in 'pexpire' command"},
			{"expire a -9223372036854775808", "-ERR invalid expire time in 'expire' command"},
			{"expire a 9223372036854774", "0"}},
	}
}

// Each script starts with an empty store at time 1000 ms. "+N" adds N ms to the time.
func TestCommands(t *testing.T) {
	scripts := dataScripts()
	maps.Copy(scripts, setScripts())
	maps.Copy(scripts, expireScripts())
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			store, at := kv.New(), 1000*millisecond
			for _, step := range script {
				if step[1] == "" {
					var add int64
					_, err := fmt.Sscanf(step[0], "+%d", &add)
					require.NoError(t, err)
					at += vsr.Timestamp(add) * millisecond
					continue
				}
				require.Equal(t, step[1], do(t, store, at, step[0]), "after %q", step[0])
			}
		})
	}
}

// Every command answers "wrong number of arguments" or runs, whatever the number of arguments.
func TestEveryCommandChecksItsArity(t *testing.T) {
	for _, command := range kv.Commands() {
		found, ok := kv.Lookup([]byte(strings.ToUpper(command.String())))
		require.True(t, ok)
		require.Equal(t, command, found)
		for count := range 7 {
			line := command.String() + strings.Repeat(" 1", count)
			reply := do(t, kv.New(), millisecond, line)
			wrong := strings.Contains(reply, "wrong number of arguments for '"+command.String()+"'")
			odd := strings.HasPrefix(command.String(), "mset") && count%2 != 0
			require.Equal(t, !command.AcceptsArguments(count) || odd, wrong, "%s: %s", line, reply)
		}
	}
}

func TestLookup(t *testing.T) {
	for _, name := range []string{"", "ge", "lpush", "get ", strings.Repeat("get", 1000)} {
		_, ok := kv.Lookup([]byte(name))
		require.False(t, ok, name)
	}
	command, ok := kv.Lookup([]byte("Unlink"))
	require.True(t, ok)
	require.Equal(t, kv.Del, command)
	require.Equal(t, "command(0)", kv.Command(0).String())
	require.False(t, kv.Command(200).Valid())
}

// Time never goes back: a new primary with a slow clock does not bring keys back.
func TestTimeDoesNotGoBack(t *testing.T) {
	store := kv.New()
	require.Equal(t, "OK", do(t, store, 1000*millisecond, "set a 1 px 100"))
	require.Equal(t, "(nil)", do(t, store, 1100*millisecond, "get a"))
	require.Equal(t, "(nil)", do(t, store, 1000*millisecond, "get a"))
	require.Equal(t, "OK", do(t, store, -5, "set a 1 px 100"))
	require.Equal(t, "100", do(t, store, 1100*millisecond, "pttl a"))
	require.Equal(t, "1", do(t, store, 1199*millisecond, "exists a"))
	require.Equal(t, "0", do(t, store, 1200*millisecond, "exists a"))
}

// Keys that are gone do not stay in memory until somebody asks for them.
func TestExpiredKeysAreRemoved(t *testing.T) {
	store := kv.New()
	for i := range 1000 {
		do(t, store, millisecond, fmt.Sprintf("set %d x px %d", i, 1+(i*7919)%1000))
	}
	require.Equal(t, 1000, store.Len())
	do(t, store, 501*millisecond, "get nothing")
	require.Equal(t, 500, store.Len())
	do(t, store, 1001*millisecond, "get nothing")
	require.Equal(t, 0, store.Len())
}
