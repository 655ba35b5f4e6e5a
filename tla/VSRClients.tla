------------------------------ MODULE VSRClients ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* §4.5 Client recovery: a client that has crashed asks the replicas for   *)
(* the number of its latest request and goes on two above it.  As          *)
(* published two crashes break it.  The way out is that a client that      *)
(* comes back is another client.                                           *)
(*                                                                         *)
(* What a client asks for under a number may be something else after a     *)
(* crash, so requests and entries have a field more, incarnation: how      *)
(* often the client had crashed when it sent the request.                  *)
(*                                                                         *)
(* Steps that are not here are those of VSR; those that are others here    *)
(* have names that say in what.                                            *)
(***************************************************************************)

EXTENDS VSRVariants

VARIABLES
    incarnation,        \* How often each client has crashed and come back.
    clientRecoveries,   \* All CLIENTRECOVERY ever sent: [clientID, incarnation].
    clientNumbers       \* All CLIENTNUMBER: [from, clientID, incarnation, requestNumber].

clientRecoveryVars == <<incarnation, clientRecoveries, clientNumbers>>

NoClientCrash ==
    /\ incarnation      = [c \in Clients |-> 0]
    /\ clientRecoveries = {}
    /\ clientNumbers    = {}

\* In the place of EntryOf.
EntryOfIncarnation(v, request) == [
    viewNumber    |-> v,
    clientID      |-> request.clientID,
    requestNumber |-> request.requestNumber,
    incarnation   |-> request.incarnation]

\* The name under which client c asks: always the same.
NameOf(c) == c

-----------------------------------------------------------------------------
(* The steps *)

SendRequestAgain(c) ==
    /\ ~outstanding[c]
    /\ requestNumber' = [requestNumber EXCEPT ![c] = @ + 1]
    /\ outstanding'   = [outstanding EXCEPT ![c] = TRUE]
    /\ Send("Request", [
        clientID      |-> NameOf(c),
        requestNumber |-> requestNumber[c] + 1,
        incarnation   |-> incarnation[c]])
    /\ UNCHANGED <<replicaVars, clientRecoveryVars>>

OnReplyToName(c) ==
    \E m \in sent.Reply :
        /\ m.clientID = NameOf(c)
        /\ outstanding[c]
        /\ m.requestNumber = requestNumber[c]
        /\ outstanding' = [outstanding EXCEPT ![c] = FALSE]
        /\ UNCHANGED <<replicaVars, requestNumber, sent, clientRecoveryVars>>

\* A client has forgotten its number and asks for it.  It knows who it is, and that it has been here
\* before: it takes answers to this question only.
CrashClient(c) ==
    /\ requestNumber'    = [requestNumber EXCEPT ![c] = 0]
    /\ outstanding'      = [outstanding EXCEPT ![c] = TRUE]
    /\ incarnation'      = [incarnation EXCEPT ![c] = @ + 1]
    /\ clientRecoveries' = clientRecoveries \union
            {[clientID |-> NameOf(c), incarnation |-> incarnation[c] + 1]}
    /\ UNCHANGED <<replicaVars, sent, clientNumbers>>

\* A Normal replica answers from its client-table.
OnClientRecovery(i) ==
    \E m \in clientRecoveries :
        LET n == LastOf(m.clientID, log[i]) IN
        /\ status[i] = Normal
        /\ clientNumbers' = clientNumbers \union {[
                from          |-> i,
                clientID      |-> m.clientID,
                incarnation   |-> m.incarnation,
                requestNumber |-> IF n = 0 THEN 0 ELSE log[i][n].requestNumber]}
        /\ UNCHANGED <<vars, incarnation, clientRecoveries>>

\* So many replicas that one of them has whatever is committed.
AnswersNeeded == N - CommitOthers

\* The client adds 2 to the largest number that it is told: that of its next request.
OnClientNumber(c) ==
    /\ outstanding[c]
    /\ requestNumber[c] = 0
    /\ \E quorum \in MessagesOf(AnswersNeeded, {m \in clientNumbers :
                m.clientID = NameOf(c) /\ m.incarnation = incarnation[c]}) :
        requestNumber' =
            [requestNumber EXCEPT ![c] = Greatest({m.requestNumber : m \in quorum}) + 1]
    /\ outstanding' = [outstanding EXCEPT ![c] = FALSE]
    /\ UNCHANGED <<replicaVars, sent, clientRecoveryVars>>

-----------------------------------------------------------------------------
(* A client that comes back as another *)

\* In the place of NameOf and CrashClient: there is a new name, and so nothing to recover.
NewNameOf(c) == <<c, incarnation[c]>>

ComeBackAsAnother(c) ==
    /\ requestNumber' = [requestNumber EXCEPT ![c] = 0]
    /\ outstanding'   = [outstanding EXCEPT ![c] = FALSE]
    /\ incarnation'   = [incarnation EXCEPT ![c] = @ + 1]
    /\ UNCHANGED <<replicaVars, sent, clientRecoveries, clientNumbers>>

-----------------------------------------------------------------------------
(* Property *)

\* What was executed under a request-number is what the client has sent under it.  Otherwise a client
\* gets the reply to something else.
ReplyMatches ==
    \A i \in Replicas, m \in sent.Request :
        \A n \in 1 .. commitNumber[i] :
            LET e == log[i][n] IN
            e.clientID = m.clientID /\ e.requestNumber = m.requestNumber
                => e.incarnation = m.incarnation

==============================================================================
