------------------------------- MODULE MCWitness -------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRWitness within the bounds of MCVSR.                                  *)
(***************************************************************************)

EXTENDS MCVSR, VSRWitness

WitnessInit == MCInit /\ NothingCollected

\* The steps of VSR that know nothing of witnesses.
ClientStep(c) == UNCHANGED witnessVars /\ (MCSendRequest(c) \/ MCOnReply(c))

Ordinary(i) ==
    /\ UNCHANGED witnessVars
    /\ \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i) \/ MCSendCommit(i)
       \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartView(i)
       \/ MCSendGetState(i) \/ MCJoinView(i) \/ MCOnNewState(i)
       \/ MCRestart(i)

FreeOfWitness == <<vars, witnessVars>>' # <<vars, witnessVars>> /\ UNCHANGED spent

MCOnCommitAndCollect(i)     == OnCommitAndCollect(i) /\ FreeOfWitness
MCOnStartViewChangeAfter(i) == OnStartViewChangeAfter(i) /\ FreeOfWitness
MCOnDoViewChangeAfter(i)    == OnDoViewChangeAfter(i) /\ FreeOfWitness
MCOnGetStateAfter(i)        == OnGetStateAfter(i) /\ FreeOfWitness
MCSendCheckpointed(i)       == SendCheckpointed(i) /\ FreeOfWitness
MCCollectLog(i)             == CollectLog(i) /\ FreeOfWitness

WitnessNext ==
    \/ \E c \in Clients : ClientStep(c)
    \/ \E i \in Replicas :
        \/ Ordinary(i)
        \/ MCOnCommitAndCollect(i) \/ MCOnStartViewChangeAfter(i)
        \/ MCOnDoViewChangeAfter(i) \/ MCOnGetStateAfter(i)
        \/ MCSendCheckpointed(i) \/ MCCollectLog(i)

WitnessSpec == WitnessInit /\ [][WitnessNext]_<<mcVars, witnessVars>>

==============================================================================
