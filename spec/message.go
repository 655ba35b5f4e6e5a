// SPDX-License-Identifier: Apache-2.0

package spec

import "fmt"

// The messages. A broadcast is one message without a destination. A message to one process
// names it only where nothing else says who it is: PREPAREOK and DOVIEWCHANGE of view v go to
// the primary of v.

// Kind tells the types of messages apart.
type Kind uint8

// The kinds, in the order in which the paper introduces them.
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
	KindRecovery
	KindRecoveryResponse
	KindRead
	KindReadReply
	KindGiveLease
	KindLeaseOver
	KindClientRecovery
	KindClientNumber
	KindReconfiguration
	KindStartEpoch
	KindEpochStarted
	KindCheckEpoch
	KindNewEpoch
	KindGetEntries
	KindEntries
	KindReadHead
	KindCheckpointed
	KindCheckpointOffer
	KindNoOp
)

// String is the paper's name of the message.
func (k Kind) String() string {
	return [...]string{"", "REQUEST", "PREPARE", "PREPAREOK", "REPLY", "COMMIT", "STARTVIEWCHANGE",
		"DOVIEWCHANGE", "STARTVIEW", "GETSTATE", "NEWSTATE", "RECOVERY",
		"RECOVERYRESPONSE", "READ", "READREPLY", "LEASE", "LEASEOVER", "CLIENTRECOVERY",
		"CLIENTNUMBER", "RECONFIGURATION", "STARTEPOCH", "EPOCHSTARTED", "CHECKEPOCH",
		"NEWEPOCH", "GETENTRIES", "ENTRIES", "READHEAD", "CHECKPOINTED",
		"CHECKPOINT", "NOOP"}[k]
}

// Message is one of the types below.
type Message interface {
	fmt.Stringer
	Kind() Kind
}

type (
	// Request is ⟨REQUEST op, c, s⟩ (§4.1 step 1), from a client to the primary.
	Request struct {
		ClientID      ClientID
		RequestNumber RequestNumber
		Operation     Operation
		// These are zero in what a client sends. The primary adds them before PREPARE.
		Prediction Prediction // §4.4.
		Rest       Log        // The further requests of a batch (§6.2).
	}

	// Prepare is ⟨PREPARE v, m, n, k⟩ (§4.1 step 3): the primary of view v has
	// put the request m in slot n of the log; everything up to k is committed.
	Prepare struct {
		From         ReplicaNumber
		ViewNumber   ViewNumber
		Request      Request
		OpNumber     OpNumber
		CommitNumber OpNumber
	}

	// PrepareOK is ⟨PREPAREOK v, n, i⟩ (§4.1 step 4): replica i has, in view v and on its
	// disk, the entry n and all below it.
	PrepareOK struct {
		From       ReplicaNumber
		ViewNumber ViewNumber
		OpNumber   OpNumber
	}

	// Reply is ⟨REPLY v, s, x⟩ (§4.1 step 5) to client c. The service of this model is the
	// sequence of the operations executed so far; so the result x is a position in it.
	Reply struct {
		From          ReplicaNumber
		ViewNumber    ViewNumber
		ClientID      ClientID
		RequestNumber RequestNumber
		OpNumber      OpNumber
		Place         int        // In the batch, counted from 0 (§6.2); zero elsewhere.
		Prediction    Prediction // With which it was executed (§4.4); zero elsewhere.
	}

	// Commit is ⟨COMMIT v, k⟩ (§4.1 step 6): an idle primary says how far it has committed.
	Commit struct {
		From         ReplicaNumber
		ViewNumber   ViewNumber
		CommitNumber OpNumber
	}

	// StartViewChange is ⟨STARTVIEWCHANGE v, i⟩ (§4.2 step 1): replica i wants view v.
	StartViewChange struct {
		From        ReplicaNumber
		ViewNumber  ViewNumber
		CrashVector CrashVector // Zero but with crash vectors, as below.
	}

	// DoViewChange is ⟨DOVIEWCHANGE v, l, v′, n, k, i⟩ (§4.2 step 2): replica i will take
	// part in no view below v any more, and this is its log. n is l.OpNumber().
	DoViewChange struct {
		From           ReplicaNumber
		ViewNumber     ViewNumber
		Log            Log
		LastNormalView ViewNumber
		CommitNumber   OpNumber
		CrashVector    CrashVector
		// After is zero but with log suffixes (§5.3): then Log is what follows entry After.
		After OpNumber
		// HeadUnknown is false but with damaged disks (storage.go): there may have been entries above.
		HeadUnknown bool
	}

	// StartView is ⟨STARTVIEW v, l, n, k⟩ (§4.2 step 3): view v starts with log l.
	StartView struct {
		From         ReplicaNumber
		ViewNumber   ViewNumber
		Log          Log
		CommitNumber OpNumber
	}

	// GetState is ⟨GETSTATE v, n′, i⟩ (§5.2): replica i is in view v and asks for what
	// follows entry n′. Whoever is Normal in v may answer.
	GetState struct {
		From       ReplicaNumber
		ViewNumber ViewNumber
		OpNumber   OpNumber
	}

	// NewState is ⟨NEWSTATE v, l, n, k⟩ (§5.2): in view v, l follows entry After.
	//
	// Diverges (§5.2): the answer names the n′ that it follows, as it may come late (5.19).
	NewState struct {
		From         ReplicaNumber
		To           ReplicaNumber
		ViewNumber   ViewNumber
		After        OpNumber
		Log          Log
		CommitNumber OpNumber
	}

	// Recovery is ⟨RECOVERY i, x⟩ (§4.3): replica i has lost its state.
	Recovery struct {
		From  ReplicaNumber
		Nonce Nonce
	}

	// RecoveryResponse is ⟨RECOVERYRESPONSE v, x, l, n, k, j⟩ (§4.3) to the replica that
	// asked with x. Log and CommitNumber are nil, here zero, unless From is the primary of v.
	RecoveryResponse struct {
		From         ReplicaNumber
		To           ReplicaNumber
		ViewNumber   ViewNumber
		Nonce        Nonce
		Log          Log
		CommitNumber OpNumber
		CrashVector  CrashVector
	}
)

// Kind of each message.
func (Request) Kind() Kind         { return KindRequest }
func (Prepare) Kind() Kind         { return KindPrepare }
func (PrepareOK) Kind() Kind       { return KindPrepareOK }
func (Reply) Kind() Kind           { return KindReply }
func (Commit) Kind() Kind          { return KindCommit }
func (StartViewChange) Kind() Kind { return KindStartViewChange }
func (DoViewChange) Kind() Kind    { return KindDoViewChange }
func (StartView) Kind() Kind       { return KindStartView }
func (GetState) Kind() Kind        { return KindGetState }
func (NewState) Kind() Kind        { return KindNewState }
func (Recovery) Kind() Kind        { return KindRecovery }

// Kind of the answer.
func (RecoveryResponse) Kind() Kind { return KindRecoveryResponse }

// Sender is the replica that sent the message. The second result is false for what comes from a
// client: REQUEST, and READ, CLIENTRECOVERY, RECONFIGURATION and CHECKEPOCH.
func Sender(m Message) (ReplicaNumber, bool) {
	switch m := m.(type) {
	case Prepare:
		return m.From, true
	case PrepareOK:
		return m.From, true
	case Reply:
		return m.From, true
	case Commit:
		return m.From, true
	case StartViewChange:
		return m.From, true
	case DoViewChange:
		return m.From, true
	case StartView:
		return m.From, true
	case GetState:
		return m.From, true
	case NewState:
		return m.From, true
	case Recovery:
		return m.From, true
	case RecoveryResponse:
		return m.From, true
	case ReadReply:
		return m.From, true
	case ClientNumber:
		return m.From, true
	case interface{ sender() ReplicaNumber }: // Those of reads, optimisations and disks.
		return m.sender(), true
	}
	return senderOfEpoch(m)
}

// viewNumber is the view that a message of the replicas belongs to.
func viewNumber(m Message) ViewNumber {
	switch m := m.(type) {
	case Prepare:
		return m.ViewNumber
	case Commit:
		return m.ViewNumber
	case StartViewChange:
		return m.ViewNumber
	case DoViewChange:
		return m.ViewNumber
	}
	panic(fmt.Sprintf("spec: %v is compared by view nowhere", m))
}

// OpNumber is n, the op-number of the topmost entry of the sender's log.
func (m DoViewChange) OpNumber() OpNumber { return m.After + m.Log.OpNumber() }
