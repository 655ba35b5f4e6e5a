----------------------------- MODULE MCQuorumReads -----------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRQuorumReads within the bounds of MCVSR, and a budget of reads.  With *)
(* ReadIndexSpec the primary answers after a round of confirmations.       *)
(***************************************************************************)

EXTENDS MCVSR, VSRQuorumReads

CONSTANT MaxReads       \* How many reads the clients send in all.

VARIABLE readsSpent

quorumReadsVars == <<mcVars, readVars, readsSpent>>

QuorumReadsInit == MCInit /\ NoReads /\ readsSpent = 0

ClientStep(c) ==
    UNCHANGED <<readVars, readsSpent>> /\ (MCSendRequest(c) \/ MCOnReply(c))

Ordinary(i) ==
    /\ UNCHANGED <<readVars, readsSpent>>
    /\ \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
       \/ MCSendCommit(i) \/ MCOnCommit(i)
       \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartViewChange(i)
       \/ MCOnDoViewChange(i) \/ MCOnStartView(i)
       \/ MCSendGetState(i) \/ MCJoinView(i) \/ MCOnGetState(i) \/ MCOnNewState(i)
       \/ MCRestart(i)

MCSendRead(c) ==
    /\ readsSpent < MaxReads
    /\ readsSpent' = readsSpent + 1
    /\ SendRead(c)
    /\ UNCHANGED spent

FreeOfReads == readVars' # readVars /\ UNCHANGED <<spent, readsSpent>>

MCOnRead(i)           == OnRead(i) /\ FreeOfReads
MCOnReadHead(i)       == OnReadHead(i) /\ FreeOfReads
MCSendConfirmation(i) == SendConfirmation(i) /\ FreeOfReads
MCOnConfirmation(i)   == OnConfirmation(i) /\ FreeOfReads

QuorumReadsNext ==
    \/ \E c \in Clients : ClientStep(c) \/ MCSendRead(c)
    \/ \E i \in Replicas : Ordinary(i) \/ MCOnRead(i) \/ MCOnReadHead(i)

QuorumReadsSpec == QuorumReadsInit /\ [][QuorumReadsNext]_quorumReadsVars

ReadIndexNext ==
    \/ \E c \in Clients : ClientStep(c) \/ MCSendRead(c)
    \/ \E i \in Replicas : Ordinary(i) \/ MCSendConfirmation(i) \/ MCOnConfirmation(i)

ReadIndexSpec == QuorumReadsInit /\ [][ReadIndexNext]_quorumReadsVars

==============================================================================
