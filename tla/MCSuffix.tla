------------------------------- MODULE MCSuffix -------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRSuffix within the bounds of MCVSR, and its wrong variants.           *)
(***************************************************************************)

EXTENDS MCVSR, VSRSuffix

SuffixInit == MCInit /\ NoneChosen

ClientStep(c) == UNCHANGED chosen /\ (MCSendRequest(c) \/ MCOnReply(c))

Ordinary(i) ==
    /\ \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
       \/ MCSendCommit(i) \/ MCOnCommit(i)
       \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartView(i)
    /\ ForgetOldChoice(i)

FreeWithChoice == <<vars, chosen>>' # <<vars, chosen>> /\ UNCHANGED spent

MCSendSuffix(i)       == SendSuffix(i) /\ FreeWithChoice
MCStartOrFetch(i)     == StartOrFetch(i) /\ FreeWithChoice
MCOnGetStateFrozen(i) == OnGetStateFrozen(i) /\ FreeWithChoice
MCOnNewStateChosen(i) == OnNewStateChosen(i) /\ FreeWithChoice

SuffixNext ==
    \/ \E c \in Clients : ClientStep(c)
    \/ \E i \in Replicas :
        \/ Ordinary(i)
        \/ MCSendSuffix(i) \/ MCStartOrFetch(i)
        \/ MCOnGetStateFrozen(i) \/ MCOnNewStateChosen(i)

SuffixSpec == SuffixInit /\ [][SuffixNext]_<<mcVars, chosen>>

-----------------------------------------------------------------------------
(* Wrong variants *)

\* In the place of FetchOrStart: the view starts with as much of the chosen log as is there.
StartAnyway(i, m, k) ==
    LET l == UpTo(log[i], SameAs(i, m)) IN
    StartWith(i, l, Max(commitNumber[i], Min(k, Len(l))))

\* In the place of Answers: only Normal replicas answer.
NormalAnswers(i, m) ==
    status[i] = Normal /\ m.viewNumber = viewNumber[i] /\ m.opNumber <= OpNumber(i)

==============================================================================
