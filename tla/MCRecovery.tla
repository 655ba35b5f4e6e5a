------------------------------ MODULE MCRecovery ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRRecovery within the bounds of MCVSR: what it calls a restart is here *)
(* a crash that leaves nothing, or the view-number alone.                  *)
(***************************************************************************)

EXTENDS MCVSR, VSRRecovery

RecoveryInit == MCInit /\ NoRecovery

\* The steps of VSR go on as they do there, at replicas that are not recovering.
Client(c)   == UNCHANGED recoveryVars /\ (MCSendRequest(c) \/ MCOnReply(c))
Follow(i)   == FollowsIntoView(i) /\ UNCHANGED recoveryVars /\ MCOnLaterView(i)
Ordinary(i) ==
    /\ Up(i)
    /\ UNCHANGED recoveryVars
    /\ \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
       \/ MCSendCommit(i) \/ MCOnCommit(i)
       \/ MCSendStartViewChange(i) \/ MCOnStartViewChange(i)
       \/ MCOnDoViewChange(i) \/ MCOnStartView(i)
       \/ MCSendGetState(i) \/ MCJoinView(i) \/ MCOnGetState(i) \/ MCOnNewState(i)

MCCrash(i) == Spend("restarts", MaxRestarts) /\ Crash(i)

MCOnRecovery(i) ==
    OnRecovery(i) /\ recoveryResponses' # recoveryResponses /\ UNCHANGED spent

MCOnRecoveryResponse(i) == OnRecoveryResponse(i) /\ UNCHANGED spent

RecoveryNext ==
    \/ \E c \in Clients : Client(c)
    \/ \E i \in Replicas :
        \/ Ordinary(i) \/ Follow(i)
        \/ MCCrash(i) \/ MCOnRecovery(i) \/ MCOnRecoveryResponse(i)

RecoverySpec == RecoveryInit /\ [][RecoveryNext]_<<mcVars, recoveryVars>>

==============================================================================
