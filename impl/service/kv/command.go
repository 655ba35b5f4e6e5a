// SPDX-License-Identifier: Apache-2.0

// This file lists the commands: their codes in an operation, their names, arities and keys.

package kv

import (
	"fmt"
	"strings"
)

// Command is the code of a command inside an operation. Codes are part of the log's format: a code
// is never given another meaning.
type Command uint8

// The commands. Gaps are not allowed: Commands relies on it, and a test checks it.
const (
	Get Command = 1 + iota
	Set
	SetNX
	SetEX
	PSetEX
	GetSet
	GetDel
	MSet
	MSetNX
	MGet
	Del
	Exists
	Incr
	IncrBy
	Decr
	DecrBy
	Append
	StrLen
	CAS
	TTL
	PTTL
	Expire
	PExpire
	Persist
	Type
	DBSize
	FlushDB
)

// definition is what the store knows about a command.
type definition struct {
	name string
	// arity counts as Redis does: the name included; a negative number is a minimum.
	arity int
	write bool
	// firstKey, lastKey and keyStep say which arguments are keys, counted from 1. A lastKey of -1
	// is the last argument. 0 means that there are no keys.
	firstKey, lastKey, keyStep int
	// run executes the command. The arity and the lengths of keys are already checked.
	run func(s *Store, arguments [][]byte) Reply
	// bound is how many bytes the encoded reply can need. nil means at most smallReply.
	bound func(s *Store, arguments [][]byte) int
	growing
}

// growing says how a command can make the state larger; the zero value is that it cannot.
type growing struct {
	grows bool
	// value is which argument becomes the value of the only key, counted from 1; 0 is a number.
	value int
	// extends: the value is appended to the one that is there.
	extends bool
}

// The ways to grow. They are never written.
var (
	growsNot    = growing{}
	growsNumber = growing{grows: true}
	growsSecond = growing{grows: true, value: 2}
	growsThird  = growing{grows: true, value: 3}
	growsLonger = growing{grows: true, value: 2, extends: true}
)

// definitions is indexed by Command. It is never written.
var definitions = [...]definition{
	Get:     {"get", 2, false, 1, 1, 1, get, boundOfFirst, growsNot},
	Set:     {"set", -3, true, 1, 1, 1, set, boundOfSet, growsSecond},
	SetNX:   {"setnx", 3, true, 1, 1, 1, setNX, nil, growsSecond},
	SetEX:   {"setex", 4, true, 1, 1, 1, setEX, nil, growsThird},
	PSetEX:  {"psetex", 4, true, 1, 1, 1, pSetEX, nil, growsThird},
	GetSet:  {"getset", 3, true, 1, 1, 1, getSet, boundOfFirst, growsSecond},
	GetDel:  {"getdel", 2, true, 1, 1, 1, getDel, boundOfFirst, growsNot},
	MSet:    {"mset", -3, true, 1, -1, 2, mSet, nil, growsSecond},
	MSetNX:  {"msetnx", -3, true, 1, -1, 2, mSetNX, nil, growsSecond},
	MGet:    {"mget", -2, false, 1, -1, 1, mGet, boundOfAll, growsNot},
	Del:     {"del", -2, true, 1, -1, 1, del, nil, growsNot},
	Exists:  {"exists", -2, false, 1, -1, 1, exists, nil, growsNot},
	Incr:    {"incr", 2, true, 1, 1, 1, incr, nil, growsNumber},
	IncrBy:  {"incrby", 3, true, 1, 1, 1, incrBy, nil, growsNumber},
	Decr:    {"decr", 2, true, 1, 1, 1, decr, nil, growsNumber},
	DecrBy:  {"decrby", 3, true, 1, 1, 1, decrBy, nil, growsNumber},
	Append:  {"append", 3, true, 1, 1, 1, appendValue, nil, growsLonger},
	StrLen:  {"strlen", 2, false, 1, 1, 1, strLen, nil, growsNot},
	CAS:     {"cas", 4, true, 1, 1, 1, compareAndSet, nil, growsThird},
	TTL:     {"ttl", 2, false, 1, 1, 1, ttl, nil, growsNot},
	PTTL:    {"pttl", 2, false, 1, 1, 1, pttl, nil, growsNot},
	Expire:  {"expire", -3, true, 1, 1, 1, expire, nil, growsNot},
	PExpire: {"pexpire", -3, true, 1, 1, 1, pExpire, nil, growsNot},
	Persist: {"persist", 2, true, 1, 1, 1, persist, nil, growsNot},
	Type:    {"type", 2, false, 1, 1, 1, typeOf, nil, growsNot},
	DBSize:  {"dbsize", 1, false, 0, 0, 0, dbSize, nil, growsNot},
	FlushDB: {"flushdb", -1, true, 0, 0, 0, flushDB, nil, growsNot},
}

// Commands returns all commands in the order of their codes.
func Commands() []Command {
	commands := make([]Command, 0, len(definitions)-1)
	for code := 1; code < len(definitions); code++ {
		commands = append(commands, Command(code))
	}
	return commands
}

// Lookup finds a command by its name, in any case. UNLINK and FLUSHALL are other names of DEL and
// FLUSHDB: nothing here is freed in the background, and there is one database.
func Lookup(name []byte) (command Command, ok bool) {
	if len(name) > len("flushall") {
		return 0, false
	}
	lower := strings.ToLower(string(name))
	switch lower {
	case "unlink":
		return Del, true
	case "flushall":
		return FlushDB, true
	}
	for code := 1; code < len(definitions); code++ {
		if definitions[code].name == lower {
			return Command(code), true
		}
	}
	return 0, false
}

// Valid reports whether the code belongs to a command.
func (c Command) Valid() bool { return c > 0 && int(c) < len(definitions) }

// String is the command's name in lower case.
func (c Command) String() string {
	if !c.Valid() {
		return fmt.Sprintf("command(%d)", uint8(c))
	}
	return definitions[c].name
}

// Arity counts the arguments as Redis does: the name included; a negative number is a minimum.
func (c Command) Arity() int { return definitions[c].arity }

// Write reports whether the command can change the state.
func (c Command) Write() bool { return definitions[c].write }

// Keys says which arguments are keys: the first, the last (-1 is the last argument), and the
// distance between two keys, all counted with the name as argument 0. All zero: no keys.
func (c Command) Keys() (first, last, step int) {
	d := &definitions[c]
	return d.firstKey, d.lastKey, d.keyStep
}

// AcceptsArguments reports whether the command can have that many arguments, its name not counted.
func (c Command) AcceptsArguments(count int) bool {
	arity := definitions[c].arity
	if arity < 0 {
		return count+1 >= -arity
	}
	return count+1 == arity
}

// eachKey calls visit for each argument that is a key.
func (d *definition) eachKey(arguments [][]byte, visit func(key []byte)) {
	if d.firstKey == 0 {
		return
	}
	last := d.lastKey
	if last < 0 {
		last = len(arguments)
	}
	for i := d.firstKey; i <= last && i <= len(arguments); i += d.keyStep {
		visit(arguments[i-1])
	}
}
