// SPDX-License-Identifier: Apache-2.0

// Package textbook holds small models with exactly known numbers of states. They test the model
// checker, and they show how models are written. Each comes with a wrong variant, which the
// checker must refute by a counterexample of known length.
package textbook
