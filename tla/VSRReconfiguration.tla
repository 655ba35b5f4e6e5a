-------------------------- MODULE VSRReconfiguration --------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* §7 Reconfiguration: the group of replicas changes while it works.  §4.1 *)
(* and §4.2 are here once more, since each step of theirs is taken within  *)
(* the epoch of the replica that takes it, and may end it.  State transfer *)
(* between views and the COMMIT of an idle primary are left out, as in the *)
(* models of the Go package.                                               *)
(*                                                                         *)
(* A replica has one number, its address, in all groups.  A group is a set *)
(* of them, and views go round it in their order.                          *)
(***************************************************************************)

EXTENDS Integers, FiniteSets, Sequences

CONSTANTS
    N,          \* The first group is 0 .. N - 1.
    Plan,       \* What the administrator asks for: a sequence of [epochNumber, newGroup].
    Clients,    \* The set of clients.
    Crowd       \* Whether the clients know nothing of epochs.

\* The administrator is a client, too.  A request without a new group is an ordinary one; in a plan
\* it is CHECKEPOCH.
Administrator == -1
NoGroup       == {}

FirstGroup == 0 .. N - 1
Replicas   == FirstGroup \union UNION {Plan[k].newGroup : k \in DOMAIN Plan}

Normal        == "Normal"
ViewChange    == "ViewChange"
Transitioning == "Transitioning"    \* In a new epoch, without its state or without a place in it.
ShutDown      == "ShutDown"         \* In no group: not any more, or not yet.

-----------------------------------------------------------------------------
(* State *)

VARIABLES
    \* Of each replica a record: status, viewNumber, lastNormalView, log, commitNumber, and epoch,
    \* which is what it knows of the epoch that it is in.
    replica,

    requestNumber, outstanding, clientEpoch,    \* Of each client.
    asked,                                      \* How much of the plan has been asked for.
    sent                                        \* All messages ever sent; each has its kind.

clientVars == <<requestNumber, outstanding, clientEpoch>>
vars       == <<replica, clientVars, asked, sent>>

\* What a replica knows of an epoch: its number, both groups, the op-number of the RECONFIGURATION
\* that began it, and which view assigned that.  The first epoch began with none.
FirstEpoch == [
    epochNumber      |-> 0,
    configuration    |-> FirstGroup,
    oldConfiguration |-> NoGroup,
    epochOp          |-> 0,
    epochStamp       |-> [epochNumber |-> 0, viewNumber |-> 0]]

Init ==
    /\ replica = [i \in Replicas |-> [
            status         |-> IF i \in FirstGroup THEN Normal ELSE ShutDown,
            viewNumber     |-> 0,
            lastNormalView |-> 0,
            log            |-> <<>>,
            commitNumber   |-> 0,
            epoch          |-> FirstEpoch]]
    /\ requestNumber = [c \in Clients |-> 0]
    /\ outstanding   = [c \in Clients |-> FALSE]
    /\ clientEpoch   = [c \in Clients |-> 0]
    /\ asked         = 0
    /\ sent          = {}

-----------------------------------------------------------------------------
(* Words that the steps have in common *)

Max(a, b) == IF a > b THEN a ELSE b
Min(a, b) == IF a < b THEN a ELSE b

Least(numbers)    == CHOOSE n \in numbers : \A other \in numbers : n <= other
Greatest(numbers) == CHOOSE n \in numbers : \A other \in numbers : n >= other

UpTo(l, n)  == SubSeq(l, 1, Min(n, Len(l)))
After(l, n) == SubSeq(l, n + 1, Len(l))

IsPrefix(short, long) == Len(short) <= Len(long) /\ UpTo(long, Len(short)) = short

\* The op-number of the latest request of client c in the log l; 0 if there is none.
LastOf(c, l) == Greatest({0} \union {n \in DOMAIN l : l[n].clientID = c})

Learn(k, k2, n) == Max(k, Min(k2, n))

\* The place of a member in its group, and the primary of view v.
Index(group, i)   == Cardinality({j \in group : j < i})
Primary(group, v) == CHOOSE i \in group : Index(group, i) = v % Cardinality(group)

\* How many may fail, and how many must take part.  Diverges (§4.1): the paper says f+1.
F(group)      == (Cardinality(group) - 1) \div 2
Quorum(group) == Cardinality(group) - F(group)

Leads(i, r)    == Primary(r.epoch.configuration, r.viewNumber) = i
IsMember(i, r) == i \in r.epoch.configuration

IsReconfiguration(entry) == entry.newGroup # NoGroup

\* The view that assigned entry n; that of an entry which is not there is no view at all.
StampAt(l, n) ==
    IF n \in DOMAIN l
    THEN [epochNumber |-> l[n].epochNumber, viewNumber |-> l[n].viewNumber]
    ELSE [epochNumber |-> -1, viewNumber |-> 0]

Of(kind) == {m \in sent : m.kind = kind}

\* What replica i can receive: it does not talk to itself.
Received(i, messages) == {m \in messages : m.from # i}

MessagesOf(size, messages) ==
    {q \in SUBSET messages :
        Cardinality(q) = size /\ Cardinality({m.from : m \in q}) = size}

\* A message of §4, with the epoch of its sender.
Message(kind, i, r, rest) ==
    [f \in {"kind", "from", "epochNumber", "viewNumber"} \union DOMAIN rest |->
        CASE f = "kind"        -> kind
          [] f = "from"        -> i
          [] f = "epochNumber" -> r.epoch.epochNumber
          [] f = "viewNumber"  -> r.viewNumber
          [] OTHER             -> rest[f]]

PrepareOK(i, r) == Message("PrepareOK", i, r, [opNumber |-> Len(r.log)])

Replies(i, r, l, ops) ==
    {Message("Reply", i, r, [
        clientID      |-> l[n].clientID,
        requestNumber |-> l[n].requestNumber,
        opNumber      |-> n]) : n \in ops \intersect DOMAIN l}

EntryOf(r, request) == [
    epochNumber   |-> r.epoch.epochNumber,
    viewNumber    |-> r.viewNumber,
    clientID      |-> request.clientID,
    requestNumber |-> request.requestNumber,
    newGroup      |-> request.newGroup]

-----------------------------------------------------------------------------
(* The rules of epochs *)

\* Replica i is r now, and has sent these messages.
Become(i, r, messages) ==
    /\ replica' = [replica EXCEPT ![i] = r]
    /\ sent'    = sent \union messages
    /\ UNCHANGED <<clientVars, asked>>

\* A replica without the state of its epoch takes part in nothing, nor does one that is in no group.
TakesPart(i, r) == r.status \in {Normal, ViewChange}

\* §7.2: a message of another epoch is not for this replica, nor one of a stranger to the group.
Counts(i, r, m) ==
    m.epochNumber = r.epoch.epochNumber /\ m.from \in r.epoch.configuration

\* What replica i, which is r, receives of these kinds within its epoch.
InEpoch(i, r, kinds) == {m \in sent : m.kind \in kinds /\ m.from # i /\ Counts(i, r, m)}

\* The GETSTATE of a member without the state of its epoch.
AskForEpoch(i, r) == Message("GetState", i, r, [opNumber |-> r.commitNumber])

\* A member with the state of its epoch is Normal.  What its log holds above is of the old group and
\* does not count.
Complete(r) == [r EXCEPT !.log = UpTo(@, r.epoch.epochOp), !.status = Normal]

EpochStarted(i, r) ==
    [kind |-> "EpochStarted", from |-> i, epochNumber |-> r.epoch.epochNumber]

\* Replica i takes up epoch e, in view 0, and tells all others of both groups: the replica and its
\* messages.  Diverges (§7.1): in the paper only the primary tells, and only the added replicas.
Enter(i, r, e) ==
    LET entered == [r EXCEPT !.epoch = e, !.viewNumber = 0, !.lastNormalView = 0,
                             !.status = Transitioning]
        start   == [kind |-> "StartEpoch", from |-> i, epoch |-> e]
    IN
    CASE i \notin e.configuration     -> <<entered, {start}>>
      [] i \in e.configuration /\ r.commitNumber < e.epochOp
                                      -> <<entered, {start, AskForEpoch(i, entered)}>>
      [] OTHER -> <<Complete(entered), {start, EpochStarted(i, entered)}>>

\* §7.1: whoever knows that a RECONFIGURATION is committed is in the next epoch from now on.  It
\* stops there, whatever else its log may hold.  The primary tells the others of the old group.
LeaveEpoch(i, r, messages) ==
    LET ops == {n \in r.epoch.epochOp + 1 .. r.commitNumber : IsReconfiguration(r.log[n])} IN
    IF ops = {} THEN <<r, messages>> ELSE
    LET n      == Least(ops)
        before == {m \in messages : m.kind = "Reply" => m.opNumber <= n}
        told   == IF Leads(i, r)
                  THEN {Message("Commit", i, r, [commitNumber |-> n])} ELSE {}
        after  == Enter(i, [r EXCEPT !.commitNumber = n], [
                    epochNumber      |-> r.epoch.epochNumber + 1,
                    configuration    |-> r.log[n].newGroup,
                    oldConfiguration |-> r.epoch.configuration,
                    epochOp          |-> n,
                    epochStamp       |-> StampAt(r.log, n)])
    IN <<after[1], before \union told \union after[2]>>

\* Replica i takes a step within its epoch, which may end it.
Take(i, r, messages) ==
    LET left == LeaveEpoch(i, r, messages) IN Become(i, left[1], left[2])

-----------------------------------------------------------------------------
(* §4.1 Normal operation *)

\* In a crowd a request names no epoch: it is for whoever may be there.
NoEpoch == -1

RequestOf(c, e, s) == [kind |-> "Request", clientID |-> c, requestNumber |-> s,
                       newGroup |-> NoGroup, epochNumber |-> IF Crowd THEN NoEpoch ELSE e]

SendRequest(c) ==
    /\ ~outstanding[c]
    /\ requestNumber' = [requestNumber EXCEPT ![c] = @ + 1]
    /\ outstanding'   = [outstanding EXCEPT ![c] = TRUE]
    /\ sent' = sent \union {RequestOf(c, clientEpoch[c], requestNumber[c] + 1)}
    /\ UNCHANGED <<replica, clientEpoch, asked>>

\* What is in the log and in PREPARE of a request.
Content(m) ==
    [clientID |-> m.clientID, requestNumber |-> m.requestNumber, newGroup |-> m.newGroup]

\* The primary puts a request on top of its log.
Propose(i, r, m) ==
    LET after == [r EXCEPT !.log = Append(@, EntryOf(r, m))] IN
    Take(i, after, {Message("Prepare", i, r, [
        request      |-> Content(m),
        opNumber     |-> Len(after.log),
        commitNumber |-> r.commitNumber])})

\* §7.1: nothing follows a RECONFIGURATION in its epoch.  The one that began the epoch is history.
Reconfiguring(r) == Len(r.log) > r.epoch.epochOp /\ IsReconfiguration(r.log[Len(r.log)])

IsPrimary(i, r) == TakesPart(i, r) /\ r.status = Normal /\ Leads(i, r)

\* Replica i, which is r, takes the request m if it is the primary.
TakeRequest(i, r, m) ==
    LET n == LastOf(m.clientID, r.log)
        s == IF n = 0 THEN 0 ELSE r.log[n].requestNumber
    IN
    /\ IsPrimary(i, r)
    /\ \/ m.requestNumber > s /\ Propose(i, r, m)
       \/ /\ m.requestNumber = s
          /\ n <= r.commitNumber
          /\ Take(i, r, Replies(i, r, r.log, {n}))

GetRequest(i, r, m) == ~Reconfiguring(r) /\ TakeRequest(i, r, m)

RequestsFor(r) ==
    {m \in Of("Request") : m.epochNumber \in {NoEpoch, r.epoch.epochNumber}}

OnRequest(i) == \E m \in RequestsFor(replica[i]) : GetRequest(i, replica[i], m)

IsBackup(i, r, v) ==
    TakesPart(i, r) /\ r.status = Normal /\ r.viewNumber = v /\ ~Leads(i, r)

OnPrepare(i) ==
    LET r == replica[i] IN
    \E m \in InEpoch(i, r, {"Prepare"}) :
        /\ IsBackup(i, r, m.viewNumber)
        /\ m.opNumber <= Len(r.log) + 1
        /\ LET after == IF m.opNumber <= Len(r.log) THEN r ELSE
                    [r EXCEPT !.log          = Append(@, EntryOf(r, m.request)),
                              !.commitNumber = Learn(@, m.commitNumber, m.opNumber)]
           IN Take(i, after, {PrepareOK(i, after)})

OnPrepareOK(i) ==
    LET r == replica[i] IN
    /\ IsPrimary(i, r)
    /\ \E quorum \in MessagesOf(Quorum(r.epoch.configuration) - 1,
            {m \in InEpoch(i, r, {"PrepareOK"}) :
                m.viewNumber = r.viewNumber /\ m.opNumber > r.commitNumber}) :
        LET n == Least({Len(r.log)} \union {m.opNumber : m \in quorum}) IN
        /\ n > r.commitNumber
        /\ Take(i, [r EXCEPT !.commitNumber = n],
                Replies(i, r, r.log, r.commitNumber + 1 .. n))

OnReply(c) ==
    \E m \in Of("Reply") :
        /\ m.clientID = c
        /\ outstanding[c]
        /\ m.requestNumber = requestNumber[c]
        /\ outstanding' = [outstanding EXCEPT ![c] = FALSE]
        /\ UNCHANGED <<replica, requestNumber, clientEpoch, asked, sent>>

-----------------------------------------------------------------------------
(* §4.2 View changes *)

\* Replica r leaves its view for view v.
Entering(r, v) == [r EXCEPT !.viewNumber = v, !.status = ViewChange]

EnterViewChange(i, r, v) ==
    Take(i, Entering(r, v), {Message("StartViewChange", i, Entering(r, v), <<>>)})

\* Replica r holds the log of its view, and only so becomes Normal in it.
Started(r, v, l) ==
    [r EXCEPT !.log = l, !.status = Normal, !.viewNumber = v, !.lastNormalView = v]

Timer(i) ==
    LET r == replica[i] IN
    /\ TakesPart(i, r)
    /\ ~IsPrimary(i, r)
    /\ EnterViewChange(i, r, r.viewNumber + 1)

\* So that a model can bound the two apart, the timers of the first epoch are one step, and those of
\* later epochs another.
SendStartViewChange(i) == replica[i].epoch.epochNumber = 0 /\ Timer(i)

OnLaterView(i) ==
    LET r == replica[i] IN
    \E m \in InEpoch(i, r, {"StartViewChange", "DoViewChange"}) :
        /\ TakesPart(i, r)
        /\ m.viewNumber > r.viewNumber
        /\ EnterViewChange(i, r, m.viewNumber)

OnStartViewChange(i) ==
    LET r == replica[i] IN
    /\ TakesPart(i, r)
    /\ r.status = ViewChange
    /\ \E quorum \in MessagesOf(Quorum(r.epoch.configuration) - 1,
            {m \in InEpoch(i, r, {"StartViewChange"}) : m.viewNumber = r.viewNumber}) :
        Take(i, r, {Message("DoViewChange", i, r, [
            log            |-> r.log,
            lastNormalView |-> r.lastNormalView,
            commitNumber   |-> r.commitNumber])})

Better(a, b) ==
    \/ a.lastNormalView > b.lastNormalView
    \/ a.lastNormalView = b.lastNormalView /\ Len(a.log) > Len(b.log)

OnDoViewChange(i) ==
    LET r      == replica[i]
        v      == r.viewNumber
        wanted == {m \in Of("DoViewChange") : m.viewNumber = v /\ Counts(i, r, m)}
    IN
    /\ TakesPart(i, r)
    /\ r.status # Normal
    /\ Leads(i, r)
    /\ \E own \in {m \in wanted : m.from = i},
          others \in MessagesOf(Quorum(r.epoch.configuration) - 1, Received(i, wanted)) :
        LET best == IF \E m \in others : Better(m, own)
                    THEN CHOOSE m \in others : \A other \in others : ~Better(other, m)
                    ELSE own
            k    == Greatest({r.commitNumber, own.commitNumber} \union
                             {m.commitNumber : m \in others})
        IN
        Take(i, [Started(r, v, best.log) EXCEPT !.commitNumber = k],
            {Message("StartView", i, r, [log |-> best.log, commitNumber |-> k])}
                \union Replies(i, r, best.log, r.commitNumber + 1 .. k))

OnStartView(i) ==
    LET r == replica[i] IN
    \E m \in InEpoch(i, r, {"StartView"}) :
        /\ TakesPart(i, r)
        /\ \/ m.viewNumber > r.viewNumber
           \/ m.viewNumber = r.viewNumber /\ r.status # Normal
        /\ LET after == [Started(r, m.viewNumber, m.log) EXCEPT
                            !.commitNumber = Learn(@, m.commitNumber, Len(m.log))]
           IN Take(i, after,
                IF Len(m.log) > m.commitNumber THEN {PrepareOK(i, after)} ELSE {})

-----------------------------------------------------------------------------
(* Crash and restart from the disk, in one step *)

\* A replica whose log does not hold what was committed before its epoch is Transitioning, whatever
\* its views say: they are 0 and equal.  If it does, that is known to be committed.
Restart(i) ==
    LET r   == replica[i]
        e   == r.epoch
        has == e.epochNumber = 0 \/ StampAt(r.log, e.epochOp) = e.epochStamp
        k   == IF has THEN e.epochOp ELSE 0
    IN
    /\ r.status # ShutDown
    /\ \E kept \in IF r.status = Normal /\ Leads(i, r)
                   THEN {n \in r.commitNumber .. Len(r.log) :
                            \A lost \in n + 1 .. Len(r.log) :
                                r.log[lost].viewNumber = r.viewNumber}
                   ELSE {Len(r.log)} :
        CASE has /\ IsMember(i, r) /\ (r.status = ViewChange \/ ~Leads(i, r)) ->
                Become(i, [r EXCEPT !.commitNumber = k], {})
          [] has /\ IsMember(i, r) /\ r.status # ViewChange /\ Leads(i, r) ->
                LET after == [Entering(r, r.viewNumber + 1) EXCEPT
                                !.commitNumber = k, !.log = UpTo(@, kept)]
                IN Become(i, after, {Message("StartViewChange", i, after, <<>>)})
          [] OTHER ->
                LET after == [r EXCEPT !.commitNumber = k, !.status = Transitioning] IN
                Become(i, after, IF IsMember(i, r) THEN {AskForEpoch(i, after)} ELSE {})

-----------------------------------------------------------------------------
(* §7 Reconfiguration *)

SendStartViewChangeLater(i) == replica[i].epoch.epochNumber > 0 /\ Timer(i)

\* The administrator asks for what is next in its plan, without waiting for replies.
Ask(a, kind) ==
    LET ask == Plan[asked + 1] IN
    /\ asked' = asked + 1
    /\ sent'  = sent \union {[
            kind          |-> kind,
            epochNumber   |-> ask.epochNumber,
            clientID      |-> a,
            requestNumber |-> asked + 1,
            newGroup      |-> ask.newGroup]}
    /\ UNCHANGED <<replica, clientVars>>

SendReconfiguration(a) ==
    asked < Len(Plan) /\ Plan[asked + 1].newGroup # NoGroup /\ Ask(a, "Reconfiguration")

\* §7.1: the primary takes it as any other request.  It is the last one in this epoch.
OnReconfiguration(i) ==
    LET r == replica[i] IN
    \E m \in Of("Reconfiguration") :
        /\ m.epochNumber = r.epoch.epochNumber
        /\ Cardinality(m.newGroup) >= 3
        /\ GetRequest(i, r, m)

\* A replica holds what was committed before epoch e if its own entry carries the stamp.
HasStateOf(r, e) == StampAt(r.log, e.epochOp) = e.epochStamp

\* §7.1 and §7.2: a replica hears of a new epoch.  One that is in neither group is not needed any
\* more.  Diverges (§7.1): the paper does not say how a replica knows that its log is good.
OnStartEpoch(i) ==
    LET r == replica[i] IN
    \E m \in Received(i, Of("StartEpoch")) :
        /\ m.epoch.epochNumber > r.epoch.epochNumber
        /\ IF i \in m.epoch.configuration \union m.epoch.oldConfiguration
           THEN LET k     == IF HasStateOf(r, m.epoch)
                             THEN Max(r.commitNumber, m.epoch.epochOp) ELSE r.commitNumber
                    after == Enter(i, [r EXCEPT !.commitNumber = k], m.epoch)
                IN Become(i, after[1], after[2])
           ELSE r.status # ShutDown /\ Become(i, [r EXCEPT !.status = ShutDown], {})

\* How far a replica may give its log to a member of the new group.
MayGive(r) == r.commitNumber

\* §7.2: whoever has the state of the epoch gives it, whatever it is busy with.
\* Diverges (§5.2): nothing above the commit-number is given.
OnGetEpochState(i) ==
    LET r == replica[i]
        n == Min(MayGive(r), r.epoch.epochOp)
    IN
    \E m \in Received(i, Of("GetState")) :
        /\ r.status # ShutDown
        /\ m.epochNumber = r.epoch.epochNumber
        /\ m.opNumber < n
        /\ Become(i, r, {[
            kind         |-> "NewState",
            from         |-> i,
            to           |-> m.from,
            epochNumber  |-> r.epoch.epochNumber,
            after        |-> m.opNumber,
            log          |-> After(UpTo(r.log, n), m.opNumber),
            commitNumber |-> n]})

\* §7.2: a member takes what was committed before its epoch in place of all that it holds above its
\* own commit-number.  Remains is what is left of the log then, given the new and the old one.
TakeEpochState(i, Remains(_, _)) ==
    LET r == replica[i] IN
    \E m \in Received(i, Of("NewState")) :
        /\ m.to = i
        /\ m.epochNumber = r.epoch.epochNumber
        /\ r.status = Transitioning
        /\ m.after <= r.commitNumber
        /\ m.commitNumber > r.commitNumber
        /\ LET l     == UpTo(r.log, m.after) \o m.log
               taken == [r EXCEPT !.log = l, !.commitNumber = Learn(@, m.commitNumber, Len(l))]
               done  == taken.commitNumber >= r.epoch.epochOp
               after == IF done THEN Complete(taken) ELSE taken
           IN Become(i, [after EXCEPT !.log = Remains(@, r.log)],
                {IF done THEN EpochStarted(i, r) ELSE AskForEpoch(i, taken)})

OnlyNew(new, old) == new
OnNewEpochState(i) == TakeEpochState(i, OnlyNew)

\* §7.1: so many members of the new group have the state that a replaced replica is not needed any
\* more.  Diverges (§7.1): the paper counts f'+1, which is no quorum if the group is even.
OnEpochStarted(i) ==
    LET r == replica[i] IN
    /\ r.status # ShutDown
    /\ ~IsMember(i, r)
    /\ \E quorum \in MessagesOf(Quorum(r.epoch.configuration),
            {m \in Received(i, Of("EpochStarted")) : Counts(i, r, m)}) :
        Become(i, [r EXCEPT !.status = ShutDown], {})

\* §7.3: a request of the administrator that does nothing.  Its reply says that a quorum works.
SendCheckEpoch(a) ==
    asked < Len(Plan) /\ Plan[asked + 1].newGroup = NoGroup /\ Ask(a, "CheckEpoch")

OnCheckEpoch(i) ==
    LET r == replica[i] IN
    \E m \in Of("CheckEpoch") :
        m.epochNumber = r.epoch.epochNumber /\ GetRequest(i, r, m)

\* §7.4: a client asks in an epoch that is over, and is told which one there is.
OnOlderRequest(i) ==
    LET r == replica[i] IN
    \E m \in Of("Request") :
        /\ r.status # ShutDown
        /\ m.epochNumber # NoEpoch
        /\ m.epochNumber < r.epoch.epochNumber
        /\ Become(i, r, {[
            kind          |-> "NewEpoch",
            from          |-> i,
            clientID      |-> m.clientID,
            epochNumber   |-> r.epoch.epochNumber,
            viewNumber    |-> r.viewNumber,
            configuration |-> r.epoch.configuration]})

\* The client sends its request in the new epoch, with the same number.
OnNewEpoch(c) ==
    \E m \in Of("NewEpoch") :
        /\ m.clientID = c
        /\ m.epochNumber > clientEpoch[c]
        /\ clientEpoch' = [clientEpoch EXCEPT ![c] = m.epochNumber]
        /\ sent' = sent \union
                IF outstanding[c] THEN {RequestOf(c, m.epochNumber, requestNumber[c])} ELSE {}
        /\ UNCHANGED <<replica, requestNumber, outstanding, asked>>

-----------------------------------------------------------------------------
(* Properties *)

Holds(l, reply) ==
    /\ reply.opNumber \in DOMAIN l
    /\ l[reply.opNumber].clientID = reply.clientID
    /\ l[reply.opNumber].requestNumber = reply.requestNumber

\* A view of an epoch comes before another.
Before(a, b) ==
    \/ a.epochNumber < b.epochNumber
    \/ a.epochNumber = b.epochNumber /\ a.viewNumber < b.viewNumber

SameView(a, b) == a.epochNumber = b.epochNumber /\ a.viewNumber = b.viewNumber

\* The view of its epoch that a replica is in.
Now(r) == [epochNumber |-> r.epoch.epochNumber, viewNumber |-> r.viewNumber]

CommitBound == \A i \in Replicas : replica[i].commitNumber <= Len(replica[i].log)

NormalView ==
    \A i \in Replicas : LET r == replica[i] IN
        /\ r.lastNormalView <= r.viewNumber
        /\ r.status = Normal => r.lastNormalView = r.viewNumber

\* Two replicas that are in one epoch know the same of it.
EpochAgreement ==
    \A i, j \in Replicas : LET a == replica[i].epoch  b == replica[j].epoch IN
        a.epochNumber = b.epochNumber => a = b

\* A RECONFIGURATION is the last entry of its epoch that is committed, and whoever has committed it
\* is in the next epoch.
NothingAfterReconfiguration ==
    \A i \in Replicas : LET r == replica[i]  n == r.epoch.epochOp IN
        /\ \A m \in n + 1 .. Min(r.commitNumber, Len(r.log)) : ~IsReconfiguration(r.log[m])
        /\ r.status = Normal /\ Len(r.log) # n
                => r.log[n + 1].epochNumber = r.epoch.epochNumber

PromiseKept == \A m \in Of("DoViewChange") : ~Before(Now(replica[m.from]), m)

DVCTrue ==
    \A m \in Of("DoViewChange") :
        m.commitNumber <= Len(m.log) /\ m.lastNormalView < m.viewNumber

AckTrue ==
    \A m \in Of("PrepareOK") : LET r == replica[m.from] IN
        r.status = Normal /\ SameView(m, Now(r)) => Len(r.log) >= m.opNumber

LogMatching ==
    \A i, j \in Replicas : LET a == replica[i]  b == replica[j] IN
        a.status = Normal /\ b.status = Normal /\ SameView(Now(a), Now(b))
            => IsPrefix(a.log, b.log) \/ IsPrefix(b.log, a.log)

OneStartView == \A a, b \in Of("StartView") : SameView(a, b) => a.log = b.log

ViewstampUnique ==
    \A a, b \in Of("Prepare") :
        SameView(a, b) /\ a.opNumber = b.opNumber => a.request = b.request

NormalHasCommitted ==
    \A m \in Of("Reply"), i \in Replicas :
        replica[i].status = Normal /\ Before(m, Now(replica[i])) => Holds(replica[i].log, m)

NothingLost ==
    \A m \in Of("Reply"), start \in Of("StartView") : Before(m, start) => Holds(start.log, m)

Agreement ==
    \A m \in Of("Reply"), i \in Replicas :
        m.opNumber <= replica[i].commitNumber => Holds(replica[i].log, m)

ExactlyOnce ==
    \A a, b \in Of("Reply") :
        (a.clientID = b.clientID /\ a.requestNumber = b.requestNumber)
            <=> a.opNumber = b.opNumber

\* A replica that is replaced shuts down when a quorum of the next group has the state.
ShutDownProven ==
    \A i \in Replicas : LET e == replica[i].epoch IN
        replica[i].status = ShutDown /\ e.epochNumber > 0 /\ i \in e.oldConfiguration =>
            Cardinality({j \in e.configuration :
                \/ replica[j].epoch.epochNumber > e.epochNumber
                \/ /\ replica[j].epoch.epochNumber = e.epochNumber
                   /\ StampAt(replica[j].log, e.epochOp) = e.epochStamp})
                >= Quorum(e.configuration)

==============================================================================
