// SPDX-License-Identifier: Apache-2.0

// Server: how the parts are put together and taken apart.

package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"viewstamp/impl/client"
	"viewstamp/impl/journal"
	"viewstamp/impl/resp"
	"viewstamp/impl/storage"
	"viewstamp/impl/trace"
	"viewstamp/impl/transport"
	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// drainTime is how long Redis clients may wait for their last replies when the server stops.
const drainTime = 2 * time.Second

// Server is a running replica.
type Server struct {
	config    Config
	identity  journal.Identity
	disk      *storage.File
	journal   *journal.Journal
	traceFile *os.File
	trace     *trace.Writer
	replica   *vsr.Replica // belongs to the loop once that runs
	bus       *transport.Bus
	inbox     *inbox
	flusher   *flusher
	time      *timekeeper
	now       vsr.Timestamp  // belongs to the loop: when it took the latest messages
	client    *client.Client // its own, for Do and the Redis clients; nil until it is needed
	clientMu  sync.Mutex     // guards client
	resp      *resp.Server
	http      *http.Server
	capacity  capacity
	scrubbing scrubbing // belongs to the loop

	status      atomic.Pointer[wire.Status]
	seen        vsr.State // belongs to the loop, as isObserved
	isObserved  bool
	waits       *vsr.Waiting // likewise
	isStuck     bool         // belongs to the loop: the disk is, and that is logged
	process     uint64
	respAddress string
	httpAddress string

	stop     chan struct{} // closed by Stop
	stopOnce sync.Once
	failed   chan struct{} // closed by fail
	failOnce sync.Once
	err      error // why failed is closed
	running  sync.WaitGroup
	flushing sync.WaitGroup
}

// Start opens the data file and runs the replica. Errors wrap ErrConfig or ErrStorage where that is
// the reason.
func Start(c Config) (*Server, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{config: c, inbox: newInbox(), process: uint64(os.Getpid()),
		stop: make(chan struct{}), failed: make(chan struct{})}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *Server) start() error {
	durable, err := s.open()
	if err != nil {
		return err
	}
	if err := s.makeCore(durable); err != nil {
		return err
	}
	s.time, err = newTimekeeper(s.identity.Replicas, s.identity.Replica, s.config.Wall)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.flusher = newFlusher(journal.NewFeed(s.journal), s.inbox.persist, s.fail)
	s.flusher.scrubEvery, s.flusher.news = max(0, s.config.Scrub), s.inbox.signal
	s.scrubbing.open = map[place]uint64{}
	if err := s.listen(); err != nil {
		return err
	}
	if err := s.startHTTP(); err != nil {
		return err
	}
	s.flushing.Go(s.flusher.run)
	s.running.Go(s.loop)
	return nil
}

// open opens the data file and reads what is durable.
func (s *Server) open() (vsr.Durable, error) {
	disk, err := storage.OpenFile(s.config.DataFile, storage.FileConfig{
		Buffered: s.config.Buffered})
	if errors.Is(err, os.ErrNotExist) {
		return vsr.Durable{}, fmt.Errorf("server: %w: %w: make it with vsr format",
			ErrStorage, err)
	}
	if err != nil {
		return vsr.Durable{}, fmt.Errorf("server: %w: %w", ErrStorage, err)
	}
	s.disk = disk
	if s.config.Insecure {
		s.config.Log.Warn("plain TCP outside of the loopback interface is allowed: whoever " +
			"reaches the ports can read, change and forge everything")
	}
	if disk.Notice() != "" {
		s.config.Log.Warn(disk.Notice())
	}
	s.identity, err = journal.ReadIdentity(disk)
	if err != nil {
		return vsr.Durable{}, fmt.Errorf("server: data file %s: %w: %w",
			s.config.DataFile, ErrStorage, err)
	}
	if err := s.config.Expect.check(&s.config, s.identity); err != nil {
		return vsr.Durable{}, err
	}
	if n := len(s.config.Addresses); n != s.identity.Replicas {
		return vsr.Durable{}, fmt.Errorf("server: %w: data file %s belongs to %v, but there are "+
			"%d addresses: give those of all its replicas, or name the right file", ErrConfig,
			s.config.DataFile, s.identity, n)
	}
	s.config.Log = s.config.Log.With("replica", s.identity.Replica)
	opened, durable, err := journal.Open(disk, journal.Config{Identity: s.identity,
		BootID: storage.BootID()})
	if err != nil {
		return vsr.Durable{}, fmt.Errorf("server: data file %s: %w: %w",
			s.config.DataFile, ErrStorage, err)
	}
	s.journal = opened
	return durable, nil
}

// makeCore makes the replica from what its disk holds.
func (s *Server) makeCore(durable vsr.Durable) error {
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // never fails
	c := s.config.Core
	c.Replicas, c.Replica = s.identity.Replicas, s.identity.Replica
	c.Seed = binary.LittleEndian.Uint64(seed[:])
	c.Trace, c.TraceIgnored = s.config.TraceDir != "", s.config.TraceIgnored
	s.setCheckpoints(&c)
	if c.Trace {
		if err := s.openTrace(); err != nil {
			return fmt.Errorf("server: %w: %w", ErrStorage, err)
		}
	}
	service := s.config.NewService()
	var err error
	s.replica, err = vsr.New(c, service, durable, s.journal.Opens() == 1)
	if err != nil {
		return fmt.Errorf("server: data file %s: %w", s.config.DataFile, err)
	}
	s.setCapacity(service)
	s.status.Store(&wire.Status{From: s.identity.Replica, Status: s.replica.Status(),
		ViewNumber: s.replica.ViewNumber(), LastNormalView: s.replica.LastNormalView(),
		OpNumber: s.replica.OpNumber(), CommitNumber: s.replica.CommitNumber(),
		Process: s.process})
	return nil
}

// setCheckpoints fills in when the core makes checkpoints, so that the data file has room for what
// comes before each of them. Of a small data file one operation can take a large part.
func (s *Server) setCheckpoints(c *vsr.Config) {
	most := int(s.journal.LogBytesMax())
	interval := int(s.journal.CheckpointInterval())
	c.CheckpointInterval = min(cmp.Or(c.CheckpointInterval, interval), interval)
	c.CheckpointBytes = cmp.Or(c.CheckpointBytes, most/4)
	operation := cmp.Or(c.OperationBytesMax, operationBytes)
	c.LogBytesMax = cmp.Or(c.LogBytesMax, max(most, 2*(c.CheckpointBytes+operation)+1024))
}

// operationBytes is the largest operation, as the core has it where nothing else is said.
const operationBytes = 1 << 20

// listen starts the network and the front end for Redis clients.
func (s *Server) listen() error {
	limits := s.config.Limits
	limits.MaxBody = s.replica.Configuration().MessageBytesMax
	bus, err := transport.NewBus(transport.Config{
		Cluster: s.identity.Cluster, Replica: s.identity.Replica,
		Addresses: s.config.Addresses, Insecure: s.config.Insecure,
		Deliver: s.inbox.put, Status: s.status.Load,
		Listener: s.config.Listener, Limits: limits, Log: s.config.Log,
	})
	if err != nil {
		return fmt.Errorf("server: %w: %w", ErrStorage, err)
	}
	s.bus = bus
	if s.config.RESP == "" && s.config.RESPListener == nil {
		return nil
	}
	return s.startFrontEnd()
}

// Identity says which replica of which cluster this is.
func (s *Server) Identity() journal.Identity { return s.identity }

// Address is where other replicas and clients connect to.
func (s *Server) Address() net.Addr { return s.bus.Address() }

// RESPAddress is where Redis clients connect to. Empty: nowhere.
func (s *Server) RESPAddress() string { return s.respAddress }

// TraceName is the name of the trace file in the directory for traces. Empty: there is none.
func (s *Server) TraceName() string {
	if s.trace == nil {
		return ""
	}
	return TraceName(s.identity, s.journal.Opens())
}

// Status is how the replica is doing.
func (s *Server) Status() wire.Status { return *s.status.Load() }

// Failed is closed when the replica has stopped by itself.
func (s *Server) Failed() <-chan struct{} { return s.failed }

// Err says why, once Failed is closed.
func (s *Server) Err() error {
	select {
	case <-s.failed:
		return s.err
	default:
		return nil
	}
}

// Stop ends the replica: Redis clients get the replies to what is under way, as far as that takes
// no longer than two seconds, and what was written is made durable. It returns the error with
// which the replica had failed before, or that of closing the data file.
func (s *Server) Stop() error {
	return errors.Join(s.close(), s.Err())
}

// close takes apart what start has put together, as far as it got.
func (s *Server) close() (err error) {
	s.stopOnce.Do(func() {
		if s.resp != nil {
			ctx, cancel := context.WithTimeout(context.Background(), drainTime)
			_ = s.resp.Shutdown(ctx) // clients that do not finish in time are cut off
			cancel()
		}
		s.closeClient()
		s.stopHTTP()
		s.running.Wait()
		s.inbox.close()
		if s.bus != nil {
			s.bus.Close()
		}
		if s.flusher != nil {
			s.flusher.end()
		}
		if s.flushed() {
			err = s.closeFiles()
		}
	})
	return err
}

// flushed waits for the flusher. It is false if that hangs in a disk that has failed: then the
// files stay open, and the end of the process closes them.
func (s *Server) flushed() bool {
	done := make(chan struct{})
	go func() {
		s.flushing.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-s.failed:
	}
	select {
	case <-done:
		return true
	case <-time.After(drainTime):
		return false
	}
}

// closeFiles records in the data file where the log ends, and closes it and the trace.
func (s *Server) closeFiles() (err error) {
	if s.journal != nil && s.Err() == nil {
		err = s.journal.Close()
	}
	if s.disk != nil {
		err = errors.Join(err, s.disk.Close())
	}
	if s.traceFile != nil {
		err = errors.Join(err, s.traceFile.Close())
	}
	if err != nil {
		err = fmt.Errorf("server: close: %w: %w", ErrStorage, err)
	}
	return err
}

// Run runs a replica until the context ends or the replica fails. ready is called once it runs.
func Run(ctx context.Context, c Config, ready func(*Server)) error {
	s, err := Start(c)
	if err != nil {
		return err
	}
	if ready != nil {
		ready(s)
	}
	select {
	case <-ctx.Done():
	case <-s.Failed():
	}
	return s.Stop()
}
