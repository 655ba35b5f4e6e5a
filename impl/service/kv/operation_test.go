// SPDX-License-Identifier: Apache-2.0

// This file tests batches, the bytes of operations and results, and the limits.

package kv_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/service/kv"
)

// The bytes are part of the log's format: they must not change by accident.
func TestOperationBytes(t *testing.T) {
	encoded := encode(t, kv.ModeTransaction, []string{"set", "k", "v"}, []string{"dbsize"})
	require.Equal(t, []byte("\x01\x01\x02\x02\x02\x01k\x01v\x1a\x00"), encoded)
	result := kv.New().Execute(0, encoded)
	require.Equal(t, []byte("\x01\x00\x02\x02\x02OK\x04\x02"), result)
	require.EqualValues(t, 27, kv.FlushDB, "codes of commands are part of the log's format")
}

func TestMalformedOperations(t *testing.T) {
	cases := map[string]struct{ bytes, reason string }{
		"nothing":            {"", "at byte 0: the format is missing"},
		"format":             {"\x03\x00\x01", "at byte 1: the format is 3, expected 1"},
		"mode":               {"\x01\x02\x01", "the mode is 2"},
		"no commands":        {"\x01\x00\x00", "the number of commands is 0"},
		"no count":           {"\x01\x00", "the number of commands is not a complete number"},
		"too many commands":  {"\x01\x00\x81\x08", "the number of commands is 1025, the limit is 1024"},
		"command 0":          {"\x01\x00\x01\x00\x00", "there is no command with code 0"},
		"unknown command":    {"\x01\x00\x01\xff\x00", "there is no command with code 255"},
		"too many arguments": {"\x01\x00\x01\x01\x81\x08", "the number of arguments is 1025"},
		"missing argument":   {"\x01\x00\x01\x01\x01", "the length of the argument"},
		"short argument":     {"\x01\x00\x01\x01\x01\x02k", "the argument has 2 bytes, only 1 are there"},
		"long form":          {"\x01\x00\x81\x00\x1a\x00", "not in its shortest form"},
		"endless number":     {"\x01\x00" + strings.Repeat("\xff", 11), "not a complete number"},
		"great argument":     {"\x01\x00\x01\x01\x01\x81\x80\x20", "524289, the limit is 524288"},
		"rest":               {"\x01\x00\x01\x1a\x00\x00", "1 bytes too many"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			store := kv.New()
			before := store.Snapshot()
			result := decode(t, store.Execute(0, []byte(c.bytes)))
			require.True(t, result.Malformed)
			require.Len(t, result.Replies, 1)
			require.Equal(t, kv.Error, result.Replies[0].Kind)
			require.Contains(t, result.Replies[0].Text, "ERR malformed operation: ")
			require.Contains(t, result.Replies[0].Text, c.reason)
			require.Equal(t, before, store.Snapshot())
		})
	}
	_, err := kv.DecodeOperation(make([]byte, kv.MaxOperation+1))
	require.ErrorIs(t, err, kv.ErrMalformed)
	require.ErrorContains(t, err, "786433 bytes, the limit is 786432")
}

func TestEncodeOperationRefusesWhatIsAboveTheLimits(t *testing.T) {
	value := make([]byte, kv.MaxValue+1)
	for name, operation := range map[string]kv.Operation{
		"empty": {},
		"code":  {Requests: []kv.Request{{Command: 99}}},
		"mode":  {Mode: 7, Requests: []kv.Request{{Command: kv.DBSize}}},
		"value": {Requests: []kv.Request{{Command: kv.Get, Arguments: [][]byte{value}}}},
		"arguments": {Requests: []kv.Request{{Command: kv.MGet,
			Arguments: make([][]byte, kv.MaxArguments+1)}}},
		"commands": {Requests: make([]kv.Request, kv.MaxCommands+1)},
		"operation": {Requests: []kv.Request{{Command: kv.MSet,
			Arguments: [][]byte{nil, value[1:], nil, value[1:]}}}},
	} {
		_, err := kv.EncodeOperation(operation)
		require.ErrorIs(t, err, kv.ErrMalformed, name)
	}
}

// The limits of keys and values fit together: the longest SET is an operation, the answer to its
// GET is a result.
func TestLimits(t *testing.T) {
	store := kv.New()
	key, value := strings.Repeat("k", kv.MaxKey), strings.Repeat("v", kv.MaxValue)
	execute := func(words ...string) string {
		return text(decode(t, store.Execute(1, encode(t, kv.ModePipeline, words))).Replies[0])
	}
	require.Equal(t, "OK", execute("set", key, value))
	require.Equal(t, `"`+value+`"`, execute("get", key))
	require.Equal(t, "-ERR string exceeds maximum allowed size (524288 bytes)",
		execute("append", key, "x"))
	require.Equal(t, "524288", execute("append", key, ""))
	tooLong := "-ERR a key is longer than 65536 bytes"
	require.Equal(t, tooLong, execute("get", key+"k"))
	require.Equal(t, tooLong, execute("mset", "a", "1", key+"k", "2"))
	require.Equal(t, "0", execute("exists", "a"))
	// Only keys have that limit.
	require.Equal(t, "OK", execute("mset", "a", key+"k"))
	require.Contains(t, execute("mget", key, key), "the reply would be larger than 786432 bytes")
	require.Contains(t, execute("expire", "a", "1", strings.Repeat("x", 1000)), "Unsupported option x")
}

// A batch whose replies do not fit stops early, and the rest runs when it is sent again.
func TestPipelineStopsWhenTheResultIsFull(t *testing.T) {
	store := kv.New()
	value := strings.Repeat("v", kv.MaxValue)
	decode(t, store.Execute(1, encode(t, kv.ModePipeline, []string{"set", "a", value})))
	batch := [][]string{{"incr", "n"}, {"get", "a"}, {"getset", "a", "small"}, {"incr", "n"}}
	encoded := store.Execute(1, encode(t, kv.ModePipeline, batch...))
	require.LessOrEqual(t, len(encoded), kv.MaxResult)
	first := decode(t, encoded)
	require.Len(t, first.Replies, 2)
	second := decode(t, store.Execute(1, encode(t, kv.ModePipeline, batch[2:]...)))
	require.Len(t, second.Replies, 2)
	require.Equal(t, value, second.Replies[0].Text)
	require.Equal(t, int64(2), second.Replies[1].Number)
}

// A SET without GET does not answer with the old value, so that cannot make its batch stop.
func TestPlainSetNeedsNoRoomForTheOldValue(t *testing.T) {
	store := kv.New()
	value := strings.Repeat("v", kv.MaxValue)
	decode(t, store.Execute(1, encode(t, kv.ModePipeline, []string{"set", "a", value})))
	batch := [][]string{{"get", "a"}, {"set", "a", "1"}, {"set", "a", "1", "get"}, {"get", "a"}}
	require.Len(t, decode(t, store.Execute(1, encode(t, kv.ModePipeline, batch...))).Replies, 4)
}

// A transaction always answers each of its commands.
func TestTransactionAnswersAllCommands(t *testing.T) {
	store := kv.New()
	value := strings.Repeat("v", kv.MaxValue)
	decode(t, store.Execute(1, encode(t, kv.ModePipeline, []string{"set", "a", value})))
	batch := [][]string{{"get", "a"}, {"getset", "a", "small"}, {"incr", "n"}, {"strlen", "a"}}
	encoded := store.Execute(1, encode(t, kv.ModeTransaction, batch...))
	require.LessOrEqual(t, len(encoded), kv.MaxResult)
	replies := decode(t, encoded).Replies
	require.Len(t, replies, 4)
	require.Contains(t, replies[1].Text, "the command did not run")
	require.Equal(t, int64(1), replies[2].Number)
	require.Equal(t, int64(kv.MaxValue), replies[3].Number)
}

// The longest batch of failing commands fits in a result.
func TestErrorsFitInAResult(t *testing.T) {
	batch := make([][]string, kv.MaxCommands)
	for i := range batch {
		batch[i] = []string{"expire", "a", "1", strings.Repeat("x", 700)}
	}
	encoded := kv.New().Execute(1, encode(t, kv.ModePipeline, batch...))
	require.LessOrEqual(t, len(encoded), kv.MaxResult)
	require.Len(t, decode(t, encoded).Replies, kv.MaxCommands)
}

func TestOperationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		argument := rapid.SliceOfN(rapid.Byte(), 0, 300)
		operation := kv.Operation{Mode: kv.Mode(rapid.IntRange(0, 1).Draw(t, "mode"))}
		for range rapid.IntRange(1, 5).Draw(t, "requests") {
			operation.Requests = append(operation.Requests, kv.Request{
				Command:   rapid.SampledFrom(kv.Commands()).Draw(t, "command"),
				Arguments: rapid.SliceOfN(argument, 0, 200).Draw(t, "arguments"),
			})
		}
		encoded, err := kv.EncodeOperation(operation)
		require.NoError(t, err)
		size := 0
		for _, r := range operation.Requests {
			size += r.Size()
		}
		require.LessOrEqual(t, len(encoded), kv.BatchSize(size))
		decoded, err := kv.DecodeOperation(encoded)
		require.NoError(t, err)
		again, err := kv.EncodeOperation(decoded)
		require.NoError(t, err)
		require.Equal(t, encoded, again)
		require.Equal(t, len(operation.Requests), len(decoded.Requests))
		for i, r := range operation.Requests {
			require.Equal(t, r.Command, decoded.Requests[i].Command)
			require.Equal(t, bytes.Join(r.Arguments, []byte("|")),
				bytes.Join(decoded.Requests[i].Arguments, []byte("|")))
		}
	})
}

func TestMalformedResults(t *testing.T) {
	for name, encoded := range map[string]string{
		"nothing":         "",
		"format":          "\x07\x00\x00",
		"mark":            "\x01\x02\x00",
		"kind":            "\x01\x00\x01\x09",
		"array in array":  "\x01\x00\x01\x06\x01\x06\x00",
		"missing reply":   "\x01\x00\x02\x01",
		"short text":      "\x01\x00\x01\x05\x04abc",
		"too many bytes":  "\x01\x00\x01\x01\x01",
		"too many":        "\x01\x00\xff\xff\x03",
		"number too long": "\x01\x00\x01\x04\x80\x00",
	} {
		_, err := kv.DecodeResult([]byte(encoded))
		require.ErrorIs(t, err, kv.ErrMalformed, name)
	}
}
