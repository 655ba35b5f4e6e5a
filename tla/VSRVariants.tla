----------------------------- MODULE VSRVariants -----------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* Wrong variants of the steps of VSR.  The configuration of a model puts  *)
(* one of them in the place of a step, for instance                        *)
(*                                                                         *)
(*     CONSTANT OnDoViewChange <- LongestLogWins                           *)
(*                                                                         *)
(* and names the invariant that must break.  Right!OnPrepare is the step   *)
(* as it should be, whatever a configuration puts in its place.            *)
(***************************************************************************)

EXTENDS VSR

Right == INSTANCE VSR

\* A step that never happens: it is not part of the model.
Never(process) == FALSE

-----------------------------------------------------------------------------
(* §4.1 Normal operation *)

\* The primary knows only the requests of its own view: what it took over with another log is not in
\* its client-table, and gets a second place in the log.
ForgetTakenOverRequests(i) ==
    \/ \E m \in sent.Request :
        LET n == LastOf(m.clientID, log[i]) IN
        /\ IsPrimary(i)
        /\ n # 0
        /\ log[i][n].viewNumber # viewNumber[i]
        /\ log' = [log EXCEPT ![i] = Append(@, EntryOf(viewNumber[i], m))]
        /\ Send("Prepare", [
            from         |-> i,
            viewNumber   |-> viewNumber[i],
            request      |-> m,
            opNumber     |-> OpNumber(i) + 1,
            commitNumber |-> commitNumber[i]])
        /\ UNCHANGED <<status, viewNumber, lastNormalView, commitNumber, clientVars>>
    \/ Right!OnRequest(i)

\* The primary knows only what it has executed: a request that is in its log and not committed yet
\* gets a second place.
ExecutedOnly(i) ==
    \/ \E m \in sent.Request :
        LET n == LastOf(m.clientID, log[i]) IN
        /\ IsPrimary(i)
        /\ n > commitNumber[i]
        /\ log[i][n].requestNumber = m.requestNumber
        /\ log' = [log EXCEPT ![i] = Append(@, EntryOf(viewNumber[i], m))]
        /\ Send("Prepare", [
            from         |-> i,
            viewNumber   |-> viewNumber[i],
            request      |-> m,
            opNumber     |-> OpNumber(i) + 1,
            commitNumber |-> commitNumber[i]])
        /\ UNCHANGED <<status, viewNumber, lastNormalView, commitNumber, clientVars>>
    \/ Right!OnRequest(i)

\* A PREPARE of view v is appended and acknowledged as a backup of view v does, whatever the status.
AppendIn(v, i, m) ==
    /\ Primary(v) # i
    /\ m.viewNumber = v
    /\ m.opNumber <= OpNumber(i) + 1
    /\ IF m.opNumber = OpNumber(i) + 1
       THEN /\ log' = [log EXCEPT ![i] = Append(@, EntryOf(v, m.request))]
            /\ commitNumber' = [commitNumber EXCEPT ![i] = Learn(@, m.commitNumber, m.opNumber)]
       ELSE UNCHANGED <<log, commitNumber>>
    /\ Send("PrepareOK", Acknowledgement(i, v, Len(log'[i])))
    /\ UNCHANGED <<status, viewNumber, lastNormalView, clientVars>>

\* A replica that waits for STARTVIEW appends a PREPARE of that view: STARTVIEW was overtaken.
AppendWhileWaiting(i) ==
    \/ /\ status[i] = ViewChange
       /\ \E m \in Received(i, sent.Prepare) :
            m.opNumber = OpNumber(i) + 1 /\ AppendIn(viewNumber[i], i, m)
    \/ Right!OnPrepare(i)

\* A replica acknowledges PREPARE of its last normal view, though it has left that view.
AcknowledgeOldView(i) ==
    \/ /\ status[i] = ViewChange
       /\ \E m \in Received(i, sent.Prepare) : AppendIn(lastNormalView[i], i, m)
    \/ Right!OnPrepare(i)

\* In the place of WantsPrepareOK: acknowledgements of other views count.
OKOfAnyView(i, m) == m.opNumber > commitNumber[i]

\* In the place of SendCommit: the primary commits what nobody has acknowledged.
CommitWithoutQuorum(i) ==
    IF commitNumber[i] < OpNumber(i)
    THEN /\ IsPrimary(i)
         /\ commitNumber' = [commitNumber EXCEPT ![i] = OpNumber(i)]
         /\ sent' = [sent EXCEPT !.Reply =
                        @ \union Replies(i, log[i], commitNumber[i] + 1 .. OpNumber(i))]
         /\ UNCHANGED <<status, viewNumber, lastNormalView, log, clientVars>>
    ELSE Right!SendCommit(i)

\* A backup takes the commit-number as it comes, whether or not its log goes that far.
CommitBeyondLog(i) ==
    \E m \in Received(i, sent.Commit) :
        /\ IsBackup(i, m.viewNumber)
        /\ commitNumber' = [commitNumber EXCEPT ![i] = Max(@, m.commitNumber)]
        /\ UNCHANGED <<status, viewNumber, lastNormalView, log, clientVars, sent>>

-----------------------------------------------------------------------------
(* §4.2 View changes *)

\* The new primary takes the longest log, whatever v' is.
Longer(a, b) == Len(a.log) > Len(b.log)
LongestLogWins(i) == TakeOver(i, Longer)

\* It takes the log of the largest v', and its own on a tie.
Later(a, b) == a.lastNormalView > b.lastNormalView
ShorterLogWins(i) == TakeOver(i, Later)

\* It takes the log of the largest k, and of these the longest.
MoreCommitted(a, b) ==
    \/ a.commitNumber > b.commitNumber
    \/ a.commitNumber = b.commitNumber /\ Longer(a, b)
MostCommittedWins(i) == TakeOver(i, MoreCommitted)

\* A backup starts a view that it is Normal in once more.
StartViewTwice(i) ==
    \/ \E m \in Received(i, sent.StartView) :
        /\ m.viewNumber = viewNumber[i]
        /\ status[i] = Normal
        /\ Primary(viewNumber[i]) # i
        /\ BecomeNormal(i, m.viewNumber, m.log)
        /\ commitNumber' = [commitNumber EXCEPT ![i] = Learn(@, m.commitNumber, Len(m.log))]
        /\ AcknowledgeUncommitted(i, m.viewNumber, m.log, m.commitNumber)
        /\ UNCHANGED clientVars
    \/ Right!OnStartView(i)

\* In the place of Others: a quorum is f+1 replicas, the counting one included (the paper).
QuorumFPlusOne == F

-----------------------------------------------------------------------------
(* §5.2 State transfer *)

\* Replica i learns of view v by PREPARE or COMMIT, and asks for what follows its committed entries.
HearOfView(i, v) ==
    /\ \/ v > viewNumber[i]
       \/ v = viewNumber[i] /\ status[i] = ViewChange
    /\ Primary(v) # i
    /\ viewNumber' = [viewNumber EXCEPT ![i] = v]
    /\ Send("GetState", [from |-> i, viewNumber |-> v, opNumber |-> commitNumber[i]])

\* The paper: the replica cuts its log to its commit-number and takes up the view at once.
CutLogAndJoinView(i) ==
    \E m \in Received(i, sent.Prepare \union sent.Commit) :
        /\ HearOfView(i, m.viewNumber)
        /\ log'            = [log EXCEPT ![i] = UpTo(@, commitNumber[i])]
        /\ status'         = [status EXCEPT ![i] = Normal]
        /\ lastNormalView' = [lastNormalView EXCEPT ![i] = m.viewNumber]
        /\ UNCHANGED <<commitNumber, clientVars>>

\* Half a fix: the log is cut, but v' stays and the replica waits.
CutLogKeepLastNormalView(i) ==
    \E m \in Received(i, sent.Prepare \union sent.Commit) :
        /\ HearOfView(i, m.viewNumber)
        /\ log'    = [log EXCEPT ![i] = UpTo(@, commitNumber[i])]
        /\ status' = [status EXCEPT ![i] = ViewChange]
        /\ UNCHANGED <<lastNormalView, commitNumber, clientVars>>

\* The other half: the log stays, but the replica is Normal at once.
KeepLogRaiseLastNormalView(i) ==
    \E m \in Received(i, sent.Prepare \union sent.Commit) :
        /\ HearOfView(i, m.viewNumber)
        /\ status'         = [status EXCEPT ![i] = Normal]
        /\ lastNormalView' = [lastNormalView EXCEPT ![i] = m.viewNumber]
        /\ UNCHANGED <<log, commitNumber, clientVars>>

-----------------------------------------------------------------------------
(* Crash and restart: what was not on the disk *)

\* The view-number was not written before DOVIEWCHANGE left: the replica is back in its last view.
ForgetView(i) ==
    IF status[i] = ViewChange /\ Primary(lastNormalView[i]) # i
    THEN /\ commitNumber' = [commitNumber EXCEPT ![i] = 0]
         /\ status'       = [status EXCEPT ![i] = Normal]
         /\ viewNumber'   = [viewNumber EXCEPT ![i] = lastNormalView[i]]
         /\ UNCHANGED <<lastNormalView, log, clientVars, sent>>
    ELSE Right!Restart(i)

\* v' was not written.
ForgetLastNormalView(i) ==
    IF viewNumber[i] > 0
    THEN /\ commitNumber'   = [commitNumber EXCEPT ![i] = 0]
         /\ status'         = [status EXCEPT ![i] = ViewChange]
         /\ lastNormalView' = [lastNormalView EXCEPT ![i] = 0]
         /\ UNCHANGED <<viewNumber, log, clientVars, sent>>
    ELSE Right!Restart(i)

\* PREPAREOK left before the entry was written.
LoseAcknowledged(i) ==
    IF Primary(viewNumber[i]) # i
    THEN /\ commitNumber' = [commitNumber EXCEPT ![i] = 0]
         /\ log'          = [log EXCEPT ![i] = UpTo(@, Max(0, Len(@) - 1))]
         /\ UNCHANGED <<status, viewNumber, lastNormalView, clientVars, sent>>
    ELSE Right!Restart(i)

\* The primary goes on in its view, though entries that it had sent may be gone.
ResumeAsPrimary(i) ==
    IF IsPrimary(i)
    THEN \E kept \in commitNumber[i] .. OpNumber(i) :
            /\ \A lost \in kept + 1 .. OpNumber(i) : log[i][lost].viewNumber = viewNumber[i]
            /\ log'          = [log EXCEPT ![i] = UpTo(@, kept)]
            /\ commitNumber' = [commitNumber EXCEPT ![i] = 0]
            /\ UNCHANGED <<status, viewNumber, lastNormalView, clientVars, sent>>
    ELSE Right!Restart(i)

==============================================================================
