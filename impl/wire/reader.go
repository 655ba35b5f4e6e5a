// SPDX-License-Identifier: Apache-2.0

// Reader: messages out of a stream of bytes.

package wire

import (
	"bufio"
	"fmt"
	"io"

	"viewstamp/impl/vsr"
)

// bufferSize is how much a Reader asks for at once. Frames up to this size are decoded in place.
const bufferSize = 64 << 10

// Reader takes frames from a stream. It is not safe for concurrent use. After an error other than
// those of the stream there is no safe place to go on: close the connection.
type Reader struct {
	stream  *bufio.Reader
	cluster ClusterID
	maxBody int
	memory  memory
	// parsed is the header of the next frame, if isParsed.
	parsed   header
	isParsed bool
}

// NewReader makes a Reader of frames of one cluster with bodies up to maxBody (zero is
// DefaultMaxBody). If cluster is zero, it is that of the first frame.
func NewReader(stream io.Reader, cluster ClusterID, maxBody int) *Reader {
	if maxBody == 0 {
		maxBody = DefaultMaxBody
	}
	return &Reader{stream: bufio.NewReaderSize(stream, bufferSize), cluster: cluster,
		maxBody: maxBody}
}

// Cluster is the cluster whose frames are read. It is zero as long as that is not known.
func (r *Reader) Cluster() ClusterID { return r.cluster }

// Await returns once the first byte of the next frame is there, or with the error of the stream:
// io.EOF if it ended between two frames. A caller sets one deadline for Await, and another one,
// shorter, for the rest of the frame.
func (r *Reader) Await() error {
	_, err := r.stream.Peek(1)
	return err
}

// Complete tells whether Next can return without reading from the stream.
func (r *Reader) Complete() bool {
	if r.stream.Buffered() < HeaderSize {
		return false
	}
	b, _ := r.stream.Peek(HeaderSize)
	err := r.parse(b)
	return err != nil || r.stream.Buffered() >= HeaderSize+r.parsed.size
}

// parse checks the header of the next frame, unless it has done so already.
func (r *Reader) parse(b []byte) (err error) {
	if !r.isParsed {
		r.parsed, err = parseHeader(b, r.cluster, r.maxBody)
		r.isParsed = err == nil
	}
	return err
}

// Next returns the next message. The error is io.EOF if the stream ended between two frames,
// io.ErrUnexpectedEOF if it ended inside of one; it wraps ErrMalformed, ErrCluster or ErrTooLarge
// if the bytes are wrong; else it is that of the stream.
func (r *Reader) Next() (vsr.Message, error) {
	b, err := r.stream.Peek(HeaderSize)
	if err != nil {
		return nil, cutShort(err, len(b))
	}
	if err := r.parse(b); err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	h := r.parsed
	r.cluster, r.isParsed = h.cluster, false
	if HeaderSize+h.size <= bufferSize {
		return r.small(h)
	}
	return r.large(h)
}

// small decodes a frame that fits in the buffer, from the buffer.
func (r *Reader) small(h header) (vsr.Message, error) {
	frame, err := r.stream.Peek(HeaderSize + h.size)
	if err != nil {
		return nil, cutShort(err, len(frame))
	}
	m, err := r.body(h, frame[HeaderSize:], false)
	// The bytes are there, so this cannot fail. Decoding has copied what it keeps.
	_, _ = r.stream.Discard(HeaderSize + h.size)
	return m, err
}

// large takes memory as the bytes arrive, so that a sender who only claims a large body gets none.
func (r *Reader) large(h header) (vsr.Message, error) {
	_, _ = r.stream.Discard(HeaderSize)
	var body []byte
	for len(body) < h.size {
		// At most four times of what has arrived, so that little is copied on the way.
		larger := make([]byte, min(h.size, max(bufferSize, 4*len(body))))
		read := copy(larger, body)
		n, err := io.ReadFull(r.stream, larger[read:])
		if err != nil {
			return nil, cutShort(err, HeaderSize+read+n)
		}
		body = larger
	}
	return r.body(h, body, true)
}

// body checks and decodes a body. If it is owned, the message may keep parts of it.
func (r *Reader) body(h header, body []byte, owned bool) (vsr.Message, error) {
	if sum := checksum(body); sum != h.checksum {
		return nil, fmt.Errorf("wire: %w: the checksum of a body of %d bytes is %08x, "+
			"expected %08x", ErrMalformed, h.size, h.checksum, sum)
	}
	return decodeBody(h.kind, body, owned, &r.memory)
}

// cutShort tells the end of the stream between frames from one inside of a frame.
func cutShort(err error, got int) error {
	if (err == io.EOF || err == io.ErrUnexpectedEOF) && got > 0 {
		return fmt.Errorf("wire: the stream ended %d bytes into a frame: %w",
			got, io.ErrUnexpectedEOF)
	}
	return err
}
