// SPDX-License-Identifier: Apache-2.0

package histories

// This file makes the recorded histories available to programs.

import (
	"embed"
	"io/fs"
)

//go:embed ok/*.jsonl bad/*.jsonl
var recorded embed.FS

// Recorded holds the recorded histories: those in ok are linearizable, those in bad are not, as
// their headers say as well. README.md describes what each shows.
func Recorded() fs.FS { return recorded }
