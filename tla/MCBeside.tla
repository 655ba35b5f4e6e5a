------------------------------- MODULE MCBeside -------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRBeside within the bounds of MCVSR.                                   *)
(***************************************************************************)

EXTENDS MCVSR, VSRBeside

BesideInit == MCInit /\ NothingNoted

ClientStep(c) == UNCHANGED noted /\ (MCSendRequest(c) \/ MCOnReply(c))

Ordinary(i) ==
    /\ UNCHANGED noted
    /\ \/ MCOnPrepareOK(i) \/ MCSendCommit(i) \/ MCOnCommit(i)
       \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartViewChange(i)
       \/ MCOnDoViewChange(i)
       \/ MCSendGetState(i) \/ MCJoinView(i) \/ MCOnGetState(i)

FreeBeside == <<vars, noted>>' # <<vars, noted>> /\ UNCHANGED spent

MCOnRequestBeside(i)   == OnRequestBeside(i) /\ FreeBeside
MCOnPrepareBeside(i)   == OnPrepareBeside(i) /\ FreeBeside
MCOnStartViewBeside(i) == OnStartViewBeside(i) /\ FreeBeside
MCOnNewStateBeside(i)  == OnNewStateBeside(i) /\ FreeBeside
MCRestartBeside(i)     == Spend("restarts", MaxRestarts) /\ RestartBeside(i)

BesideNext ==
    \/ \E c \in Clients : ClientStep(c)
    \/ \E i \in Replicas :
        \/ Ordinary(i)
        \/ MCOnRequestBeside(i) \/ MCOnPrepareBeside(i)
        \/ MCOnStartViewBeside(i) \/ MCOnNewStateBeside(i) \/ MCRestartBeside(i)

BesideSpec == BesideInit /\ [][BesideNext]_<<mcVars, noted>>

==============================================================================
