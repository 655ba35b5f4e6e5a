// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	etcdwal "go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"
)

// etcd's raft with etcd's write-ahead log. It brings no network and no loop; ours is the plain one of
// its documentation: one goroutine a node, and the leader sends while it writes.

// etcd is a cluster of nodes; node 1 leads.
type etcd struct {
	nodes []*etcdNode
	next  atomic.Uint64
}

// proposal is an operation that waits to be committed.
type proposal struct {
	id   uint64 // the first eight bytes of the entry
	data []byte
	done chan struct{}
}

// etcdNode is one node. All but its channels belongs to its loop.
type etcdNode struct {
	id        uint64
	raw       *raft.RawNode
	storage   *raft.MemoryStorage
	wal       *etcdwal.WAL
	listener  net.Listener
	outgoing  map[uint64]chan *raftpb.Message
	incoming  chan *raftpb.Message
	proposals chan *proposal
	waiting   map[uint64]*proposal
	leads     atomic.Bool
	stop      chan struct{}
	running   sync.WaitGroup
	err       atomic.Pointer[error]
}

func startEtcd(dir string) (Cluster, error) {
	e := &etcd{}
	var peers []raft.Peer
	for i := range replicas {
		peers = append(peers, raft.Peer{ID: uint64(i + 1)})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		e.nodes = append(e.nodes, &etcdNode{
			id: uint64(i + 1), storage: raft.NewMemoryStorage(), listener: l,
			outgoing: map[uint64]chan *raftpb.Message{}, incoming: make(chan *raftpb.Message, 4096),
			proposals: make(chan *proposal, 4096), waiting: map[uint64]*proposal{},
			stop: make(chan struct{}),
		})
	}
	for _, n := range e.nodes {
		if err := n.start(dir, peers, e.nodes); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	// Nobody can be elected before the bootstrap entries are applied: ask until it works.
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if e.nodes[0].leads.Load() {
			return e, nil
		}
		e.nodes[0].incoming <- &raftpb.Message{Type: raftpb.MsgHup.Enum()}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, errors.Join(errors.New("etcd raft: node 1 does not lead"), e.Close())
}

// start makes the node and runs it.
func (n *etcdNode) start(dir string, peers []raft.Peer, all []*etcdNode) error {
	var err error
	path := filepath.Join(dir, fmt.Sprintf("node-%d", n.id))
	if n.wal, err = etcdwal.Create(zap.NewNop(), path, nil); err != nil {
		return err
	}
	n.raw, err = raft.NewRawNode(&raft.Config{
		ID: n.id, ElectionTick: 20, HeartbeatTick: 2, Storage: n.storage,
		MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 256, Logger: quiet{},
	})
	if err != nil {
		return err
	}
	if err := n.raw.Bootstrap(peers); err != nil {
		return err
	}
	n.running.Go(n.accept)
	for _, peer := range all {
		if peer != n {
			c := make(chan *raftpb.Message, 4096)
			n.outgoing[peer.id] = c
			n.running.Go(func() { n.send(peer.listener.Addr().String(), c) })
		}
	}
	n.running.Go(n.loop)
	return nil
}

// loop owns the raft node.
func (n *etcdNode) loop() {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-n.stop:
			return
		case <-ticker.C:
			n.raw.Tick()
		case m := <-n.incoming:
			n.step(m)
		case p := <-n.proposals:
			n.propose(p)
		}
		n.drain()
		for n.raw.HasReady() {
			if err := n.ready(); err != nil {
				n.err.Store(&err)
				return
			}
		}
	}
}

// drain takes all that has come in, so that one flush serves many.
func (n *etcdNode) drain() {
	for {
		select {
		case m := <-n.incoming:
			n.step(m)
		case p := <-n.proposals:
			n.propose(p)
		default:
			return
		}
	}
}

// step hands on a message. Errors are messages that came too late.
func (n *etcdNode) step(m *raftpb.Message) {
	if m.GetType() == raftpb.MsgHup {
		_ = n.raw.Campaign()
		return
	}
	_ = n.raw.Step(m)
}

func (n *etcdNode) propose(p *proposal) {
	n.waiting[p.id] = p
	if err := n.raw.Propose(p.data); err != nil {
		err = fmt.Errorf("etcd raft: propose: %w", err)
		n.err.Store(&err)
		close(n.stop)
	}
}

// ready does what the node asks for. The leader sends before it writes, the others after.
func (n *etcdNode) ready() error {
	r := n.raw.Ready()
	leads := n.raw.BasicStatus().RaftState == raft.StateLeader
	n.leads.Store(leads)
	if leads {
		n.sendAll(r.Messages)
	}
	if err := n.wal.Save(r.HardState, r.Entries); err != nil {
		return err
	}
	if err := n.storage.Append(r.Entries); err != nil {
		return err
	}
	if !leads {
		n.sendAll(r.Messages)
	}
	for _, e := range r.CommittedEntries {
		n.commit(e)
	}
	n.raw.Advance(r)
	return nil
}

// commit executes an entry.
func (n *etcdNode) commit(e *raftpb.Entry) {
	if e.GetType() == raftpb.EntryConfChange {
		var change raftpb.ConfChange
		if err := proto.Unmarshal(e.GetData(), &change); err == nil {
			n.raw.ApplyConfChange(&change)
		}
		return
	}
	if len(e.GetData()) < 8 {
		return
	}
	id := binary.LittleEndian.Uint64(e.GetData())
	if p := n.waiting[id]; p != nil {
		delete(n.waiting, id)
		close(p.done)
	}
}

func (n *etcdNode) sendAll(messages []*raftpb.Message) {
	for _, m := range messages {
		select {
		case n.outgoing[m.GetTo()] <- m:
		default: // the peer does not keep up; raft sends it again
		}
	}
}

// send writes messages to a peer, as many at once as there are.
func (n *etcdNode) send(address string, c chan *raftpb.Message) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		n.err.Store(&err)
		return
	}
	defer func() { _ = connection.Close() }()
	w := bufio.NewWriterSize(connection, 1<<16)
	for {
		select {
		case <-n.stop:
			return
		case m := <-c:
			if writeMessage(w, m) != nil || len(c) == 0 && w.Flush() != nil {
				return
			}
		}
	}
}

func writeMessage(w io.Writer, m *raftpb.Message) error {
	body, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	var size [4]byte
	binary.LittleEndian.PutUint32(size[:], uint32(len(body)))
	if _, err := w.Write(size[:]); err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}

// accept reads the messages of the peers.
func (n *etcdNode) accept() {
	for {
		connection, err := n.listener.Accept()
		if err != nil {
			return
		}
		n.running.Go(func() {
			defer func() { _ = connection.Close() }()
			go func() { <-n.stop; _ = connection.Close() }()
			n.receive(bufio.NewReaderSize(connection, 1<<16))
		})
	}
}

func (n *etcdNode) receive(r io.Reader) {
	var size [4]byte
	for {
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(size[:]))
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		m := &raftpb.Message{}
		if proto.Unmarshal(body, m) != nil {
			return
		}
		select {
		case n.incoming <- m:
		case <-n.stop:
			return
		}
	}
}

func (e *etcd) Propose(operation []byte) error {
	p := &proposal{id: e.next.Add(1), done: make(chan struct{})}
	p.data = append(binary.LittleEndian.AppendUint64(nil, p.id), operation[8:]...)
	n := e.nodes[0]
	select {
	case n.proposals <- p:
	case <-n.stop:
		return n.failure()
	}
	select {
	case <-p.done:
		return nil
	case <-n.stop:
		return n.failure()
	}
}

func (n *etcdNode) failure() error {
	if err := n.err.Load(); err != nil {
		return *err
	}
	return errors.New("etcd raft: stopped")
}

func (e *etcd) Close() error {
	var err error
	for _, n := range e.nodes {
		select {
		case <-n.stop:
		default:
			close(n.stop)
		}
		_ = n.listener.Close()
	}
	for _, n := range e.nodes {
		n.running.Wait()
		if n.wal != nil {
			err = errors.Join(err, n.wal.Close())
		}
	}
	return err
}

// quiet is a logger that says nothing.
type quiet struct{}

func (quiet) Debug(...any)              {}
func (quiet) Debugf(string, ...any)     {}
func (quiet) Info(...any)               {}
func (quiet) Infof(string, ...any)      {}
func (quiet) Warning(...any)            {}
func (quiet) Warningf(string, ...any)   {}
func (quiet) Error(...any)              {}
func (quiet) Errorf(string, ...any)     {}
func (quiet) Fatal(v ...any)            { panic(fmt.Sprint(v...)) }
func (quiet) Fatalf(f string, v ...any) { panic(fmt.Sprintf(f, v...)) }
func (quiet) Panic(v ...any)            { panic(fmt.Sprint(v...)) }
func (quiet) Panicf(f string, v ...any) { panic(fmt.Sprintf(f, v...)) }
