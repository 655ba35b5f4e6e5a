----------------------------- MODULE MCCrashVector -----------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRCrashVector within the bounds of MCVSR: what that calls a restart is *)
(* here a crash that leaves nothing.                                       *)
(***************************************************************************)

EXTENDS MCVSR, VSRCrashVector

CrashVectorInit == MCInit /\ NoRecovery /\ NoCrash

knownVars == <<recoveryVars, crashVector>>

\* The steps of VSR go on as they do there, at replicas that are not recovering.
Client(c)   == UNCHANGED knownVars /\ (MCSendRequest(c) \/ MCOnReply(c))
Ordinary(i) ==
    /\ Up(i)
    /\ UNCHANGED knownVars
    /\ \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
       \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartView(i)
       \/ OnStartViewChangeConsistent(i) /\ Free
       \/ OnDoViewChangeConsistent(i) /\ Free

MCCrashAndCount(i) == Spend("restarts", MaxRestarts) /\ CrashAndCount(i)

MCNoteCrash(i) ==
    /\ NoteCrash(i)
    /\ <<crashVector, recoveryResponses>>' # <<crashVector, recoveryResponses>>
    /\ UNCHANGED spent

MCOnRecoveryResponseConsistent(i) == OnRecoveryResponseConsistent(i) /\ UNCHANGED spent

CrashVectorNext ==
    \/ \E c \in Clients : Client(c)
    \/ \E i \in Replicas :
        \/ Ordinary(i)
        \/ MCCrashAndCount(i) \/ MCNoteCrash(i) \/ MCOnRecoveryResponseConsistent(i)

CrashVectorSpec == CrashVectorInit /\ [][CrashVectorNext]_<<mcVars, knownVars>>

==============================================================================
