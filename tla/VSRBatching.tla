------------------------------ MODULE VSRBatching ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* §6.2 Batching, and a bound on the pipeline: the primary collects        *)
(* requests while it has enough operations on their way, and proposes what *)
(* it has collected under one op-number.                                   *)
(*                                                                         *)
(* An entry has a field more, rest: the further requests of its batch, as  *)
(* entries.  So has a request in PREPARE.  A reply says besides which      *)
(* request of the batch it answers: place, counted from 0.                 *)
(*                                                                         *)
(* Steps that are not here are those of VSR; those that are others here    *)
(* have names that say in what.                                            *)
(***************************************************************************)

EXTENDS VSRVariants

CONSTANT Window     \* How many operations of a primary may be not committed.

VARIABLE batch      \* What each primary has collected and not yet proposed: a sequence of entries.

NoBatch == batch = [i \in Replicas |-> <<>>]

-----------------------------------------------------------------------------
(* What an entry of several requests is *)

\* In the place of EntryOf.
EntryOfBatch(v, request) == [
    viewNumber    |-> v,
    clientID      |-> request.clientID,
    requestNumber |-> request.requestNumber,
    rest          |-> request.rest]

Requests(entry) == <<entry>> \o entry.rest

Has(entry, c) == \E p \in DOMAIN Requests(entry) : Requests(entry)[p].clientID = c

\* The last request of client c in an entry that has one.
LastIn(entry, c) ==
    LET all == Requests(entry) IN
    CHOOSE p \in DOMAIN all :
        all[p].clientID = c /\ \A q \in p + 1 .. Len(all) : all[q].clientID # c

\* In the place of LastOf.
LastOfBatches(c, l) == Greatest({0} \union {n \in DOMAIN l : Has(l[n], c)})

ReplyTo(i, entry, n, p) == [
    from          |-> i,
    viewNumber    |-> viewNumber[i],
    clientID      |-> Requests(entry)[p].clientID,
    requestNumber |-> Requests(entry)[p].requestNumber,
    opNumber      |-> n,
    place         |-> p - 1]

\* In the place of Replies: each request of a batch is answered.
RepliesToBatch(i, l, ops) ==
    UNION {{ReplyTo(i, l[n], n, p) : p \in DOMAIN Requests(l[n])} : n \in ops \intersect DOMAIN l}

-----------------------------------------------------------------------------
(* The steps *)

\* The number of the latest request of client c in the log of replica i; 0 if there is none.
LatestRequest(i, c) ==
    LET n == LastOf(c, log[i]) IN
    IF n = 0 THEN 0 ELSE Requests(log[i][n])[LastIn(log[i][n], c)].requestNumber

Collected(i, m) ==
    \E p \in DOMAIN batch[i] :
        batch[i][p].clientID = m.clientID /\ batch[i][p].requestNumber >= m.requestNumber

\* A new request goes into the batch; the client's latest one, if it is executed, gets its reply
\* again.
CollectRequest(i) ==
    \E m \in sent.Request :
        LET n == LastOf(m.clientID, log[i])
            s == LatestRequest(i, m.clientID)
        IN
        /\ IsPrimary(i)
        /\ \/ /\ m.requestNumber > s
              /\ ~Collected(i, m)
              /\ batch' = [batch EXCEPT ![i] = Append(@, [
                    viewNumber    |-> viewNumber[i],
                    clientID      |-> m.clientID,
                    requestNumber |-> m.requestNumber])]
              /\ UNCHANGED sent
           \/ /\ m.requestNumber = s
              /\ n <= commitNumber[i]
              /\ Send("Reply", ReplyTo(i, log[i][n], n, LastIn(log[i][n], m.clientID)))
              /\ UNCHANGED batch
        /\ UNCHANGED <<replicaVars, clientVars>>

\* Replica i has room in its pipeline for one more operation.
HasRoom(i) == OpNumber(i) - commitNumber[i] < Window

\* All that the primary has collected gets one op-number.
SendBatch(i) ==
    LET request == [
            clientID      |-> batch[i][1].clientID,
            requestNumber |-> batch[i][1].requestNumber,
            rest          |-> After(batch[i], 1)]
    IN
    /\ IsPrimary(i)
    /\ batch[i] # <<>>
    /\ HasRoom(i)
    /\ log'   = [log EXCEPT ![i] = Append(@, EntryOf(viewNumber[i], request))]
    /\ batch' = [batch EXCEPT ![i] = <<>>]
    /\ Send("Prepare", [
            from         |-> i,
            viewNumber   |-> viewNumber[i],
            request      |-> request,
            opNumber     |-> OpNumber(i) + 1,
            commitNumber |-> commitNumber[i]])
    /\ UNCHANGED <<status, viewNumber, lastNormalView, commitNumber, clientVars>>

\* What becomes of the batch of replica i in a step of VSR: one that leads no view has none.  A batch
\* that outlived its view would hold requests that a later view has executed.
Leads(i) == status'[i] = Normal /\ Primary(viewNumber'[i]) = i

BatchAfter(i) == IF Leads(i) THEN batch[i] ELSE <<>>

\* Without batching: the primary takes no new request while its pipeline is full.
OnRequestWithinPipeline(i) == OnRequest(i) /\ (log'[i] # log[i] => HasRoom(i))

-----------------------------------------------------------------------------
(* Properties *)

\* In the place of Holds.
HoldsInBatch(l, reply) ==
    /\ reply.opNumber \in DOMAIN l
    /\ reply.place + 1 \in DOMAIN Requests(l[reply.opNumber])
    /\ LET q == Requests(l[reply.opNumber])[reply.place + 1] IN
        q.clientID = reply.clientID /\ q.requestNumber = reply.requestNumber

\* In the place of ExactlyOnce.
ExactlyOncePlace ==
    \A a, b \in sent.Reply :
        (a.clientID = b.clientID /\ a.requestNumber = b.requestNumber)
            <=> (a.opNumber = b.opNumber /\ a.place = b.place)

\* No replica has more entries above its commit-number than may be on their way, since each came with
\* the commit-number that its primary had.
PipelineBound == \A i \in Replicas : OpNumber(i) - commitNumber[i] <= Window

==============================================================================
