------------------------------ MODULE VSRBeside ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* What goes wrong with a second account of a part of the log beside the   *)
(* log itself: a client-table of its own (§4.1), a state that was taken    *)
(* over without its client-table (§5.1), and a disk on which a removal was *)
(* not noted (§4.2).  Right is to have none: this is VSR, and what is here *)
(* takes the place of its steps.                                           *)
(***************************************************************************)

EXTENDS VSRVariants

VARIABLE noted      \* The second account of each replica: a log.

NothingNoted == noted = [i \in Replicas |-> <<>>]

-----------------------------------------------------------------------------
(* The steps with noted as it is *)

OnRequestBeside(i)  == OnRequest(i) /\ UNCHANGED noted
OnPrepareBeside(i)  == OnPrepare(i) /\ UNCHANGED noted
OnNewStateBeside(i) == OnNewState(i) /\ UNCHANGED noted

OnStartViewBeside(i) == OnStartView(i) /\ UNCHANGED noted
RestartBeside(i)     == Restart(i) /\ UNCHANGED noted

-----------------------------------------------------------------------------
(* A client-table that notes requests as they come *)

\* What a step has appended to the log is noted.
NoteAppended(i) ==
    noted' = [noted EXCEPT
        ![i] = IF Len(log'[i]) > OpNumber(i) THEN Append(@, log'[i][Len(log'[i])]) ELSE @]

\* In the place of OnRequestBeside: what is noted and not in the log is taken for in progress.
NoteRequest(i) ==
    \E m \in sent.Request :
        LET n == LastOf(m.clientID, log[i])
            s == IF n = 0 THEN 0 ELSE log[i][n].requestNumber
        IN
        /\ IsPrimary(i)
        /\ ~(n = 0 /\ LastOf(m.clientID, noted[i]) > 0)
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
        /\ NoteAppended(i)

\* In the place of OnPrepareBeside.
NotePrepare(i) == OnPrepare(i) /\ NoteAppended(i)

\* A primary does not refuse a request as known that is not in its log.  Otherwise the client waits
\* for ever.
ServesResends ==
    \A i \in Replicas, m \in sent.Request :
        IsPrimary(i) /\ LastOf(m.clientID, noted[i]) > 0 => LastOf(m.clientID, log[i]) > 0

-----------------------------------------------------------------------------
(* A state without its client-table *)

\* In the place of OnNewStateBeside: what is committed is taken as a state, and is not seen.
TakeState(i) ==
    /\ OnNewState(i)
    /\ noted' = [noted EXCEPT ![i] = UpTo(log'[i], commitNumber'[i])]

\* In the place of OnRequestBeside: the requests that are in the state only are not known.
ForgetBelowState(i) ==
    /\ \E m \in sent.Request :
        LET n == LastOf(m.clientID, log[i])
            s == IF n = 0 THEN 0 ELSE log[i][n].requestNumber
        IN
        /\ IsPrimary(i)
        /\ \/ /\ m.requestNumber > s \/ n \in 1 .. Len(noted[i])
              /\ log' = [log EXCEPT ![i] = Append(@, EntryOf(viewNumber[i], m))]
              /\ Send("Prepare", [
                    from         |-> i,
                    viewNumber   |-> viewNumber[i],
                    request      |-> m,
                    opNumber     |-> OpNumber(i) + 1,
                    commitNumber |-> commitNumber[i]])
           \/ /\ m.requestNumber = s
              /\ n \in Len(noted[i]) + 1 .. commitNumber[i]
              /\ sent' = [sent EXCEPT !.Reply = @ \union Replies(i, log[i], {n})]
              /\ UNCHANGED log
    /\ UNCHANGED <<status, viewNumber, lastNormalView, commitNumber, clientVars, noted>>

-----------------------------------------------------------------------------
(* A removal in memory *)

\* In the place of OnStartViewBeside: what the log of the view does not replace stays on the disk,
RemoveInMemory(i) ==
    /\ OnStartView(i)
    /\ noted' = [noted EXCEPT ![i] = log'[i] \o After(log[i], Len(log'[i]))]

\* and, in the place of RestartBeside, is there again after a restart.
RiseAgain(i) ==
    LET l == log[i] \o After(noted[i], OpNumber(i)) IN
    /\ commitNumber' = [commitNumber EXCEPT ![i] = 0]
    /\ IF IsPrimary(i)
       THEN \E kept \in commitNumber[i] .. Len(l) :
                /\ \A lost \in kept + 1 .. Len(l) : l[lost].viewNumber = viewNumber[i]
                /\ log' = [log EXCEPT ![i] = UpTo(l, kept)]
                /\ EnterViewChange(i, viewNumber[i] + 1)
       ELSE /\ log' = [log EXCEPT ![i] = l]
            /\ UNCHANGED <<status, viewNumber, sent>>
    /\ UNCHANGED <<lastNormalView, clientVars, noted>>

==============================================================================
