// SPDX-License-Identifier: Apache-2.0

package spec

import "fmt"

// Repair of lost entries. Their names are known, and a name stands for one content: whoever can
// read an entry of that name may send it, in any view and status.

type (
	// GetEntries asks for the topmost entry of a log that is known by its name alone.
	GetEntries struct {
		From ReplicaNumber
		Name Log
	}

	// Entries is the topmost entry of the log of that name.
	Entries struct {
		From ReplicaNumber
		Name Log
	}
)

// Kind of each message.
func (GetEntries) Kind() Kind { return KindGetEntries }
func (Entries) Kind() Kind    { return KindEntries }

func (m GetEntries) sender() ReplicaNumber { return m.From }
func (m Entries) sender() ReplicaNumber    { return m.From }

func (m GetEntries) String() string { return fmt.Sprintf("GETENTRIES(%v i=%d)", m.Name, m.From) }
func (m Entries) String() string    { return fmt.Sprintf("ENTRIES(%v i=%d)", m.Name, m.From) }

// SendGetEntries asks all for the lowest entry that the replica cannot read.
func SendGetEntries(_ Configuration, r Replica) (Replica, []Message, Ignored) {
	n := r.Readable()
	if n == r.OpNumber() {
		return r, nil, NoneLost
	}
	return r, []Message{GetEntries{r.ReplicaNumber, r.Log.UpTo(n + 1)}}, Accepted
}

// OnGetEntries sends the entry if the replica has it under that name and can read it.
func OnGetEntries(_ Configuration, r Replica, m GetEntries) (Replica, []Message, Ignored) {
	if !r.canRead(m.Name) {
		return r, nil, EntryLost
	}
	return r, []Message{Entries{r.ReplicaNumber, m.Name}}, Accepted
}

// OnEntries puts a lost entry back into its place. Nothing else changes: not the log, which has
// had that name all the time, and not what the replica has promised.
func OnEntries(_ Configuration, r Replica, m Entries) (Replica, []Message, Ignored) {
	n := m.Name.OpNumber()
	if !r.Log.StartsWith(m.Name) || !r.Damage.Lost.Has(n) {
		return r, nil, NoneLost
	}
	r.Damage.Lost = r.Damage.Lost.Without(n)
	return r, nil, Accepted
}

// canRead says whether the replica can read the topmost entry of the log of that name.
func (r Replica) canRead(name Log) bool {
	return r.Log.StartsWith(name) && !r.Damage.Lost.Has(name.OpNumber())
}

// String says what is lost, with a space before it; it is empty if nothing is.
func (d Damage) String() string {
	text := ""
	for _, n := range d.Lost.Members() {
		text += fmt.Sprintf(" lost %d", n)
	}
	if d.HeadUnknown {
		text += " head unknown"
	}
	return text
}
