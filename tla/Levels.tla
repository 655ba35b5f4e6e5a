-------------------------------- MODULE Levels --------------------------------
\* SPDX-License-Identifier: Apache-2.0

(***************************************************************************)
(* Counting states level by level, with one worker.                        *)
(***************************************************************************)

EXTENDS Integers, TLC

\* TLC asks an invariant once about each new state, level after level.  Register l counts the states
\* of level l; when the first one of a level comes, the level before is complete and is printed.
\* TLC counts levels from 1, and the initial state is at depth 0.
LevelMax == 200

ASSUME \A l \in 1 .. LevelMax : TLCSet(l, 0)

PrintLevel(l) == PrintT(<<"states at depth", l - 1, TLCGet(l)>>)

CountLevels ==
    LET l == TLCGet("level") IN
    /\ Assert(l <= LevelMax, "LevelMax is too small")
    /\ l > 1 /\ TLCGet(l) = 0 => PrintLevel(l - 1)
    /\ TLCSet(l, TLCGet(l) + 1)

\* The last level, when all is done.
PrintLastLevel == PrintLevel(TLCGet("stats").diameter)

==============================================================================
