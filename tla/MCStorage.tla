------------------------------- MODULE MCStorage -------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* VSRStorage within the bounds of MCVSR, and a budget of damages; and its *)
(* wrong variants.                                                         *)
(***************************************************************************)

EXTENDS MCVSR, VSRStorage

CONSTANT MaxDamages     \* How many restarts find a damaged disk.

VARIABLE damages

diskVars == <<mcVars, storageVars, damages>>

StorageInit == MCInit /\ NoDamage /\ damages = 0

\* The steps of VSR that know nothing of damage.
ClientStep(c) == UNCHANGED <<storageVars, damages>> /\ (MCSendRequest(c) \/ MCOnReply(c))

Ordinary(i) ==
    /\ UNCHANGED <<storageVars, damages>>
    /\ \/ MCOnRequest(i) \/ MCOnPrepareOK(i)
       \/ MCSendStartViewChange(i) \/ MCOnLaterView(i)
       \/ MCRestart(i)

FreeOnDisk == <<vars, storageVars>>' # <<vars, storageVars>> /\ UNCHANGED <<spent, damages>>

MCOnPrepareOnDisk(i)         == OnPrepareOnDisk(i) /\ FreeOnDisk
MCOnStartViewChangeOnDisk(i) == OnStartViewChangeOnDisk(i) /\ FreeOnDisk
MCOnDoViewChangeOnDisk(i)    == OnDoViewChangeOnDisk(i) /\ FreeOnDisk
MCOnStartViewOnDisk(i)       == OnStartViewOnDisk(i) /\ FreeOnDisk
MCOnOneMoreDoViewChange(i)   == OnOneMoreDoViewChange(i) /\ FreeOnDisk
MCOnTwoMoreDoViewChange(i)   == OnTwoMoreDoViewChange(i) /\ FreeOnDisk
MCSendGetEntries(i)          == SendGetEntries(i) /\ FreeOnDisk
MCOnGetEntries(i)            == OnGetEntries(i) /\ FreeOnDisk
MCOnEntries(i)               == OnEntries(i) /\ FreeOnDisk

MCRestartDamaged(i) ==
    /\ damages < MaxDamages
    /\ damages' = damages + 1
    /\ RestartDamaged(i)
    /\ UNCHANGED spent

StorageNext ==
    \/ \E c \in Clients : ClientStep(c)
    \/ \E i \in Replicas :
        \/ Ordinary(i)
        \/ MCOnPrepareOnDisk(i) \/ MCOnStartViewChangeOnDisk(i)
        \/ MCOnDoViewChangeOnDisk(i) \/ MCOnStartViewOnDisk(i)
        \/ MCOnOneMoreDoViewChange(i) \/ MCOnTwoMoreDoViewChange(i)
        \/ MCRestartDamaged(i)
        \/ MCSendGetEntries(i) \/ MCOnGetEntries(i) \/ MCOnEntries(i)

StorageSpec == StorageInit /\ [][StorageNext]_diskVars

-----------------------------------------------------------------------------
(* Wrong variants *)

RightOnDisk == INSTANCE VSRStorage

\* In the place of Named: an entry that cannot be read is as good as one that never was.
OnlyReadable(i) == UpTo(log[i], Readable(log[i], lost[i]))

\* In the place of DeniesAbove: who does not name an entry denies it, its head known or not;
UnknownDenies(m, chosen) == TRUE

\* or only who was Normal in the latest view can deny.
SameViewDenies(m, chosen) == m.lastNormalView = chosen.lastNormalView /\ ~m.headUnknown

\* In the place of Denials.
OneDenialTooFew == N - Quorum

\* In the place of Denies: a vote that names only what is not committed denies the rest.
DeniesBelowRange(m, chosen, name) ==
    m.commitNumber >= Len(name) \/ RightOnDisk!Denies(m, chosen, name)

\* In the place of MayStart: if all have answered, what nobody has may be dropped.
StartWhenAllAnswered(votes, missing) ==
    IF Cardinality(votes) = N
    THEN missing <= Len(Canonical(votes).log)
    ELSE RightOnDisk!MayStart(votes, missing)

\* In the place of KnownHead: damage may hide the log with which v' was entered.
NoHeadKnown(i, l) == 0

\* A head that cannot be read is no head.
TakeLowHead(i) == RestartFromDamaged(i, FALSE)

==============================================================================
