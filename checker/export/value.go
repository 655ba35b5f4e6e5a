// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"viewstamp/spec"
)

// States and messages as trees of named values. The names are those of the fields in the spec,
// which are the paper's, with a small first letter; so a field that the spec gets is written as
// well, and nothing here lists the fields.

// object is a JSON object that keeps its members in order.
type object []member

// member is one of them.
type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// trees makes trees. An integer becomes what integer makes of it.
type trees struct {
	replicas int // The length of crash vectors.
	integer  func(int64) any
}

// of is the tree of a value of the spec.
func (t trees) of(v any) any {
	switch v := v.(type) {
	case spec.Log:
		entries := make([]any, v.OpNumber())
		for i := range entries {
			entries[i] = t.of(v.At(spec.OpNumber(i + 1)))
		}
		return entries
	case spec.CrashVector:
		nonces := make([]any, t.replicas)
		for i := range nonces {
			nonces[i] = t.of(v.Of(spec.ReplicaNumber(i)))
		}
		return nonces
	case spec.Members:
		return v.String()
	case spec.OpSet:
		all := []any{}
		for _, n := range v.Members() {
			all = append(all, t.of(n))
		}
		return all
	case spec.Status:
		return v.String()
	case spec.LeasePhase:
		return phaseName(v)
	}
	r := reflect.ValueOf(v)
	switch {
	case r.Kind() == reflect.Struct:
		return t.members(v)
	case r.CanInt():
		return t.integer(r.Int())
	case r.Kind() == reflect.String:
		return r.String()
	case r.Kind() == reflect.Bool:
		return r.Bool()
	}
	panic(fmt.Sprintf("export: a %T is in no state and no message: %+v", v, v))
}

// members lists the fields of a struct. The epoch of a message is one of its fields.
func (t trees) members(v any) object {
	var all object
	if m, ok := v.(spec.OfEpoch); ok {
		return append(t.members(m.Message), member{"epochNumber", t.of(m.EpochNumber)})
	}
	for _, f := range fieldsOf(v) {
		all = append(all, member{lowerFirst(f.name), t.of(f.value)})
	}
	return all
}

// message is the tree of a message, with its name in the paper.
func (t trees) message(m spec.Message) any {
	return append(object{{"kind", m.Kind().String()}}, t.members(m)...)
}

// process is the tree of a process, with what it is.
func (t trees) process(p spec.Process) any {
	return append(object{{"type", strings.ToLower(typeName(p))}}, t.members(p)...)
}

// namedValue is a field of a struct with its value.
type namedValue struct {
	name  string
	value any
	zero  bool
}

// fieldsOf lists the fields in the order of the spec.
func fieldsOf(v any) []namedValue {
	r := reflect.ValueOf(v)
	all := make([]namedValue, r.NumField())
	for i := range all {
		f := r.Field(i)
		all[i] = namedValue{r.Type().Field(i).Name, f.Interface(), f.IsZero()}
	}
	return all
}

// typeName is the name of a value's type, without the package.
func typeName(v any) string { return reflect.TypeOf(v).Name() }

// messageName is the name of a message's type, whether it names its epoch or not.
func messageName(m spec.Message) string {
	if stamped, ok := m.(spec.OfEpoch); ok {
		m = stamped.Message
	}
	return typeName(m)
}

// phaseName is the name of a constant of the spec.
func phaseName(p spec.LeasePhase) string {
	return [...]string{"NoLease", "Valid", "Expired"}[p]
}

// lowerFirst writes a name as JSON does: ViewNumber is viewNumber.
func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }
