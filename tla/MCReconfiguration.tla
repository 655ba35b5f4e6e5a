-------------------------- MODULE MCReconfiguration --------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRReconfiguration within bounds, and its wrong variants.               *)
(***************************************************************************)

EXTENDS VSRReconfiguration, Levels

CONSTANTS MaxRequests, MaxViewChanges, MaxLaterViewChanges, MaxRestarts

\* The plans.  A name lists the epochs and the groups that replace theirs.
From(e, group) == [epochNumber |-> e, newGroup |-> group]
Check(e)       == [epochNumber |-> e, newGroup |-> NoGroup]

Plan_0_012       == <<From(0, {0, 1, 2})>>
Plan_0_01234     == <<From(0, {0, 1, 2, 3, 4})>>
Plan_0_0123      == <<From(0, {0, 1, 2, 3})>>
Plan_0_234       == <<From(0, {2, 3, 4})>>
Plan_0_345       == <<From(0, {3, 4, 5})>>
Plan_0_123       == <<From(0, {1, 2, 3})>>
Plan_0_013       == <<From(0, {0, 1, 3})>>
Plan_0_123_0_013 == <<From(0, {1, 2, 3}), From(0, {0, 1, 3})>>
Plan_0_123_1_012 == <<From(0, {1, 2, 3}), From(1, {0, 1, 2})>>
Plan_0_123_1     == <<From(0, {1, 2, 3}), Check(1)>>

VARIABLE spent

mcVars == <<vars, spent>>

MCInit ==
    /\ Init
    /\ spent = [requests |-> 0, viewChanges |-> 0, laterViewChanges |-> 0, restarts |-> 0]

Spend(budget, limit) ==
    /\ spent[budget] < limit
    /\ spent' = [spent EXCEPT ![budget] = @ + 1]

Free == vars' # vars /\ UNCHANGED spent

NextInCrowd(c) == Crowd => c = spent.requests

\* A step that never happens: it is not part of the model.
Never(process) == FALSE

MCSendRequest(c) == NextInCrowd(c) /\ Spend("requests", MaxRequests) /\ SendRequest(c)
MCOnReply(c)     == OnReply(c) /\ Free
MCOnNewEpoch(c)  == OnNewEpoch(c) /\ Free

MCOnRequest(i)         == OnRequest(i) /\ Free
MCOnPrepare(i)         == OnPrepare(i) /\ Free
MCOnPrepareOK(i)       == OnPrepareOK(i) /\ Free
MCSendStartViewChange(i) ==
    Spend("viewChanges", MaxViewChanges) /\ SendStartViewChange(i)
MCOnLaterView(i)       == OnLaterView(i) /\ Free
MCOnStartViewChange(i) == OnStartViewChange(i) /\ Free
MCOnDoViewChange(i)    == OnDoViewChange(i) /\ Free
MCOnStartView(i)       == OnStartView(i) /\ Free
MCRestart(i)           == Spend("restarts", MaxRestarts) /\ Restart(i)
MCSendStartViewChangeLater(i) ==
    Spend("laterViewChanges", MaxLaterViewChanges) /\ SendStartViewChangeLater(i)

MCSendReconfiguration(a) == SendReconfiguration(a) /\ Free
MCOnReconfiguration(i) == OnReconfiguration(i) /\ Free
MCOnStartEpoch(i)      == OnStartEpoch(i) /\ Free
MCOnGetEpochState(i)   == OnGetEpochState(i) /\ Free
MCOnNewEpochState(i)   == OnNewEpochState(i) /\ Free
MCOnEpochStarted(i)    == OnEpochStarted(i) /\ Free
MCSendCheckEpoch(a)    == SendCheckEpoch(a) /\ Free
MCOnCheckEpoch(i)      == OnCheckEpoch(i) /\ Free
MCOnOlderRequest(i)    == OnOlderRequest(i) /\ Free

MCNext ==
    \/ \E a \in {Administrator} : MCSendReconfiguration(a) \/ MCSendCheckEpoch(a)
    \/ \E c \in Clients : MCSendRequest(c) \/ MCOnReply(c) \/ MCOnNewEpoch(c)
    \/ \E i \in Replicas :
        \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
        \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartViewChange(i)
        \/ MCOnDoViewChange(i) \/ MCOnStartView(i)
        \/ MCRestart(i)
        \/ MCSendStartViewChangeLater(i)
        \/ MCOnReconfiguration(i) \/ MCOnStartEpoch(i)
        \/ MCOnGetEpochState(i) \/ MCOnNewEpochState(i) \/ MCOnEpochStarted(i)
        \/ MCOnCheckEpoch(i) \/ MCOnOlderRequest(i)

ReconfigurationSpec == MCInit /\ [][MCNext]_mcVars

-----------------------------------------------------------------------------
(* Wrong variants *)

Right == INSTANCE VSRReconfiguration

\* In the place of MayGive: an old replica gives all that it has.
GiveUncommitted(r) == Len(r.log)

\* In the place of HasStateOf: a log that is long enough has the state of the epoch.
LengthIsEnough(r, e) == Len(r.log) >= e.epochOp

\* The entries of the old group are written over those that are there; a longer log stays so.
AndTheTail(new, old) == new \o After(old, Len(new))
KeepLongerTail(i)    == TakeEpochState(i, AndTheTail)

\* A RECONFIGURATION that is sent again is taken again: neither its epoch nor the client-table is
\* asked.
AcceptAgain(i) ==
    LET r == replica[i] IN
    \E m \in Of("Reconfiguration") :
        /\ IsPrimary(i, r)
        /\ ~Reconfiguring(r)
        /\ LastOf(m.clientID, r.log) <= r.epoch.epochOp
        /\ Propose(i, r, m)

\* Requests are taken behind a RECONFIGURATION;
TakeAnything(i) == \E m \in RequestsFor(replica[i]) : TakeRequest(i, replica[i], m)

\* and, in the place of LeaveEpoch, what is committed behind it is executed in the old epoch.
RunPast(i, r, messages) ==
    LET left == Right!LeaveEpoch(i, r, messages) IN
    IF left[1].epoch = r.epoch THEN left ELSE
        <<[left[1] EXCEPT !.log = r.log, !.commitNumber = r.commitNumber],
          left[2] \union messages>>

\* In the place of TakesPart: a member takes part before it has the state of its epoch.
TransitioningTakesPart(i, r) ==
    \/ r.status = Transitioning /\ IsMember(i, r)
    \/ Right!TakesPart(i, r)

\* The client-table of the new group begins with the epoch.
AskTableOfTheEpoch(i) ==
    LET r == replica[i] IN
    \E m \in RequestsFor(r) :
        LET n == LastOf(m.clientID, r.log) IN
        IF IsPrimary(i, r) /\ ~Reconfiguring(r) /\ n # 0 /\ n <= r.epoch.epochOp
        THEN Propose(i, r, m)
        ELSE GetRequest(i, r, m)

\* A restarted member looks at its view and v' only.
RestartNormal(i) ==
    LET r == replica[i] IN
    IF r.status = Transitioning /\ IsMember(i, r)
    THEN Become(i, [r EXCEPT !.status = Normal, !.commitNumber = 0], {})
    ELSE Right!Restart(i)

==============================================================================
