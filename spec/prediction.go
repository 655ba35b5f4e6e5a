// SPDX-License-Identifier: Apache-2.0

package spec

// Prediction is what the primary predicts: a time, a random number. Zero: nothing.
type Prediction int
