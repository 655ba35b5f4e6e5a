// SPDX-License-Identifier: Apache-2.0

// A lost data file, and the way back.

package command

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/server"
	"viewstamp/impl/service/kv"
	"viewstamp/impl/vsr"
)

// trio is three replicas in this process.
type trio struct {
	t         *testing.T
	files     [3]string
	addresses []string
	servers   [3]*server.Server
}

// newTrio formats three small data files and starts the replicas.
func newTrio(t *testing.T) *trio {
	c := &trio{t: t}
	dir := t.TempDir()
	var listeners [3]net.Listener
	for i := range c.files {
		c.files[i] = filepath.Join(dir, fmt.Sprintf("r%d.vsr", i))
		code, _, says := run("format", "--data-file", c.files[i], "--cluster", "books",
			"--replica", fmt.Sprint(i), "--journal-size", "8MiB", "--state-max", "1MiB")
		require.Zero(t, code, says)
		var err error
		listeners[i], err = net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		c.addresses = append(c.addresses, listeners[i].Addr().String())
	}
	for i := range c.files {
		c.start(i, listeners[i])
	}
	return c
}

// start starts a replica that makes checkpoints all the time.
func (c *trio) start(i int, listener net.Listener) {
	var err error
	c.servers[i], err = server.Start(server.Config{DataFile: c.files[i], Addresses: c.addresses,
		Listener: listener, Tick: 5 * time.Millisecond, Buffered: true,
		Core: vsr.Config{CheckpointInterval: 16, LogRetain: 4}})
	require.NoError(c.t, err)
}

// do runs a command of the store at one of the replicas.
func (c *trio) do(i int, name kv.Command, words ...string) string {
	request := kv.Request{Command: name}
	for _, word := range words {
		request.Arguments = append(request.Arguments, []byte(word))
	}
	operation, err := kv.EncodeOperation(kv.Operation{Requests: []kv.Request{request}})
	require.NoError(c.t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	result, err := c.servers[i].Do(ctx, operation)
	require.NoError(c.t, err)
	return string(result.Value)
}

// recover calls vsr recover for a replica.
func (c *trio) recover(i int) (code int, out, says string) {
	return run("recover", "--data-file", c.files[i], "--replica", fmt.Sprint(i), "--addresses",
		strings.Join(c.addresses, ","), "--journal-size", "8MiB", "--state-max", "1MiB")
}

// TestRecover: the primary loses its data file, gets a new one, and then another replica is killed.
// What was acknowledged before is there.
func TestRecover(t *testing.T) {
	c := newTrio(t)
	for n := range 40 {
		c.do(0, kv.Set, fmt.Sprint("k", n), fmt.Sprint(n))
	}
	code, _, says := c.recover(0)
	require.Equal(t, exitIO, code, says)
	require.Contains(t, says, "file already exists", "there is a data file")
	kept := c.files[0] + ".kept"
	require.NoError(t, os.Rename(c.files[0], kept))
	code, _, says = c.recover(0)
	require.Equal(t, exitUsage, code, says)
	require.Contains(t, says, "replica 0 runs")

	require.NoError(t, c.servers[0].Stop())
	require.NoError(t, os.Remove(kept))
	code, out, says := c.recover(0)
	require.Zero(t, code, says)
	_, rest, _ := strings.Cut(out, "to go on after ")
	var view vsr.ViewNumber
	var op vsr.OpNumber
	_, err := fmt.Sscanf(rest, "view %d and op-number %d", &view, &op)
	require.NoError(t, err, out)
	require.Greater(t, op, vsr.OpNumber(40))
	code, out, says = run("inspect", c.files[0])
	require.Equal(t, exitData, code, says)
	require.Contains(t, out, "HEAD UNKNOWN")

	c.start(0, nil)
	require.Eventually(t, func() bool {
		s := c.servers[0].Status()
		return s.Status == vsr.Normal && s.CommitNumber >= op
	}, 30*time.Second, 5*time.Millisecond)
	require.Greater(t, c.servers[0].Status().ViewNumber, view)
	require.NoError(t, c.servers[1].Stop())
	for n := range 40 {
		require.Contains(t, c.do(0, kv.Get, fmt.Sprint("k", n)), fmt.Sprint(n))
	}
	require.NoError(t, c.servers[0].Stop())
	require.NoError(t, c.servers[2].Stop())
	code, out, says = run("inspect", c.files[0])
	require.Zero(t, code, "%s%s", out, says)
}

func TestRecoverRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.vsr")
	here := "--data-file " + file + " --timeout 1s --addresses 127.0.0.1:7,127.0.0.1:8"
	for says, row := range map[string]struct {
		code int
		line string
	}{
		"--data-file is missing":            {exitUsage, "--replica 0"},
		"fewer than 3 replicas":             {exitUsage, here + " --replica 0"},
		"replicas count from 0":             {exitUsage, here + ",127.0.0.1:9 --replica 3"},
		"no replica has answered":           {exitIO, here + ",127.0.0.1:9 --replica 0"},
		"plain TCP outside of the loopback": {exitUsage, here + ",10.0.0.1:7 --replica 0"},
	} {
		t.Run(says, func(t *testing.T) {
			code, _, text := run(append([]string{"recover"}, strings.Fields(row.line)...)...)
			require.Equal(t, row.code, code, text)
			require.Contains(t, text, says)
			require.NoFileExists(t, file)
		})
	}
}
