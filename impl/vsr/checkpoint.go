// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// §5.1 Checkpoints: the state after some operation, from which a replica starts again without the
// log below. They are due at op-numbers that follow from the log alone (D25), so that equal
// op-numbers mean equal bytes on all replicas, which they compare. A checkpoint changes nothing
// of the state of the spec: a log is known by its name, and the name stays.

// CheckpointChunk is the size of the parts of which Checkpoint.Root is made.
const CheckpointChunk = 64 << 10

// checkpoints is what a replica has of them.
type checkpoints struct {
	room  Room     // See LogRoom.
	last  OpNumber // Where the latest was due, made or not.
	bytes int      // Size of the entries executed since then.

	pending  *Checkpoint // Made, and waits for the one under way, or for a write.
	sequence uint64      // The write that pending waits for.
	underWay *Checkpoint // The driver makes it durable.
	durable  OpNumber    // Op-number of the latest durable one.
	// held are those that others can get: the latest durable one, and the one before it, which
	// somebody may be fetching just now.
	held [2]heldCheckpoint
}

// heldCheckpoint is a checkpoint for others, with its root.
type heldCheckpoint struct {
	checkpoint *Checkpoint // Nil if there is none.
	root       Checksum
}

// Root identifies the state: the SHA-256 of the name, the size and the SHA-256 of each chunk of
// CheckpointChunk bytes, so that a part can be checked without the rest.
func (c *Checkpoint) Root() Checksum {
	b := binary.LittleEndian.AppendUint64(nil, uint64(c.Name.OpNumber))
	b = append(b, c.Name.Checksum[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(c.State)))
	for low := 0; low < len(c.State); low += CheckpointChunk {
		sum := sha256.Sum256(c.State[low:min(low+CheckpointChunk, len(c.State))])
		b = append(b, sum[:]...)
	}
	return sha256.Sum256(b)
}

// checkpointIfDue makes a checkpoint if the entry e, which has just been executed, completes an
// interval.
func (r *Replica) checkpointIfDue(e *Entry) {
	c := &r.checkpoints
	if r.cfg.CheckpointInterval == 0 {
		return
	}
	c.bytes += entryBytes(e)
	if r.commitNumber-c.last < OpNumber(r.cfg.CheckpointInterval) &&
		(r.cfg.CheckpointBytes == 0 || c.bytes < r.cfg.CheckpointBytes) {
		return
	}
	c.last, c.bytes = r.commitNumber, 0
	if c.room == RoomPlenty && (r.cfg.LogBytesMax == 0 || 2*r.log.bytes < r.cfg.LogBytesMax) {
		return
	}
	// An older one that still waits is not needed any more. A backup may have executed what is not
	// on its disk; a checkpoint must not be there before the log.
	c.pending, c.sequence = r.makeCheckpoint(e.Timestamp), r.held.written
	r.beginCheckpoint()
}

// Room is how much room the driver has for the log.
type Room uint8

const (
	// RoomUnknown: a checkpoint is made wherever one is due.
	RoomUnknown Room = iota
	// RoomPlenty: a checkpoint is made only where one is due and the log above the durable one
	// takes half of LogBytesMax.
	RoomPlenty
	// RoomLittle: a checkpoint is made wherever one is due, and a Write that changes a view number
	// has the whole log above the latest checkpoint, so that once that is durable no older Write is
	// needed any more.
	RoomLittle
	// RoomTight: besides, no new entries are taken, so that there is room for view changes.
	RoomTight
)

// LogRoom tells how much room the driver has for the log. It can be called at any time. Where
// checkpoints are due is the same on all replicas; which of these a replica makes is its own
// affair.
func (r *Replica) LogRoom(room Room) { r.checkpoints.room = room }

// lowest is where the log on the disk may begin: above the durable checkpoint, and above one that
// the driver has in hand, since by the time when it gets a Write that may be durable too.
func (c *checkpoints) lowest() OpNumber {
	if c.underWay != nil {
		return c.underWay.Name.OpNumber
	}
	return c.durable
}

// beginCheckpoint hands the pending checkpoint to the driver, if it may go.
func (r *Replica) beginCheckpoint() {
	c := &r.checkpoints
	if c.pending == nil || c.underWay != nil || c.sequence > r.held.persisted {
		return
	}
	c.underWay, c.pending = c.pending, nil
	r.out.Checkpoint = c.underWay
}

// CheckpointPersisted tells that the Checkpoint up to op-number n is durable. An op-number that is
// not that of the one under way does nothing.
func (r *Replica) CheckpointPersisted(n OpNumber) {
	c := &r.checkpoints
	if c.underWay == nil || c.underWay.Name.OpNumber != n {
		return
	}
	done := c.underWay
	c.underWay = nil
	r.holdCheckpoint(done)
	r.checkpointDurable(n)
	held := &c.held[0]
	size := uint64(len(done.State))
	r.leave(toAll, &CheckpointPart{r.cfg.Replica, done.Name, held.root, size, size, nil})
	r.beginCheckpoint()
}

// holdCheckpoint keeps a checkpoint for others.
func (r *Replica) holdCheckpoint(one *Checkpoint) {
	held := &r.checkpoints.held
	held[0], held[1] = heldCheckpoint{one, one.Root()}, held[0]
}

// checkpointDurable drops what a durable checkpoint up to n makes superfluous.
func (r *Replica) checkpointDurable(n OpNumber) {
	r.checkpoints.durable = n
	r.log.mark(n)
	if retain := OpNumber(r.cfg.LogRetain); n > retain {
		r.log.forget(n - retain)
	}
}

// logFull says whether the log cannot take so many bytes more before there is more room: most
// often before the next checkpoint is durable.
func (r *Replica) logFull(bytes int) bool {
	return r.checkpoints.room == RoomTight ||
		r.cfg.LogBytesMax > 0 && r.log.bytes+bytes > r.cfg.LogBytesMax
}

// The encoding of a checkpoint's state:
//
//	state  = version(1 byte: 1) timestamp(8 bytes) evicted(uvarint) clients(uvarint) client*
//	         service snapshot
//	client = id(16 bytes) request-number(uvarint) op-number(uvarint) result(uvarint, bytes),
//	         in the order of the op-numbers
const stateVersion = 1

// makeCheckpoint is the state after the entries that are executed, the last at that time.
func (r *Replica) makeCheckpoint(at Timestamp) *Checkpoint {
	snapshot := r.service.Snapshot()
	b := make([]byte, 0, len(snapshot)+r.clientTable.encodedSize())
	b = append(b, stateVersion)
	b = binary.LittleEndian.AppendUint64(b, uint64(at))
	b = r.clientTable.encode(b)
	return &Checkpoint{r.log.nameAt(r.commitNumber), append(b, snapshot...)}
}

// restore makes the replica what the checkpoint says: service, client-table, log and
// commit-number. If the checkpoint is not one, nothing changes.
func (r *Replica) restore(c *Checkpoint) error {
	d := stateDecoder{bytes: c.State}
	if version := d.take(1); version != nil && version[0] != stateVersion {
		return fmt.Errorf("checkpoint %d: its version is %d, expected %d", c.Name.OpNumber,
			version[0], stateVersion)
	}
	at := Timestamp(d.fixed64())
	table := decodeClientTable(&d, c.Name.OpNumber)
	if d.failed {
		return fmt.Errorf("checkpoint %d: its %d bytes are not a client-table and a state",
			c.Name.OpNumber, len(c.State))
	}
	if err := r.service.Restore(d.bytes[d.at:]); err != nil {
		return fmt.Errorf("checkpoint %d: %w", c.Name.OpNumber, err)
	}
	r.clientTable = table
	r.commitNumber = c.Name.OpNumber
	r.log = log{base: c.Name, baseTimestamp: at, marked: c.Name.OpNumber}
	r.checkpoints = checkpoints{room: r.checkpoints.room, last: c.Name.OpNumber,
		durable: c.Name.OpNumber, held: r.checkpoints.held}
	r.holdCheckpoint(c)
	return nil
}

// stateDecoder reads the encoding of a state. After it has failed it reads zeros.
type stateDecoder struct {
	bytes  []byte
	at     int
	failed bool
}

// take is the next n bytes; nil if there are not so many.
func (d *stateDecoder) take(n uint64) []byte {
	if d.failed || n > uint64(len(d.bytes)-d.at) {
		d.failed = true
		return nil
	}
	d.at += int(n)
	return d.bytes[d.at-int(n) : d.at : d.at]
}

// fixed64 is a number of 8 bytes.
func (d *stateDecoder) fixed64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// number is a uvarint.
func (d *stateDecoder) number() uint64 {
	if d.failed {
		return 0
	}
	n, size := binary.Uvarint(d.bytes[d.at:])
	if size <= 0 {
		d.failed = true
		return 0
	}
	d.at += size
	return n
}
