// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"viewstamp/impl/vsr"
)

// From an event to its line. It is written by hand, without reflection: a traced replica should not
// be much slower than another.

// operationMax is the length up to which operations and results are written in full.
const operationMax = 64

// appendEvent appends the line of an event.
func appendEvent(b []byte, e *vsr.Event) ([]byte, error) {
	b = append(b, `{"replica":`...)
	b = strconv.AppendUint(b, uint64(e.Replica), 10)
	b = appendNumber(b, "sequence", e.Sequence)
	b = appendString(b, "step", e.Step)
	if e.Ignored != "" {
		b = appendString(b, "ignored", string(e.Ignored))
	}
	var err error
	if b, err = appendMessages(b, "received", e.Received); err != nil {
		return b, err
	}
	if b, err = appendMessages(b, "sent", e.Sent); err != nil {
		return b, err
	}
	b = append(b, `,"state":{"status":`...)
	b = strconv.AppendQuote(b, e.State.Status.String())
	b = appendNumber(b, "view", uint64(e.State.ViewNumber))
	b = appendNumber(b, "lastNormalView", uint64(e.State.LastNormalView))
	b = appendName(b, "log", e.State.Log)
	b = appendNumber(b, "commit", uint64(e.State.CommitNumber))
	b = appendFlag(b, "headUnknown", e.State.HeadUnknown)
	b = appendLost(b, e.State.Lost)
	return append(b, "}}\n"...), nil
}

// appendMessages appends a list of messages; nothing if it is empty.
func appendMessages(b []byte, key string, list []vsr.Message) ([]byte, error) {
	if len(list) == 0 {
		return b, nil
	}
	b = appendKey(b, key)
	for i, m := range list {
		if i == 0 {
			b = append(b, '[')
		} else {
			b = append(b, ',')
		}
		var err error
		if b, err = appendMessage(b, m); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

// appendMessage appends one message.
func appendMessage(b []byte, m vsr.Message) ([]byte, error) {
	switch m := m.(type) {
	case *vsr.Request:
		b = append(b, `{"kind":"REQUEST"`...)
		b = appendString(b, "client", m.ClientID.String())
		b = appendNumber(b, "request", uint64(m.RequestNumber))
		b = appendBytes(b, "operation", m.Operation)
	case *vsr.Prepare:
		b = appendHead(b, "PREPARE", m.From, m.ViewNumber)
		b = appendName(b, "parent", m.Parent)
		b = appendNumber(b, "commit", uint64(m.CommitNumber))
		b = appendEntry(b, &m.Entry)
	case *vsr.PrepareOK:
		b = appendHead(b, "PREPAREOK", m.From, m.ViewNumber)
		b = appendNumber(b, "op", uint64(m.OpNumber))
	case *vsr.Reply:
		b = appendHead(b, "REPLY", m.From, m.ViewNumber)
		b = appendString(b, "client", m.ClientID.String())
		b = appendNumber(b, "request", uint64(m.RequestNumber))
		b = appendNumber(b, "op", uint64(m.OpNumber))
		b = appendBytes(b, "result", m.Result)
	case *vsr.Commit:
		b = appendHead(b, "COMMIT", m.From, m.ViewNumber)
		b = appendNumber(b, "commit", uint64(m.CommitNumber))
	case *vsr.StartViewChange:
		b = appendHead(b, "STARTVIEWCHANGE", m.From, m.ViewNumber)
	case *vsr.DoViewChange:
		b = appendHead(b, "DOVIEWCHANGE", m.From, m.ViewNumber)
		b = appendName(b, "log", m.Log.Name)
		b = appendName(b, "base", m.Log.Base)
		b = appendNumber(b, "lastNormalView", uint64(m.LastNormalView))
		b = appendNumber(b, "commit", uint64(m.CommitNumber))
		b = appendFlag(b, "headUnknown", m.HeadUnknown)
		b = appendLost(b, m.Lost)
	case *vsr.StartView:
		b = appendHead(b, "STARTVIEW", m.From, m.ViewNumber)
		b = appendName(b, "log", m.Log.Name)
		b = appendName(b, "base", m.Log.Base)
		b = appendNumber(b, "commit", uint64(m.CommitNumber))
	case *vsr.GetState:
		b = appendHead(b, "GETSTATE", m.From, m.ViewNumber)
		b = appendNumber(b, "op", uint64(m.OpNumber))
	case *vsr.NewState:
		b = appendHead(b, "NEWSTATE", m.From, m.ViewNumber)
		b = appendNumber(b, "to", uint64(m.To))
		b = appendNumber(b, "after", uint64(m.After))
		b = appendName(b, "log", m.Log.Name)
		b = appendName(b, "base", m.Log.Base)
		b = appendNumber(b, "commit", uint64(m.CommitNumber))
	default:
		return b, fmt.Errorf("message %T has no place in a trace", m)
	}
	return append(b, '}'), nil
}

// appendHead appends what messages of replicas begin with.
func appendHead(b []byte, kind string, from vsr.ReplicaNumber, v vsr.ViewNumber) []byte {
	b = append(b, `{"kind":"`...)
	b = append(b, kind...)
	b = append(b, '"')
	b = appendNumber(b, "from", uint64(from))
	return appendNumber(b, "view", uint64(v))
}

// appendEntry appends a log entry.
func appendEntry(b []byte, e *vsr.Entry) []byte {
	b = append(b, `,"entry":{"view":`...)
	b = strconv.AppendUint(b, uint64(e.ViewNumber), 10)
	b = appendString(b, "client", e.ClientID.String())
	b = appendNumber(b, "request", uint64(e.RequestNumber))
	b = appendKey(b, "time")
	b = strconv.AppendInt(b, int64(e.Timestamp), 10)
	b = appendBytes(b, "operation", e.Operation)
	b = appendKey(b, "checksum")
	b = append(b, '"')
	b = hex.AppendEncode(b, e.Checksum[:])
	return append(b, `"}`...)
}

// appendName appends the name of a log.
func appendName(b []byte, key string, l vsr.LogName) []byte {
	b = appendKey(b, key)
	return append(appendNameText(append(b, '"'), l), '"')
}

// appendNameText appends the name itself.
func appendNameText(b []byte, l vsr.LogName) []byte {
	b = strconv.AppendUint(b, uint64(l.OpNumber), 10)
	if l.OpNumber > 0 {
		b = append(b, ':')
		b = hex.AppendEncode(b, l.Checksum[:])
	}
	return b
}

// appendLost appends what is lost of a log, if anything is: the names below and at the end of each
// range.
func appendLost(b []byte, list []vsr.LostRange) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(appendKey(b, "lost"), '"')
	for i, lost := range list {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(appendNameText(b, lost.Below), ',')
		b = appendNameText(b, lost.Name)
	}
	return append(b, '"')
}

// appendBytes appends an operation or a result: as text, in hexadecimal, or its SHA-256.
func appendBytes(b []byte, key string, value []byte) []byte {
	b = appendKey(b, key)
	switch {
	case len(value) > operationMax:
		sum := sha256.Sum256(value)
		b = append(b, `"sha256:`...)
		b = hex.AppendEncode(b, sum[:])
	case printable(value):
		b = append(b, `"text:`...)
		b = append(b, value...)
	default:
		b = append(b, `"hex:`...)
		b = hex.AppendEncode(b, value)
	}
	return append(b, '"')
}

// printable says whether the bytes may stand in a JSON string as they are.
func printable(value []byte) bool {
	for _, c := range value {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendKey appends a comma and the key.
func appendKey(b []byte, key string) []byte {
	b = append(b, ',', '"')
	b = append(b, key...)
	return append(b, '"', ':')
}

// appendFlag appends a key and 1; nothing if the flag is not set.
func appendFlag(b []byte, key string, flag bool) []byte {
	if !flag {
		return b
	}
	return appendNumber(b, key, 1)
}

// appendNumber appends a key and a number.
func appendNumber(b []byte, key string, value uint64) []byte {
	return strconv.AppendUint(appendKey(b, key), value, 10)
}

// appendString appends a key and a string of ours, in which nothing needs an escape.
func appendString(b []byte, key, value string) []byte {
	b = appendKey(b, key)
	b = append(b, '"')
	b = append(b, value...)
	return append(b, '"')
}
