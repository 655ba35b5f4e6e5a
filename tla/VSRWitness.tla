------------------------------ MODULE VSRWitness ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* §6.1 Witnesses: the active replicas have the state of the service and   *)
(* execute, the others have a log only.  A witness acknowledges, and takes *)
(* part in view changes, but never leads a view.                           *)
(*                                                                         *)
(* A witness may drop of its log what all active replicas have in their    *)
(* checkpoints: any one of them may be the only one that is left, and then *)
(* needs all that follows its own.  The log stays whole here, and          *)
(* collected says what is gone of it.                                      *)
(*                                                                         *)
(* DOVIEWCHANGE has a field more, after: its log is what follows that      *)
(* entry.  Steps that are not here are those of VSR; those that are others *)
(* here have names that say in what.                                       *)
(***************************************************************************)

EXTENDS VSRVariants

CONSTANT Witnesses      \* How many replicas are witnesses: those with the largest numbers.

VARIABLES
    collected,          \* The entries up to here each witness has dropped.
    checkpointed        \* All CHECKPOINTED ever sent: [from, opNumber].

witnessVars == <<collected, checkpointed>>

Active       == N - Witnesses
IsWitness(i) == i >= Active

\* In the place of Primary: the views go round the active replicas.
PrimaryOfActive(v) == v % Active

NothingCollected ==
    /\ collected    = [i \in Replicas |-> 0]
    /\ checkpointed = {}

-----------------------------------------------------------------------------
(* The steps *)

OnStartViewChangeAfter(i) ==
    /\ status[i] = ViewChange
    /\ \E quorum \in MessagesOf(ChangeOthers,
            {m \in Received(i, sent.StartViewChange) : m.viewNumber = viewNumber[i]}) :
        Send("DoViewChange", [
            from           |-> i,
            viewNumber     |-> viewNumber[i],
            after          |-> collected[i],
            log            |-> After(log[i], collected[i]),
            lastNormalView |-> lastNormalView[i],
            commitNumber   |-> commitNumber[i]])
    /\ UNCHANGED <<replicaVars, clientVars, witnessVars>>

\* A log that starts above what the new primary has committed it cannot use.
OnDoViewChangeAfter(i) ==
    LET v        == viewNumber[i]
        wanted   == {m \in sent.DoViewChange : m.viewNumber = v}
        whole(m) == UpTo(log[i], m.after) \o m.log
        better(a, b) ==
            \/ a.lastNormalView > b.lastNormalView
            \/ a.lastNormalView = b.lastNormalView /\ Len(whole(a)) > Len(whole(b))
    IN
    /\ status[i] = ViewChange
    /\ Primary(v) = i
    /\ \E own \in {m \in wanted : m.from = i},
          others \in MessagesOf(ChangeOthers, Received(i, wanted)) :
        LET votes == others \union {own}
            best  == IF \E m \in others : better(m, own)
                     THEN CHOOSE m \in others : \A other \in others : ~better(other, m)
                     ELSE own
            l     == whole(best)
            k     == Greatest({commitNumber[i]} \union {m.commitNumber : m \in votes})
        IN
        /\ \A m \in votes : m.after <= commitNumber[i]
        /\ BecomeNormal(i, v, l)
        /\ commitNumber' = [commitNumber EXCEPT ![i] = k]
        /\ sent' = [sent EXCEPT
                !.StartView = @ \union {[from |-> i, viewNumber |-> v, log |-> l,
                                         commitNumber |-> k]},
                !.Reply     = @ \union Replies(i, l, commitNumber[i] + 1 .. k)]
        /\ UNCHANGED <<clientVars, witnessVars>>

\* A replica answers GETSTATE with what it still has.
OnGetStateAfter(i) ==
    \E m \in Received(i, sent.GetState) :
        /\ status[i] = Normal
        /\ m.viewNumber = viewNumber[i]
        /\ m.opNumber <= OpNumber(i)
        /\ m.opNumber >= collected[i]
        /\ Send("NewState", [
            from         |-> i,
            to           |-> m.from,
            viewNumber   |-> viewNumber[i],
            after        |-> m.opNumber,
            log          |-> After(log[i], m.opNumber),
            commitNumber |-> commitNumber[i]])
        /\ UNCHANGED <<replicaVars, clientVars, witnessVars>>

\* An active replica says what is in its checkpoint: all that it has executed, as a checkpoint may
\* come at any time.
SendCheckpointed(i) ==
    /\ ~IsWitness(i)
    /\ commitNumber[i] > 0
    /\ checkpointed' = checkpointed \union {[from |-> i, opNumber |-> commitNumber[i]]}
    /\ UNCHANGED <<vars, collected>>

\* How many checkpoints there must be.
CheckpointsNeeded == Active

\* A witness drops its entries up to the smallest of these checkpoints.
CollectLog(i) ==
    /\ IsWitness(i)
    /\ \E all \in MessagesOf(CheckpointsNeeded,
            {m \in Received(i, checkpointed) : m.opNumber > collected[i]}) :
        collected' = [collected EXCEPT
            ![i] = Min(Least({m.opNumber : m \in all}), OpNumber(i))]
    /\ UNCHANGED <<vars, checkpointed>>

\* What becomes of the dropped entries of replica i in OnCommit.
CollectedAfterCommit(i) == collected[i]

OnCommitAndCollect(i) ==
    /\ OnCommit(i)
    /\ collected' = [collected EXCEPT ![i] = CollectedAfterCommit(i)]
    /\ UNCHANGED checkpointed

-----------------------------------------------------------------------------
(* Properties *)

\* In the place of DVCTrue: a DOVIEWCHANGE reaches further than its log is long.
DVCTrueAfter ==
    \A m \in sent.DoViewChange :
        m.commitNumber <= m.after + Len(m.log) /\ m.lastNormalView < m.viewNumber

\* After any F failures what is committed is still in the state of some active replica, or an entry
\* that such a one can run.
StateExists ==
    \A m \in sent.Reply :
        Cardinality({i \in Replicas :
            Holds(log[i], m) /\ (IsWitness(i) => m.opNumber > collected[i])}) > F

\* Only a replica with a state answers: one of the first two.
RepliesFromActive == \A m \in sent.Reply : m.from < 2

-----------------------------------------------------------------------------
(* Wrong variants *)

\* In the place of CollectedAfterCommit: a witness drops what it knows to be committed.
CollectCommitted(i) == IF IsWitness(i) THEN commitNumber'[i] ELSE collected[i]

\* In the place of CheckpointsNeeded.
OneCheckpoint == 1

==============================================================================
