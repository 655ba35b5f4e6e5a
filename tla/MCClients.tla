------------------------------ MODULE MCClients ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRClients within the bounds of MCVSR, and a budget of crashes of       *)
(* clients; and its wrong variant.                                         *)
(***************************************************************************)

EXTENDS MCVSR, VSRClients

CONSTANT MaxClientCrashes   \* How many crashes of clients there are in all.

VARIABLE clientCrashes

clientsVars == <<mcVars, clientRecoveryVars, clientCrashes>>

ClientsInit == MCInit /\ NoClientCrash /\ clientCrashes = 0

\* The steps of VSR that know nothing of crashes of clients.
Ordinary(i) ==
    /\ UNCHANGED <<clientRecoveryVars, clientCrashes>>
    /\ \/ MCOnRequest(i) \/ MCOnPrepare(i) \/ MCOnPrepareOK(i)
       \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartViewChange(i)
       \/ MCOnDoViewChange(i) \/ MCOnStartView(i)

MCSendRequestAgain(c) ==
    Spend("requests", MaxRequests) /\ SendRequestAgain(c) /\ UNCHANGED clientCrashes

MCCrashClient(c) ==
    /\ clientCrashes < MaxClientCrashes
    /\ clientCrashes' = clientCrashes + 1
    /\ CrashClient(c)
    /\ UNCHANGED spent

FreeOfCrashes == UNCHANGED <<spent, clientCrashes>>

MCOnReplyToName(c)    == OnReplyToName(c) /\ FreeOfCrashes
MCOnClientNumber(c)   == OnClientNumber(c) /\ FreeOfCrashes
MCOnClientRecovery(i) ==
    OnClientRecovery(i) /\ clientNumbers' # clientNumbers /\ FreeOfCrashes

ClientsNext ==
    \/ \E c \in Clients :
        MCSendRequestAgain(c) \/ MCOnReplyToName(c) \/ MCCrashClient(c) \/ MCOnClientNumber(c)
    \/ \E i \in Replicas : Ordinary(i) \/ MCOnClientRecovery(i)

ClientsSpec == ClientsInit /\ [][ClientsNext]_clientsVars

-----------------------------------------------------------------------------
(* Wrong variant *)

\* In the place of AnswersNeeded: one answer is enough.
OneAnswer == 1

==============================================================================
