// SPDX-License-Identifier: Apache-2.0

// What a driver asks before and after Open: whose file it is, and whether it was ever used.

package journal

import (
	"fmt"

	"viewstamp/impl/storage"
)

// ReadIdentity says whose file it is, from the superblock alone. It changes nothing.
func ReadIdentity(disk storage.Disk) (Identity, error) {
	states, err := readCopies(disk, storage.Buffer(storage.SectorSize))
	if err == nil {
		var best int
		if best, err = chooseSuperblock(&states); err == nil {
			return states[best].identity, nil
		}
	}
	return Identity{}, fmt.Errorf("journal: read identity: %w", err)
}

// Opens is how often the file was opened, this time included. Only at 1 is the replica new: later
// it may have spoken to others, even if nothing of that is in the file.
func (j *Journal) Opens() uint64 { return j.super.open }
