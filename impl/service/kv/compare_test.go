// SPDX-License-Identifier: Apache-2.0

// This file compares Store with the model on random commands, and shows that the comparison finds
// wrong stores.

package kv_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/service/kv"
	"viewstamp/impl/vsr"
)

// chooser draws a number below n. It is rapid's in the property test, and a seeded generator where
// a run must be the same each time.
type chooser func(n int) int

func (c chooser) word(words ...string) string { return words[c(len(words))] }

func (c chooser) key() string { return c.word("a", "b", "c", "") }

func (c chooser) value() string {
	return c.word("", "x", "yy", "1", "-1", "9223372036854775807", "-9223372036854775808",
		"007", "+1", "-0", " 1", strconv.Itoa(c(100)))
}

func (c chooser) duration() string {
	if c(4) > 0 {
		return strconv.Itoa(1 + c(3000))
	}
	return c.word("1", "2", "3", "10", "1000", "1500", "2500", "0", "-1", "x",
		"9223372036854775807", "9223372036854775", "9223372036854775000", "-9223372036854775808")
}

// command draws a command with a right arity.
func (c chooser) command() []string {
	commands := kv.Commands()
	command := commands[c(len(commands))]
	if command == kv.FlushDB && c(5) > 0 {
		// A store that is empty all the time is no good test.
		command = kv.Set
	}
	words := []string{command.String()}
	switch command {
	case kv.Set:
		words = append(words, c.key(), c.value())
		for range c(3) {
			option := c.word("nx", "xx", "get", "keepttl", "ex", "px", "exat", "pxat", "EX", "Nx")
			words = append(words, option)
			if len(option) != 7 && strings.Contains("expxatpxat", strings.ToLower(option)) {
				words = append(words, c.duration())
			}
		}
	case kv.Expire, kv.PExpire:
		words = append(words, c.key(), c.duration())
		for range c(2) * c(3) {
			words = append(words, c.word("nx", "xx", "gt", "LT", "no"))
		}
	case kv.SetEX, kv.PSetEX:
		words = append(words, c.key(), c.duration(), c.value())
	case kv.IncrBy, kv.DecrBy, kv.SetNX, kv.GetSet, kv.Append:
		words = append(words, c.key(), c.value())
	case kv.CAS:
		words = append(words, c.key(), c.value(), c.value())
	case kv.MSet, kv.MSetNX:
		for range 1 + c(3) {
			words = append(words, c.key(), c.value())
		}
		// Sometimes the last value is missing.
		words = words[:len(words)-c(4)/3]
	case kv.Del, kv.Exists, kv.MGet:
		for range 1 + c(3) {
			words = append(words, c.key())
		}
	case kv.DBSize, kv.FlushDB:
	default:
		words = append(words, c.key())
	}
	return words
}

// request turns words into a request. The name must be a command's.
func request(words []string) kv.Request {
	command, ok := kv.Lookup([]byte(words[0]))
	if !ok {
		panic("not a command: " + words[0])
	}
	r := kv.Request{Command: command}
	for _, word := range words[1:] {
		r.Arguments = append(r.Arguments, []byte(word))
	}
	return r
}

// encode makes an operation of lines such as "set k v".
func encode(t require.TestingT, mode kv.Mode, batch ...[]string) []byte {
	operation := kv.Operation{Mode: mode}
	for _, words := range batch {
		operation.Requests = append(operation.Requests, request(words))
	}
	encoded, err := kv.EncodeOperation(operation)
	require.NoError(t, err)
	return encoded
}

func decode(t require.TestingT, encoded []byte) kv.Result {
	result, err := kv.DecodeResult(encoded)
	require.NoError(t, err)
	return result
}

// compare runs random batches through a service and the model until they differ. The answer says
// where, or is empty.
func compare(t require.TestingT, choose chooser, service vsr.Service, batches int) string {
	m := newModel()
	now := int64(1_700_000_000_000) // Milliseconds.
	for step := range batches {
		// Mostly forward, sometimes back, and sometimes far enough to expire the long deadlines.
		now += int64(choose(4)*choose(700)) - int64(choose(2)*choose(20))
		timestamp := now*1_000_000 + int64(choose(1_000_000))
		m.tick(timestamp)
		var batch [][]string
		var expected []kv.Reply
		for range 1 + choose(4) {
			words := choose.command()
			batch = append(batch, words)
			expected = append(expected, m.run(words))
		}
		encoded := service.Execute(vsr.Timestamp(timestamp), encode(t, kv.ModePipeline, batch...))
		actual := decode(t, encoded).Replies
		if fmt.Sprint(actual) != fmt.Sprint(expected) {
			return fmt.Sprintf("batch %d %q: replies %v, the model has %v",
				step, batch, actual, expected)
		}
	}
	return ""
}

func TestStoreEqualsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") }
		require.Empty(t, compare(t, choose, kv.New(), 12))
	})
}

// seeded gives the same choices for the same seed.
func seeded(seed uint64) chooser {
	random := rand.New(rand.NewPCG(seed, 1))
	return random.IntN
}

func TestStoreEqualsModelOnLongRuns(t *testing.T) {
	for seed := range uint64(5) {
		require.Empty(t, compare(t, seeded(seed), kv.New(), 3000), "seed %d", seed)
	}
}

// altered is a store whose operations or timestamps are changed on the way in.
type altered struct {
	store  *kv.Store
	change func(timestamp vsr.Timestamp, o kv.Operation) (vsr.Timestamp, kv.Operation)
	twice  bool
}

func (a *altered) Execute(timestamp vsr.Timestamp, encoded []byte) []byte {
	operation, err := kv.DecodeOperation(encoded)
	if err != nil {
		return a.store.Execute(timestamp, encoded)
	}
	if a.change != nil {
		timestamp, operation = a.change(timestamp, operation)
	}
	encoded, err = kv.EncodeOperation(operation)
	if err != nil {
		panic(err)
	}
	if a.twice {
		a.store.Execute(timestamp, encoded)
	}
	return a.store.Execute(timestamp, encoded)
}

func (a *altered) Snapshot() []byte              { return a.store.Snapshot() }
func (a *altered) Restore(snapshot []byte) error { return a.store.Restore(snapshot) }

// withoutOption drops an option of SET.
func withoutOption(option string) func(vsr.Timestamp, kv.Operation) (vsr.Timestamp, kv.Operation) {
	return func(timestamp vsr.Timestamp, o kv.Operation) (vsr.Timestamp, kv.Operation) {
		for i, r := range o.Requests {
			if r.Command == kv.Set {
				o.Requests[i].Arguments = slices.DeleteFunc(r.Arguments, func(a []byte) bool {
					return strings.EqualFold(string(a), option)
				})
			}
		}
		return timestamp, o
	}
}

func TestWrongStoresAreFound(t *testing.T) {
	wrong := map[string]*altered{
		"a duplicate is executed again": {twice: true},
		"NX is forgotten":               {change: withoutOption("nx")},
		"KEEPTTL is forgotten":          {change: withoutOption("keepttl")},
		"time stands still": {change: func(_ vsr.Timestamp, o kv.Operation) (vsr.Timestamp,
			kv.Operation) {
			return 1_700_000_000_000_000_000, o
		}},
		"a batch runs backwards": {change: func(timestamp vsr.Timestamp,
			o kv.Operation) (vsr.Timestamp, kv.Operation) {
			slices.Reverse(o.Requests)
			return timestamp, o
		}},
		"CAS does not compare": {change: func(timestamp vsr.Timestamp,
			o kv.Operation) (vsr.Timestamp, kv.Operation) {
			for i, r := range o.Requests {
				if r.Command == kv.CAS {
					o.Requests[i] = kv.Request{Command: kv.Set,
						Arguments: [][]byte{r.Arguments[0], r.Arguments[2]}}
				}
			}
			return timestamp, o
		}},
	}
	for name, service := range wrong {
		t.Run(name, func(t *testing.T) {
			service.store = kv.New()
			require.NotEmpty(t, compare(t, seeded(1), service, 3000))
		})
	}
	// The harness itself changes nothing.
	unchanged := &altered{store: kv.New()}
	require.Empty(t, compare(t, seeded(1), unchanged, 3000))
}
