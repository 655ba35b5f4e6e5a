// SPDX-License-Identifier: Apache-2.0

// The command line: what it refuses, with which exit code, and a cluster of real processes.

package command

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// asProgram is the first argument that makes the test binary behave as vsr. So vsr dev, which
// starts itself, starts this binary.
const asProgram = "start"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == asProgram {
		os.Exit(Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// run runs a command line that ends by itself.
func run(arguments ...string) (code int, out, errors string) {
	var stdout, stderr bytes.Buffer
	code = Run(arguments, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "r0.vsr")
	code, out, errors := run("format", "--data-file", file, "--cluster", "books",
		"--replica", "0", "--journal-size", "64KiB")
	require.Zero(t, code, errors)
	require.Contains(t, out, "replica 0 of 3")
	three := "127.0.0.1:7,127.0.0.1:8,127.0.0.1:9"

	for says, row := range map[string]struct {
		code int
		line string
	}{
		"expected a command":       {64, ""},
		"unknown command":          {64, "strat"},
		"unknown flag":             {64, "start --nonsense"},
		"unknown command \"more\"": {64, "dev more"},
		"--data-file is missing":   {64, "format --cluster books --replica 0"},
		"--cluster is missing":     {64, "format --replica 0 --data-file " + dir + "/x"},
		"replica 3 of 3":           {64, "format --cluster c --replica 3 --data-file " + dir + "/x"},
		"replica -1 of 3":          {64, "format --cluster c --data-file " + dir + "/x"},
		"is no size":               {64, "format --journal-size 3MB"},
		"file exists":              {74, "format --cluster c --replica 0 --data-file " + file},
		"no such file":             {74, "format --cluster c --replica 0 --data-file " + dir + "/a/b"},
		"make one with vsr":        {64, "start --addresses " + three},
		"--addresses is missing":   {64, "start --data-file " + file},
		"2 addresses":              {64, "start --data-file " + file + " --addresses a:1,b:2 --insecure"},
		"plain TCP outside":        {64, "start --data-file " + file + " --addresses 192.0.2.1:7,x:8"},
		"expected HOST:PORT":       {64, "start --data-file " + file + " --addresses a,b,c"},
		"make it with vsr format":  {74, "start --data-file " + dir + "/none --addresses " + three},
		"--log-format is":          {64, "start --log-format xml --data-file f --addresses " + three},
		"--pprof":                  {64, "start --pprof 192.0.2.1:1 --data-file f --addresses " + three},
		"--replicas is 1":          {64, "dev --replicas 1"},
		"--trace needs --dir":      {64, "dev --trace"},
		"from 1 to 65535":          {64, "dev --port 0"},
		"is negative":              {64, "dev --restart-after -1s"},
		"status --addresses":       {64, "status -x"},
		"address \"x\"":            {64, "status --addresses x"},
		"no replica has answered":  {74, "status --addresses 127.0.0.1:1 --timeout 2s"},
	} {
		code, _, errors := run(strings.Fields(row.line)...)
		if says != "status --addresses" {
			require.Contains(t, errors, says, row.line)
		}
		require.Equal(t, row.code, code, "%s: %s", row.line, errors)
		require.Contains(t, errors, "vsr: ")
		if code == exitUsage {
			require.Contains(t, errors, "see: vsr")
		}
	}
}

// TestHelp: each command explains itself and shows an example.
func TestHelp(t *testing.T) {
	for _, name := range []string{"", "format", "start", "dev", "status"} {
		code, out, _ := run(strings.Fields(name + " -h")...)
		require.Zero(t, code)
		require.Contains(t, out, "Examples:\n  vsr ")
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]string{"0": "0", "123": "123", "2048": "2KiB", "3MiB": "3MiB",
		"1024 MiB": "1GiB", "17B": "17", "1TiB": "1TiB"} {
		var s size
		require.NoError(t, s.Set(text))
		require.Equal(t, want, s.String())
	}
	for _, text := range []string{"", "-1", "x", "1.5MiB", "9999999999999TiB"} {
		require.ErrorContains(t, new(size).Set(text), "is no size")
	}
}

// running is a vsr dev.
type running struct {
	cancel context.CancelFunc
	done   chan error
	output *lines
}

// lines collects output and lets the test wait for a part of it.
type lines struct {
	mu    sync.Mutex
	text  string
	grown chan struct{} // holds a token if there is something new
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	l.text += string(p)
	l.mu.Unlock()
	select {
	case l.grown <- struct{}{}:
	default:
	}
	return len(p), nil
}

// await returns the first match in the output, sooner or later.
func (l *lines) await(t testing.TB, pattern string) []string {
	t.Helper()
	expression := regexp.MustCompile(pattern)
	timeout := time.After(30 * time.Second)
	for {
		l.mu.Lock()
		text := l.text
		l.mu.Unlock()
		if match := expression.FindStringSubmatch(text); match != nil {
			return match
		}
		select {
		case <-l.grown:
		case <-timeout:
			require.FailNow(t, "no "+pattern, "in the output:\n%s", text)
		}
	}
}

func startDev(t *testing.T, dir string) *running {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{cancel, make(chan error, 1), &lines{grown: make(chan struct{}, 1)}}
	f := devFlags{dir: dir, replicas: 3, port: 17000, respPort: 16379, trace: true,
		journalSize: 8 << 20, stateMax: 1 << 20, restartAfter: 10 * time.Millisecond}
	go func() {
		r.done <- f.run(ctx, &streams{strings.NewReader(""), r.output, io.Discard})
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	return r
}

// TestDev: three processes start, take a write, lose their primary to a SIGKILL, elect another one,
// start the killed one again, and still have the write; so they do after the next start.
func TestDev(t *testing.T) {
	dir := t.TempDir()
	r := startDev(t, dir)
	match := r.output.await(t, `(?s)replica 1   pid \d+ +redis-cli -p (\d+).*kill -9 (\d+).*Ctrl-C`)
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + match[1], MaxRetries: -1})
	require.NoError(t, rdb.Set(t.Context(), "key", "value", 0).Err())

	pid, err := strconv.Atoi(match[2])
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.NoError(t, rdb.Set(t.Context(), "key2", "value2", 0).Err())
	r.output.await(t, `replica 0 .*signal: killed`)
	r.output.await(t, `view \d+ has started`)
	r.output.await(t, `replica 0 is back`)
	require.Equal(t, "value", rdb.Get(t.Context(), "key").Val())

	addresses := r.output.await(t, `vsr status --addresses (\S+)`)[1]
	code, out, errors := run("status", "--json", "--addresses", addresses)
	require.Zero(t, code, errors)
	rows := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, rows, 3)
	for i, line := range rows {
		var r row
		require.NoError(t, json.Unmarshal([]byte(line), &r))
		require.Empty(t, r.Error)
		require.Equal(t, i, r.Replica)
		require.Positive(t, r.View)
	}
	code, out, errors = run("status", "--addresses", addresses+",127.0.0.1:1")
	require.Equal(t, exitIO, code, errors)
	require.Contains(t, out, "cluster of 3 replicas, here are 4 addresses")
	require.NoError(t, rdb.Close())
	r.cancel()
	require.NoError(t, <-r.done)
	r.done <- nil
	traces, err := filepath.Glob(filepath.Join(dir, "traces", "*.jsonl"))
	require.NoError(t, err)
	require.Len(t, traces, 4)

	r = startDev(t, dir)
	match = r.output.await(t, `(?s)replica 2   pid \d+ +redis-cli -p (\d+).*Ctrl-C`)
	rdb = redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + match[1], MaxRetries: -1})
	require.Equal(t, "value2", rdb.Get(t.Context(), "key2").Val())
	require.NoError(t, rdb.Close())
}

// TestDevRefuses: it never gives a replica of an old cluster a new file, and tells why a replica
// cannot start.
func TestDevRefuses(t *testing.T) {
	dir := t.TempDir()
	f := devFlags{dir: dir, replicas: 3, journalSize: 64 << 10, stateMax: 1 << 20,
		port: 17100, respPort: 16479}
	require.NoError(t, f.format())
	require.NoError(t, f.format())
	require.NoError(t, os.Rename(f.dataFile(1), f.dataFile(9)))
	require.ErrorContains(t, f.format(), "replica-1.vsr")
	f.replicas = 2
	require.ErrorContains(t, f.format(), "replica 0 of 3")

	f.replicas = 3
	require.NoError(t, os.Rename(f.dataFile(9), f.dataFile(1)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "traces"), nil, 0o600))
	f.trace = true
	err := f.run(t.Context(), &streams{strings.NewReader(""), io.Discard, io.Discard})
	require.ErrorContains(t, err, "does not start")
	require.ErrorContains(t, err, "traces")
	require.Equal(t, exitIO, exitCode(err))
}
