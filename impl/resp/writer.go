// SPDX-License-Identifier: Apache-2.0

// This file writes replies, in the second or the third version of the protocol.

package resp

import (
	"strconv"
	"strings"

	"github.com/tidwall/redcon"

	"viewstamp/impl/service/kv"
)

// replyWriter collects replies until they are sent.
type replyWriter struct {
	bytes []byte
	// protocol is 2, or 3 after HELLO 3.
	protocol int
}

func (w *replyWriter) ok()                     { w.simple("OK") }
func (w *replyWriter) simple(text string)      { w.bytes = redcon.AppendString(w.bytes, text) }
func (w *replyWriter) integer(number int64)    { w.bytes = redcon.AppendInt(w.bytes, number) }
func (w *replyWriter) bulk(value string)       { w.bytes = redcon.AppendBulkString(w.bytes, value) }
func (w *replyWriter) array(length int)        { w.bytes = redcon.AppendArray(w.bytes, length) }
func (w *replyWriter) header(mark byte, n int) { w.raw(string(mark) + strconv.Itoa(n) + "\r\n") }
func (w *replyWriter) raw(text string)         { w.bytes = append(w.bytes, text...) }

// fail writes an error. Its first word is a code such as ERR; line breaks become spaces.
func (w *replyWriter) fail(text string) { w.bytes = redcon.AppendError(w.bytes, text) }

// null writes the absence of a value.
func (w *replyWriter) null() {
	if w.protocol == 3 {
		w.raw("_\r\n")
		return
	}
	w.bytes = redcon.AppendNull(w.bytes)
}

// nullArray writes the absence of an array.
func (w *replyWriter) nullArray() {
	if w.protocol == 3 {
		w.raw("_\r\n")
		return
	}
	w.raw("*-1\r\n")
}

// pairs starts a map. Keys and values follow in turn; in the second version it is a flat array.
func (w *replyWriter) pairs(length int) {
	if w.protocol == 3 {
		w.header('%', length)
		return
	}
	w.array(2 * length)
}

// set starts a set: an array whose order has no meaning.
func (w *replyWriter) set(length int) {
	if w.protocol == 3 {
		w.header('~', length)
		return
	}
	w.array(length)
}

// verbatim writes a text for people.
func (w *replyWriter) verbatim(text string) {
	if w.protocol == 3 {
		w.header('=', len("txt:")+len(text))
		w.raw("txt:" + text + "\r\n")
		return
	}
	w.bulk(text)
}

// reply writes the store's answer to a command.
func (w *replyWriter) reply(reply kv.Reply) {
	switch reply.Kind {
	case kv.Nil:
		w.null()
	case kv.Simple:
		w.simple(reply.Text)
	case kv.Error:
		w.fail(reply.Text)
	case kv.Integer:
		w.integer(reply.Number)
	case kv.Bulk:
		w.bulk(reply.Text)
	case kv.Array:
		w.array(len(reply.Elements))
		for _, element := range reply.Elements {
			w.reply(element)
		}
	}
}

// upper is a command's name as errors show it.
func upper(name []byte) string { return strings.ToUpper(string(name)) }

// lower is a command's name as tables have it.
func lower(name []byte) string { return strings.ToLower(string(name)) }
