// SPDX-License-Identifier: Apache-2.0

package vsr

import "encoding/binary"

// The client-table (§4.1). It is a function of the log and of what is executed (D3): the latest
// entry of each client in the log, and the result of its latest executed one. A step that replaces
// the log must make the table follow, in both directions: an entry that is taken over and not known
// here would be executed twice, and one that was dropped and is still known would block its client
// for ever.
//
// It does not grow without end: when the execution of an entry makes the clients more than
// Config.ClientsMax, or their results larger than Config.ClientBytesMax, those are evicted whose
// latest executed entries are the oldest. That follows from the log alone, so it happens on all
// replicas at the same entry. What keeps an evicted
// client's requests from being executed twice is Request.Since: see sessions.go.

// clientTable maps clients to their latest requests. No step depends on the order of the map.
type clientTable struct {
	clients map[ClientID]*clientRecord
	// Those with an executed entry, the oldest first, and how many they are.
	oldest, newest *clientRecord
	executed       int
	bytes          int // of their encoding, at most
	// evicted is the largest op-number of an entry whose client was evicted after it.
	evicted OpNumber
}

// clientRecord is what the table knows about a client.
type clientRecord struct {
	client ClientID
	// latest is the topmost entry of the client in the log.
	latest clientRequest
	// executed is the topmost entry that is executed, with its result. If nothing is
	// executed its numbers are 0.
	executed clientRequest
	result   []byte
	// The neighbours in the order of the executed entries.
	older, newer *clientRecord
}

// clientRequest is a request by its number and its place in the log.
type clientRequest struct {
	requestNumber RequestNumber
	opNumber      OpNumber
}

// newClientTable makes an empty table.
func newClientTable() clientTable {
	return clientTable{clients: make(map[ClientID]*clientRecord)}
}

// of is the client's record; nil if the log has no entry of it, or it was evicted.
func (t *clientTable) of(c ClientID) *clientRecord { return t.clients[c] }

// add tells the table that the log has a new topmost entry.
func (t *clientTable) add(e *Entry, n OpNumber) {
	record := t.clients[e.ClientID]
	if record == nil {
		record = &clientRecord{client: e.ClientID}
		t.clients[e.ClientID] = record
	}
	record.latest = clientRequest{e.RequestNumber, n}
}

// execute stores the result of the entry n, which add knows already. If the records with an
// executed entry are too many then, or too large, the oldest go, but never this one.
func (t *clientTable) execute(e *Entry, n OpNumber, result []byte, c *Config) {
	record := t.clients[e.ClientID]
	if record.executed.opNumber != 0 {
		t.unlink(record)
	}
	record.executed = clientRequest{e.RequestNumber, n}
	record.result = result
	t.link(record)
	for t.executed > 1 && (t.executed > c.ClientsMax || t.bytes > c.ClientBytesMax) {
		t.evict(t.oldest)
	}
}

// size is more than the encoding of the record takes.
func (record *clientRecord) size() int { return 48 + len(record.result) }

// evict forgets what was executed for a client. Entries of it that are in the log and not executed
// stay known.
func (t *clientTable) evict(record *clientRecord) {
	t.unlink(record)
	t.evicted = max(t.evicted, record.executed.opNumber)
	if record.latest == record.executed {
		delete(t.clients, record.client)
	}
	record.executed, record.result = clientRequest{}, nil
}

// link puts a record at the end of the order.
func (t *clientTable) link(record *clientRecord) {
	record.older, record.newer = t.newest, nil
	if t.newest != nil {
		t.newest.newer = record
	} else {
		t.oldest = record
	}
	t.newest = record
	t.executed++
	t.bytes += record.size()
}

// unlink takes a record out of the order.
func (t *clientTable) unlink(record *clientRecord) {
	if record.older != nil {
		record.older.newer = record.newer
	} else {
		t.oldest = record.newer
	}
	if record.newer != nil {
		record.newer.older = record.older
	} else {
		t.newest = record.older
	}
	record.older, record.newer = nil, nil
	t.executed--
	t.bytes -= record.size()
}

// replace makes the table follow a log of which the entries above keep are replaced. Only what
// is above the commit-number k can be: so keep ≥ k.
func (t *clientTable) replace(l *log, k, keep OpNumber, entries []Entry) {
	dropped := l.after(keep, l.opNumber())
	for i := range dropped {
		if record := t.clients[dropped[i].ClientID]; record != nil {
			record.latest = record.executed
			if record.latest.opNumber == 0 {
				delete(t.clients, dropped[i].ClientID)
			}
		}
	}
	if len(dropped) > 0 {
		// A client can have several entries that are not executed. What remains of them counts.
		t.addAll(l.after(k, keep), k)
	}
	t.addAll(entries, keep)
}

// addAll adds entries that follow the entry n.
func (t *clientTable) addAll(entries []Entry, n OpNumber) {
	for i := range entries {
		t.add(&entries[i], n+OpNumber(i)+1)
	}
}

// encodedSize is no less than what encode needs.
func (t *clientTable) encodedSize() int { return 32 + t.bytes }

// encode appends what is executed, for a checkpoint.
func (t *clientTable) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(t.evicted))
	b = binary.AppendUvarint(b, uint64(t.executed))
	for record := t.oldest; record != nil; record = record.newer {
		b = append(b, record.client[:]...)
		b = binary.AppendUvarint(b, uint64(record.executed.requestNumber))
		b = binary.AppendUvarint(b, uint64(record.executed.opNumber))
		b = binary.AppendUvarint(b, uint64(len(record.result)))
		b = append(b, record.result...)
	}
	return b
}

// decodeClientTable is the inverse of encode, for a checkpoint up to op-number n. The table is
// worth nothing if the decoder has failed.
func decodeClientTable(d *stateDecoder, n OpNumber) clientTable {
	t := newClientTable()
	t.evicted = OpNumber(d.number())
	below := OpNumber(0)
	for count := d.number(); count > 0 && !d.failed; count-- {
		record := &clientRecord{}
		copy(record.client[:], d.take(16))
		record.executed = clientRequest{RequestNumber(d.number()), OpNumber(d.number())}
		record.latest = record.executed
		if result := d.take(d.number()); len(result) > 0 {
			record.result = append([]byte(nil), result...)
		}
		at := record.executed.opNumber
		if t.clients[record.client] != nil || at <= below || at > n {
			d.failed = true
			break
		}
		below = at
		t.clients[record.client] = record
		t.link(record)
	}
	return t
}
