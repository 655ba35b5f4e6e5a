// SPDX-License-Identifier: Apache-2.0

// Replace: one file takes the place of another.

package storage

import (
	"fmt"
	"os"
	"path/filepath"
)

// Replace gives the file at from the name to, and makes that durable. A file that had the name is
// gone then. At each moment, also after a crash, the name has the one file or the other. The
// content of from must be durable, and both names must be in one directory.
func Replace(from, to string) error {
	if a, b := filepath.Dir(from), filepath.Dir(to); a != b {
		return fmt.Errorf("replace %s by %s: they are in two directories", to, from)
	}
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("replace: %w", err)
	}
	if err := syncDirectory(filepath.Dir(to)); err != nil {
		return fmt.Errorf("replace %s: make its name durable: %w", to, err)
	}
	return nil
}
