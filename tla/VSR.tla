--------------------------------- MODULE VSR ---------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* Viewstamped Replication: §4.1, §4.2 and §5.2 of "Viewstamped            *)
(* Replication Revisited" (Liskov and Cowling, 2012), with replicas that   *)
(* keep their state on disk, and their clients.                            *)
(*                                                                         *)
(* This is the twin of the Go package spec: the same steps under the same  *)
(* names in the same order, the same state, the same invariants.  It was   *)
(* written from the protocol and not translated from the Go text, so that  *)
(* a slip in one of the two shows as a difference in the number of states. *)
(*                                                                         *)
(* The network is the set of all messages ever sent.  To lose a message is *)
(* not to receive it, to duplicate it is to receive it again, and every    *)
(* order is possible.  A step that needs a quorum takes the messages of    *)
(* the whole quorum at once: a receipt below the quorum would change       *)
(* nothing.                                                                *)
(*                                                                         *)
(* Nothing here is bounded.  MCVSR bounds what TLC searches.               *)
(***************************************************************************)

EXTENDS Integers, FiniteSets, Sequences

CONSTANTS
    N,          \* The number of replicas.
    Clients     \* The set of clients.

\* The replicas are counted from 0, and the views go round them.
Replicas   == 0 .. N - 1
Primary(v) == v % N

\* How many replicas may fail at the same time, and how many must take part so that any two quorums
\* share one.  Diverges (§4.1): the paper says f+1, which is the same only if N = 2f+1.
F      == (N - 1) \div 2
Quorum == N - F

\* A quorum without the replica that counts it.
Others == Quorum - 1

\* The same of a quorum that commits and of one that changes views.  A configuration may give them
\* other sizes, as long as the two share a replica (flexible quorums).
CommitOthers == Others
ChangeOthers == Others

\* What a replica is busy with: processing requests, or waiting for its view to start.
Normal     == "Normal"
ViewChange == "ViewChange"

-----------------------------------------------------------------------------
(* State *)

VARIABLES
    \* Of each replica.  All of it survives a crash but for the commit-number and the status.
    status,
    viewNumber,
    lastNormalView,     \* v': the latest view in which the status was Normal.
    log,                \* A sequence of entries; its length is the op-number n.
    commitNumber,       \* k: all up to here is committed and executed.

    \* Of each client.
    requestNumber,      \* s of the latest request; 0 before the first.
    outstanding,        \* The latest request has no reply yet.

    \* All messages ever sent: a set for each kind.
    sent

replicaVars == <<status, viewNumber, lastNormalView, log, commitNumber>>
clientVars  == <<requestNumber, outstanding>>
vars        == <<replicaVars, clientVars, sent>>

\* An entry keeps the number of the view that first put it into its slot.  The operation itself is
\* left out: nobody looks inside, and client and request-number stand for it.
Entries == [viewNumber : Nat, clientID : Clients, requestNumber : Nat]
Logs    == Seq(Entries)

\* The kinds of messages.  A broadcast is one message without a destination.  A message to one
\* process names it only where nothing else says who it is: PREPAREOK and DOVIEWCHANGE of view v go
\* to the primary of v.  No log comes with its op-number, which is its length.
Messages == LET Requests == [clientID : Clients, requestNumber : Nat] IN [
    Request         |-> Requests,
    Prepare         |-> [from : Replicas, viewNumber : Nat, request : Requests, opNumber : Nat,
                         commitNumber : Nat],
    PrepareOK       |-> [from : Replicas, viewNumber : Nat, opNumber : Nat],
    Reply           |-> [from : Replicas, viewNumber : Nat, clientID : Clients,
                         requestNumber : Nat, opNumber : Nat],
    Commit          |-> [from : Replicas, viewNumber : Nat, commitNumber : Nat],
    StartViewChange |-> [from : Replicas, viewNumber : Nat],
    DoViewChange    |-> [from : Replicas, viewNumber : Nat, log : Logs, lastNormalView : Nat,
                         commitNumber : Nat],
    StartView       |-> [from : Replicas, viewNumber : Nat, log : Logs, commitNumber : Nat],
    GetState        |-> [from : Replicas, viewNumber : Nat, opNumber : Nat],
    NewState        |-> [from : Replicas, to : Replicas, viewNumber : Nat, after : Nat,
                         log : Logs, commitNumber : Nat]]

TypeOK ==
    /\ status         \in [Replicas -> {Normal, ViewChange}]
    /\ viewNumber     \in [Replicas -> Nat]
    /\ lastNormalView \in [Replicas -> Nat]
    /\ log            \in [Replicas -> Logs]
    /\ commitNumber   \in [Replicas -> Nat]
    /\ requestNumber  \in [Clients -> Nat]
    /\ outstanding    \in [Clients -> BOOLEAN]
    /\ DOMAIN sent = DOMAIN Messages
    /\ \A kind \in DOMAIN sent : sent[kind] \subseteq Messages[kind]

Init ==
    /\ status         = [i \in Replicas |-> Normal]
    /\ viewNumber     = [i \in Replicas |-> 0]
    /\ lastNormalView = [i \in Replicas |-> 0]
    /\ log            = [i \in Replicas |-> <<>>]
    /\ commitNumber   = [i \in Replicas |-> 0]
    /\ requestNumber  = [c \in Clients |-> 0]
    /\ outstanding    = [c \in Clients |-> FALSE]
    /\ sent           = [kind \in DOMAIN Messages |-> {}]

-----------------------------------------------------------------------------
(* Words that the steps have in common *)

Max(a, b) == IF a > b THEN a ELSE b
Min(a, b) == IF a < b THEN a ELSE b

Least(numbers)    == CHOOSE n \in numbers : \A other \in numbers : n <= other
Greatest(numbers) == CHOOSE n \in numbers : \A other \in numbers : n >= other

\* n, the op-number of the topmost entry of the log of replica i.
OpNumber(i) == Len(log[i])

\* The log l without the entries above n, and the entries above n alone.
UpTo(l, n)  == SubSeq(l, 1, Min(n, Len(l)))
After(l, n) == SubSeq(l, n + 1, Len(l))

IsPrefix(short, long) == Len(short) <= Len(long) /\ UpTo(long, Len(short)) = short

\* The op-number of the latest request of client c in the log l; 0 if there is none.  This is the
\* client-table of §4.1: a function of the log, so that the two cannot disagree.
LastOf(c, l) ==
    IF \E n \in 1 .. Len(l) : l[n].clientID = c
    THEN CHOOSE n \in 1 .. Len(l) :
            l[n].clientID = c /\ \A m \in n + 1 .. Len(l) : l[m].clientID # c
    ELSE 0

\* Who processes requests, and who follows the primary of view v.  A replica that waits for view v
\* to start does not follow yet.
IsPrimary(i)   == status[i] = Normal /\ Primary(viewNumber[i]) = i
IsBackup(i, v) == status[i] = Normal /\ viewNumber[i] = v /\ Primary(v) # i

\* The commit-number k after somebody has said that k2 is committed, where the log has n entries.
\* Diverges (§4.1 step 7): what is missing is not waited for, but learned later.
Learn(k, k2, n) == Max(k, Min(k2, n))

\* What replica i can receive: it does not talk to itself.
Received(i, messages) == {m \in messages : m.from # i}

\* The ways to hear of that many replicas, or of enough others: one message of each.
MessagesOf(size, messages) ==
    {q \in SUBSET messages :
        Cardinality(q) = size /\ Cardinality({m.from : m \in q}) = size}

Quorums(messages) == MessagesOf(Others, messages)

Send(kind, m) == sent' = [sent EXCEPT ![kind] = @ \union {m}]

EntryOf(v, request) ==
    [viewNumber |-> v, clientID |-> request.clientID, requestNumber |-> request.requestNumber]

\* The answers of replica i to the requests n of the log l, where n is in a set of op-numbers.
Replies(i, l, ops) ==
    {[from |-> i, viewNumber |-> viewNumber[i], clientID |-> l[n].clientID,
      requestNumber |-> l[n].requestNumber, opNumber |-> n] : n \in ops \intersect DOMAIN l}

\* Replica i has in view v all up to op-number n.
Acknowledgement(i, v, n) == [from |-> i, viewNumber |-> v, opNumber |-> n]

-----------------------------------------------------------------------------
(* §4.1 Normal operation *)

\* Step 1: a client that waits for no reply sends its next request.  To send it again is no step,
\* for the message is in the network already.
SendRequest(c) ==
    /\ ~outstanding[c]
    /\ requestNumber' = [requestNumber EXCEPT ![c] = @ + 1]
    /\ outstanding'   = [outstanding EXCEPT ![c] = TRUE]
    /\ Send("Request", [clientID |-> c, requestNumber |-> requestNumber[c] + 1])
    /\ UNCHANGED replicaVars

\* Steps 2 and 3: the primary puts a new request on top of its log and asks the backups to do the
\* same.  The client's latest request, if it is executed, gets its reply again.
OnRequest(i) ==
    \E m \in sent.Request :
        LET n == LastOf(m.clientID, log[i])
            s == IF n = 0 THEN 0 ELSE log[i][n].requestNumber
        IN
        /\ IsPrimary(i)
        /\ \/ /\ m.requestNumber > s
              /\ log' = [log EXCEPT ![i] = Append(@, EntryOf(viewNumber[i], m))]
              /\ Send("Prepare", [
                    from         |-> i,
                    viewNumber   |-> viewNumber[i],
                    request      |-> m,
                    opNumber     |-> OpNumber(i) + 1,
                    commitNumber |-> commitNumber[i]])
           \/ /\ m.requestNumber = s
              /\ n <= commitNumber[i]
              /\ sent' = [sent EXCEPT !.Reply = @ \union Replies(i, log[i], {n})]
              /\ UNCHANGED log
        /\ UNCHANGED <<status, viewNumber, lastNormalView, commitNumber, clientVars>>

\* Step 4: a backup appends the entry that follows its log, learns what is committed, and
\* acknowledges all that it has.  It acknowledges an old entry once more, since the first
\* PREPAREOK may have been lost.
OnPrepare(i) ==
    \E m \in Received(i, sent.Prepare) :
        /\ IsBackup(i, m.viewNumber)
        /\ m.opNumber <= OpNumber(i) + 1
        /\ IF m.opNumber = OpNumber(i) + 1
           THEN /\ log' = [log EXCEPT ![i] = Append(@, EntryOf(m.viewNumber, m.request))]
                /\ commitNumber' =
                    [commitNumber EXCEPT ![i] = Learn(@, m.commitNumber, m.opNumber)]
           ELSE UNCHANGED <<log, commitNumber>>
        /\ Send("PrepareOK", Acknowledgement(i, viewNumber[i], Len(log'[i])))
        /\ UNCHANGED <<status, viewNumber, lastNormalView, clientVars>>

\* An acknowledgement counts in the view that it was given in, for all up to its op-number.
WantsPrepareOK(i, m) == m.viewNumber = viewNumber[i] /\ m.opNumber > commitNumber[i]

\* Step 5: with a quorum that has an operation, the primary's own log counted, it is committed, and
\* so is all below it.  The primary executes and replies.
OnPrepareOK(i) ==
    /\ IsPrimary(i)
    /\ \E quorum \in MessagesOf(CommitOthers,
            {m \in Received(i, sent.PrepareOK) : WantsPrepareOK(i, m)}) :
        LET n == Least({OpNumber(i)} \union {m.opNumber : m \in quorum}) IN
        /\ n > commitNumber[i]
        /\ commitNumber' = [commitNumber EXCEPT ![i] = n]
        /\ sent' = [sent EXCEPT !.Reply =
                        @ \union Replies(i, log[i], commitNumber[i] + 1 .. n)]
    /\ UNCHANGED <<status, viewNumber, lastNormalView, log, clientVars>>

\* Step 7 at the client: the request is done, and the next one may be sent.
OnReply(c) ==
    \E m \in sent.Reply :
        /\ m.clientID = c
        /\ outstanding[c]
        /\ m.requestNumber = requestNumber[c]
        /\ outstanding' = [outstanding EXCEPT ![c] = FALSE]
        /\ UNCHANGED <<replicaVars, requestNumber, sent>>

\* Step 6: the primary says how far it has committed, so that the backups hear of it when there is
\* no request.  Diverges (§4.1): it may do so at any time.
SendCommit(i) ==
    /\ IsPrimary(i)
    /\ Send("Commit",
        [from |-> i, viewNumber |-> viewNumber[i], commitNumber |-> commitNumber[i]])
    /\ UNCHANGED <<replicaVars, clientVars>>

\* Step 7: a backup learns what is committed, executes it, and replies to nobody.
OnCommit(i) ==
    \E m \in Received(i, sent.Commit) :
        /\ IsBackup(i, m.viewNumber)
        /\ Learn(commitNumber[i], m.commitNumber, OpNumber(i)) # commitNumber[i]
        /\ commitNumber' = [commitNumber EXCEPT ![i] = Learn(@, m.commitNumber, OpNumber(i))]
        /\ UNCHANGED <<status, viewNumber, lastNormalView, log, clientVars, sent>>

-----------------------------------------------------------------------------
(* §4.2 View changes *)

\* Replica i leaves its view for view v.  Its log and v' stay as they are.
EnterViewChange(i, v) ==
    /\ viewNumber' = [viewNumber EXCEPT ![i] = v]
    /\ status'     = [status EXCEPT ![i] = ViewChange]
    /\ Send("StartViewChange", [from |-> i, viewNumber |-> v])

\* Replica i takes up view v with log l.  It holds the log of the view, and only so becomes Normal
\* in it: both are one write to the disk.
BecomeNormal(i, v, l) ==
    /\ log'            = [log EXCEPT ![i] = l]
    /\ status'         = [status EXCEPT ![i] = Normal]
    /\ viewNumber'     = [viewNumber EXCEPT ![i] = v]
    /\ lastNormalView' = [lastNormalView EXCEPT ![i] = v]

\* Replica i has taken up view v with log l, and acknowledges it if it goes beyond k.
AcknowledgeUncommitted(i, v, l, k) ==
    IF Len(l) > k THEN Send("PrepareOK", Acknowledgement(i, v, Len(l))) ELSE UNCHANGED sent

\* Step 1 by the timer: a backup has not heard from the primary, or a view has not started in time.
\* A primary does not depose itself.
SendStartViewChange(i) ==
    /\ ~IsPrimary(i)
    /\ EnterViewChange(i, viewNumber[i] + 1)
    /\ UNCHANGED <<lastNormalView, log, commitNumber, clientVars>>

\* Step 1 by a message: somebody is on the way to a later view.
OnLaterView(i) ==
    \E m \in Received(i, sent.StartViewChange \union sent.DoViewChange) :
        /\ m.viewNumber > viewNumber[i]
        /\ EnterViewChange(i, m.viewNumber)
        /\ UNCHANGED <<lastNormalView, log, commitNumber, clientVars>>

\* Step 2: enough others want the view.  The replica gives its log to the new primary, which may be
\* itself.  From here on it acknowledges nothing of an earlier view.
OnStartViewChange(i) ==
    /\ status[i] = ViewChange
    /\ \E quorum \in MessagesOf(ChangeOthers,
            {m \in Received(i, sent.StartViewChange) : m.viewNumber = viewNumber[i]}) :
        Send("DoViewChange", [
            from           |-> i,
            viewNumber     |-> viewNumber[i],
            log            |-> log[i],
            lastNormalView |-> lastNormalView[i],
            commitNumber   |-> commitNumber[i]])
    /\ UNCHANGED <<replicaVars, clientVars>>

\* Which of two DOVIEWCHANGE has the log to go on with: that of the later normal view, and of the
\* same view the longer one.
Better(a, b) ==
    \/ a.lastNormalView > b.lastNormalView
    \/ a.lastNormalView = b.lastNormalView /\ Len(a.log) > Len(b.log)

\* Steps 3 and 4: with DOVIEWCHANGE of a quorum the new primary takes the best log and the largest
\* commit-number of them all.  It starts the view, and executes and replies to what it learned to be
\* committed.  Its own message is preferred to one that is as good.
\* Diverges (§4.2): its own DOVIEWCHANGE must be one of them, so it is in the view already.
TakeOver(i, IsBetter(_, _)) ==
    LET v      == viewNumber[i]
        wanted == {m \in sent.DoViewChange : m.viewNumber = v}
    IN
    /\ status[i] = ViewChange
    /\ Primary(v) = i
    /\ \E own \in {m \in wanted : m.from = i},
          others \in MessagesOf(ChangeOthers, Received(i, wanted)) :
        LET best == IF \E m \in others : IsBetter(m, own)
                    THEN CHOOSE m \in others : \A other \in others : ~IsBetter(other, m)
                    ELSE own
            k    == Greatest({commitNumber[i], own.commitNumber} \union
                             {m.commitNumber : m \in others})
        IN
        /\ BecomeNormal(i, v, best.log)
        /\ commitNumber' = [commitNumber EXCEPT ![i] = k]
        /\ sent' = [sent EXCEPT
                !.StartView = @ \union {[from |-> i, viewNumber |-> v, log |-> best.log,
                                         commitNumber |-> k]},
                !.Reply     = @ \union Replies(i, best.log, commitNumber[i] + 1 .. k)]
        /\ UNCHANGED clientVars

OnDoViewChange(i) == TakeOver(i, Better)

\* Step 5: the replica takes the log of the view that has started, and acknowledges what is not
\* committed yet.  A view that has started here is not started again: its log has grown since.
OnStartView(i) ==
    \E m \in Received(i, sent.StartView) :
        /\ \/ m.viewNumber > viewNumber[i]
           \/ m.viewNumber = viewNumber[i] /\ status[i] = ViewChange
        /\ BecomeNormal(i, m.viewNumber, m.log)
        /\ commitNumber' = [commitNumber EXCEPT ![i] = Learn(@, m.commitNumber, Len(m.log))]
        /\ AcknowledgeUncommitted(i, m.viewNumber, m.log, m.commitNumber)
        /\ UNCHANGED clientVars

-----------------------------------------------------------------------------
(* §5.2 State transfer, corrected *)

\* Diverges (§5.2): the paper lets a replica that hears of a later view cut its log to its
\* commit-number and join that view at once.  Entries that it has acknowledged are lost, and then a
\* committed operation is.  Here such a replica waits, with its log and v' untouched, until the log
\* of the view has arrived.

\* In the same view: PREPARE or COMMIT speaks of an entry that a backup does not have and that does
\* not follow its log.
SendGetState(i) ==
    \E m \in Received(i, sent.Prepare \union sent.Commit) :
        LET needed == IF m \in sent.Prepare THEN m.opNumber - 1 ELSE m.commitNumber IN
        /\ IsBackup(i, m.viewNumber)
        /\ needed > OpNumber(i)
        /\ Send("GetState", [from |-> i, viewNumber |-> m.viewNumber, opNumber |-> OpNumber(i)])
        /\ UNCHANGED <<replicaVars, clientVars>>

\* Of a later view: PREPARE or COMMIT shows that a view has started that the replica has not
\* entered.  It asks for what follows its committed entries, and waits for that view.
JoinView(i) ==
    \E m \in Received(i, sent.Prepare \union sent.Commit) :
        /\ \/ m.viewNumber > viewNumber[i]
           \/ m.viewNumber = viewNumber[i] /\ status[i] = ViewChange
        /\ Primary(m.viewNumber) # i
        /\ viewNumber' = [viewNumber EXCEPT ![i] = m.viewNumber]
        /\ status'     = [status EXCEPT ![i] = ViewChange]
        /\ Send("GetState",
            [from |-> i, viewNumber |-> m.viewNumber, opNumber |-> commitNumber[i]])
        /\ UNCHANGED <<lastNormalView, log, commitNumber, clientVars>>

\* Whoever is Normal in the view answers with all that follows, even if that is nothing: the replica
\* that joins needs the answer to enter the view.
OnGetState(i) ==
    \E m \in Received(i, sent.GetState) :
        /\ status[i] = Normal
        /\ m.viewNumber = viewNumber[i]
        /\ m.opNumber <= OpNumber(i)
        /\ Send("NewState", [
            from         |-> i,
            to           |-> m.from,
            viewNumber   |-> viewNumber[i],
            after        |-> m.opNumber,
            log          |-> After(log[i], m.opNumber),
            commitNumber |-> commitNumber[i]])
        /\ UNCHANGED <<replicaVars, clientVars>>

\* A backup appends the entries beyond its log.  A replica that joins the view replaces all above
\* the entry that the answer follows, which is committed up to there, and becomes Normal in the same
\* write to the disk.
OnNewState(i) ==
    \E m \in Received(i, sent.NewState) :
        /\ m.to = i
        /\ m.viewNumber = viewNumber[i]
        /\ Primary(m.viewNumber) # i
        /\ IF status[i] = ViewChange
           THEN LET l == UpTo(log[i], m.after) \o m.log IN
                /\ m.after <= commitNumber[i]
                /\ BecomeNormal(i, m.viewNumber, l)
                /\ commitNumber' =
                    [commitNumber EXCEPT ![i] = Learn(@, m.commitNumber, Len(l))]
                /\ AcknowledgeUncommitted(i, m.viewNumber, l, m.commitNumber)
           ELSE LET l == log[i] \o After(m.log, OpNumber(i) - m.after) IN
                /\ m.after <= OpNumber(i)
                /\ m.after + Len(m.log) > OpNumber(i)
                /\ log' = [log EXCEPT ![i] = l]
                /\ commitNumber' =
                    [commitNumber EXCEPT ![i] = Learn(@, m.commitNumber, Len(l))]
                /\ Send("PrepareOK", Acknowledgement(i, m.viewNumber, Len(l)))
                /\ UNCHANGED <<status, viewNumber, lastNormalView>>
        /\ UNCHANGED clientVars

-----------------------------------------------------------------------------
(* Crash and restart from the disk, in one step *)

\* Diverges (§4.3): the paper's replicas have no disk and recover from the others, which is unsafe
\* as published.  Here view-number, v' and log survive.  A backup goes on in its view, a replica that
\* waited for a view waits again.  The primary gives up its view: it may have sent PREPARE for
\* entries of this view that its disk had not written yet, and must not use their op-numbers again.
\* It keeps what is committed, for it commits nothing that is not on its own disk.
Restart(i) ==
    /\ commitNumber' = [commitNumber EXCEPT ![i] = 0]
    /\ IF IsPrimary(i)
       THEN \E kept \in commitNumber[i] .. OpNumber(i) :
                /\ \A lost \in kept + 1 .. OpNumber(i) :
                        log[i][lost].viewNumber = viewNumber[i]
                /\ log' = [log EXCEPT ![i] = UpTo(@, kept)]
                /\ EnterViewChange(i, viewNumber[i] + 1)
       ELSE UNCHANGED <<status, viewNumber, log, sent>>
    /\ UNCHANGED <<lastNormalView, clientVars>>

-----------------------------------------------------------------------------
(* The protocol *)

Next ==
    \/ \E c \in Clients :
        \/ SendRequest(c)
        \/ OnReply(c)
    \/ \E i \in Replicas :
        \* §4.1 Normal operation
        \/ OnRequest(i)
        \/ OnPrepare(i)
        \/ OnPrepareOK(i)
        \/ SendCommit(i)
        \/ OnCommit(i)
        \* §4.2 View changes
        \/ SendStartViewChange(i)
        \/ OnLaterView(i)
        \/ OnStartViewChange(i)
        \/ OnDoViewChange(i)
        \/ OnStartView(i)
        \* §5.2 State transfer
        \/ SendGetState(i)
        \/ JoinView(i)
        \/ OnGetState(i)
        \/ OnNewState(i)
        \* Crash and restart
        \/ Restart(i)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* Properties *)

\* What must hold in every reachable state.  That an operation is committed shows in the REPLY that
\* some primary has sent: it names the view, the op-number and the request.

\* Whether the log l has the request of a reply in the place that the reply names.
Holds(l, reply) ==
    /\ reply.opNumber \in DOMAIN l
    /\ l[reply.opNumber].clientID = reply.clientID
    /\ l[reply.opNumber].requestNumber = reply.requestNumber

\* Nothing is committed that is not in the log.
CommitBound == \A i \in Replicas : commitNumber[i] <= OpNumber(i)

\* v' is not above the view, and a replica is Normal in no other view than v'.
NormalView ==
    \A i \in Replicas :
        /\ lastNormalView[i] <= viewNumber[i]
        /\ status[i] = Normal => lastNormalView[i] = viewNumber[i]

\* A replica that has sent DOVIEWCHANGE for a view is never in an earlier one.
PromiseKept == \A m \in sent.DoViewChange : viewNumber[m.from] >= m.viewNumber

\* A DOVIEWCHANGE speaks of an earlier normal view, and of no commit beyond its log.
DVCTrue ==
    \A m \in sent.DoViewChange :
        m.commitNumber <= Len(m.log) /\ m.lastNormalView < m.viewNumber

\* While a replica is Normal in a view it has what it acknowledged in that view.
AckTrue ==
    \A m \in sent.PrepareOK :
        status[m.from] = Normal /\ viewNumber[m.from] = m.viewNumber
            => OpNumber(m.from) >= m.opNumber

\* Of two replicas that are Normal in one view, one has a prefix of the other's log.
LogMatching ==
    \A i, j \in Replicas :
        status[i] = Normal /\ status[j] = Normal /\ viewNumber[i] = viewNumber[j]
            => IsPrefix(log[i], log[j]) \/ IsPrefix(log[j], log[i])

\* A view starts with one log.
OneStartView ==
    \A a, b \in sent.StartView : a.viewNumber = b.viewNumber => a.log = b.log

\* A view assigns an op-number to one request.
ViewstampUnique ==
    \A a, b \in sent.Prepare :
        a.viewNumber = b.viewNumber /\ a.opNumber = b.opNumber => a.request = b.request

\* To be Normal in a view means to hold all that was committed in earlier views.  It is the heart of
\* the protocol, and breaks steps before anything is lost.
NormalHasCommitted ==
    \A m \in sent.Reply, i \in Replicas :
        status[i] = Normal /\ viewNumber[i] > m.viewNumber => Holds(log[i], m)

\* A view starts with all that was committed in earlier views.
NothingLost ==
    \A reply \in sent.Reply, start \in sent.StartView :
        start.viewNumber > reply.viewNumber => Holds(start.log, reply)

\* What a replica has committed is what the clients were told.
Agreement ==
    \A m \in sent.Reply, i \in Replicas : m.opNumber <= commitNumber[i] => Holds(log[i], m)

\* A request has one place in the order of execution, and a place has one request.
ExactlyOnce ==
    \A a, b \in sent.Reply :
        (a.clientID = b.clientID /\ a.requestNumber = b.requestNumber)
            <=> a.opNumber = b.opNumber

\* What is committed is in the logs of a quorum that commits.
QuorumCopies ==
    \A m \in sent.Reply : Cardinality({i \in Replicas : Holds(log[i], m)}) >= CommitOthers + 1

==============================================================================
