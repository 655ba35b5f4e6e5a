// SPDX-License-Identifier: Apache-2.0

package vsr

// The client-table (§4.1). It is a function of the log and of what is executed (D3): the latest
// entry of each client in the log, and the result of its latest executed one. A step that replaces
// the log must make the table follow, in both directions: an entry that is taken over and not known
// here would be executed twice, and one that was dropped and is still known would block its client
// for ever.

// clientTable maps clients to their latest requests. No step depends on the order of the map.
type clientTable struct {
	clients map[ClientID]*clientRecord
}

// clientRecord is what the table knows about a client.
type clientRecord struct {
	// latest is the topmost entry of the client in the log.
	latest clientRequest
	// executed is the topmost entry that is executed, with its result. If nothing is
	// executed its numbers are 0.
	executed clientRequest
	result   []byte
}

// clientRequest is a request by its number and its place in the log.
type clientRequest struct {
	requestNumber RequestNumber
	opNumber      OpNumber
}

// of is the client's record; nil if the log has no entry of it.
func (t *clientTable) of(c ClientID) *clientRecord { return t.clients[c] }

// add tells the table that the log has a new topmost entry.
func (t *clientTable) add(e *Entry, n OpNumber) {
	record := t.clients[e.ClientID]
	if record == nil {
		record = &clientRecord{}
		t.clients[e.ClientID] = record
	}
	record.latest = clientRequest{e.RequestNumber, n}
}

// execute stores the result of the entry n, which add knows already.
func (t *clientTable) execute(e *Entry, n OpNumber, result []byte) {
	record := t.clients[e.ClientID]
	record.executed = clientRequest{e.RequestNumber, n}
	record.result = result
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
