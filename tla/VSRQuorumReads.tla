----------------------------- MODULE VSRQuorumReads -----------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* Reads without leases and clocks.                                        *)
(*                                                                         *)
(* Quorum reads (Charapko, Ailijiani and Demirbas, 2019): any replica      *)
(* answers.  It hears from so many replicas how far their logs go that one *)
(* of them knows of every committed operation, waits until it has executed *)
(* as much as the largest of these, and answers from its own state.        *)
(*                                                                         *)
(* Read index (Ongaro, 2014): the primary answers, when enough others have *)
(* confirmed after the read came that they are still in its view.          *)
(*                                                                         *)
(* READ goes to all replicas.  A read is known by its client, and by what  *)
(* it must see.  Steps that are not here are those of VSR.                 *)
(***************************************************************************)

EXTENDS VSRVariants

VARIABLES
    reads,          \* All READ ever sent: [clientID, after].
    readHeads,      \* All READHEAD: [from, clientID, after, opNumber], with a view where it counts.
    readReplies     \* All answers to reads: [from, viewNumber, after, commitNumber].

readVars == <<reads, readHeads, readReplies>>

NoReads ==
    /\ reads       = {}
    /\ readHeads   = {}
    /\ readReplies = {}

\* A client that has a reply to an operation reads, and must see it.  One that has an answer to a
\* read must see as much again.
Read(c, n) ==
    /\ reads' = reads \union {[clientID |-> c, after |-> n]}
    /\ UNCHANGED <<vars, readHeads, readReplies>>

SendRead(c) ==
    \/ \E m \in sent.Reply : m.clientID = c /\ Read(c, m.opNumber)
    \/ \E m \in readReplies : Read(c, m.commitNumber)

\* Replica i answers a read with the state after all that it has executed.
Answer(i, read) ==
    /\ readReplies' = readReplies \union {[
            from         |-> i,
            viewNumber   |-> viewNumber[i],
            after        |-> read.after,
            commitNumber |-> commitNumber[i]]}
    /\ UNCHANGED <<vars, reads, readHeads>>

HeadsOf(read, heads) == {m \in heads : m.clientID = read.clientID /\ m.after = read.after}

-----------------------------------------------------------------------------
(* Quorum reads *)

\* How far replica i says that it has come.  Whatever was committed before the read is in the logs of
\* a quorum, and no log ever becomes shorter than that.
HeadOf(i) == OpNumber(i)

\* The status does not matter.
OnRead(i) ==
    \E read \in reads :
        /\ readHeads' = readHeads \union {[
                from     |-> i,
                clientID |-> read.clientID,
                after    |-> read.after,
                opNumber |-> HeadOf(i)]}
        /\ UNCHANGED <<vars, reads, readReplies>>

\* So many others that with this replica one of them has whatever is committed.
ReadOthers == N - (CommitOthers + 1)

\* Whether replica i has executed what these have.
Executed(i, heads) == \A m \in heads : m.opNumber <= commitNumber[i]

\* Its own head is one of them.
OnReadHead(i) ==
    \E read \in reads :
        LET heads == HeadsOf(read, readHeads) IN
        \E own \in {m \in heads : m.from = i}, others \in MessagesOf(ReadOthers, Received(i, heads)) :
            /\ Executed(i, others \union {own})
            /\ Answer(i, read)

-----------------------------------------------------------------------------
(* Read index *)

\* A backup says that it was Normal in its view when the read came.
SendConfirmation(i) ==
    \E read \in reads :
        /\ IsBackup(i, viewNumber[i])
        /\ readHeads' = readHeads \union {[
                from       |-> i,
                clientID   |-> read.clientID,
                after      |-> read.after,
                opNumber   |-> OpNumber(i),
                viewNumber |-> viewNumber[i]]}
        /\ UNCHANGED <<vars, reads, readReplies>>

\* A confirmation counts in the view that it names.
WantsConfirmation(i, m) == m.viewNumber = viewNumber[i]

InheritedCommitted(i) ==
    \A n \in commitNumber[i] + 1 .. OpNumber(i) : log[i][n].viewNumber = viewNumber[i]

\* With so many confirmations that no view starts without one of these, the primary answers, if all
\* that it inherited is committed.
OnConfirmation(i) ==
    \E read \in reads :
        /\ IsPrimary(i)
        /\ InheritedCommitted(i)
        /\ \E all \in MessagesOf(N - (ChangeOthers + 1),
                {m \in Received(i, HeadsOf(read, readHeads)) : WantsConfirmation(i, m)}) :
            Answer(i, read)

-----------------------------------------------------------------------------
(* Property *)

\* A read sees what its client has seen before.
ReadsSeeWrites == \A m \in readReplies : m.commitNumber >= m.after

-----------------------------------------------------------------------------
(* Wrong variants *)

\* In the place of OnReadHead: one other replica is enough,
HearOne(i) ==
    \E read \in reads :
        \E m \in Received(i, HeadsOf(read, readHeads)) : Executed(i, {m}) /\ Answer(i, read)

\* or, in the place of Executed, nobody waits.
ExecutedOrNot(i, heads) == TRUE

\* In the place of HeadOf.
CommitNumberAsHead(i) == commitNumber[i]

\* In the place of WantsConfirmation: whatever view the others are in.
ConfirmedByAnyone(i, m) == TRUE

==============================================================================
