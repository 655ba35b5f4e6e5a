// SPDX-License-Identifier: Apache-2.0

package spec

import "fmt"

// Flexible quorums: what must meet what. A quorum that commits and one that changes views must
// share a replica; two that commit need not, since one primary orders all operations of a view, and
// neither need two that change views (Howard, Malkhi and Spiegelman, 2016). All other sizes follow
// from these two. Each formula is compared with a search over all sets in the tests.

// CommitQuorum is Qr: so many replicas have what is committed, the primary among them.
func (c Configuration) CommitQuorum() int {
	if c.Commit == 0 {
		return c.Quorum()
	}
	return c.Commit
}

// ChangeQuorum is Qv: so many replicas take part in a view change, the new primary among them.
func (c Configuration) ChangeQuorum() int {
	if c.Change == 0 {
		return c.Quorum()
	}
	return c.Change
}

// CommitOthers is a quorum that commits, without the primary.
func (c Configuration) CommitOthers() int { return c.CommitQuorum() - 1 }

// ChangeOthers is a quorum that changes views, without the replica that counts it.
func (c Configuration) ChangeOthers() int { return c.ChangeQuorum() - 1 }

// LeaseOthers is how many others must give a primary leases (§6.3.1): then each quorum that
// changes views has one of them, or the primary itself.
func (c Configuration) LeaseOthers() int { return c.N - c.ChangeQuorum() }

// ReadQuorum is how many replicas together know of everything that is committed.
func (c Configuration) ReadQuorum() int { return c.N - c.CommitQuorum() + 1 }

// RecoveryQuorum is how many others a replica without a disk must hear (§4.3): together they know
// of everything that it may have committed, and of every view that it may have promised to enter.
func (c Configuration) RecoveryQuorum() int {
	return c.N - min(c.CommitQuorum(), c.ChangeQuorum()) + 1
}

// Validate says what is wrong with the sizes; nil if the configuration is safe.
func (c Configuration) Validate() error {
	qr, qv := c.CommitQuorum(), c.ChangeQuorum()
	switch {
	case c.N < 1:
		return fmt.Errorf("spec: a group of %d replicas: want at least one", c.N)
	case c.Witnesses < 0 || c.Active() <= c.F():
		return fmt.Errorf("spec: %d witnesses of %d replicas: want at most %d, so that a replica "+
			"with the state is left after %d failures", c.Witnesses, c.N, c.Others(), c.F())
	case qr < 1 || qr > c.N || qv < 1 || qv > c.N:
		return fmt.Errorf("spec: quorums of %d and %d of %d replicas: want 1 to %d",
			qr, qv, c.N, c.N)
	case qr+qv <= c.N:
		return fmt.Errorf("spec: quorums of %d to commit and %d to change views miss each other "+
			"among %d replicas: want a sum above %d", qr, qv, c.N, c.N)
	}
	return nil
}
