------------------------------ MODULE VSRLostDisk ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* A replica that has lost its whole disk, and the operator's way back.    *)
(* The others commit a no-op without it; by that they have everything that *)
(* was ever committed with its help, and the operator learns their view.   *)
(* He formats the disk with that view.  Until the replica has adopted a    *)
(* log with the no-op it takes part in the STARTVIEWCHANGE round only, for *)
(* it has forgotten what it has acknowledged.                              *)
(*                                                                         *)
(* Steps that are not here are those of VSR; those that are others here    *)
(* have names that say in what.                                            *)
(***************************************************************************)

EXTENDS VSRVariants

VARIABLES
    nonce,          \* How often each replica has lost its disk.
    formatted,      \* Its disk is new, and nothing has been adopted yet.
    noOps,          \* All NOOP ever sent: [from, nonce].
    views           \* Of a wrong variant, all answers of primaries with their view alone.

lostDiskVars == <<nonce, formatted, noOps, views>>

AllDisks ==
    /\ nonce     = [i \in Replicas |-> 0]
    /\ formatted = [i \in Replicas |-> FALSE]
    /\ noOps     = {}
    /\ views     = {}

\* A replica without a disk is down.
Down  == "Recovering"
Up(i) == status[i] # Down

\* The client that the no-ops for replica i belong to: none of the real ones.
NoOpClient(i) == 25 - i

-----------------------------------------------------------------------------
(* The steps *)

\* Everything is lost, and the operator asks the others for a no-op.
LoseDisk(i) ==
    /\ status'         = [status EXCEPT ![i] = Down]
    /\ viewNumber'     = [viewNumber EXCEPT ![i] = 0]
    /\ lastNormalView' = [lastNormalView EXCEPT ![i] = 0]
    /\ log'            = [log EXCEPT ![i] = <<>>]
    /\ commitNumber'   = [commitNumber EXCEPT ![i] = 0]
    /\ nonce'          = [nonce EXCEPT ![i] = @ + 1]
    /\ formatted'      = [formatted EXCEPT ![i] = FALSE]
    /\ noOps'          = noOps \union {[from |-> i, nonce |-> nonce[i] + 1]}
    /\ UNCHANGED <<clientVars, sent, views>>

\* OnRequest of a no-op.
OnNoOp(i) ==
    \E m \in Received(i, noOps) :
        LET request == [clientID |-> NoOpClient(m.from), requestNumber |-> m.nonce]
            n       == LastOf(request.clientID, log[i])
            s       == IF n = 0 THEN 0 ELSE log[i][n].requestNumber
        IN
        /\ IsPrimary(i)
        /\ \/ /\ m.nonce > s
              /\ log' = [log EXCEPT ![i] = Append(@, EntryOf(viewNumber[i], request))]
              /\ Send("Prepare", [
                    from         |-> i,
                    viewNumber   |-> viewNumber[i],
                    request      |-> request,
                    opNumber     |-> OpNumber(i) + 1,
                    commitNumber |-> commitNumber[i]])
           \/ /\ m.nonce = s
              /\ n <= commitNumber[i]
              /\ sent' = [sent EXCEPT !.Reply = @ \union Replies(i, log[i], {n})]
              /\ UNCHANGED log
        /\ UNCHANGED <<status, viewNumber, lastNormalView, commitNumber, clientVars, lostDiskVars>>

\* The no-op is committed: the replica has a new disk, was Normal in view last, and waits for view v.
FormatAs(i, last, v) ==
    /\ status'         = [status EXCEPT ![i] = ViewChange]
    /\ viewNumber'     = [viewNumber EXCEPT ![i] = v]
    /\ lastNormalView' = [lastNormalView EXCEPT ![i] = last]
    /\ formatted'      = [formatted EXCEPT ![i] = TRUE]
    /\ Send("StartViewChange", [from |-> i, viewNumber |-> v])
    /\ UNCHANGED <<log, commitNumber, clientVars, nonce, noOps, views>>

NoOpReplies(i) ==
    {m \in Received(i, sent.Reply) :
        m.clientID = NoOpClient(i) /\ m.requestNumber = nonce[i]}

Format(i) ==
    /\ status[i] = Down
    /\ \E m \in NoOpReplies(i) : FormatAs(i, 0, m.viewNumber)

\* With a new disk a replica gives no DOVIEWCHANGE, and does not lead, not even with one that it has
\* sent before the loss.
MayVote(i) == ~formatted[i]

HasNoOp(i, l) ==
    LET n == LastOf(NoOpClient(i), l) IN n > 0 /\ l[n].requestNumber = nonce[i]

\* Whether replica i, with a new disk, adopts the log l.  The view may be the one in which it
\* acknowledged before the loss, and an old STARTVIEW of that lacks what was acknowledged since.
MayAdopt(i, l) == HasNoOp(i, l)

\* What a step does with which replica i takes the log of a view.
Adopt(i) ==
    /\ formatted[i] => MayAdopt(i, log'[i])
    /\ formatted' = [formatted EXCEPT ![i] = FALSE]
    /\ UNCHANGED <<nonce, noOps, views>>

-----------------------------------------------------------------------------
(* In the next view *)

\* In the place of Format: the replica asks for the view after that of the no-op.
FormatNext(i) ==
    /\ status[i] = Down
    /\ \E m \in NoOpReplies(i) : FormatAs(i, m.viewNumber, m.viewNumber + 1)

\* In the place of MayAdopt: then any log will do.
AnyOfNextView(i, l) == TRUE

-----------------------------------------------------------------------------
(* Property *)

\* In the place of PromiseKept: a replica that is down is in no view.
PromiseKeptUp ==
    \A m \in sent.DoViewChange : Up(m.from) => viewNumber[m.from] >= m.viewNumber

-----------------------------------------------------------------------------
(* Wrong variants *)

\* In the place of LoseDisk: the replica starts again as a new one.
FormatAtOnce(i) ==
    /\ status'         = [status EXCEPT ![i] = Normal]
    /\ viewNumber'     = [viewNumber EXCEPT ![i] = 0]
    /\ lastNormalView' = [lastNormalView EXCEPT ![i] = 0]
    /\ log'            = [log EXCEPT ![i] = <<>>]
    /\ commitNumber'   = [commitNumber EXCEPT ![i] = 0]
    /\ UNCHANGED <<clientVars, sent, lostDiskVars>>

\* In the place of MayAdopt: any log of the view will do.
AnyLog(i, l) == TRUE

\* In the place of OnNoOp: a primary only says in which view it is.
SayView(i) ==
    \E m \in Received(i, noOps) :
        LET n == LastOf(NoOpClient(m.from), log[i]) IN
        /\ IsPrimary(i)
        /\ n = 0
        /\ views' = views \union
                {[from |-> i, to |-> m.from, viewNumber |-> viewNumber[i], nonce |-> m.nonce]}
        /\ UNCHANGED <<vars, nonce, formatted, noOps>>

\* Then the disk is formatted with that view.
FormatWithView(i) ==
    /\ status[i] = Down
    /\ \E m \in Received(i, views) :
        m.to = i /\ m.nonce = nonce[i] /\ FormatAs(i, 0, m.viewNumber)

\* In the place of EnterViewChange: DOVIEWCHANGE leaves at once, without the round before it, if the
\* replica may vote.
EnterWithoutRound(i, v) ==
    /\ MayVote(i)
    /\ viewNumber' = [viewNumber EXCEPT ![i] = v]
    /\ status'     = [status EXCEPT ![i] = ViewChange]
    /\ Send("DoViewChange", [
            from           |-> i,
            viewNumber     |-> v,
            log            |-> log[i],
            lastNormalView |-> lastNormalView[i],
            commitNumber   |-> commitNumber[i]])

==============================================================================
