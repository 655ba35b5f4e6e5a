--------------------------- MODULE MCEpochRecovery ---------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSREpochRecovery within the bounds of MCReconfiguration: what that      *)
(* calls a restart is here a crash that leaves only view and epoch.        *)
(***************************************************************************)

EXTENDS MCReconfiguration, VSREpochRecovery

EpochRecoveryInit == MCInit /\ NoRecovery

OnStartEpochUp(i) == replica[i].status # Recovering /\ MCOnStartEpoch(i)

MCCrash(i) == Spend("restarts", MaxRestarts) /\ Crash(i)

MCOnRecovery(i)             == OnRecovery(i) /\ Free
MCOnRecoveryResponse(i)     == OnRecoveryResponse(i) /\ Free
MCOnStartEpochRecovering(i) == OnStartEpochRecovering(i) /\ Free

EpochRecoveryNext ==
    \/ UNCHANGED nonce /\ \E a \in {Administrator} : MCSendReconfiguration(a) \/ MCSendCheckEpoch(a)
    \/ UNCHANGED nonce /\ \E c \in Clients : MCSendRequest(c) \/ MCOnReply(c) \/ MCOnNewEpoch(c)
    \/ \E i \in Replicas :
        \/ /\ UNCHANGED nonce
           /\ \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
              \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartViewChange(i)
              \/ MCOnDoViewChange(i) \/ MCOnStartView(i)
              \/ MCSendStartViewChangeLater(i)
              \/ MCOnReconfiguration(i) \/ OnStartEpochUp(i)
              \/ MCOnGetEpochState(i) \/ MCOnNewEpochState(i) \/ MCOnEpochStarted(i)
              \/ MCOnCheckEpoch(i) \/ MCOnOlderRequest(i)
        \/ MCCrash(i) \/ MCOnRecovery(i) \/ MCOnRecoveryResponse(i)
        \/ MCOnStartEpochRecovering(i)

EpochRecoverySpec == EpochRecoveryInit /\ [][EpochRecoveryNext]_<<mcVars, nonce>>

==============================================================================
