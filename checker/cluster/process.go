// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// The replicas as processes of the operating system.

// replica is one process, and what is needed to start it again.
type replica struct {
	number   int
	dataFile string
	resp     string // Address for Redis clients.
	start    []string
	under    []string // The command line of a program that runs it; none if it runs by itself.

	command *exec.Cmd
	ended   chan struct{}
	code    int // The exit code, once ended is closed; -1 after a signal.
	output  *tail
}

// group is all replicas.
type group struct {
	vsr      string // The program.
	dir      string
	traceDir string
	replicas []*replica
	// addresses of the replicas themselves, without the proxies in front.
	addresses []string
	network   *network
}

// newGroup formats the data files of a new cluster. Nothing runs yet.
func newGroup(ctx context.Context, vsr, dir string, replicas int, seed uint64) (*group, error) {
	g := &group{vsr: vsr, dir: dir, traceDir: filepath.Join(dir, "traces")}
	if err := os.MkdirAll(g.traceDir, 0o755); err != nil {
		return nil, err
	}
	addresses, err := freeAddresses(2 * replicas)
	if err != nil {
		return nil, err
	}
	g.addresses = addresses[:replicas]
	if g.network, err = newNetwork(g.addresses, seed); err != nil {
		return nil, err
	}
	for i := range replicas {
		r := &replica{number: i, resp: addresses[replicas+i],
			dataFile: filepath.Join(dir, fmt.Sprintf("replica-%d.vsr", i))}
		seen := strings.Join(g.network.addresses(i, addresses[i]), ",")
		r.start = []string{"start", "--data-file", r.dataFile, "--replica", fmt.Sprint(i),
			"--addresses", seen,
			"--resp", r.resp, "--trace", g.traceDir}
		g.replicas = append(g.replicas, r)
	}
	for i := range replicas {
		out, err := exec.CommandContext(ctx, vsr, g.format(i)...).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("vsr format for replica %d: %w: %s", i, err, out)
		}
	}
	return g, nil
}

// format is the command line that makes the data file of a replica. It is small: that is quick to
// make and to copy, and there are checkpoints within seconds.
func (g *group) format(i int) []string {
	return []string{"format", "--data-file", g.replicas[i].dataFile,
		"--cluster", "c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1", "--replica", fmt.Sprint(i),
		"--replicas", fmt.Sprint(len(g.replicas)), "--journal-size", "16MiB", "--state-max", "4MiB"}
}

// recovery is the command line that makes it anew. It goes around the proxies.
func (g *group) recovery(i int) []string {
	return []string{"recover", "--data-file", g.replicas[i].dataFile, "--replica", fmt.Sprint(i),
		"--addresses", strings.Join(g.addresses, ","), "--journal-size", "16MiB",
		"--state-max", "4MiB"}
}

// The ports of the replicas are drawn from here, below those that systems give to connections: else
// any connection of the machine could get that of a replica which is down for a while.
const (
	portMin = 10_000
	portMax = 30_000
)

// freeAddresses draws ports on the loopback interface that nobody listens on. They do not depend on
// the seed: several runs may go on at the same time.
func freeAddresses(n int) ([]string, error) {
	var addresses []string
	var last error
	for range 100 * n {
		port := portMin + rand.IntN(portMax-portMin)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			last = err
			continue
		}
		defer listener.Close() // Only at the end, so that no port comes twice.
		if addresses = append(addresses, listener.Addr().String()); len(addresses) == n {
			return addresses, nil
		}
	}
	return nil, fmt.Errorf("find %d free ports: %w", n, last)
}

// run starts a replica and waits until it says that it is ready.
func (g *group) run(ctx context.Context, r *replica) error {
	line := slices.Concat(r.under, []string{g.vsr}, r.start)
	r.command = exec.Command(line[0], line[1:]...)
	if len(r.under) > 0 {
		apart(r.command)
	}
	r.output = &tail{}
	r.command.Stderr = r.output
	stdout, err := r.command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := r.command.Start(); err != nil {
		return fmt.Errorf("start replica %d: %w", r.number, err)
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	r.ended = ended
	go func() {
		defer close(ended)
		reader := bufio.NewReader(stdout)
		if line, err := reader.ReadString('\n'); err == nil && line != "" {
			close(ready) // The first line says that it serves.
		}
		_, _ = io.Copy(io.Discard, reader)
		_ = r.command.Wait() // How it ended is in the output and the code.
		r.code = r.command.ProcessState.ExitCode()
	}()
	started := time.Now()
	_, err = until(ctx, func() bool { return closed(ready) || closed(ended) })
	switch {
	case closed(ready):
		return nil
	case closed(ended):
		return fmt.Errorf("replica %d ended while it started: %s", r.number, r.output)
	}
	r.kill()
	return errors.Join(err, fmt.Errorf("replica %d is not ready after %v: %s", r.number,
		time.Since(started).Round(time.Second), r.output))
}

// kill ends a replica as a crash does, and waits until it is gone.
func (r *replica) kill() {
	_ = r.command.Process.Kill()
	<-r.ended
}

// killAll kills the replica together with the program that runs it.
func (r *replica) killAll() {
	killGroup(r.command.Process)
	<-r.ended
}

// ends waits until the process has ended by itself.
func (r *replica) ends(ctx context.Context) error {
	started := time.Now()
	ok, err := until(ctx, func() bool { return closed(r.ended) })
	if err == nil && !ok {
		err = fmt.Errorf("it did not end within %v", time.Since(started).Round(time.Second))
	}
	return err
}

// alive says whether the process runs.
func (r *replica) alive() bool { return !closed(r.ended) }

// stop ends all replicas in order, and kills those that do not end by themselves.
func (g *group) stop() error {
	var errs []error
	for _, r := range g.replicas {
		if r.command == nil || !r.alive() {
			continue
		}
		_ = terminate(r.command.Process)
		if err := r.ends(context.Background()); err != nil {
			r.kill()
			errs = append(errs, fmt.Errorf("replica %d: %w: %s", r.number, err, r.output))
		}
	}
	return errors.Join(errs...)
}

// traces lists the trace files that were written.
func (g *group) traces() ([]string, error) {
	return filepath.Glob(filepath.Join(g.traceDir, "*.jsonl"))
}

// tail keeps the end of what a process says, and counts some of it.
type tail struct {
	mu    sync.Mutex
	bytes []byte
	count [2]int // of what noticedIn lists
}

// noticedIn is what a replica says about bytes that are not as they were sent.
var noticedIn = [2]string{"wire: malformed", "bytes into a frame"}

// tailMax is how much is kept.
const tailMax = 4096

// Write appends.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, words := range noticedIn {
		t.count[i] += bytes.Count(p, []byte(words))
	}
	t.bytes = append(t.bytes, p...)
	if extra := len(t.bytes) - tailMax; extra > 0 {
		t.bytes = append(t.bytes[:0], t.bytes[extra:]...)
	}
	return len(p), nil
}

// noticed is how often the replica has said that the bytes of a frame are wrong, or end too early.
func (t *tail) noticed() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count[0] + t.count[1]
}

// String is the end of what was said.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.bytes))
}
