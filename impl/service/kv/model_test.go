// SPDX-License-Identifier: Apache-2.0

// This file holds a second, plain implementation of the commands, to compare Store with. It shares
// no code with Store: its expiry is lazy, where Store removes keys in advance, and it works on
// words as a person would type them.

package kv_test

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"viewstamp/impl/service/kv"
)

type modelEntry struct {
	value    string
	deadline *big.Int // nil: none. big.Int, so that no overflow has to be thought of.
}

// model is a map and a clock.
type model struct {
	now  *big.Int // Milliseconds.
	keys map[string]modelEntry
}

func newModel() *model { return &model{now: new(big.Int), keys: map[string]modelEntry{}} }

func (m *model) tick(nanoseconds int64) {
	now := new(big.Int).Quo(big.NewInt(nanoseconds), big.NewInt(1_000_000))
	if now.Cmp(m.now) > 0 {
		m.now = now
	}
}

func (m *model) find(key string) (modelEntry, bool) {
	e, ok := m.keys[key]
	if ok && e.deadline != nil && e.deadline.Cmp(m.now) <= 0 {
		delete(m.keys, key)
		return modelEntry{}, false
	}
	return e, ok
}

func (m *model) bulk(key string) kv.Reply {
	if e, ok := m.find(key); ok {
		return kv.Reply{Kind: kv.Bulk, Text: e.value}
	}
	return kv.Reply{Kind: kv.Nil}
}

func number(n int) kv.Reply       { return kv.Reply{Kind: kv.Integer, Number: int64(n)} }
func failure(t string) kv.Reply   { return kv.Reply{Kind: kv.Error, Text: "ERR " + t} }
func simple(text string) kv.Reply { return kv.Reply{Kind: kv.Simple, Text: text} }

const (
	notInteger = "value is not an integer or out of range"
	syntax     = "syntax error"
)

// canonical accepts what Redis accepts as an integer.
func canonical(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == text
}

// run executes one command. a[0] is the name in lower case, the arity is right.
func (m *model) run(a []string) kv.Reply {
	switch a[0] {
	case "get":
		return m.bulk(a[1])
	case "set":
		return m.set(a)
	case "setnx":
		if _, ok := m.find(a[1]); ok {
			return number(0)
		}
		m.keys[a[1]] = modelEntry{value: a[2]}
		return number(1)
	case "setex", "psetex":
		option := map[string]string{"setex": "ex", "psetex": "px"}[a[0]]
		reply := m.set([]string{"set", a[1], a[3], option, a[2]})
		reply.Text = strings.Replace(reply.Text, "'set'", "'"+a[0]+"'", 1)
		return reply
	case "getset":
		old := m.bulk(a[1])
		m.keys[a[1]] = modelEntry{value: a[2]}
		return old
	case "getdel":
		old := m.bulk(a[1])
		delete(m.keys, a[1])
		return old
	case "mget":
		reply := kv.Reply{Kind: kv.Array}
		for _, key := range a[1:] {
			reply.Elements = append(reply.Elements, m.bulk(key))
		}
		return reply
	case "mset", "msetnx":
		return m.setMany(a)
	case "incr", "incrby", "decr", "decrby":
		return m.count(a)
	case "ttl", "pttl", "expire", "pexpire", "persist":
		return m.time(a)
	}
	return m.rest(a)
}

func (m *model) rest(a []string) kv.Reply {
	switch a[0] {
	case "del", "exists":
		n := 0
		for _, key := range a[1:] {
			if _, ok := m.find(key); ok {
				n++
				if a[0] == "del" {
					delete(m.keys, key)
				}
			}
		}
		return number(n)
	case "append":
		e, _ := m.find(a[1])
		e.value += a[2]
		m.keys[a[1]] = e
		return number(len(e.value))
	case "strlen":
		e, _ := m.find(a[1])
		return number(len(e.value))
	case "cas":
		if e, ok := m.find(a[1]); ok && e.value == a[2] {
			m.keys[a[1]] = modelEntry{value: a[3], deadline: e.deadline}
			return number(1)
		}
		return number(0)
	case "type":
		if _, ok := m.find(a[1]); ok {
			return simple("string")
		}
		return simple("none")
	case "dbsize":
		n := 0
		for key := range m.keys {
			if _, ok := m.find(key); ok {
				n++
			}
		}
		return number(n)
	case "flushdb":
		m.keys = map[string]modelEntry{}
		return simple("OK")
	}
	return failure("the model does not know " + a[0])
}

func (m *model) set(a []string) kv.Reply {
	has := map[string]bool{}
	expiry, text := "", ""
	for i := 3; i < len(a); i++ {
		option := strings.ToLower(a[i])
		switch option {
		case "nx", "xx", "get", "keepttl":
			has[option] = true
		case "ex", "px", "exat", "pxat":
			if i+1 == len(a) || expiry != "" && expiry != option {
				return failure(syntax)
			}
			expiry, text = option, a[i+1]
			i++
		default:
			return failure(syntax)
		}
	}
	if has["nx"] && has["xx"] || has["keepttl"] && expiry != "" {
		return failure(syntax)
	}
	next := modelEntry{value: a[2]}
	if expiry != "" {
		n, ok := canonical(text)
		if !ok {
			return failure(notInteger)
		}
		next.deadline = m.deadline(n, strings.HasPrefix(expiry, "e"), !strings.HasSuffix(expiry, "at"))
		if n <= 0 || !next.deadline.IsInt64() {
			return failure("invalid expire time in 'set' command")
		}
	}
	old, found := m.find(a[1])
	oldReply := m.bulk(a[1])
	if has["keepttl"] && found {
		next.deadline = old.deadline
	}
	allowed := !(has["nx"] && found) && !(has["xx"] && !found)
	if allowed {
		m.keys[a[1]] = next
	}
	switch {
	case has["get"]:
		return oldReply
	case allowed:
		return simple("OK")
	}
	return kv.Reply{Kind: kv.Nil}
}

// deadline computes an instant without bounds.
func (m *model) deadline(n int64, seconds, relative bool) *big.Int {
	at := big.NewInt(n)
	if seconds {
		at.Mul(at, big.NewInt(1000))
	}
	if relative {
		at.Add(at, m.now)
	}
	return at
}

func (m *model) setMany(a []string) kv.Reply {
	if len(a)%2 == 0 {
		return failure("wrong number of arguments for '" + a[0] + "' command")
	}
	for i := 1; i < len(a) && a[0] == "msetnx"; i += 2 {
		if _, ok := m.find(a[i]); ok {
			return number(0)
		}
	}
	for i := 1; i < len(a); i += 2 {
		m.keys[a[i]] = modelEntry{value: a[i+1]}
	}
	if a[0] == "msetnx" {
		return number(1)
	}
	return simple("OK")
}

func (m *model) count(a []string) kv.Reply {
	delta := int64(1)
	if len(a) == 3 {
		parsed, ok := canonical(a[2])
		if !ok {
			return failure(notInteger)
		}
		delta = parsed
	}
	if a[0] == "decrby" && delta == math.MinInt64 {
		return failure("decrement would overflow")
	}
	if a[0][0] == 'd' {
		delta = -delta
	}
	e, found := m.find(a[1])
	current := int64(0)
	if found {
		parsed, ok := canonical(e.value)
		if !ok {
			return failure(notInteger)
		}
		current = parsed
	}
	sum := new(big.Int).Add(big.NewInt(current), big.NewInt(delta))
	if !sum.IsInt64() {
		return failure("increment or decrement would overflow")
	}
	e.value = sum.String()
	m.keys[a[1]] = e
	return kv.Reply{Kind: kv.Integer, Number: sum.Int64()}
}

func (m *model) time(a []string) kv.Reply {
	e, found := m.find(a[1])
	switch a[0] {
	case "ttl", "pttl":
		if !found {
			return number(-2)
		}
		if e.deadline == nil {
			return number(-1)
		}
		left := new(big.Int).Sub(e.deadline, m.now)
		if a[0] == "ttl" {
			left.Quo(left.Add(left, big.NewInt(500)), big.NewInt(1000))
		}
		return kv.Reply{Kind: kv.Integer, Number: left.Int64()}
	case "persist":
		if e.deadline == nil {
			return number(0)
		}
		m.keys[a[1]] = modelEntry{value: e.value}
		return number(1)
	}
	return m.expire(a, e, found)
}

func (m *model) expire(a []string, e modelEntry, found bool) kv.Reply {
	has := map[string]bool{}
	for _, option := range a[3:] {
		lower := strings.ToLower(option)
		if !strings.Contains(" nx xx gt lt ", " "+lower+" ") {
			return failure("Unsupported option " + option)
		}
		has[lower] = true
	}
	if has["nx"] && len(has) > 1 {
		return failure("NX and XX, GT or LT options at the same time are not compatible")
	}
	if has["gt"] && has["lt"] {
		return failure("GT and LT options at the same time are not compatible")
	}
	n, ok := canonical(a[2])
	if !ok {
		return failure(notInteger)
	}
	at := m.deadline(n, a[0] == "expire", true)
	scaled := m.deadline(n, a[0] == "expire", false)
	if !at.IsInt64() || !scaled.IsInt64() {
		return failure("invalid expire time in '" + a[0] + "' command")
	}
	switch {
	case !found,
		has["nx"] && e.deadline != nil,
		has["xx"] && e.deadline == nil,
		has["gt"] && (e.deadline == nil || at.Cmp(e.deadline) <= 0),
		has["lt"] && e.deadline != nil && at.Cmp(e.deadline) >= 0:
		return number(0)
	}
	m.keys[a[1]] = modelEntry{value: e.value, deadline: at}
	return number(1)
}
