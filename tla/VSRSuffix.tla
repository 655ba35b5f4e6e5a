------------------------------ MODULE VSRSuffix ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* §5.3 View changes with log suffixes: DOVIEWCHANGE carries the headers   *)
(* of the last entries only.  The new primary fetches what it lacks from   *)
(* the replica whose log it has chosen, and only then starts the view.     *)
(*                                                                         *)
(* A header tells entries of one op-number apart.  Here it is an entry to  *)
(* which others are compared, and which is never put into a log.           *)
(*                                                                         *)
(* Steps that are not here are those of VSR; those that are others here    *)
(* have names that say in what.                                            *)
(***************************************************************************)

EXTENDS VSRVariants

VARIABLE chosen     \* Which log each new primary has chosen and waits for.

Nothing == [from |-> 0, opNumber |-> 0, after |-> 0, commitNumber |-> 0]

NoneChosen == chosen = [i \in Replicas |-> Nothing]

\* A choice is kept in the view for which it was made, until that view starts.
ForgetOldChoice(i) ==
    chosen' = [chosen EXCEPT
        ![i] = IF status'[i] = Normal \/ viewNumber'[i] # viewNumber[i] THEN Nothing ELSE @]

\* The entry after which a suffix starts: it has op k itself, since the new primary may have another
\* entry in its place and has no other way to tell.
SuffixAfter(i) == Max(commitNumber[i], 1) - 1

SendSuffix(i) ==
    /\ status[i] = ViewChange
    /\ \E quorum \in MessagesOf(ChangeOthers,
            {m \in Received(i, sent.StartViewChange) : m.viewNumber = viewNumber[i]}) :
        Send("DoViewChange", [
            from           |-> i,
            viewNumber     |-> viewNumber[i],
            after          |-> SuffixAfter(i),
            log            |-> After(log[i], SuffixAfter(i)),
            lastNormalView |-> lastNormalView[i],
            commitNumber   |-> commitNumber[i]])
    /\ UNCHANGED <<replicaVars, clientVars, chosen>>

\* How far the log goes of which a DOVIEWCHANGE has the last headers.
Reaches(m) == m.after + Len(m.log)

FurtherSuffix(a, b) ==
    \/ a.lastNormalView > b.lastNormalView
    \/ a.lastNormalView = b.lastNormalView /\ Reaches(a) > Reaches(b)

\* How far the log of replica i is known to be that of the message: up to its own commit-number, or
\* as far as the headers agree.  One that agrees vouches for all below it.
SameAs(i, m) ==
    LET agrees(n) == log[i][n] = m.log[n - m.after]
        agree     == {n \in m.after + 1 .. Min(Reaches(m), OpNumber(i)) :
                        \A below \in m.after + 1 .. n : agrees(below)}
    IN Greatest({commitNumber[i]} \union agree)

\* The new primary i starts its view with log l and commit-number k.
StartWith(i, l, k) ==
    /\ BecomeNormal(i, viewNumber[i], l)
    /\ commitNumber' = [commitNumber EXCEPT ![i] = k]
    /\ sent' = [sent EXCEPT
            !.StartView = @ \union {[from |-> i, viewNumber |-> viewNumber[i], log |-> l,
                                     commitNumber |-> k]},
            !.Reply     = @ \union Replies(i, l, commitNumber[i] + 1 .. k)]
    /\ chosen' = [chosen EXCEPT ![i] = Nothing]
    /\ UNCHANGED clientVars

\* Replica i has chosen the log of m, with k the largest commit-number: it starts, or asks for the
\* rest of that log.
FetchOrStart(i, m, k) ==
    LET same == SameAs(i, m) IN
    IF same = Reaches(m)
    THEN StartWith(i, UpTo(log[i], same), k)
    ELSE /\ chosen' = [chosen EXCEPT ![i] = [from |-> m.from, opNumber |-> Reaches(m),
                                             after |-> same, commitNumber |-> k]]
         /\ Send("GetState", [from |-> i, viewNumber |-> viewNumber[i], opNumber |-> same])
         /\ UNCHANGED <<replicaVars, clientVars>>

StartOrFetch(i) ==
    LET v      == viewNumber[i]
        wanted == {m \in sent.DoViewChange : m.viewNumber = v}
    IN
    /\ status[i] = ViewChange
    /\ Primary(v) = i
    /\ \E own \in {m \in wanted : m.from = i},
          others \in MessagesOf(ChangeOthers, Received(i, wanted)) :
        LET best == IF \E m \in others : FurtherSuffix(m, own)
                    THEN CHOOSE m \in others : \A other \in others : ~FurtherSuffix(other, m)
                    ELSE own
        IN FetchOrStart(i, best, Greatest({commitNumber[i], own.commitNumber} \union
                                          {m.commitNumber : m \in others}))

\* Whether replica i answers the GETSTATE m: it is Normal in the view, or it waits for the view, and
\* the new primary asks, for whom its log is frozen.  Diverges (§5.2): there only Normal ones do.
Answers(i, m) ==
    /\ m.viewNumber = viewNumber[i]
    /\ m.opNumber <= OpNumber(i)
    /\ \/ status[i] = Normal
       \/ status[i] = ViewChange /\ m.from = Primary(m.viewNumber)

OnGetStateFrozen(i) ==
    \E m \in Received(i, sent.GetState) :
        /\ Answers(i, m)
        /\ Send("NewState", [
            from         |-> i,
            to           |-> m.from,
            viewNumber   |-> viewNumber[i],
            after        |-> m.opNumber,
            log          |-> After(log[i], m.opNumber),
            commitNumber |-> commitNumber[i]])
        /\ UNCHANGED <<replicaVars, clientVars, chosen>>

\* At a new primary NEWSTATE completes the log that it has chosen.  The same op-number of another
\* log may be another entry.
OnNewStateChosen(i) ==
    \E m \in Received(i, sent.NewState) :
        /\ m.to = i
        /\ m.viewNumber = viewNumber[i]
        /\ chosen[i].opNumber # 0
        /\ m.from = chosen[i].from
        /\ m.after = chosen[i].after
        /\ StartWith(i, UpTo(log[i], m.after) \o m.log, chosen[i].commitNumber)

-----------------------------------------------------------------------------
(* Properties *)

\* A new primary that waits for a log gets it, if the replica whose log it is waits for that view.
ChosenIsServed ==
    \A i, j \in Replicas :
        /\ chosen[i].opNumber # 0
        /\ i # j
        /\ chosen[i].from = j
        /\ viewNumber[i] = viewNumber[j]
        /\ status[j] = ViewChange
        => Answers(j, [from |-> i, viewNumber |-> viewNumber[i], opNumber |-> chosen[i].after])

\* A DOVIEWCHANGE speaks of an earlier normal view, and of no commit beyond what its suffix reaches.
DVCTrueOfSuffix ==
    \A m \in sent.DoViewChange :
        m.commitNumber <= Reaches(m) /\ m.lastNormalView < m.viewNumber

==============================================================================
