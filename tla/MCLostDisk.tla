------------------------------ MODULE MCLostDisk ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRLostDisk within the bounds of MCVSR, and a budget of lost disks.     *)
(***************************************************************************)

EXTENDS MCVSR, VSRLostDisk

CONSTANT MaxDamages     \* How many disks are lost in all.

VARIABLE damages

diskVars == <<mcVars, lostDiskVars, damages>>

LostDiskInit == MCInit /\ AllDisks /\ damages = 0

ClientStep(c) == UNCHANGED <<lostDiskVars, damages>> /\ (MCSendRequest(c) \/ MCOnReply(c))

\* The steps of VSR go on as they do there, at replicas that are up.
Ordinary(i) ==
    /\ Up(i)
    /\ UNCHANGED <<lostDiskVars, damages>>
    /\ \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
       \/ MCSendCommit(i) \/ MCOnCommit(i)
       \/ MCSendStartViewChange(i) \/ MCOnLaterView(i)
       \/ MCSendGetState(i) \/ MCJoinView(i) \/ MCOnGetState(i)
       \/ MCRestart(i)

Vote(i) ==
    /\ Up(i)
    /\ MayVote(i)
    /\ UNCHANGED <<lostDiskVars, damages>>
    /\ MCOnStartViewChange(i) \/ MCOnDoViewChange(i)

TakeLog(i) ==
    /\ Up(i)
    /\ MCOnStartView(i) \/ MCOnNewState(i)
    /\ Adopt(i)
    /\ UNCHANGED damages

MCLoseDisk(i) ==
    /\ damages < MaxDamages
    /\ damages' = damages + 1
    /\ LoseDisk(i)
    /\ UNCHANGED spent

FreeOfLoss == <<vars, lostDiskVars>>' # <<vars, lostDiskVars>> /\ UNCHANGED <<spent, damages>>

MCOnNoOp(i) == Up(i) /\ OnNoOp(i) /\ FreeOfLoss
MCFormat(i) == Format(i) /\ FreeOfLoss

\* This step is of the wrong variant SayView only: else there is no such answer.
MCFormatWithView(i) == FormatWithView(i) /\ FreeOfLoss

LostDiskNext ==
    \/ \E c \in Clients : ClientStep(c)
    \/ \E i \in Replicas :
        \/ Ordinary(i) \/ Vote(i) \/ TakeLog(i)
        \/ MCLoseDisk(i) \/ MCOnNoOp(i) \/ MCFormat(i) \/ MCFormatWithView(i)

LostDiskSpec == LostDiskInit /\ [][LostDiskNext]_diskVars

==============================================================================
