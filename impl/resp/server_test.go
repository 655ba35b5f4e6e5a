// SPDX-License-Identifier: Apache-2.0

// This file tests the life of servers and connections.

package resp

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/service/kv"
)

func TestConfigIsChecked(t *testing.T) {
	submit := newMemoryLog().submit
	for reason, config := range map[string]Config{
		"Config.Submit is nil":                {},
		"Config.MaxClients is -1":             {Submit: submit, MaxClients: -1},
		"Config.MaxBulk is 524289, expected":  {Submit: submit, MaxBulk: kv.MaxValue + 1},
		"Config.MaxBulk is -1, expected 1 to": {Submit: submit, MaxBulk: -1},
		"Config.MaxOperation is 1023":         {Submit: submit, MaxOperation: 1023},
		"a timeout of Config is negative":     {Submit: submit, WriteTimeout: -1},
		"listen for Redis clients on \"x\"":   {Submit: submit, Address: "x"},
	} {
		_, err := Listen(config)
		require.ErrorContains(t, err, reason)
	}
}

func TestTooManyClients(t *testing.T) {
	server, _ := start(t, func(c *Config) { c.MaxClients = 2 })
	first, second := dial(t, server), dial(t, server)
	first.talk(array("PING"), "+PONG\r\n")
	second.talk(array("PING"), "+PONG\r\n")
	third := dial(t, server)
	third.talk("", "-ERR max number of clients reached\r\n")
	third.closed()
	// A place becomes free when a client leaves.
	second.talk(array("QUIT"), "+OK\r\n")
	require.NoError(t, second.Close())
	require.Eventually(t, func() bool { return len(server.clients()) == 1 }, 10*time.Second,
		time.Millisecond)
	dial(t, server).talk(array("PING"), "+PONG\r\n")
}

func TestManyIdleConnections(t *testing.T) {
	server, _ := start(t, nil)
	var clients []rawClient
	for range 300 {
		clients = append(clients, dial(t, server))
	}
	for _, client := range clients {
		client.talk(array("PING"), "+PONG\r\n")
	}
	require.Len(t, server.clients(), 300)
}

// A client that does not read its replies holds up nobody else, and is dropped in the end.
func TestClientThatDoesNotRead(t *testing.T) {
	server, _ := start(t, func(c *Config) { c.WriteTimeout = 50 * time.Millisecond })
	slow, other := dial(t, server), dial(t, server)
	other.talk(array("SET", "k", strings.Repeat("v", 500<<10)), "+OK\r\n")
	_, err := slow.Write([]byte(strings.Repeat(array("GET", "k"), 100)))
	require.NoError(t, err)
	other.talk(array("PING"), "+PONG\r\n")
	require.Eventually(t, func() bool { return len(server.clients()) == 1 }, 10*time.Second,
		time.Millisecond)
	other.talk(array("STRLEN", "k"), ":512000\r\n")
}

// A client that begins a command and does not go on is dropped; one that is idle is not.
func TestClientThatDoesNotFinish(t *testing.T) {
	server, _ := start(t, func(c *Config) { c.CommandTimeout = 50 * time.Millisecond })
	idle, half := dial(t, server), dial(t, server)
	idle.talk(array("PING"), "+PONG\r\n")
	_, err := half.Write([]byte("*2\r\n$3\r\nGET\r\n$1"))
	require.NoError(t, err)
	half.closed()
	idle.talk(array("PING"), "+PONG\r\n")
}

// Shutdown lets a command that is under way finish, and sends its reply.
func TestShutdownIsGraceful(t *testing.T) {
	log, entered, proceed := newMemoryLog(), make(chan struct{}), make(chan struct{})
	server, err := Listen(Config{Submit: func(ctx context.Context, o []byte) (Result, error) {
		close(entered)
		<-proceed
		return log.submit(ctx, o)
	}})
	require.NoError(t, err)
	idle, busy := dial(t, server), dial(t, server)
	idle.talk(array("PING"), "+PONG\r\n")
	_, err = busy.Write([]byte(array("INCR", "n")))
	require.NoError(t, err)
	<-entered
	done := make(chan error)
	go func() { done <- server.Shutdown(context.Background()) }()
	idle.closed()
	_, err = net.Dial("tcp", server.Address().String())
	require.Error(t, err)
	close(proceed)
	busy.talk("", ":1\r\n")
	busy.closed()
	require.NoError(t, <-done)
	// A second time does no harm.
	require.NoError(t, server.Shutdown(context.Background()))
}

// When the patience ends, Shutdown breaks off what is under way.
func TestShutdownDoesNotWaitForEver(t *testing.T) {
	entered := make(chan struct{})
	server, err := Listen(Config{Submit: func(ctx context.Context, _ []byte) (Result, error) {
		close(entered)
		<-ctx.Done()
		return Result{}, ctx.Err()
	}})
	require.NoError(t, err)
	busy := dial(t, server)
	_, err = busy.Write([]byte(array("INCR", "n")))
	require.NoError(t, err)
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, server.Shutdown(ctx), context.Canceled)
	require.Empty(t, server.clients())
}

// stubborn is a listener whose first calls of Accept fail.
type stubborn struct {
	net.Listener
	failures int
}

func (s *stubborn) Accept() (net.Conn, error) {
	if s.failures > 0 {
		s.failures--
		return nil, errors.New("too many open files")
	}
	return s.Listener.Accept()
}

func TestAcceptErrorsDoNotEndTheServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server, _ := start(t, func(c *Config) { c.Listener = &stubborn{listener, 2} })
	dial(t, server).talk(array("PING"), "+PONG\r\n")
}

func TestInfo(t *testing.T) {
	server, _ := start(t, func(c *Config) {
		c.Version = "1.2"
		c.Info = func() []Section {
			return []Section{
				{Name: "Vsr", Fields: []Field{{"view_number", "3"}, {"status", "normal"}}},
				{Name: "REPLICATION", Fields: []Field{{"role", "master"}, {"replica", "0"}}},
			}
		}
	})
	client := dial(t, server)
	client.talk(array("INFO", "vsr"), "$37\r\n# Vsr\r\nview_number:3\r\nstatus:normal\r\n\r\n")
	client.talk(array("VSR", "STATUS"),
		"*4\r\n$11\r\nview_number\r\n$1\r\n3\r\n$6\r\nstatus\r\n$6\r\nnormal\r\n")
	client.talk(array("INFO", "replication", "nothing"),
		"$39\r\n# REPLICATION\r\nrole:master\r\nreplica:0\r\n\r\n")
	var all strings.Builder
	for _, section := range server.sections() {
		all.WriteString(section.Name + " ")
		for _, field := range section.Fields {
			all.WriteString(field.Name + ":" + field.Value + "\n")
		}
	}
	require.Contains(t, all.String(), "redis_version:7.2.0\n")
	require.Contains(t, all.String(), "viewstamp_version:1.2\n")
	require.Contains(t, all.String(), "connected_clients:1\n")
	client.talk(array("CLIENT", "SETNAME", "me"), "+OK\r\n")
	infos := server.clients()
	require.Len(t, infos, 1)
	require.Contains(t, infos[0].String(), "id=1 addr=127.0.0.1:")
	require.Contains(t, infos[0].String(), " name=me db=0 resp=2 lib-name= lib-ver=\n")
}

// Each command that the server describes exists, and each table has a text for each command.
func TestDescriptionsAreComplete(t *testing.T) {
	server, _ := start(t, nil)
	for _, d := range server.descriptions() {
		require.NotEmpty(t, d.summary, d.name)
		require.NotEmpty(t, d.group, d.name)
		require.Empty(t, unsupported(d.name), d.name)
		_, replicated := kv.Lookup([]byte(d.name))
		_, local := server.commands[d.name]
		require.True(t, replicated != local, d.name)
	}
}
