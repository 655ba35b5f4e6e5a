// SPDX-License-Identifier: Apache-2.0

// Package linear decides whether what clients saw (package histories) is linearizable: whether
// each operation could have taken effect at one moment between its invoke and its outcome, so
// that all results are those of the service used by one client at a time.
//
// There are two checkers, and they know nothing of each other:
//
//   - Check searches for an order of the operations, key by key, with porcupine. It needs no
//     help from the system under test, and may need exponential time and memory: the more
//     requests are open at once on one key, the worse. It keeps to a time and a memory limit.
//   - Witness needs the op-numbers: it takes the order that the system itself claims, and tests
//     in one pass that this order respects real time and explains every result. It is linear
//     in the length of the history, whatever the concurrency.
//
// Judge runs both and holds them against each other. Where both decide and they contradict each
// other, one of them is wrong: that is an internal error and never a verdict.
//
// # What op-numbers add
//
// A reply with an op-number says more than its value: it also names the position that the
// operation got in the log. Judge takes it at its word. So a history can be refuted though its
// values alone could be explained: two replies that claim the same position; an operation that
// began after another had returned, with a smaller position; an effect that needs a position
// which is already taken. The reason of the Result tells the two apart.
//
// # Unknown outcomes
//
// A write whose outcome is unknown may take effect at any moment after its invoke, or never. For
// the search it is an operation that does not end. The witness first assumes that it never took
// effect, and only where that does not explain the results of a key looks for a place for it.
//
// # Unknown is a failure
//
// A check that ran out of time or memory has shown nothing. Its verdict is Unknown with the
// reason, and whoever asks must treat it as a failure.
package linear
