-------------------------------- MODULE MCReads --------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRReads within the bounds of MCVSR, and a budget of reads.             *)
(***************************************************************************)

EXTENDS MCVSR, VSRReads

CONSTANT MaxReads       \* How many reads the clients send in all.

VARIABLE readsSpent

ReadsInit == MCInit /\ NoReads /\ readsSpent = 0

\* The steps of VSR go on as they do there, but for two that the leases have to do with.
ClientStep(c) ==
    UNCHANGED <<readVars, readsSpent>> /\ (MCSendRequest(c) \/ MCOnReply(c))

Ordinary(i) ==
    /\ UNCHANGED <<readVars, readsSpent>>
    /\ \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
       \/ MCSendCommit(i) \/ MCOnCommit(i)
       \/ MCSendStartViewChange(i) \/ MCOnLaterView(i)
       \/ MCOnDoViewChange(i) \/ MCOnStartView(i)
       \/ MCSendGetState(i) \/ MCJoinView(i) \/ MCOnGetState(i) \/ MCOnNewState(i)

Vote(i) ==
    MayVote(i) /\ MCOnStartViewChange(i) /\ UNCHANGED <<readVars, readsSpent>>

RestartWithLeases(i) ==
    /\ MCRestart(i)
    /\ KeepLeases(i)
    /\ UNCHANGED <<lease, reads, readReplies, leases, leasesOver, readsSpent>>

MCSendRead(c) ==
    /\ readsSpent < MaxReads
    /\ readsSpent' = readsSpent + 1
    /\ SendRead(c)
    /\ UNCHANGED spent

MCOnRead(i)      == OnRead(i) /\ readReplies' # readReplies /\ UNCHANGED <<spent, readsSpent>>
MCSendLease(i)   == SendLease(i) /\ UNCHANGED <<spent, readsSpent>>
MCOnLease(i)     == OnLease(i) /\ UNCHANGED <<spent, readsSpent>>
MCEndLease(i)    == EndLease(i) /\ UNCHANGED <<spent, readsSpent>>
MCOnLeaseOver(i) == OnLeaseOver(i) /\ UNCHANGED <<spent, readsSpent>>

ReadsNext ==
    \/ \E c \in Clients : ClientStep(c) \/ MCSendRead(c)
    \/ \E i \in Replicas :
        \/ Ordinary(i) \/ Vote(i) \/ RestartWithLeases(i)
        \/ MCOnRead(i) \/ MCSendLease(i) \/ MCOnLease(i) \/ MCEndLease(i) \/ MCOnLeaseOver(i)

ReadsSpec == ReadsInit /\ [][ReadsNext]_<<mcVars, readVars, readsSpent>>

==============================================================================
