// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/stretchr/testify/require"
)

// A group of replicas in memory, for the tests of this package. The test decides what is delivered,
// what becomes durable and who crashes; the cluster checks after each action that nothing is
// broken.

// failer is what testing.T and rapid.T have in common.
type failer interface {
	require.TestingT
	Helper()
	Fatalf(format string, arguments ...any)
}

// packet is a message on its way. A packet to a client has client set.
type packet struct {
	from, to ReplicaNumber
	client   bool
	message  Message
}

// member is a replica with its disk.
type member struct {
	replica *Replica
	service *chainService
	disk    Durable
	writes  []Write // Handed to the disk and not durable.
	// checkpoint was handed to the disk and is not durable.
	checkpoint *Checkpoint
	events     int // How many there were.
	starts     int
}

// cluster is the group, the network and the evidence.
type cluster struct {
	t         failer
	config    Config
	members   []*member
	network   []packet
	now       Timestamp
	trace     []Event // Of all replicas, in the order in which they happened.
	replies   []*Reply
	committed []LogName // committed[n] is the name of the committed log of n entries.
	results   map[OpNumber][32]byte
	executed  []Entry                // The committed entries.
	damaged   bool                   // Some disk has lost something.
	requests  map[[2]uint64]OpNumber // Client and request-number to their place.
	// filter, if set, may refuse a message for the network.
	filter func(packet) bool
}

// chainService is a state machine whose results depend on all that it has executed.
type chainService struct {
	state [32]byte
	calls int
}

func (s *chainService) Execute(timestamp Timestamp, operation []byte) []byte {
	b := binary.LittleEndian.AppendUint64(s.state[:], uint64(timestamp))
	s.state = sha256.Sum256(append(b, operation...))
	s.calls++
	return append([]byte(nil), s.state[:]...)
}

func (s *chainService) Snapshot() []byte {
	return binary.LittleEndian.AppendUint64(append([]byte(nil), s.state[:]...), uint64(s.calls))
}

func (s *chainService) Restore(snapshot []byte) error {
	if len(snapshot) != 40 {
		return fmt.Errorf("a snapshot of %d bytes, expected 40", len(snapshot))
	}
	copy(s.state[:], snapshot)
	s.calls = int(binary.LittleEndian.Uint64(snapshot[32:]))
	return nil
}

// newCluster starts a group of new replicas. Replica and Seed of the config are set for each.
func newCluster(t failer, config Config) *cluster {
	c := &cluster{
		t: t, config: config, committed: []LogName{{}},
		results: map[OpNumber][32]byte{}, requests: map[[2]uint64]OpNumber{},
	}
	for i := range config.Replicas {
		c.members = append(c.members, &member{})
		c.start(ReplicaNumber(i), true)
	}
	return c
}

// start makes the replica from its disk.
func (c *cluster) start(i ReplicaNumber, fresh bool) {
	m := c.members[i]
	config := c.config
	config.Replica, config.Seed = i, c.config.Seed+uint64(m.starts)
	m.service, m.writes, m.checkpoint = &chainService{}, nil, nil
	m.starts++
	disk := m.disk
	disk.Log = append([]Entry(nil), disk.Log...)
	disk.Lost = append([]LostEntries(nil), disk.Lost...)
	for _, lost := range disk.Lost {
		clear(disk.Log[lost.First-disk.Checkpoint.Name.OpNumber-1 : lost.Last-
			disk.Checkpoint.Name.OpNumber])
	}
	var err error
	m.replica, err = New(config, m.service, disk, fresh)
	require.NoError(c.t, err)
	c.collect(i)
}

// crash stops a replica. Of its writes that are not durable the first ones reach the disk.
func (c *cluster) crash(i ReplicaNumber, durable int) {
	m := c.members[i]
	for _, w := range m.writes[:min(durable, len(m.writes))] {
		m.disk.apply(w)
	}
	c.start(i, false)
}

// crashDamaged stops a replica whose disk loses something more: entries from the op-number first
// on, as many as count, or, with count 0, all of them and the knowledge that there were some. The
// log with which the replica entered v′ stays known by name.
func (c *cluster) crashDamaged(i ReplicaNumber, durable int, first OpNumber, count int) {
	m := c.members[i]
	for _, w := range m.writes[:min(durable, len(m.writes))] {
		m.disk.apply(w)
	}
	d, l := &m.disk, m.disk.log()
	low := d.Checkpoint.Name.OpNumber
	if n := len(d.Lost); n > 0 {
		low = d.Lost[n-1].Last
	}
	last := min(first+OpNumber(count)-1, l.opNumber())
	switch {
	case count > 0 && first > low && first <= last:
		d.Lost = append(d.Lost, LostEntries{first, last, l.nameAt(last)})
	case count == 0:
		for n := l.opNumber(); n >= max(first, low+1) &&
			l.at(n).ViewNumber == d.LastNormalView; n-- {
			d.Log = l.after(l.base.OpNumber, n-1)
		}
		d.HeadUnknown = true
	}
	c.damaged = true
	c.start(i, false)
}

// replaceDisk gives a replica whose disk is gone a new one, as package journal formats it after an
// operation was committed in that view without the replica.
func (c *cluster) replaceDisk(i ReplicaNumber, view ViewNumber) {
	c.members[i].disk = Durable{ViewNumber: view, LastNormalView: view, HeadUnknown: true}
	c.damaged = true
	c.start(i, false)
}

// apply is what a write means.
func (d *Durable) apply(w Write) {
	d.ViewNumber, d.LastNormalView = w.ViewNumber, w.LastNormalView
	d.HeadUnknown = w.HeadUnknown
	for n := len(d.Lost); n > 0 && d.Lost[n-1].Last > w.Keep; n-- {
		d.Lost = d.Lost[:n-1]
	}
	if w.Checkpoint != nil {
		d.Checkpoint, d.Log, d.Lost = *w.Checkpoint, nil, nil
	}
	keep := w.Keep - d.Checkpoint.Name.OpNumber
	d.Log = append(append([]Entry(nil), d.Log[:keep]...), w.Entries...)
}

// log is what the disk holds as a log.
func (d *Durable) log() *log { return &log{base: d.Checkpoint.Name, entries: d.Log} }

// receive gives a message to a replica.
func (c *cluster) receive(i ReplicaNumber, m Message) {
	c.now++
	c.members[i].replica.Receive(c.now, m)
	c.collect(i)
}

// tick lets time pass at a replica.
func (c *cluster) tick(i ReplicaNumber) {
	c.now++
	c.members[i].replica.Tick(c.now)
	c.collect(i)
}

// persist makes the first n writes of a replica durable.
func (c *cluster) persist(i ReplicaNumber, n int) {
	m := c.members[i]
	n = min(n, len(m.writes))
	if n == 0 {
		return
	}
	for _, w := range m.writes[:n] {
		m.disk.apply(w)
	}
	sequence := m.writes[n-1].Sequence
	m.writes = m.writes[n:]
	m.replica.Persisted(sequence)
	c.collect(i)
}

// persistCheckpoint makes the checkpoint under way of a replica durable, if there is one.
func (c *cluster) persistCheckpoint(i ReplicaNumber) {
	m := c.members[i]
	cp := m.checkpoint
	if cp == nil {
		return
	}
	m.checkpoint = nil
	// Another replica's may have come in between.
	if l := m.disk.log(); cp.Name.OpNumber > l.base.OpNumber {
		require.True(c.t, l.has(cp.Name), "a checkpoint before its log")
		m.disk.Log = l.after(cp.Name.OpNumber, l.opNumber())
		m.disk.Checkpoint = *cp
	}
	m.replica.CheckpointPersisted(cp.Name.OpNumber)
	c.collect(i)
}

// deliver takes the packet at a position out of the network and delivers it.
func (c *cluster) deliver(at int) {
	p := c.network[at]
	c.network = append(c.network[:at:at], c.network[at+1:]...)
	c.receive(p.to, p.message)
}

// collect takes the Output of a replica and checks it.
func (c *cluster) collect(i ReplicaNumber) {
	m := c.members[i]
	out := m.replica.Output()
	m.events += len(out.Events)
	c.trace = append(c.trace, out.Events...)
	m.writes = append(m.writes, out.Writes...)
	c.check(i)
	if out.Checkpoint != nil {
		require.Equal(c.t, c.committed[out.Checkpoint.Name.OpNumber], out.Checkpoint.Name)
		m.checkpoint = out.Checkpoint
	}
	for _, send := range out.Sends {
		p := packet{from: i, to: send.To, client: send.ToClient, message: send.Message}
		c.checkSend(i, send.Message)
		switch {
		case send.ToClient:
			if reply, ok := send.Message.(*Reply); ok {
				c.replies = append(c.replies, reply)
			}
		case c.filter == nil || c.filter(p):
			c.network = append(c.network, p)
		}
	}
}

// checkSend checks that what a message promises is on the disk when it leaves.
func (c *cluster) checkSend(i ReplicaNumber, m Message) {
	disk := &c.members[i].disk
	require.LessOrEqual(c.t, MessageBytes(m), c.config.withDefaults().MessageBytesMax)
	switch m := m.(type) {
	case *PrepareOK:
		if m.ViewNumber == disk.ViewNumber {
			require.Equal(c.t, m.ViewNumber, disk.LastNormalView, "PREPAREOK before v'")
			require.LessOrEqual(c.t, m.OpNumber, disk.log().opNumber(), "PREPAREOK before entry")
		}
	case *StartViewChange:
		require.LessOrEqual(c.t, m.ViewNumber, disk.ViewNumber, "STARTVIEWCHANGE before view")
	case *DoViewChange:
		require.LessOrEqual(c.t, m.ViewNumber, disk.ViewNumber, "DOVIEWCHANGE before view")
	case *StartView:
		require.LessOrEqual(c.t, m.ViewNumber, disk.LastNormalView, "STARTVIEW before v'")
	case *Prepare:
		require.LessOrEqual(c.t, m.ViewNumber, disk.LastNormalView, "PREPARE before STARTVIEW")
	case *Commit:
		require.LessOrEqual(c.t, m.ViewNumber, disk.LastNormalView, "COMMIT before STARTVIEW")
	case *Reply:
		require.LessOrEqual(c.t, m.ViewNumber, disk.LastNormalView, "REPLY before STARTVIEW")
		c.checkReply(m)
	}
}

// checkReply checks that a committed entry is on the disks of a quorum, once, with one result.
func (c *cluster) checkReply(m *Reply) {
	copies := 0
	for _, other := range c.members {
		l := other.disk.log()
		if m.OpNumber < l.base.OpNumber || l.has(c.committed[m.OpNumber]) {
			copies++
		}
	}
	if !c.damaged {
		require.GreaterOrEqual(c.t, copies, c.config.Quorum(), "REPLY for op %d", m.OpNumber)
	}
	key := [2]uint64{binary.LittleEndian.Uint64(m.ClientID[:8]), uint64(m.RequestNumber)}
	if at, ok := c.requests[key]; ok {
		require.Equal(c.t, at, m.OpNumber, "a request has two places")
	}
	c.requests[key] = m.OpNumber
	result := c.results[m.OpNumber]
	require.Equal(c.t, result[:], m.Result, "result of op %d", m.OpNumber)
}

// check compares a replica with what is committed, and with the others of its view.
func (c *cluster) check(i ReplicaNumber) {
	m := c.members[i]
	r := m.replica
	k := r.CommitNumber()
	require.LessOrEqual(c.t, k, r.OpNumber())
	require.Equal(c.t, r.Status() == Normal, r.LastNormalView() == r.ViewNumber())
	require.Equal(c.t, int(k), m.service.calls)
	for n := OpNumber(len(c.committed)); n <= k; n++ {
		name, ok := r.LogNameAt(n)
		require.True(c.t, ok, "op %d was executed first by a replica that does not have it", n)
		c.committed = append(c.committed, name)
	}
	name, _ := r.LogNameAt(k)
	require.Equal(c.t, c.committed[k], name, "replica %d at commit-number %d", i, k)
	if k > 0 {
		if state, ok := c.results[k]; ok {
			require.Equal(c.t, state, m.service.state, "service of %d at %d", i, k)
		}
		c.learnResults(r)
	}
	for j, other := range c.members {
		if other.replica == nil || j == int(i) || other.replica.Status() != Normal ||
			r.Status() != Normal || other.replica.ViewNumber() != r.ViewNumber() {
			continue
		}
		n := min(r.OpNumber(), other.replica.OpNumber())
		a, here := r.LogNameAt(n)
		b, there := other.replica.LogNameAt(n)
		if here && there { // Else it is below a checkpoint, and so committed.
			require.Equal(c.t, a, b, "logs of %d and %d in view %d", i, j, r.ViewNumber())
		}
	}
	c.checkTable(i)
}

// learnResults computes the results of the committed operations, independently of the replicas.
func (c *cluster) learnResults(r *Replica) {
	for n := OpNumber(len(c.results)) + 1; n <= r.CommitNumber(); n++ {
		e, ok := r.EntryAt(n)
		require.True(c.t, ok)
		s := chainService{state: c.results[n-1]}
		s.Execute(e.Timestamp, e.Operation)
		c.executed = append(c.executed, e)
		c.results[n] = s.state
	}
}

// checkTable compares the client-table with its definition (D3).
func (c *cluster) checkTable(i ReplicaNumber) {
	r := c.members[i].replica
	latest, executed := map[ClientID]clientRequest{}, map[ClientID]clientRequest{}
	evicted := OpNumber(0)
	const size = 48 + 32 // of a record: all results have 32 bytes
	most := min(r.cfg.ClientsMax, max(1, r.cfg.ClientBytesMax/size))
	for n := OpNumber(1); n <= r.log.opNumber(); n++ {
		if n > r.CommitNumber() {
			e := r.log.at(n)
			latest[e.ClientID] = clientRequest{e.RequestNumber, n}
			continue
		}
		e := c.executed[n-1]
		latest[e.ClientID] = clientRequest{e.RequestNumber, n}
		executed[e.ClientID] = latest[e.ClientID]
		if len(executed) > most {
			oldest := e.ClientID
			for id, one := range executed {
				if one.opNumber < executed[oldest].opNumber {
					oldest = id
				}
			}
			evicted = executed[oldest].opNumber
			delete(executed, oldest)
			delete(latest, oldest)
		}
	}
	require.Equal(c.t, evicted, r.clientTable.evicted)
	require.Equal(c.t, len(executed), r.clientTable.executed)
	require.Len(c.t, r.clientTable.clients, len(latest))
	for id, want := range latest {
		record := r.clientTable.of(id)
		require.Equal(c.t, want, record.latest)
		require.Equal(c.t, executed[id], record.executed)
	}
}

// settle delivers and persists everything, in order, until nothing is on its way.
func (c *cluster) settle() {
	for steps := 0; ; steps++ {
		if steps > 100_000 {
			c.t.Fatalf("the network does not come to rest")
		}
		busy := false
		for i, m := range c.members {
			if len(m.writes) > 0 {
				c.persist(ReplicaNumber(i), len(m.writes))
				busy = true
			}
			if m.checkpoint != nil {
				c.persistCheckpoint(ReplicaNumber(i))
				busy = true
			}
		}
		if len(c.network) > 0 {
			c.deliver(0)
			busy = true
		}
		if !busy {
			return
		}
	}
}

// client is a client-id for tests.
func client(n uint64) (id ClientID) {
	binary.LittleEndian.PutUint64(id[:], n)
	return id
}

// request is a request for tests; its operation says whose it is.
func request(c, s uint64) *Request {
	return &Request{ClientID: client(c), RequestNumber: RequestNumber(s),
		Operation: fmt.Appendf(nil, "%d.%d", c, s)}
}
