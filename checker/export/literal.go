// SPDX-License-Identifier: Apache-2.0

package export

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"viewstamp/spec"
)

// Values of the spec as Go source: short where they fit on a line, filled lines where they do not.

// lineWidth is where lines are broken. It leaves room for what gofmt adds to align values.
const lineWidth = 84

// literal is a Go expression: a text, or a composite literal with elements.
type literal struct {
	key      string // With it, the literal is an element "key: …".
	text     string // The whole expression, or the type in front of the braces.
	elements []literal
	braces   bool
	tall     bool // Each element has a line of its own.
}

// flat is the literal on one line.
func (l literal) flat() string {
	text := l.text
	if l.key != "" {
		text = l.key + ": " + text
	}
	if !l.braces {
		return text
	}
	parts := make([]string, len(l.elements))
	for i, e := range l.elements {
		parts[i] = e.flat()
	}
	return text + "{" + strings.Join(parts, ", ") + "}"
}

// source is the literal in lines that are indented by a number of tabs. The first line
// begins in some column.
func (l literal) source(tabs, column int) string {
	flat := l.flat()
	if !l.braces || !l.tall && column+utf8.RuneCountInString(flat) <= lineWidth {
		return flat
	}
	var b strings.Builder
	b.WriteString(literal{key: l.key, text: l.text}.flat() + "{")
	indent, used := "\n"+strings.Repeat("\t", tabs+1), lineWidth
	for _, e := range l.elements {
		need := utf8.RuneCountInString(e.flat()) + len(", ")
		if b.Len() > 0 && used+need <= lineWidth && !l.tall {
			b.WriteString(" ")
			used += need
		} else {
			b.WriteString(indent)
			used = tabs + 1 + need
		}
		b.WriteString(e.source(tabs+1, tabs+1) + ",")
	}
	b.WriteString("\n" + strings.Repeat("\t", tabs) + "}")
	return b.String()
}

// literals makes literals. Each log gets a variable, as most of them are met many times.
type literals struct {
	prefix string // Of the variables.
	names  map[spec.Log]string
	logs   []string // The declarations, each after those that it needs.
}

// of is the literal of a value of the spec.
func (l *literals) of(v any) literal {
	switch v := v.(type) {
	case spec.Log:
		return literal{text: l.log(v)}
	case spec.CrashVector:
		return literal{text: crashVector(v)}
	case spec.OpSet:
		text := "spec.OpSet(0)"
		for _, n := range v.Members() {
			text += fmt.Sprintf(".With(%d)", n)
		}
		return literal{text: text}
	case spec.Status:
		return literal{text: "spec." + v.String()}
	case spec.LeasePhase:
		return literal{text: "spec." + phaseName(v)}
	}
	r := reflect.ValueOf(v)
	switch {
	case r.Kind() == reflect.Struct:
		return l.composite(v)
	case r.CanInt():
		return literal{text: strconv.FormatInt(r.Int(), 10)}
	case r.CanUint():
		return literal{text: strconv.FormatUint(r.Uint(), 10)}
	case r.Kind() == reflect.String:
		return literal{text: strconv.Quote(r.String())}
	case r.Kind() == reflect.Bool:
		return literal{text: strconv.FormatBool(r.Bool())}
	}
	panic(fmt.Sprintf("export: a %T is in no state and no message: %+v", v, v))
}

// composite is a struct with the fields that are not zero.
func (l *literals) composite(v any) literal {
	out := literal{text: reflect.TypeOf(v).String(), braces: true} // With its package.
	for _, f := range fieldsOf(v) {
		if !f.zero {
			e := l.of(f.value)
			e.key = f.name
			out.elements = append(out.elements, e)
		}
	}
	return out
}

// messages is a slice of messages.
func (l *literals) messages(all []spec.Message) literal {
	out := literal{text: "[]spec.Message", braces: true}
	for _, m := range all {
		out.elements = append(out.elements, l.of(m))
	}
	return out
}

// log is the variable of a log, which is declared if it is new.
func (l *literals) log(log spec.Log) string {
	if log == (spec.Log{}) {
		return "spec.Log{}"
	}
	if name, ok := l.names[log]; ok {
		return name
	}
	n := log.OpNumber()
	below := l.log(log.UpTo(n - 1))
	name := fmt.Sprintf("%sLog%d", l.prefix, len(l.logs)+1)
	l.names[log] = name
	head := fmt.Sprintf("%s = %s.Append(", name, below)
	entry := l.of(log.At(n)).source(1, 1+len(head)+len(")"))
	l.logs = append(l.logs, head+entry+")")
	return name
}

// crashVector is the expression that makes a crash vector.
func crashVector(v spec.CrashVector) string {
	text := "spec.CrashVector{}"
	last := spec.CrashVector{}
	for i := spec.ReplicaNumber(0); last != v; i++ {
		if x := v.Of(i); x > 0 {
			text += fmt.Sprintf(".With(%d, %d)", i, x)
			last = last.With(i, x)
		}
	}
	return text
}
