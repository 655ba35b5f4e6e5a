----------------------------- MODULE MCCheckpoint -----------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRCheckpoint within the bounds of MCVSR, and its wrong variants.       *)
(***************************************************************************)

EXTENDS MCVSR, VSRCheckpoint

CheckpointInit == MCInit /\ NothingDropped

\* The steps of VSR that know nothing of checkpoints.
ClientStep(c) == UNCHANGED checkpointVars /\ (MCSendRequest(c) \/ MCOnReply(c))

Ordinary(i) ==
    /\ UNCHANGED checkpointVars
    /\ \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
       \/ MCSendCommit(i) \/ MCOnCommit(i)
       \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartViewChange(i)
       \/ MCOnDoViewChange(i) \/ MCSendGetState(i) \/ MCJoinView(i)

FreeWithCheckpoint == <<vars, checkpointVars>>' # <<vars, checkpointVars>> /\ UNCHANGED spent

MCTakeCheckpoint(i)    == TakeCheckpoint(i) /\ FreeWithCheckpoint
MCDropPrefix(i)        == DropPrefix(i) /\ FreeWithCheckpoint
MCOnStartViewAbove(i)  == OnStartViewAbove(i) /\ FreeWithCheckpoint
MCOnGetStateInLog(i)   == OnGetStateInLog(i) /\ FreeWithCheckpoint
MCOnNewStateAbove(i)   == OnNewStateAbove(i) /\ FreeWithCheckpoint
MCOfferCheckpoint(i)   == OfferCheckpoint(i) /\ FreeWithCheckpoint
MCOnCheckpointOffer(i) == OnCheckpointOffer(i) /\ FreeWithCheckpoint

MCRestartFromCheckpoint(i) == Spend("restarts", MaxRestarts) /\ RestartFromCheckpoint(i)

CheckpointNext ==
    \/ \E c \in Clients : ClientStep(c)
    \/ \E i \in Replicas :
        \/ Ordinary(i)
        \/ MCOnStartViewAbove(i) \/ MCOnGetStateInLog(i) \/ MCOnNewStateAbove(i)
        \/ MCRestartFromCheckpoint(i)
        \/ MCTakeCheckpoint(i) \/ MCDropPrefix(i)
        \/ MCOfferCheckpoint(i) \/ MCOnCheckpointOffer(i)

CheckpointSpec == CheckpointInit /\ [][CheckpointNext]_<<mcVars, checkpointVars>>

-----------------------------------------------------------------------------
(* Wrong variants *)

\* In the place of WithCheckpoint: nothing stays above the checkpoint.
CutToCheckpoint(i, name) == name

\* In the place of OnCheckpointOffer: the checkpoint is used before it is on disk.
InstallInMemory(i) ==
    \E m \in Received(i, offers) :
        /\ Welcome(i, m)
        /\ Install(i, WithCheckpoint(i, m.name), Len(m.name), checkpoint[i])
        /\ UNCHANGED <<status, lastNormalView>>

\* In the place of TakeCheckpoint: it covers all that is in the log.
CheckpointAll(i) ==
    /\ OpNumber(i) > checkpoint[i]
    /\ checkpoint' = [checkpoint EXCEPT ![i] = OpNumber(i)]
    /\ UNCHANGED <<vars, dropped, offers>>

\* In the place of DropPrefix: what is executed leaves the log, checkpoint or not.
DropExecuted(i) ==
    /\ commitNumber[i] > dropped[i]
    /\ dropped' = [dropped EXCEPT ![i] = commitNumber[i]]
    /\ UNCHANGED <<vars, checkpoint, offers>>

\* In the place of RestartFromCheckpoint, and no fault: what is dropped without a durable checkpoint
\* is gone, and with it all above.
LoseDropped(i) ==
    LET gone == dropped[i] > checkpoint[i] IN
    /\ RestartWith(i, IF gone THEN UpTo(log[i], checkpoint[i]) ELSE log[i], checkpoint[i])
    /\ dropped' = [dropped EXCEPT ![i] = Min(@, checkpoint[i])]
    /\ UNCHANGED <<checkpoint, offers>>

\* In the place of OnStartViewChange: DOVIEWCHANGE has the log without what it has dropped.
VoteWithoutPrefix(i) ==
    /\ status[i] = ViewChange
    /\ \E quorum \in MessagesOf(ChangeOthers,
            {m \in Received(i, sent.StartViewChange) : m.viewNumber = viewNumber[i]}) :
        Send("DoViewChange", [
            from           |-> i,
            viewNumber     |-> viewNumber[i],
            log            |-> After(log[i], dropped[i]),
            lastNormalView |-> lastNormalView[i],
            commitNumber   |-> commitNumber[i]])
    /\ UNCHANGED <<replicaVars, clientVars>>

\* In the place of OnStartViewAbove: any log of the view is taken.
AnyLogOfView(i) == OnStartView(i) /\ UNCHANGED checkpointVars

==============================================================================
