// SPDX-License-Identifier: Apache-2.0

package histories

// This file reads the text log that older releases of Jepsen wrote and Knossos read:
//
//	INFO  jepsen.util - 0  :invoke  :cas  [3 0]
//
// The corpus of porcupine's tests has this form.

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"olympos.io/encoding/edn"
)

// logMark stands before the operation on each line.
const logMark = "jepsen.util - "

// ReadJepsenLog reads a text log. A :cas that fails with its arguments repeated is an answer of
// the register (the value was another one) and is checked as such: this is how the logs mean it.
// Any other :fail certainly had no effect.
func ReadJepsenLog(name string, r io.Reader) (History, error) {
	im := newImporter(name, "Jepsen log")
	// The verdicts that are known of the corpus rest on this reading: a :cas that failed has
	// looked at the register and found another value.
	im.failedCas = true
	lines := newLineReader(name, r)
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return History{}, err
		}
		op, err := parseLogLine(string(line))
		if err == nil {
			err = im.add(op)
		}
		if err != nil {
			return History{}, lines.wrap(err)
		}
	}
	h, err := im.finish()
	if err != nil {
		return History{}, lines.wrap(err)
	}
	return h, nil
}

// parseLogLine reads process, type, operation and value. The value is EDN. Every line must be an
// operation: a log with other lines has to be cut to size first, knowingly.
func parseLogLine(line string) (jepsenOp, error) {
	wrong := func(what string) (jepsenOp, error) {
		return jepsenOp{}, fmt.Errorf("%s in %.80q, expected a line such as "+
			"INFO %s0 :invoke :cas [3 0]", what, line, logMark)
	}
	_, rest, found := strings.Cut(line, logMark)
	if !found {
		return wrong("no operation")
	}
	fields := strings.Fields(rest)
	if len(fields) < 4 || !strings.HasPrefix(fields[1], ":") || !strings.HasPrefix(fields[2], ":") {
		return wrong("too few fields")
	}
	text := strings.Join(fields[3:], " ")
	// The library calls itself for each bracket.
	if strings.Count(text, "[")+strings.Count(text, "(")+strings.Count(text, "{") > depthMax {
		return wrong("too many brackets")
	}
	// Brackets around the value make sure that it is one value, and all of the line.
	values, err := decodeEDN([]byte("[" + text + "]"))
	if list, ok := values.([]any); err != nil || !ok || len(list) != 1 {
		return wrong("not one value at the end")
	}
	process, err := decodeEDN([]byte(fields[0]))
	if err != nil {
		return wrong("no process number")
	}
	value := values.([]any)[0]
	// A keyword in place of a value is the reason of a failure, such as :timed-out.
	op := jepsenOp{process: process, kind: fields[1][1:], f: fields[2][1:], value: value}
	if cause, isKeyword := value.(edn.Keyword); isKeyword {
		op.err = ":" + string(cause)
	}
	return op, nil
}
