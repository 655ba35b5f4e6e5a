----------------------------- MODULE VSRRecovery -----------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* §4.3 Recovery: a replica that has lost its memory gets its state back   *)
(* from the others.  VSR has replicas with a disk, which need none of      *)
(* this; here are the paper's, which write nothing in normal operation.    *)
(* As published the protocol loses operations; it does not if the          *)
(* view-number alone is on disk.                                           *)
(***************************************************************************)

EXTENDS VSRVariants

VARIABLES
    nonce,                  \* x of the latest recovery of each replica; 0 before the first.
    recoveries,             \* All RECOVERY ever sent: [from, nonce].
    recoveryResponses       \* All RECOVERYRESPONSE ever sent.

recoveryVars == <<nonce, recoveries, recoveryResponses>>

\* A replica that is recovering takes part in nothing.
Recovering == "Recovering"
Up(i)      == status[i] # Recovering

NoRecovery ==
    /\ nonce             = [i \in Replicas |-> 0]
    /\ recoveries        = {}
    /\ recoveryResponses = {}

-----------------------------------------------------------------------------
(* The steps *)

\* Replica i has crashed, knows view v and nothing else, and asks all others with nonce x.
Ask(i, v, x) ==
    /\ status'         = [status EXCEPT ![i] = Recovering]
    /\ viewNumber'     = [viewNumber EXCEPT ![i] = v]
    /\ lastNormalView' = [lastNormalView EXCEPT ![i] = 0]
    /\ log'            = [log EXCEPT ![i] = <<>>]
    /\ commitNumber'   = [commitNumber EXCEPT ![i] = 0]
    /\ nonce'          = [nonce EXCEPT ![i] = x]
    /\ recoveries'     = recoveries \union {[from |-> i, nonce |-> x]}
    /\ UNCHANGED <<clientVars, sent, recoveryResponses>>

\* Step 1, with the crash before it.  A replica may crash while it recovers.  The nonce tells the
\* recoveries of one replica apart.
Crash(i) == Ask(i, 0, nonce[i] + 1)

\* The same of a replica that has its view-number on disk.
CrashKeepView(i) == Ask(i, viewNumber[i], nonce[i] + 1)

\* Step 2: a Normal replica says in which view it is; the primary of that view adds its log and
\* commit-number.
OnRecovery(i) ==
    \E m \in Received(i, recoveries) :
        /\ status[i] = Normal
        /\ recoveryResponses' = recoveryResponses \union {[
                from         |-> i,
                to           |-> m.from,
                viewNumber   |-> viewNumber[i],
                nonce        |-> m.nonce,
                log          |-> IF IsPrimary(i) THEN log[i] ELSE <<>>,
                commitNumber |-> IF IsPrimary(i) THEN commitNumber[i] ELSE 0]}
        /\ UNCHANGED <<vars, nonce, recoveries>>

Answers(i) ==
    {m \in Received(i, recoveryResponses) : m.to = i /\ m.nonce = nonce[i]}

\* Replica i takes up view v with what the primary has answered in m.
RecoverFrom(i, v, m) ==
    /\ BecomeNormal(i, v, m.log)
    /\ commitNumber' = [commitNumber EXCEPT ![i] = Learn(@, m.commitNumber, Len(m.log))]
    /\ AcknowledgeUncommitted(i, v, m.log, m.commitNumber)
    /\ UNCHANGED <<clientVars, recoveryVars>>

\* Step 3: with a quorum of answers, one of them of the primary of the latest view in them, the
\* replica takes that primary's state.
\* Diverges (§4.3): the primary must have answered in that view, not in an earlier one; and a view
\* below the one on disk is too old.
OnRecoveryResponse(i) ==
    /\ status[i] = Recovering
    /\ \E quorum \in MessagesOf(Quorum, Answers(i)) :
        LET latest == Greatest({m.viewNumber : m \in quorum}) IN
        /\ latest >= viewNumber[i]
        /\ \E m \in quorum :
            /\ m.viewNumber = latest
            /\ m.from = Primary(latest)
            /\ RecoverFrom(i, latest, m)

-----------------------------------------------------------------------------
(* Wrong variants *)

\* Each recovery uses the same nonce.
SameNonce(i) == Ask(i, viewNumber[i], 1)

\* The replica goes on as if it were new, and asks nobody.
RestartEmpty(i) ==
    /\ status'         = [status EXCEPT ![i] = Normal]
    /\ viewNumber'     = [viewNumber EXCEPT ![i] = 0]
    /\ lastNormalView' = [lastNormalView EXCEPT ![i] = 0]
    /\ log'            = [log EXCEPT ![i] = <<>>]
    /\ commitNumber'   = [commitNumber EXCEPT ![i] = 0]
    /\ nonce'          = [nonce EXCEPT ![i] = 0]
    /\ UNCHANGED <<clientVars, sent, recoveries, recoveryResponses>>

\* In the place of FollowsIntoView: a recovering replica follows others into a view change.
RecoveringFollows(i) == TRUE
FollowsIntoView(i)   == Up(i)

\* The state of any primary that answers will do.  Of two the one with the smaller number is taken.
FromAnyPrimary(i) ==
    /\ status[i] = Recovering
    /\ \E quorum \in MessagesOf(Quorum, Answers(i)) :
        LET latest    == Greatest({m.viewNumber : m \in quorum})
            primaries == {m \in quorum : m.from = Primary(m.viewNumber)}
        IN
        /\ latest >= viewNumber[i]
        /\ \E m \in primaries :
            /\ \A other \in primaries : m.from <= other.from
            /\ RecoverFrom(i, latest, m)

\* A view below the one on disk may be recovered.
IgnoreViewOnDisk(i) ==
    /\ status[i] = Recovering
    /\ \E quorum \in MessagesOf(Quorum, Answers(i)) :
        LET latest == Greatest({m.viewNumber : m \in quorum}) IN
        \E m \in quorum :
            /\ m.viewNumber = latest
            /\ m.from = Primary(latest)
            /\ RecoverFrom(i, latest, m)

\* In the place of EnterViewChange: DOVIEWCHANGE leaves at once, without the round before it.
EnterWithoutRound(i, v) ==
    /\ viewNumber' = [viewNumber EXCEPT ![i] = v]
    /\ status'     = [status EXCEPT ![i] = ViewChange]
    /\ Send("DoViewChange", [
            from           |-> i,
            viewNumber     |-> v,
            log            |-> log[i],
            lastNormalView |-> lastNormalView[i],
            commitNumber   |-> commitNumber[i]])

==============================================================================
