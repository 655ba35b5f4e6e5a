------------------------------ MODULE VSRStorage ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* Disks that lose what they held.  View-number, v' and the log with which *)
(* a replica entered v' are never lost.  An entry that is lost is known by *)
(* name; but the newest entries of v' may be gone without a trace, and     *)
(* then the replica says that it does not know its head.  A new primary    *)
(* drops what it cannot get only if so many replicas deny it, for certain, *)
(* that it cannot be committed.                                            *)
(*                                                                         *)
(* Steps that are not here are those of VSR.  Four of VSR are others here: *)
(* their names end in OnDisk.                                              *)
(***************************************************************************)

EXTENDS VSRVariants

VARIABLES
    lost,           \* The op-numbers of each replica's entries that it knows and cannot read.
    headUnknown,    \* There may have been entries of v' above its log that it has acknowledged.
    getEntries,     \* All GETENTRIES ever sent: [from, name], where a name is a log.
    entries         \* All ENTRIES ever sent: [from, name].

damage      == <<lost, headUnknown>>
repairs     == <<getEntries, entries>>
storageVars == <<damage, repairs>>

NoDamage ==
    /\ lost        = [i \in Replicas |-> {}]
    /\ headUnknown = [i \in Replicas |-> FALSE]
    /\ getEntries  = {}
    /\ entries     = {}

-----------------------------------------------------------------------------
(* Words that the steps have in common *)

\* The op-number up to which all of the log l can be read.
Readable(l, missing) == IF missing = {} THEN Len(l) ELSE Least(missing) - 1

\* How many entries two logs have in common from the bottom up.
Common(a, b) == Greatest({n \in 0 .. Min(Len(a), Len(b)) : UpTo(a, n) = UpTo(b, n)})

\* Replica i acknowledges in view v what it can read.
AcknowledgeReadable(i, v, n) ==
    IF n > 0 THEN Send("PrepareOK", Acknowledgement(i, v, n)) ELSE UNCHANGED sent

\* Replica i can read the topmost entry of the log of that name.
CanRead(i, name) == IsPrefix(name, log[i]) /\ Len(name) \notin lost[i]

-----------------------------------------------------------------------------
(* Steps of VSR at replicas that know what they cannot read *)

\* A backup executes and acknowledges only below the first entry that is lost.
OnPrepareOnDisk(i) ==
    \E m \in Received(i, sent.Prepare) :
        /\ IsBackup(i, m.viewNumber)
        /\ m.opNumber <= OpNumber(i) + 1
        /\ LET new == m.opNumber = OpNumber(i) + 1
               l   == IF new THEN Append(log[i], EntryOf(m.viewNumber, m.request)) ELSE log[i]
               k   == IF new THEN Learn(commitNumber[i], m.commitNumber, m.opNumber)
                             ELSE commitNumber[i]
               n   == Readable(l, lost[i])
           IN
           /\ log'          = [log EXCEPT ![i] = l]
           /\ commitNumber' = [commitNumber EXCEPT ![i] = Min(k, n)]
           /\ AcknowledgeReadable(i, m.viewNumber, n)
        /\ UNCHANGED <<status, viewNumber, lastNormalView, clientVars, storageVars>>

\* Of what a replica names in its DOVIEWCHANGE: all that it knows, readable or not.
Named(i) == log[i]

OnStartViewChangeOnDisk(i) ==
    /\ status[i] = ViewChange
    /\ \E quorum \in Quorums({m \in Received(i, sent.StartViewChange) :
                                m.viewNumber = viewNumber[i]}) :
        Send("DoViewChange", [
            from           |-> i,
            viewNumber     |-> viewNumber[i],
            log            |-> Named(i),
            lastNormalView |-> lastNormalView[i],
            commitNumber   |-> commitNumber[i],
            headUnknown    |-> headUnknown[i]])
    /\ UNCHANGED <<replicaVars, clientVars, storageVars>>

\* What is still lost of the entries that replica i takes with the log l: a lost entry keeps its
\* name until somebody supplies it.
StillLost(i, l) == {n \in lost[i] : n <= Common(log[i], l)}

\* A replica knows its head again when it enters a view.
OnStartViewOnDisk(i) ==
    \E m \in Received(i, sent.StartView) :
        /\ \/ m.viewNumber > viewNumber[i]
           \/ m.viewNumber = viewNumber[i] /\ status[i] = ViewChange
        /\ BecomeNormal(i, m.viewNumber, m.log)
        /\ LET missing == StillLost(i, m.log)
               n       == Readable(m.log, missing)
           IN
           /\ lost'         = [lost EXCEPT ![i] = missing]
           /\ headUnknown'  = [headUnknown EXCEPT ![i] = FALSE]
           /\ commitNumber' = [commitNumber EXCEPT
                    ![i] = Min(Learn(@, m.commitNumber, Len(m.log)), n)]
           /\ IF Len(m.log) > m.commitNumber
              THEN AcknowledgeReadable(i, m.viewNumber, n) ELSE UNCHANGED sent
        /\ UNCHANGED <<clientVars, repairs>>

-----------------------------------------------------------------------------
(* The rule of the new primary *)

\* So many must deny an entry before it may be dropped; the others are one too few to have
\* committed it.
Denials == N - Quorum + 1

\* What is chosen among votes: that of the largest v', and of these the longest log.
Canonical(votes) == CHOOSE m \in votes : \A other \in votes : ~Better(other, m)

\* An entry above the chosen log is one of the view v' in which that was chosen.  Who has not been
\* Normal in that view has none, nor who has been and knows its head.
DeniesAbove(m, chosen) == m.lastNormalView < chosen.lastNormalView \/ ~m.headUnknown

\* The voter has not acknowledged the topmost entry of the log of that name with all below it.
Denies(m, chosen, name) ==
    LET n == Len(name) IN
    IF Len(m.log) >= n THEN UpTo(m.log, n) # name
    ELSE \/ ~m.headUnknown
         \/ /\ m.lastNormalView < chosen.lastNormalView
            /\ name[n].viewNumber = chosen.lastNormalView

\* With these votes a view may start: with the chosen log, if missing is 0, or without its entry
\* missing and all above.
MayStart(votes, missing) ==
    LET chosen == Canonical(votes)
        name   == UpTo(chosen.log, missing)
    IN
    /\ missing <= Len(chosen.log)
    /\ IF missing = 0
       THEN Cardinality({m \in votes : DeniesAbove(m, chosen)}) >= Denials
       ELSE Cardinality({m \in votes : Denies(m, chosen, name)}) >= Denials

\* No model has longer logs.
LongestLog == 3

\* With the DOVIEWCHANGE of so many others the new primary chooses.  missing is the entry, if any,
\* that it has got from nobody: all others it has fetched before it starts.  If the rule does not
\* allow to start, it waits for more, without limit.
Choose(i, size) ==
    LET v      == viewNumber[i]
        wanted == {m \in sent.DoViewChange : m.viewNumber = v}
    IN
    /\ status[i] = ViewChange
    /\ Primary(v) = i
    /\ \E own \in {m \in wanted : m.from = i},
          others \in MessagesOf(size, Received(i, wanted)),
          missing \in 0 .. LongestLog :
        LET votes  == others \union {own}
            chosen == Canonical(votes).log
            l      == IF missing = 0 THEN chosen ELSE UpTo(chosen, missing - 1)
            k      == Greatest({commitNumber[i]} \union {m.commitNumber : m \in votes})
        IN
        /\ MayStart(votes, missing)
        /\ missing > 0 => ~CanRead(i, UpTo(chosen, missing))
        /\ BecomeNormal(i, v, l)
        /\ lost'         = [lost EXCEPT ![i] = {}]
        /\ headUnknown'  = [headUnknown EXCEPT ![i] = FALSE]
        /\ commitNumber' = [commitNumber EXCEPT ![i] = k]
        /\ sent' = [sent EXCEPT
                !.StartView = @ \union {[from |-> i, viewNumber |-> v, log |-> l,
                                         commitNumber |-> k]},
                !.Reply     = @ \union Replies(i, l, commitNumber[i] + 1 .. k)]
        /\ UNCHANGED <<clientVars, repairs>>

OnDoViewChangeOnDisk(i)  == Choose(i, Others)
OnOneMoreDoViewChange(i) == Choose(i, Others + 1)
OnTwoMoreDoViewChange(i) == Choose(i, Others + 2)

-----------------------------------------------------------------------------
(* Crash and restart from a disk that has lost something *)

\* The log with which replica i, with log l, entered v'.
KnownHead(i, l) ==
    Greatest({0} \union {n \in DOMAIN l : l[n].viewNumber # lastNormalView[i]})

\* Restart, and one entry is lost besides, or the head is unknown and nothing, or something, of the
\* newest view is gone.  Then the replica asks for a new view, whatever it was doing.  unknown is
\* what it says of its head from then on.
RestartFromDamaged(i, unknown) ==
    LET primary == IsPrimary(i)
        next    == viewNumber[i] + 1
    IN
    /\ commitNumber' = [commitNumber EXCEPT ![i] = 0]
    /\ \E kept \in IF primary
                   THEN {n \in commitNumber[i] .. OpNumber(i) :
                            \A gone \in n + 1 .. OpNumber(i) :
                                log[i][gone].viewNumber = viewNumber[i]}
                   ELSE {OpNumber(i)} :
        LET l == UpTo(log[i], kept) IN
        \/ \E n \in DOMAIN l :
            /\ log'  = [log EXCEPT ![i] = l]
            /\ lost' = [lost EXCEPT ![i] = @ \union {n}]
            /\ IF primary THEN EnterViewChange(i, next)
                          ELSE UNCHANGED <<status, viewNumber, sent>>
            /\ UNCHANGED headUnknown
        \/ \E head \in KnownHead(i, l) .. Len(l) :
            /\ log'         = [log EXCEPT ![i] = UpTo(l, head)]
            /\ lost'        = [lost EXCEPT ![i] = {n \in @ : n <= head}]
            /\ headUnknown' = [headUnknown EXCEPT ![i] = unknown]
            /\ EnterViewChange(i, next)
    /\ UNCHANGED <<lastNormalView, clientVars, repairs>>

RestartDamaged(i) == RestartFromDamaged(i, TRUE)

-----------------------------------------------------------------------------
(* Repair: a name stands for one content, whoever sends it, in any view and status *)

\* A replica asks all for the lowest entry that it cannot read.
SendGetEntries(i) ==
    /\ lost[i] # {}
    /\ getEntries' = getEntries \union {[from |-> i, name |-> UpTo(log[i], Least(lost[i]))]}
    /\ UNCHANGED <<vars, damage, entries>>

OnGetEntries(i) ==
    \E m \in Received(i, getEntries) :
        /\ CanRead(i, m.name)
        /\ entries' = entries \union {[from |-> i, name |-> m.name]}
        /\ UNCHANGED <<vars, damage, getEntries>>

\* A lost entry is back in its place.  Nothing else changes.
OnEntries(i) ==
    \E m \in Received(i, entries) :
        /\ IsPrefix(m.name, log[i])
        /\ Len(m.name) \in lost[i]
        /\ lost' = [lost EXCEPT ![i] = @ \ {Len(m.name)}]
        /\ UNCHANGED <<vars, headUnknown, repairs>>

-----------------------------------------------------------------------------
(* Properties *)

\* What a replica has acknowledged in the view that it was last Normal in, it has, or knows that it
\* is lost, or knows that it does not know its head.
AckKnown ==
    \A m \in sent.PrepareOK :
        m.viewNumber = lastNormalView[m.from] =>
            OpNumber(m.from) >= m.opNumber \/ headUnknown[m.from]

\* QuorumCopies, where a replica that does not know its head may have had a copy.
CopiesAsFarAsKnown ==
    \A m \in sent.Reply :
        Cardinality({i \in Replicas : Holds(log[i], m) \/ headUnknown[i]}) >= Quorum

\* Whether these replicas can start a view, if all supply what they can read.
CanStart(some) ==
    LET votes   == {[from |-> i, log |-> log[i], lastNormalView |-> lastNormalView[i],
                     headUnknown |-> headUnknown[i]] : i \in some}
        chosen  == Canonical(votes).log
        missing == {n \in DOMAIN chosen : \A i \in Replicas : ~CanRead(i, UpTo(chosen, n))}
    IN MayStart(votes, IF missing = {} THEN 0 ELSE Least(missing))

\* With all replicas up there is a primary in office, or some of them can start a view.
NeverStuck ==
    LET latest == Greatest({viewNumber[i] : i \in Replicas}) IN
    \/ \E i \in Replicas : IsPrimary(i) /\ viewNumber[i] = latest
    \/ \E some \in SUBSET Replicas : Cardinality(some) >= Quorum /\ CanStart(some)

==============================================================================
