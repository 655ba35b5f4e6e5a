// SPDX-License-Identifier: Apache-2.0

package vsr

// The messages. Names and fields are those of package spec, with one difference: where a message
// carries a whole log, it carries the log's name and the entries that the receiver is likely to
// lack.

// Kind tells the types of messages apart, in memory and on the wire.
type Kind uint8

// The kinds of the protocol, and at the end those that only the implementation has.
const (
	KindRequest Kind = iota + 1
	KindPrepare
	KindPrepareOK
	KindReply
	KindCommit
	KindStartViewChange
	KindDoViewChange
	KindStartView
	KindGetState
	KindNewState
	// KindGetEntries and KindEntries fetch the part of a named log that a message left out.
	KindGetEntries
	KindEntries
	// KindGetCheckpoint and KindCheckpoint fetch the state where nobody has the log any more.
	KindGetCheckpoint
	KindCheckpoint
	// KindRefused answers a request that is not taken.
	KindRefused
)

// Message is one of the types below. A message is never changed once it is made.
type Message interface {
	Kind() Kind
}

type (
	// LogName identifies a log of any length: equal names mean equal logs.
	LogName struct {
		OpNumber OpNumber // n: the op-number of the topmost entry; 0 if the log is empty.
		Checksum Checksum // of the topmost entry; zero if the log is empty.
	}

	// LogSuffix stands for a whole log: its name, and the entries above Base. A receiver that has
	// no log with the name Base fetches the entries in between.
	LogSuffix struct {
		Name    LogName
		Base    LogName
		Entries []Entry // From op-number Base.OpNumber+1 to Name.OpNumber.
	}

	// LostRange is a part of a log of which only the names are known: the entries above Below, up
	// to Name.
	LostRange struct {
		Below, Name LogName
	}

	// Request is ⟨REQUEST op, c, s⟩ (§4.1 step 1).
	Request struct {
		ClientID      ClientID
		RequestNumber RequestNumber
		Operation     []byte
		// Since is an op-number that the client knew to be committed before its first request;
		// 0 if it knew none. It is the same in all requests of a client. See sessions.go.
		Since OpNumber
	}

	// Prepare is ⟨PREPARE v, m, n, k⟩ (§4.1 step 3). The entry holds the request m; Parent is the
	// name of the log below it, so OpNumber is Parent.OpNumber+1. An entry that is sent again
	// goes with the commit-number of the first time.
	Prepare struct {
		From         ReplicaNumber
		ViewNumber   ViewNumber
		Parent       LogName
		Entry        Entry
		CommitNumber OpNumber
	}

	// PrepareOK is ⟨PREPAREOK v, n, i⟩ (§4.1 step 4): entry n and all below it are durable.
	PrepareOK struct {
		From       ReplicaNumber
		ViewNumber ViewNumber
		OpNumber   OpNumber
	}

	// Reply is ⟨REPLY v, s, x⟩ (§4.1 step 5) to client c, with the op-number of the request.
	Reply struct {
		From          ReplicaNumber
		ViewNumber    ViewNumber
		ClientID      ClientID
		RequestNumber RequestNumber
		OpNumber      OpNumber
		Result        []byte
	}

	// Commit is ⟨COMMIT v, k⟩ (§4.1 step 6), and the heartbeat of the primary.
	Commit struct {
		From         ReplicaNumber
		ViewNumber   ViewNumber
		CommitNumber OpNumber
	}

	// StartViewChange is ⟨STARTVIEWCHANGE v, i⟩ (§4.2 step 1).
	StartViewChange struct {
		From       ReplicaNumber
		ViewNumber ViewNumber
	}

	// DoViewChange is ⟨DOVIEWCHANGE v, l, v′, n, k, i⟩ (§4.2 step 2).
	DoViewChange struct {
		From           ReplicaNumber
		ViewNumber     ViewNumber
		Log            LogSuffix
		LastNormalView ViewNumber
		CommitNumber   OpNumber
		// HeadUnknown: there may have been entries above Log, of the view LastNormalView, that
		// the sender has acknowledged and its disk has lost.
		HeadUnknown bool
		// Lost are the parts of Log that the sender cannot read, upwards. None is above Log.Base.
		Lost []LostRange
	}

	// StartView is ⟨STARTVIEW v, l, n, k⟩ (§4.2 step 3).
	StartView struct {
		From         ReplicaNumber
		ViewNumber   ViewNumber
		Log          LogSuffix
		CommitNumber OpNumber
	}

	// GetState is ⟨GETSTATE v, n′, i⟩ (§5.2).
	GetState struct {
		From       ReplicaNumber
		ViewNumber ViewNumber
		OpNumber   OpNumber
	}

	// NewState is ⟨NEWSTATE v, l, n, k⟩ (§5.2): what follows entry After (n′) in Log, which
	// stands for the whole log of the sender.
	NewState struct {
		From         ReplicaNumber
		To           ReplicaNumber
		ViewNumber   ViewNumber
		After        OpNumber
		Log          LogSuffix
		CommitNumber OpNumber
	}

	// Refused answers a REQUEST that the primary does not take: BUSY if it cannot now, EVICTED if
	// the session of the client is over. CommitNumber is that of the sender.
	Refused struct {
		From          ReplicaNumber
		ViewNumber    ViewNumber
		ClientID      ClientID
		RequestNumber RequestNumber
		CommitNumber  OpNumber
		Evicted       bool
	}

	// GetEntries asks for the entries of the log Name above op-number After. It has no part in
	// the protocol: any replica that holds that log answers, in any status and view.
	GetEntries struct {
		From  ReplicaNumber
		Name  LogName
		After OpNumber
	}

	// Entries answers GetEntries, from the op-number Name.OpNumber−len(Entries)+1 upwards.
	Entries struct {
		From    ReplicaNumber
		Name    LogName
		Entries []Entry
	}

	// GetCheckpoint asks for a part of the checkpoint Name, from byte Offset of its state on. The
	// zero Name asks for the latest one. Like GetEntries it has no part in the protocol.
	GetCheckpoint struct {
		From   ReplicaNumber
		Name   LogName
		Offset uint64
	}

	// CheckpointPart answers GetCheckpoint, and also a GetEntries for entries that are in a
	// checkpoint. Without Bytes, at the end of the state, it tells the others which checkpoint
	// the sender has made, so that they can compare (D25).
	CheckpointPart struct {
		From   ReplicaNumber
		Name   LogName
		Root   Checksum // See Checkpoint.Root.
		Size   uint64   // Of the whole state.
		Offset uint64
		Bytes  []byte
	}
)

// Kind of each message.
func (*Request) Kind() Kind         { return KindRequest }
func (*Prepare) Kind() Kind         { return KindPrepare }
func (*PrepareOK) Kind() Kind       { return KindPrepareOK }
func (*Reply) Kind() Kind           { return KindReply }
func (*Commit) Kind() Kind          { return KindCommit }
func (*StartViewChange) Kind() Kind { return KindStartViewChange }
func (*DoViewChange) Kind() Kind    { return KindDoViewChange }
func (*StartView) Kind() Kind       { return KindStartView }
func (*GetState) Kind() Kind        { return KindGetState }
func (*NewState) Kind() Kind        { return KindNewState }
func (*GetEntries) Kind() Kind      { return KindGetEntries }
func (*Entries) Kind() Kind         { return KindEntries }
func (*GetCheckpoint) Kind() Kind   { return KindGetCheckpoint }
func (*CheckpointPart) Kind() Kind  { return KindCheckpoint }
func (*Refused) Kind() Kind         { return KindRefused }
