------------------------------- MODULE TraceVSR -------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* Is a recorded run of the implementation a run of VSR?                   *)
(*                                                                         *)
(* The module TraceEvents holds the run: vsrcheck conform -export-tlc      *)
(* writes it from the traces of the replicas.  An event names a step, the  *)
(* replica that took it, the state of that replica afterwards, and the     *)
(* messages that it sent.  TLC takes the steps of VSR one by one and lets  *)
(* only those pass that lead to the state and the messages of the event.   *)
(* The run is accepted if that is possible to the end of it.               *)
(*                                                                         *)
(* Clients leave no trace, so that any request of the run may have been    *)
(* sent before it.                                                         *)
(*                                                                         *)
(* A disk may have lost the newest entries without a trace (VSRStorage),   *)
(* and a replica may come back with the state of a checkpoint              *)
(* (VSRCheckpoint).  Entries that are lost and known by name count here as *)
(* if they were there, since names and their repair make no events: what   *)
(* such a replica may say and drop, conform alone judges.                  *)
(***************************************************************************)

EXTENDS VSRStorage, TraceEvents, TLC

VARIABLE taken      \* How many events have been taken.

\* The requests that the primaries of the run took up, and the clients that sent them.
Requested == UNION {{m[2].request : m \in {s \in Trace[n].sent : s[1] = "Prepare"}} :
                    n \in DOMAIN Trace}

TraceClients == {request.clientID : request \in Requested}

\* The messages of one kind that an event sends.
SentBy(event, kind) == {m[2] : m \in {s \in event.sent : s[1] = kind}}

TraceInit ==
    /\ taken          = 0
    /\ NoDamage
    /\ status         = [i \in Replicas |-> Normal]
    /\ viewNumber     = [i \in Replicas |-> 0]
    /\ lastNormalView = [i \in Replicas |-> 0]
    /\ log            = [i \in Replicas |-> <<>>]
    /\ commitNumber   = [i \in Replicas |-> 0]
    /\ requestNumber  = [c \in Clients |-> 0]
    /\ outstanding    = [c \in Clients |-> FALSE]
    /\ sent           = [kind \in DOMAIN Messages |->
                            IF kind = "Request" THEN Requested ELSE {}]

\* No entry is missing far up in a log only because models have short ones.
TraceLongestLog == Greatest({Len(Trace[n].log) : n \in DOMAIN Trace}) + 1

\* In the place of CanRead: any entry may be lost.
MayBeLost(i, name) == FALSE

\* Restart, where a checkpoint on the disk may cover some of what was executed.
RestartWithState(i, k) ==
    /\ k <= commitNumber[i]
    /\ commitNumber' = [commitNumber EXCEPT ![i] = k]
    /\ IF IsPrimary(i)
       THEN \E kept \in commitNumber[i] .. OpNumber(i) :
                /\ \A torn \in kept + 1 .. OpNumber(i) :
                        log[i][torn].viewNumber = viewNumber[i]
                /\ log' = [log EXCEPT ![i] = UpTo(@, kept)]
                /\ EnterViewChange(i, viewNumber[i] + 1)
       ELSE UNCHANGED <<status, viewNumber, log, sent>>
    /\ UNCHANGED <<lastNormalView, clientVars>>

\* The same, and the head is unknown from entry head on.
RestartWithoutHead(i, k, head) ==
    /\ k <= commitNumber[i]
    /\ KnownHead(i, log[i]) <= head
    /\ head <= OpNumber(i)
    /\ commitNumber' = [commitNumber EXCEPT ![i] = k]
    /\ log'          = [log EXCEPT ![i] = UpTo(@, head)]
    /\ headUnknown'  = [headUnknown EXCEPT ![i] = TRUE]
    /\ EnterViewChange(i, viewNumber[i] + 1)
    /\ UNCHANGED <<lastNormalView, clientVars, lost, repairs>>

\* The steps of VSR that know nothing of damage, and those that do.
Step(name, i, event) ==
    \/ /\ UNCHANGED storageVars
       /\ \/ name = "OnRequest"           /\ OnRequest(i)
          \/ name = "OnPrepare"           /\ OnPrepare(i)
          \/ name = "OnPrepareOK"         /\ OnPrepareOK(i)
          \/ name = "SendCommit"          /\ SendCommit(i)
          \/ name = "OnCommit"            /\ OnCommit(i)
          \/ name = "SendStartViewChange" /\ SendStartViewChange(i)
          \/ name = "OnLaterView"         /\ OnLaterView(i)
          \/ name = "SendGetState"        /\ SendGetState(i)
          \/ name = "JoinView"            /\ JoinView(i)
          \/ name = "OnGetState"          /\ OnGetState(i)
          \/ /\ name \in {"Restart", "RestartDamaged"}
             /\ RestartWithState(i, event.commitNumber)
    \/ name = "OnStartViewChange"     /\ OnStartViewChangeOnDisk(i)
    \/ name = "OnDoViewChange"        /\ OnDoViewChangeOnDisk(i)
    \/ name = "OnOneMoreDoViewChange" /\ OnOneMoreDoViewChange(i)
    \/ name = "OnTwoMoreDoViewChange" /\ OnTwoMoreDoViewChange(i)
    \/ name = "OnStartView"           /\ OnStartViewOnDisk(i)
    \/ /\ name = "OnNewState"
       /\ OnNewState(i)
       /\ headUnknown' = [headUnknown EXCEPT ![i] = @ /\ status'[i] # Normal]
       /\ UNCHANGED <<lost, repairs>>
    \/ /\ name = "RestartDamaged"
       /\ RestartWithoutHead(i, event.commitNumber, Len(event.log))

TraceNext ==
    /\ taken < Len(Trace)
    /\ LET event == Trace[taken + 1]
           i     == event.replica
       IN
       /\ Step(event.step, i, event)
       /\ status'[i]         = event.status
       /\ viewNumber'[i]     = event.viewNumber
       /\ lastNormalView'[i] = event.lastNormalView
       /\ log'[i]            = event.log
       /\ commitNumber'[i]   = event.commitNumber
       /\ headUnknown'[i]    = event.headUnknown
       /\ \A kind \in DOMAIN sent : sent'[kind] = sent[kind] \union SentBy(event, kind)
    /\ taken' = taken + 1

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, storageVars, taken>>

\* Each event leads to one state, so that TLC gets as deep as there are events that it can take.
Accepted ==
    LET accepted == TLCGet("stats").diameter - 1 IN
    IF accepted = Len(Trace)
    THEN PrintT(<<"the run is a run of VSR; events", accepted>>)
    ELSE /\ PrintT(<<"the run is no run of VSR: no step leads to event", accepted + 1,
                     Trace[accepted + 1]>>)
         /\ FALSE

==============================================================================
