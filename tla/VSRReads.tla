------------------------------- MODULE VSRReads -------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* §6.3 Reads.  A primary that holds leases of enough others answers reads *)
(* from its own state, without asking them.                                *)
(*                                                                         *)
(* There are no clocks.  A lease that ends is the step EndLease of whoever *)
(* holds it, and whoever gave it may act only afterwards: that is all that *)
(* a bound on the drift of the clocks buys.  What EndLease leaves behind   *)
(* stands for time that has passed, not for a message.                     *)
(***************************************************************************)

EXTENDS VSRVariants

VARIABLES
    lease,          \* The latest lease that each replica holds: of which view, in which phase.
    given,          \* The latest lease that each replica has given.
    reads,          \* All reads sent: by which client, after which operation.
    readReplies,    \* All answers to reads.
    leases,         \* All leases sent.
    leasesOver      \* Of which primaries, and views, the leases are over.

readVars == <<lease, given, reads, readReplies, leases, leasesOver>>

\* The phases of a lease.  There is one lease in each view.
NoLease == "NoLease"
Valid   == "Valid"
Expired == "Expired"

Lease(v, phase) == [viewNumber |-> v, phase |-> phase]

\* Whether l is the lease of view v, in whatever phase.
IsOf(l, v) == l.phase # NoLease /\ l.viewNumber = v

NoReads ==
    /\ lease       = [i \in Replicas |-> Lease(0, NoLease)]
    /\ given       = [i \in Replicas |-> Lease(0, NoLease)]
    /\ reads       = {}
    /\ readReplies = {}
    /\ leases      = {}
    /\ leasesOver  = {}

-----------------------------------------------------------------------------
(* The steps *)

\* A client that has the reply to one of its operations reads.
SendRead(c) ==
    \E m \in sent.Reply :
        /\ m.clientID = c
        /\ reads' = reads \union {[clientID |-> c, after |-> m.opNumber]}
        /\ UNCHANGED <<vars, lease, given, readReplies, leases, leasesOver>>

\* Replica i answers a read with the state after all that it has executed.
Answer(i, m) ==
    /\ readReplies' = readReplies \union {[
            from         |-> i,
            viewNumber   |-> viewNumber[i],
            after        |-> m.after,
            commitNumber |-> commitNumber[i]]}
    /\ UNCHANGED <<vars, lease, given, reads, leases, leasesOver>>

HoldsLease(i) == lease[i] = Lease(viewNumber[i], Valid)

\* Whether replica i has committed all that was assigned in earlier views than its own.
InheritedCommitted(i) ==
    \A n \in commitNumber[i] + 1 .. OpNumber(i) : log[i][n].viewNumber = viewNumber[i]

\* Diverges (§6.3.1): the primary answers only when all that it inherited is committed.  Without
\* that it may not have executed what the primary before it has.
OnRead(i) ==
    \E m \in reads :
        /\ IsPrimary(i)
        /\ HoldsLease(i)
        /\ InheritedCommitted(i)
        /\ Answer(i, m)

\* A backup gives the primary of its view a lease.  Until it is over it sends no DOVIEWCHANGE.
SendLease(i) ==
    /\ IsBackup(i, viewNumber[i])
    /\ ~IsOf(given[i], viewNumber[i])
    /\ given'  = [given EXCEPT ![i] = Lease(viewNumber[i], Valid)]
    /\ leases' = leases \union {[from |-> i, viewNumber |-> viewNumber[i]]}
    /\ UNCHANGED <<vars, lease, reads, readReplies, leasesOver>>

MayVote(i) == given[i].phase # Valid

\* The primary takes the leases of so many others that no view can start without one of them.
OnLease(i) ==
    /\ IsPrimary(i)
    /\ ~IsOf(lease[i], viewNumber[i])
    /\ \E quorum \in Quorums({m \in Received(i, leases) : m.viewNumber = viewNumber[i]}) :
        /\ lease' = [lease EXCEPT ![i] = Lease(viewNumber[i], Valid)]
        /\ UNCHANGED <<vars, given, reads, readReplies, leases, leasesOver>>

\* The leases of the primary of the last normal view are over, whether it held any or not.
EndLease(i) ==
    /\ Primary(lastNormalView[i]) = i
    /\ lease[i] # Lease(lastNormalView[i], Expired)
    /\ lease'      = [lease EXCEPT ![i] = Lease(lastNormalView[i], Expired)]
    /\ leasesOver' = leasesOver \union {[from |-> i, viewNumber |-> lastNormalView[i]]}
    /\ UNCHANGED <<vars, given, reads, readReplies, leases>>

\* The lease that replica i has given is over: the primary has seen it end before, since the clocks
\* drift no more than they may.
OnLeaseOver(i) ==
    \E m \in Received(i, leasesOver) :
        /\ given[i] = Lease(m.viewNumber, Valid)
        /\ given' = [given EXCEPT ![i] = Lease(m.viewNumber, Expired)]
        /\ UNCHANGED <<vars, lease, reads, readReplies, leases, leasesOver>>

\* A restart does not end a lease: a replica that has forgotten whether it gave one waits as long as
\* one can last.
KeepLeases(i) == UNCHANGED given

-----------------------------------------------------------------------------
(* Property *)

\* A read sees the operation whose reply its client had before.
ReadsSeeWrites == \A m \in readReplies : m.commitNumber >= m.after

-----------------------------------------------------------------------------
(* Reads at backups, and wrong variants *)

\* §6.3.2: any replica answers that has executed what the client must see.
ReadAnywhereAfter(i) ==
    \E m \in reads : status[i] = Normal /\ commitNumber[i] >= m.after /\ Answer(i, m)

\* Any replica answers.
ReadAnywhere(i) == \E m \in reads : status[i] = Normal /\ Answer(i, m)

\* The primary answers without a lease.
ReadWithoutLease(i) ==
    \E m \in reads : IsPrimary(i) /\ InheritedCommitted(i) /\ Answer(i, m)

\* The primary answers though it has not committed what it inherited.
ReadBeforeInherited(i) == \E m \in reads : IsPrimary(i) /\ HoldsLease(i) /\ Answer(i, m)

\* In the place of KeepLeases: a restarted replica has forgotten that it gave a lease.
ForgetLease(i) == given' = [given EXCEPT ![i] = Lease(0, NoLease)]

\* In the place of MayVote: what a backup has given does not bind it.  A lease is then no more than a
\* sign, given at some time before the read, that the backup was in the view.
VoteThoughGiven(i) == TRUE

==============================================================================
