// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"reflect"
	"slices"
)

// A total order on the values of any comparable type, by content. Which worker found a state
// first is chance, so a counterexample is chosen among equals by this order. It looks through
// pointers, and so also serves to notice a step that changed what its argument refers to.

// maxNesting bounds how deep the order looks, so that a cycle of pointers does not hang it.
const maxNesting = 1024

// encode appends bytes that order values of one type as their contents: numbers by size,
// strings and arrays by their elements, structs by their fields.
func encode(b []byte, v any) []byte { return encodeValue(b, reflect.ValueOf(v), 0) }

// encodeValue is encode for a value found at some depth of nesting.
func encodeValue(b []byte, v reflect.Value, depth int) []byte {
	if depth > maxNesting {
		return b
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.BigEndian.AppendUint64(b, uint64(v.Int())^1<<63)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Uintptr:
		return binary.BigEndian.AppendUint64(b, v.Uint())
	case reflect.Float32, reflect.Float64:
		return encodeFloat(b, v.Float())
	case reflect.Complex64, reflect.Complex128:
		return encodeFloat(encodeFloat(b, real(v.Complex())), imag(v.Complex()))
	case reflect.String:
		// A zero byte is escaped, so that the end of the string orders before it.
		b = append(b, bytes.ReplaceAll([]byte(v.String()), []byte{0}, []byte{0, 0xff})...)
		return append(b, 0, 0)
	case reflect.Struct:
		for i := range v.NumField() {
			b = encodeValue(b, v.Field(i), depth+1)
		}
		return b
	case reflect.Array:
		for i := range v.Len() {
			b = encodeValue(b, v.Index(i), depth+1)
		}
		return b
	default:
		return encodeReference(b, v, depth)
	}
}

// encodeReference encodes what a value refers to: addresses differ from run to run.
func encodeReference(b []byte, v reflect.Value, depth int) []byte {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		if v.IsNil() {
			return append(b, 0)
		}
	default: // Channels and functions have no content.
		return b
	}
	b = append(b, 1)
	switch v.Kind() {
	case reflect.Interface:
		b = append(append(b, v.Elem().Type().String()...), 0)
		return encodeValue(b, v.Elem(), depth+1)
	case reflect.Pointer:
		return encodeValue(b, v.Elem(), depth+1)
	case reflect.Slice:
		for i := range v.Len() {
			b = encodeValue(append(b, 1), v.Index(i), depth+1)
		}
		return append(b, 0)
	default:
		var entries [][]byte
		for it := v.MapRange(); it.Next(); {
			entry := encodeValue(nil, it.Key(), depth+1)
			entries = append(entries, encodeValue(entry, it.Value(), depth+1))
		}
		slices.SortFunc(entries, bytes.Compare)
		return append(append(b, bytes.Join(entries, []byte{1})...), 0)
	}
}

// encodeFloat orders negative numbers before positive ones.
func encodeFloat(b []byte, f float64) []byte {
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(b, bits)
}

// encodeMessages encodes messages as a set: the order in which they are given has no influence.
func encodeMessages[M comparable](b []byte, messages []M) []byte {
	encoded := make([][]byte, len(messages))
	for i, m := range messages {
		encoded[i] = encode(nil, m)
	}
	slices.SortFunc(encoded, bytes.Compare)
	for _, e := range encoded {
		b = append(append(b, 1), e...)
	}
	return append(b, 0)
}

// encode appends bytes that order whole states.
func (s *state[L, M]) encode(b []byte) []byte {
	for p := range s.locals {
		b = encodeMessages(encode(b, s.locals[p]), s.sent[p])
	}
	return encode(b, s.spent)
}

// compareFirings orders the firings of one state by process, step, messages and choice.
func compareFirings[L, M comparable](a, b *firing[L, M]) int {
	if c := cmp.Or(cmp.Compare(a.process, b.process), cmp.Compare(a.step, b.step)); c != 0 {
		return c
	}
	return cmp.Or(bytes.Compare(encode(nil, a.in), encode(nil, b.in)),
		cmp.Compare(a.choice, b.choice))
}
