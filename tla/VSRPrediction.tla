----------------------------- MODULE VSRPrediction -----------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* §4.4 Non-deterministic operations: an operation that needs a time, or a *)
(* random number, gets it from the primary, which predicts it once and     *)
(* puts it into the log entry.  Whoever executes the entry uses what       *)
(* stands there; so does a later primary that takes the entry over.        *)
(*                                                                         *)
(* Entries, requests in PREPARE and replies have a field more, prediction. *)
(* Steps that are not here are those of VSR.                               *)
(***************************************************************************)

EXTENDS VSRVariants

\* What the environment may bring about.
Predictions == {1, 2}

\* In the place of EntryOf.
EntryWithPrediction(v, request) == [
    viewNumber    |-> v,
    clientID      |-> request.clientID,
    requestNumber |-> request.requestNumber,
    prediction    |-> request.prediction]

\* In the place of Replies: the client gets what was computed with the prediction.
PredictedReplies(i, l, ops) ==
    {[from |-> i, viewNumber |-> viewNumber[i], clientID |-> l[n].clientID,
      requestNumber |-> l[n].requestNumber, opNumber |-> n, prediction |-> l[n].prediction] :
        n \in ops \intersect DOMAIN l}

\* A request of a client, with what the primary predicts for it.
Predicted(m, p) ==
    [clientID |-> m.clientID, requestNumber |-> m.requestNumber, prediction |-> p]

OnRequestPredicting(i) ==
    \E p \in Predictions, m \in sent.Request :
        LET n == LastOf(m.clientID, log[i])
            s == IF n = 0 THEN 0 ELSE log[i][n].requestNumber
        IN
        /\ IsPrimary(i)
        /\ \/ /\ m.requestNumber > s
              /\ log' = [log EXCEPT ![i] = Append(@, EntryOf(viewNumber[i], Predicted(m, p)))]
              /\ Send("Prepare", [
                    from         |-> i,
                    viewNumber   |-> viewNumber[i],
                    request      |-> Predicted(m, p),
                    opNumber     |-> OpNumber(i) + 1,
                    commitNumber |-> commitNumber[i]])
           \/ /\ m.requestNumber = s
              /\ n <= commitNumber[i]
              /\ sent' = [sent EXCEPT !.Reply = @ \union Replies(i, log[i], {n})]
              /\ UNCHANGED log
        /\ UNCHANGED <<status, viewNumber, lastNormalView, commitNumber, clientVars>>

-----------------------------------------------------------------------------
(* Property *)

\* In the log of a replica that has executed an operation stands the prediction with which the client
\* was answered.
SamePrediction ==
    \A m \in sent.Reply, i \in Replicas :
        commitNumber[i] >= m.opNumber => log[i][m.opNumber].prediction = m.prediction

-----------------------------------------------------------------------------
(* Wrong variants *)

\* In the place of OnDoViewChange: the new primary predicts again what it does not know to be
\* committed.
PredictAgain(i) ==
    LET v      == viewNumber[i]
        wanted == {m \in sent.DoViewChange : m.viewNumber = v}
    IN
    /\ status[i] = ViewChange
    /\ Primary(v) = i
    /\ \E p \in Predictions, own \in {m \in wanted : m.from = i},
          others \in MessagesOf(ChangeOthers, Received(i, wanted)) :
        LET best == IF \E m \in others : Better(m, own)
                    THEN CHOOSE m \in others : \A other \in others : ~Better(other, m)
                    ELSE own
            told == Greatest({own.commitNumber} \union {m.commitNumber : m \in others})
            l    == [n \in DOMAIN best.log |->
                        IF n <= told THEN best.log[n] ELSE [best.log[n] EXCEPT !.prediction = p]]
            k    == Max(commitNumber[i], told)
        IN
        /\ BecomeNormal(i, v, l)
        /\ commitNumber' = [commitNumber EXCEPT ![i] = k]
        /\ sent' = [sent EXCEPT
                !.StartView = @ \union {[from |-> i, viewNumber |-> v, log |-> l,
                                         commitNumber |-> k]},
                !.Reply     = @ \union Replies(i, l, commitNumber[i] + 1 .. k)]
        /\ UNCHANGED clientVars

\* In the place of OnPrepare: a backup puts its own prediction into the entry.
PredictAtBackup(i) ==
    \E p \in Predictions, m \in Received(i, sent.Prepare) :
        /\ IsBackup(i, m.viewNumber)
        /\ m.opNumber <= OpNumber(i) + 1
        /\ IF m.opNumber = OpNumber(i) + 1
           THEN /\ log' = [log EXCEPT ![i] =
                        Append(@, EntryOf(m.viewNumber, Predicted(m.request, p)))]
                /\ commitNumber' =
                    [commitNumber EXCEPT ![i] = Learn(@, m.commitNumber, m.opNumber)]
           ELSE UNCHANGED <<log, commitNumber>>
        /\ Send("PrepareOK", Acknowledgement(i, viewNumber[i], Len(log'[i])))
        /\ UNCHANGED <<status, viewNumber, lastNormalView, clientVars>>

==============================================================================
