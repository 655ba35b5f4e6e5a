---------------------------- MODULE VSRCrashVector ----------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* Recovery without any disk, made safe by crash vectors (Michael, Ports,  *)
(* Sharma and Szekeres, 2017): each message tells which crashes its sender *)
(* knows of, so that a quorum can be refused if it counts what a replica   *)
(* said before it forgot it.                                               *)
(*                                                                         *)
(* Steps that are not here are those of VSRRecovery and VSR; those that    *)
(* are others here have names that say in what.                            *)
(***************************************************************************)

EXTENDS VSRRecovery

\* The messages STARTVIEWCHANGE, DOVIEWCHANGE and RECOVERYRESPONSE have one field more, crashVector.

VARIABLE crashVector    \* What nonce of each replica's latest recovery each replica knows of.

NoneKnown == [j \in Replicas |-> 0]

NoCrash == crashVector = [i \in Replicas |-> NoneKnown]

\* All crashes that at least one of the vectors knows of.
Together(vectors) == [j \in Replicas |-> Greatest({known[j] : known \in vectors})]

KnownOf(i, messages) == Together({crashVector[i]} \union {m.crashVector : m \in messages})

\* None of the messages, and nothing that replica i knows, is of before a crash that another knows of.
Consistent(i, messages) ==
    LET known == KnownOf(i, messages) IN
    /\ crashVector[i][i] = known[i]
    /\ \A m \in messages : m.crashVector[m.from] = known[m.from]

-----------------------------------------------------------------------------
(* View changes *)

\* Whether these messages of a view change may be counted.
MayCount(i, messages) == Consistent(i, messages)

\* In the place of EnterViewChange.
EnterAndTell(i, v) ==
    /\ viewNumber' = [viewNumber EXCEPT ![i] = v]
    /\ status'     = [status EXCEPT ![i] = ViewChange]
    /\ Send("StartViewChange", [from |-> i, viewNumber |-> v, crashVector |-> crashVector[i]])

OnStartViewChangeConsistent(i) ==
    /\ status[i] = ViewChange
    /\ \E quorum \in MessagesOf(ChangeOthers,
            {m \in Received(i, sent.StartViewChange) : m.viewNumber = viewNumber[i]}) :
        /\ MayCount(i, quorum)
        /\ Send("DoViewChange", [
            from           |-> i,
            viewNumber     |-> viewNumber[i],
            log            |-> log[i],
            lastNormalView |-> lastNormalView[i],
            commitNumber   |-> commitNumber[i],
            crashVector    |-> crashVector[i]])
    /\ UNCHANGED <<replicaVars, clientVars>>

OnDoViewChangeConsistent(i) ==
    LET v      == viewNumber[i]
        wanted == {m \in sent.DoViewChange : m.viewNumber = v}
    IN
    /\ status[i] = ViewChange
    /\ Primary(v) = i
    /\ \E own \in {m \in wanted : m.from = i},
          others \in MessagesOf(ChangeOthers, Received(i, wanted)) :
        LET votes == others \union {own}
            best  == IF \E m \in others : Better(m, own)
                     THEN CHOOSE m \in others : \A other \in others : ~Better(other, m)
                     ELSE own
            k     == Greatest({commitNumber[i]} \union {m.commitNumber : m \in votes})
        IN
        /\ MayCount(i, votes)
        /\ BecomeNormal(i, v, best.log)
        /\ commitNumber' = [commitNumber EXCEPT ![i] = k]
        /\ sent' = [sent EXCEPT
                !.StartView = @ \union {[from |-> i, viewNumber |-> v, log |-> best.log,
                                         commitNumber |-> k]},
                !.Reply     = @ \union Replies(i, best.log, commitNumber[i] + 1 .. k)]
        /\ UNCHANGED clientVars

-----------------------------------------------------------------------------
(* §4.3 Recovery *)

\* A replica counts its crashes, and knows of no other.
CrashAndCount(i) ==
    /\ Crash(i)
    /\ crashVector' = [crashVector EXCEPT ![i] = [NoneKnown EXCEPT ![i] = nonce'[i]]]

\* Who answers RECOVERY notes the crash first, and from then on counts nothing that the other has
\* said before it.
NoteCrash(i) ==
    \E m \in Received(i, recoveries) :
        LET noted == [crashVector[i] EXCEPT ![m.from] = Max(@, m.nonce)] IN
        /\ status[i] = Normal
        /\ crashVector' = [crashVector EXCEPT ![i] = noted]
        /\ recoveryResponses' = recoveryResponses \union {[
                from         |-> i,
                to           |-> m.from,
                viewNumber   |-> viewNumber[i],
                nonce        |-> m.nonce,
                log          |-> IF IsPrimary(i) THEN log[i] ELSE <<>>,
                commitNumber |-> IF IsPrimary(i) THEN commitNumber[i] ELSE 0,
                crashVector  |-> noted]}
        /\ UNCHANGED <<vars, nonce, recoveries>>

\* A replica that has recovered knows of all crashes that those know of who have answered.
OnRecoveryResponseConsistent(i) ==
    /\ status[i] = Recovering
    /\ \E quorum \in MessagesOf(Quorum, Answers(i)) :
        LET latest == Greatest({m.viewNumber : m \in quorum}) IN
        /\ Consistent(i, quorum)
        /\ \E m \in quorum :
            /\ m.viewNumber = latest
            /\ m.from = Primary(latest)
            /\ RecoverFrom(i, latest, m)
        /\ crashVector' = [crashVector EXCEPT ![i] = KnownOf(i, quorum)]

-----------------------------------------------------------------------------
(* Wrong variant *)

\* In the place of MayCount: crash vectors are compared in the answers to RECOVERY only.
CountAll(i, messages) == TRUE

==============================================================================
