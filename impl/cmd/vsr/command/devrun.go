// SPDX-License-Identifier: Apache-2.0

// The supervisor of vsr dev: it starts the replicas, watches them, and tells what happens.

package command

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"viewstamp/impl/vsr"
)

const (
	// watchEvery is the pause between two looks at the replicas.
	watchEvery = 100 * time.Millisecond
	// startTime is how long a replica may take to start.
	startTime = 30 * time.Second
	// earlyDeaths is how often in a row a replica may die before it runs.
	earlyDeaths = 3
)

// dev is a running cluster. Its fields belong to the goroutine of run, which the others reach
// through events.
type dev struct {
	flags     *devFlags
	std       *streams
	addresses []string // for replicas
	resp      []string // for Redis clients
	children  []*child
	events    chan func()

	program    string // as the user may call it
	introduced bool   // the first lines are printed
	view       uint64
	primary    int // of view, -1 if it is not known
}

func (d *dev) printf(format string, arguments ...any) {
	_, _ = fmt.Fprintf(d.std.out, format+"\n", arguments...)
}

// tell prints something that happened, with the time.
func (d *dev) tell(format string, arguments ...any) {
	d.printf("%s  %s", time.Now().Format("15:04:05.000"), fmt.Sprintf(format, arguments...))
}

// findPorts chooses the addresses. Ports that the system gives to outgoing connections are avoided
// if possible: one of those could be taken while a replica is down.
func (d *dev) findPorts() error {
	taken := map[int]bool{}
	var err error
	if d.addresses, err = freePorts(d.flags.port, d.flags.replicas, taken); err != nil {
		return err
	}
	d.resp, err = freePorts(d.flags.respPort, d.flags.replicas, taken)
	return err
}

// freePorts finds n ports of the loopback interface that nobody listens on, from the first upwards.
func freePorts(first, n int, taken map[int]bool) ([]string, error) {
	var found []string
	for port := first; port <= 65535 && len(found) < n; port++ {
		if taken[port] {
			continue
		}
		address := fmt.Sprintf("127.0.0.1:%d", port)
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			return nil, err
		}
		taken[port] = true
		found = append(found, address)
	}
	if len(found) < n {
		return nil, fmt.Errorf("dev: %w: there are no %d free ports from %d upwards",
			errNetwork, n, first)
	}
	return found, nil
}

// run starts the cluster and stays until the context of the caller ends or something fails.
func (d *dev) run(outer context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("dev: %w", err)
	}
	d.primary, d.program = -1, "vsr"
	if strings.Contains(program, "go-build") { // where go run puts programs
		d.program = "go run ./impl/cmd/vsr"
	}
	ctx, cancel := context.WithCancelCause(outer)
	defer cancel(nil)
	for i := range d.flags.replicas {
		d.children = append(d.children, newChild(d, i, program, cancel))
	}
	for _, c := range d.children {
		c.start(ctx)
	}
	go d.watch(ctx)
	late := time.AfterFunc(startTime, func() {
		d.post(ctx, func() {
			if !d.introduced {
				cancel(fmt.Errorf("dev: no primary after %v: see the logs in %s",
					startTime, d.flags.dir))
			}
		})
	})
	defer late.Stop()
	for ctx.Err() == nil {
		select {
		case event := <-d.events:
			event()
		case <-ctx.Done():
		}
	}
	d.stopAll()
	if outer.Err() == nil {
		return context.Cause(ctx)
	}
	d.printf("stopped")
	return nil
}

// post runs a function on the goroutine of run.
func (d *dev) post(ctx context.Context, event func()) {
	select {
	case d.events <- event:
	case <-ctx.Done():
	}
}

// stopAll ends all children, and does not wait for ever.
func (d *dev) stopAll() {
	for _, c := range d.children {
		c.stop()
	}
	for _, c := range d.children {
		c.wait()
	}
}

// watch asks the replicas how they are, again and again.
func (d *dev) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		rows := askAll(d.addresses, time.Second)
		d.post(ctx, func() { d.seen(rows) })
	}
}

// seen tells what is new: the primary of the latest view in which one works.
func (d *dev) seen(rows []row) {
	for _, r := range rows {
		if r.Error != "" || r.Status != vsr.Normal.String() || r.Primary != r.Replica {
			continue
		}
		if d.primary >= 0 && r.View <= d.view {
			continue
		}
		d.view, d.primary = r.View, r.Replica
		if d.introduced {
			d.tell("view %d has started, its primary is replica %d (pid %d), at op-number %d",
				r.View, r.Replica, r.PID, r.Op)
		}
	}
	if !d.introduced && d.primary >= 0 && d.allReady() {
		d.introduced = true
		d.introduce()
	}
}

func (d *dev) allReady() bool {
	for _, c := range d.children {
		if !c.ready {
			return false
		}
	}
	return true
}

// introduce says how to use the cluster.
func (d *dev) introduce() {
	for i, c := range d.children {
		role := ""
		if i == d.primary {
			role = fmt.Sprintf("   primary of view %d", d.view)
		}
		d.printf("  replica %d   pid %-7d redis-cli -p %s%s", i, c.pid, port(d.resp[i]), role)
	}
	d.printf("any of them takes commands:   redis-cli -p %s set greeting hello", port(d.resp[0]))
	d.printf("see who is who:               %s status --addresses %s", d.program,
		strings.Join(d.addresses, ","))
	d.printf("break it:                     kill -9 %d   (started again after %v)",
		d.children[d.primary].pid, d.flags.restartAfter)
	d.printf("end it:                       Ctrl-C")
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
