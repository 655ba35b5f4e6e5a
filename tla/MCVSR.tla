-------------------------------- MODULE MCVSR --------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSR within bounds, for TLC.  Three things need no message and could go  *)
(* on for ever: requests, timers, and crashes.  How often each may happen  *)
(* is a budget, and what is spent of it is part of the state, here as in   *)
(* the Go model.  All else is bounded by that.                             *)
(***************************************************************************)

EXTENDS VSRVariants, Levels

CONSTANTS
    MaxRequests,        \* How many requests the clients send in all.
    MaxViewChanges,     \* How many view changes timers start in all.
    MaxRestarts,        \* How many crashes and restarts there are in all.
    Crowd               \* Whether each client sends one request, the clients in order.

VARIABLE spent

mcVars == <<vars, spent>>

MCInit ==
    /\ Init
    /\ spent = [requests |-> 0, viewChanges |-> 0, restarts |-> 0]

Spend(budget, limit) ==
    /\ spent[budget] < limit
    /\ spent' = [spent EXCEPT ![budget] = @ + 1]

\* A step that spends nothing, and that changes something.  Those that do not, such as sending a
\* message once more, lead nowhere, and TLC need not hear of them.
Free == vars' # vars /\ UNCHANGED spent

\* In a crowd, the next request is that of the next client, so that it does not matter which of two
\* clients was the first.
NextInCrowd(c) == Crowd => c = spent.requests

\* Each step has a name, so that a counterexample shows which one was taken.
MCSendRequest(c) == NextInCrowd(c) /\ Spend("requests", MaxRequests) /\ SendRequest(c)
MCOnRequest(i)   == OnRequest(i) /\ Free
MCOnPrepare(i)   == OnPrepare(i) /\ Free
MCOnPrepareOK(i) == OnPrepareOK(i) /\ Free
MCOnReply(c)     == OnReply(c) /\ Free
MCSendCommit(i)  == SendCommit(i) /\ Free
MCOnCommit(i)    == OnCommit(i) /\ Free

MCSendStartViewChange(i) ==
    Spend("viewChanges", MaxViewChanges) /\ SendStartViewChange(i)
MCOnLaterView(i)       == OnLaterView(i) /\ Free
MCOnStartViewChange(i) == OnStartViewChange(i) /\ Free
MCOnDoViewChange(i)    == OnDoViewChange(i) /\ Free
MCOnStartView(i)       == OnStartView(i) /\ Free

MCSendGetState(i) == SendGetState(i) /\ Free
MCJoinView(i)     == JoinView(i) /\ Free
MCOnGetState(i)   == OnGetState(i) /\ Free
MCOnNewState(i)   == OnNewState(i) /\ Free

MCRestart(i) == Spend("restarts", MaxRestarts) /\ Restart(i)

MCNext ==
    \/ \E c \in Clients : MCSendRequest(c) \/ MCOnReply(c)
    \/ \E i \in Replicas :
        \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
        \/ MCSendCommit(i) \/ MCOnCommit(i)
        \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartViewChange(i)
        \/ MCOnDoViewChange(i) \/ MCOnStartView(i)
        \/ MCSendGetState(i) \/ MCJoinView(i) \/ MCOnGetState(i) \/ MCOnNewState(i)
        \/ MCRestart(i)

MCSpec == MCInit /\ [][MCNext]_mcVars

==============================================================================
