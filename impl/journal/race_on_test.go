// SPDX-License-Identifier: Apache-2.0

//go:build race

// Whether the race detector is on.

package journal

const raceDetector = true
