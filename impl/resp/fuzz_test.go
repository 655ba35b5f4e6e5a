// SPDX-License-Identifier: Apache-2.0

// This file feeds arbitrary bytes to the reader and to whole connections.

package resp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/redcon"

	"viewstamp/impl/service/kv"
)

// seeds are conversations to start from.
func seeds() []string {
	return []string{
		array("SET", "k", "v") + array("GET", "k"), "PING\r\nset a 'b c'\nget \"a\\x41\"\r\n",
		array("HELLO", "3", "SETNAME", "x") + array("GET", "none") + array("COMMAND"),
		array("MULTI") + array("INCR", "n") + array("EXEC") + array("VSR", "OPNUMBER"),
		"*0\r\n\r\n*-1\r\n*1\r\n$4\r\nQUIT\r\nPING\r\n", "*1\r\n$9223372036854775806\r\nab\r\n",
		array("CLIENT", "LIST") + array("INFO") + array("CONFIG", "GET", "*"),
		array("COMMAND", "DOCS") + array("CLIENT", "SETINFO", "lib-name", "\n") + array("FOO", "\r"),
		"*2\r\n$3\r\nGET\r\n$1\r\nk", "*3\r\n$1\r\n", "$5 hello\r\n", "POST / HTTP/1.1\r\n\r\n",
	}
}

// chunked gives its bytes in pieces of a certain size.
type chunked struct {
	bytes []byte
	size  int
}

func (c *chunked) Read(into []byte) (int, error) {
	if len(c.bytes) == 0 {
		return 0, io.EOF
	}
	n := copy(into, c.bytes[:min(len(c.bytes), c.size)])
	c.bytes = c.bytes[n:]
	return n, nil
}

// The readers and servers of the fuzz tests have low limits, so that they are reached.
const testBulk, testTotal = 1 << 12, 1 << 13

// readAll reads all commands, as copies, and the error at their end.
func readAll(source io.Reader) (all []command, err error) {
	reader := newCommandReader(source, testBulk, testTotal)
	for {
		commands, err := reader.readCommands()
		if err != nil {
			return all, err
		}
		for _, next := range commands {
			kept := command{}
			for _, part := range next {
				kept = append(kept, bytes.Clone(part))
			}
			all = append(all, kept)
		}
		if len(reader.buffer) > 4*maxInline {
			return all, errors.New("the buffer has grown without bound")
		}
	}
}

// However the bytes are divided into packets, the same commands and the same error come out.
func FuzzReader(f *testing.F) {
	for i, seed := range seeds() {
		f.Add([]byte(seed), byte(1+i))
	}
	f.Fuzz(func(t *testing.T, input []byte, size byte) {
		whole, wholeErr := readAll(&chunked{bytes.Clone(input), len(input) + 1})
		pieces, piecesErr := readAll(&chunked{bytes.Clone(input), 1 + int(size)})
		require.Equal(t, wholeErr, piecesErr)
		require.Equal(t, whole, pieces)
		for _, next := range whole {
			require.NotEmpty(t, next)
			require.LessOrEqual(t, len(next), maxArguments)
		}
	})
}

// An independent reader, that of the redcon library, reads the same from every valid array.
func FuzzReaderEqualsRedcon(f *testing.F) {
	f.Add([]byte("SET"), []byte("k"), []byte("v"), byte(3))
	f.Add([]byte("*1\r\n"), []byte{}, []byte("\x00"), byte(1))
	f.Fuzz(func(t *testing.T, a, b, c []byte, repeat byte) {
		words := []string{string(a), string(b), string(c)}
		if len(a)+len(b)+len(c) > 1<<12 {
			return
		}
		var input []byte
		for i := range 1 + int(repeat)%20 {
			input = append(input, array(words[:1+i%3]...)...)
		}
		ours, err := readAll(bytes.NewReader(input))
		require.Equal(t, io.EOF, err)
		theirs := redcon.NewReader(bytes.NewReader(input))
		for _, next := range ours {
			command, err := theirs.ReadCommand()
			require.NoError(t, err)
			require.Equal(t, len(command.Args), len(next))
			for i := range next {
				require.True(t, bytes.Equal(command.Args[i], next[i]))
			}
		}
		_, err = theirs.ReadCommand()
		require.Equal(t, io.EOF, err)
	})
}

// This is why the package has a reader of its own. If it fails, the library has been mended.
func TestRedconPanicsOnGreatLengths(t *testing.T) {
	input := []byte("*1\r\n$9223372036854775806\r\nab\r\n")
	require.Panics(t, func() { _, _ = redcon.NewReader(bytes.NewReader(input)).ReadCommands() })
	require.Panics(t, func() { _, _, _, _, _ = redcon.ReadNextCommand(input, nil) })
	_, err := readAll(bytes.NewReader(input))
	require.ErrorContains(t, err, "Protocol error: invalid bulk length")
}

// scripted is a socket whose client sends certain bytes and then closes.
type scripted struct {
	net.Conn
	input  chunked
	output bytes.Buffer
}

func (s *scripted) Read(into []byte) (int, error)    { return s.input.Read(into) }
func (s *scripted) Write(bytes []byte) (int, error)  { return s.output.Write(bytes) }
func (s *scripted) Close() error                     { return nil }
func (s *scripted) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (s *scripted) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }

// address is a listener that only has an address.
type address struct{ net.Listener }

func (address) Addr() net.Addr { return &net.TCPAddr{Port: 6379} }

// converse runs a whole connection on certain bytes and returns what the client gets.
func converse(t testing.TB, input []byte, size int) []byte {
	config, err := Config{Submit: newMemoryLog().submit, MaxBulk: testBulk,
		MaxOperation: testTotal}.withDefaults()
	require.NoError(t, err)
	server := &Server{config: config, listener: address{}, commands: localCommands(),
		context: context.Background(), connections: map[*connection]struct{}{}}
	socket := &scripted{input: chunked{input, size}}
	newConnection(server, socket, 1).serve()
	return socket.output.Bytes()
}

// Whatever a client sends, it gets one well-formed reply for each command, and for broken bytes one
// more.
func FuzzConnection(f *testing.F) {
	for i, seed := range seeds() {
		f.Add([]byte(seed), byte(8*i))
	}
	for _, command := range kv.Commands() {
		f.Add([]byte(array(command.String(), "a", "1", "2")+array(command.String(), "a")), byte(9))
	}
	f.Fuzz(func(t *testing.T, input []byte, size byte) {
		output := converse(t, bytes.Clone(input), 1+int(size))
		replies, err := countReplies(output)
		require.NoError(t, err, "%q", output)
		expected := 0
		commands, end := readAll(bytes.NewReader(input))
		quit := false
		for _, next := range commands {
			expected++
			if quit = lower(next[0]) == "quit"; quit {
				break
			}
		}
		var broken *protocolError
		if errors.As(end, &broken) && !quit {
			expected++
		}
		require.Equal(t, expected, replies, "%q", output)
	})
}
