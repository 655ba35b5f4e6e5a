----------------------------- MODULE VSRCheckpoint -----------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* §5.1 Checkpoints: the state after the operations up to some op-number   *)
(* stands for these operations.  A log may drop them, and a replica that   *)
(* lags gets that state instead.                                           *)
(*                                                                         *)
(* A checkpoint is known by the name of the log that it stands for, and a  *)
(* log goes on naming what it has dropped: it is still a sequence from 1   *)
(* on, of which the entries up to dropped[i] are names only.  Any          *)
(* op-number may have a checkpoint.                                        *)
(*                                                                         *)
(* Steps that are not here are those of VSR; those that are others here    *)
(* have names that say in what.                                            *)
(***************************************************************************)

EXTENDS VSRVariants

VARIABLES
    checkpoint,     \* The operations up to here are in each replica's durable checkpoint.
    dropped,        \* The entries up to here are not in each replica's log any more.
    offers          \* All CHECKPOINT ever sent: [from, to, viewNumber, name], a name is a log.

checkpointVars == <<checkpoint, dropped, offers>>

NothingDropped ==
    /\ checkpoint = [i \in Replicas |-> 0]
    /\ dropped    = [i \in Replicas |-> 0]
    /\ offers     = {}

-----------------------------------------------------------------------------
(* Checkpoints of the own state *)

\* The state after all that is executed becomes durable.
TakeCheckpoint(i) ==
    /\ commitNumber[i] > checkpoint[i]
    /\ checkpoint' = [checkpoint EXCEPT ![i] = commitNumber[i]]
    /\ UNCHANGED <<vars, dropped, offers>>

\* What is in the durable checkpoint leaves the log.
DropPrefix(i) ==
    /\ checkpoint[i] > dropped[i]
    /\ dropped' = [dropped EXCEPT ![i] = checkpoint[i]]
    /\ UNCHANGED <<vars, checkpoint, offers>>

-----------------------------------------------------------------------------
(* State transfer below the log *)

\* What replica i is asked for in its view, and what it would answer if its log were whole.
Questions(i) ==
    {m \in Received(i, sent.GetState) :
        /\ status[i] = Normal
        /\ m.viewNumber = viewNumber[i]
        /\ m.opNumber <= OpNumber(i)}

\* Entries that are still there are sent,
OnGetStateInLog(i) ==
    \E m \in Questions(i) :
        /\ m.opNumber >= dropped[i]
        /\ Send("NewState", [
            from         |-> i,
            to           |-> m.from,
            viewNumber   |-> viewNumber[i],
            after        |-> m.opNumber,
            log          |-> After(log[i], m.opNumber),
            commitNumber |-> commitNumber[i]])
        /\ UNCHANGED <<replicaVars, clientVars, checkpointVars>>

\* and for others the checkpoint that they are in.  The rest of the log takes another question.
OfferCheckpoint(i) ==
    \E m \in Questions(i) :
        /\ m.opNumber < dropped[i]
        /\ offers' = offers \union {[
                from       |-> i,
                to         |-> m.from,
                viewNumber |-> viewNumber[i],
                name       |-> UpTo(log[i], checkpoint[i])]}
        /\ UNCHANGED <<vars, checkpoint, dropped>>

\* Replica i, a backup or waiting for the view, is offered a checkpoint of that view with more than
\* it has executed.  An offer of an older view would be taken for what was acknowledged in this one.
Welcome(i, m) ==
    /\ m.to = i
    /\ m.viewNumber = viewNumber[i]
    /\ Primary(m.viewNumber) # i
    /\ Len(m.name) > commitNumber[i]

\* Replica i has executed all up to n, has log l above its dropped prefix, and what is durable covers
\* all up to written.
Install(i, l, n, written) ==
    /\ log'          = [log EXCEPT ![i] = l]
    /\ commitNumber' = [commitNumber EXCEPT ![i] = n]
    /\ dropped'      = [dropped EXCEPT ![i] = n]
    /\ checkpoint'   = [checkpoint EXCEPT ![i] = written]
    /\ UNCHANGED <<viewNumber, clientVars, sent, offers>>

\* The log above the checkpoint stays if it continues that; if not, it was never committed.
WithCheckpoint(i, name) == IF IsPrefix(name, log[i]) THEN log[i] ELSE name

\* The checkpoint is on disk before anything rests on it.  It makes nobody Normal: status and v'
\* stay, and who waits for the view asks for the rest of its log.
OnCheckpointOffer(i) ==
    \E m \in Received(i, offers) :
        /\ Welcome(i, m)
        /\ Install(i, WithCheckpoint(i, m.name), Len(m.name), Len(m.name))
        /\ UNCHANGED <<status, lastNormalView>>

\* A log of the view that is older than the checkpoint installed in it is not taken.  The replica
\* waits for a later one.
NotBelowCheckpoint(i) == Len(log'[i]) >= commitNumber[i]

OnStartViewAbove(i) == OnStartView(i) /\ NotBelowCheckpoint(i) /\ UNCHANGED checkpointVars
OnNewStateAbove(i)  == OnNewState(i) /\ NotBelowCheckpoint(i) /\ UNCHANGED checkpointVars

-----------------------------------------------------------------------------
(* Crash and restart from the disk, in one step *)

\* Restart of VSR, where the disk has the log l and the state after the first k operations.
RestartWith(i, l, k) ==
    /\ commitNumber' = [commitNumber EXCEPT ![i] = k]
    /\ IF IsPrimary(i)
       THEN \E kept \in commitNumber[i] .. OpNumber(i) :
                /\ \A lost \in kept + 1 .. OpNumber(i) :
                        log[i][lost].viewNumber = viewNumber[i]
                /\ log' = [log EXCEPT ![i] = UpTo(l, kept)]
                /\ EnterViewChange(i, viewNumber[i] + 1)
       ELSE /\ log' = [log EXCEPT ![i] = l]
            /\ UNCHANGED <<status, viewNumber, sent>>
    /\ UNCHANGED <<lastNormalView, clientVars>>

\* What is in the checkpoint is not executed again.
RestartFromCheckpoint(i) ==
    RestartWith(i, log[i], checkpoint[i]) /\ UNCHANGED checkpointVars

-----------------------------------------------------------------------------
(* Properties *)

\* A checkpoint covers what is committed only, and what is dropped is in it.
CheckpointBound ==
    \A i \in Replicas : dropped[i] <= checkpoint[i] /\ checkpoint[i] <= commitNumber[i]

\* To be Normal in a view means to hold the log with which the view has started.
NormalHasStart ==
    \A m \in sent.StartView, i \in Replicas :
        status[i] = Normal /\ viewNumber[i] = m.viewNumber => IsPrefix(m.log, log[i])

==============================================================================
