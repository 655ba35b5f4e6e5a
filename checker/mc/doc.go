// SPDX-License-Identifier: Apache-2.0

// Package mc is an explicit-state model checker for systems of processes that exchange messages.
package mc
