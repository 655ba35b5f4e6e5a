--------------------------- MODULE VSREpochRecovery ---------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* §4.3 together with §7: replicas without a disk for the log crash while  *)
(* the group changes.  A crash leaves the view-number and what is known of *)
(* the epoch, and nothing else.                                            *)
(*                                                                         *)
(* Steps that are not here are those of VSRReconfiguration; those that are *)
(* others here have names that say in what.  RECOVERY and RECOVERYRESPONSE *)
(* carry the epoch, as all messages of §4 do where groups change.          *)
(***************************************************************************)

EXTENDS VSRReconfiguration

VARIABLE nonce      \* x of the latest recovery of each replica; 0 before the first.

NoRecovery == nonce = [i \in Replicas |-> 0]

Recovering == "Recovering"

-----------------------------------------------------------------------------
(* The steps *)

\* A replica that had not the state of its epoch, or is replaced, has no more to recover: it waits as
\* before.
Crash(i) ==
    LET r     == replica[i]
        x     == nonce[i] + 1
        after == [r EXCEPT !.lastNormalView = 0, !.log = <<>>, !.commitNumber = 0]
        ask   == [kind |-> "Recovery", from |-> i, epochNumber |-> r.epoch.epochNumber, nonce |-> x]
    IN
    /\ r.status # ShutDown
    /\ nonce' = [nonce EXCEPT ![i] = x]
    /\ CASE r.status # Transitioning -> Become(i, [after EXCEPT !.status = Recovering], {ask})
         [] r.status = Transitioning /\ IsMember(i, r) -> Become(i, after, {AskForEpoch(i, after)})
         [] OTHER -> Become(i, after, {})

\* A Normal replica of the same epoch answers, and the primary adds its log and commit-number.
OnRecovery(i) ==
    LET r == replica[i] IN
    \E m \in InEpoch(i, r, {"Recovery"}) :
        /\ r.status = Normal
        /\ Take(i, r, {Message("RecoveryResponse", i, r, [
                to           |-> m.from,
                nonce        |-> m.nonce,
                log          |-> IF Leads(i, r) THEN r.log ELSE <<>>,
                commitNumber |-> IF Leads(i, r) THEN r.commitNumber ELSE 0])})
        /\ UNCHANGED nonce

\* With a quorum of answers, one of them of the primary of the latest view in them, the replica takes
\* that primary's state, which may end the epoch.
OnRecoveryResponse(i) ==
    LET r       == replica[i]
        group   == r.epoch.configuration
        answers == {m \in InEpoch(i, r, {"RecoveryResponse"}) : m.to = i /\ m.nonce = nonce[i]}
    IN
    /\ r.status = Recovering
    /\ \E quorum \in MessagesOf(Quorum(group), answers) :
        LET latest == Greatest({m.viewNumber : m \in quorum}) IN
        /\ latest >= r.viewNumber
        /\ \E m \in quorum :
            /\ m.viewNumber = latest
            /\ m.from = Primary(group, latest)
            /\ LET after == [Started(r, latest, m.log) EXCEPT
                                !.commitNumber = Learn(@, m.commitNumber, Len(m.log))]
               IN Take(i, after,
                    IF Len(m.log) > m.commitNumber THEN {PrepareOK(i, after)} ELSE {})
    /\ UNCHANGED nonce

\* §7.2: a replica that recovers hears of a new epoch.  If it has no place there it has nothing to
\* give and shuts down.  If it has, it needs no recovery any more: what it had promised in the old
\* epoch is over, and all that it needs is the state of the new one.
OnStartEpochRecovering(i) ==
    LET r == replica[i] IN
    /\ \E m \in Received(i, Of("StartEpoch")) :
        /\ r.status = Recovering
        /\ m.epoch.epochNumber > r.epoch.epochNumber
        /\ IF i \notin m.epoch.configuration
           THEN Become(i, [r EXCEPT !.status = ShutDown], {})
           ELSE LET after == Enter(i, r, m.epoch) IN Become(i, after[1], after[2])
    /\ UNCHANGED nonce

==============================================================================
