------------------------------ MODULE MCBatching ------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRBatching within the bounds of MCVSR, and its wrong variants.  With   *)
(* PipelineSpec there are no batches, only the bound on the pipeline.      *)
(***************************************************************************)

EXTENDS MCVSR, VSRBatching

BatchingInit == MCInit /\ NoBatch

ClientStep(c) == UNCHANGED batch /\ (MCSendRequest(c) \/ MCOnReply(c))

\* The steps of VSR besides OnRequest.
Ordinary(i) ==
    \/ MCOnPrepare(i) \/ MCOnPrepareOK(i) \/ MCSendCommit(i) \/ MCOnCommit(i)
    \/ MCSendStartViewChange(i) \/ MCOnLaterView(i) \/ MCOnStartViewChange(i)
    \/ MCOnDoViewChange(i) \/ MCOnStartView(i)
    \/ MCSendGetState(i) \/ MCJoinView(i) \/ MCOnGetState(i) \/ MCOnNewState(i)
    \/ MCRestart(i)

OrdinaryWithBatch(i) == Ordinary(i) /\ batch' = [batch EXCEPT ![i] = BatchAfter(i)]

MCCollectRequest(i) ==
    /\ CollectRequest(i)
    /\ <<vars, batch>>' # <<vars, batch>>
    /\ UNCHANGED spent

MCSendBatch(i) == SendBatch(i) /\ UNCHANGED spent

BatchingNext ==
    \/ \E c \in Clients : ClientStep(c)
    \/ \E i \in Replicas : OrdinaryWithBatch(i) \/ MCCollectRequest(i) \/ MCSendBatch(i)

BatchingSpec == BatchingInit /\ [][BatchingNext]_<<mcVars, batch>>

MCOnRequestWithinPipeline(i) == OnRequestWithinPipeline(i) /\ Free

PipelineNext ==
    \/ \E c \in Clients : ClientStep(c)
    \/ \E i \in Replicas : UNCHANGED batch /\ (Ordinary(i) \/ MCOnRequestWithinPipeline(i))

PipelineSpec == BatchingInit /\ [][PipelineNext]_<<mcVars, batch>>

-----------------------------------------------------------------------------
(* Wrong variants *)

\* In the place of LatestRequest: only the last request of each batch is found.
LastRequestOfBatches(i, c) ==
    LET last(n) == Requests(log[i][n])[Len(Requests(log[i][n]))]
        found   == {n \in DOMAIN log[i] : last(n).clientID = c}
    IN IF found = {} THEN 0 ELSE last(Greatest(found)).requestNumber

\* In the place of BatchAfter: a batch outlives its view.
KeepBatch(i) == batch[i]

\* In the place of Restart, and no fault: the commit-number that came with each entry is on disk, too.
RestartWithCommitNumber(i) ==
    /\ IF IsPrimary(i)
       THEN \E kept \in commitNumber[i] .. OpNumber(i) :
                /\ \A lost \in kept + 1 .. OpNumber(i) :
                        log[i][lost].viewNumber = viewNumber[i]
                /\ log' = [log EXCEPT ![i] = UpTo(@, kept)]
                /\ EnterViewChange(i, viewNumber[i] + 1)
       ELSE UNCHANGED <<status, viewNumber, log, sent>>
    /\ UNCHANGED <<lastNormalView, commitNumber, clientVars>>

==============================================================================
