----------------------------- MODULE MCPrediction -----------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRPrediction within the bounds of MCVSR.                               *)
(***************************************************************************)

EXTENDS MCVSR, VSRPrediction

MCOnRequestPredicting(i) == OnRequestPredicting(i) /\ Free

PredictionNext ==
    \/ \E c \in Clients : MCSendRequest(c) \/ MCOnReply(c)
    \/ \E i \in Replicas :
        \/ MCOnRequestPredicting(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
        \/ MCSendCommit(i) \/ MCOnCommit(i)
        \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartViewChange(i)
        \/ MCOnDoViewChange(i) \/ MCOnStartView(i)
        \/ MCSendGetState(i) \/ MCJoinView(i) \/ MCOnGetState(i) \/ MCOnNewState(i)
        \/ MCRestart(i)

PredictionSpec == MCInit /\ [][PredictionNext]_mcVars

==============================================================================
