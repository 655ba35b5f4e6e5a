// SPDX-License-Identifier: Apache-2.0

// Values of flags that several commands have.

package command

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"viewstamp/impl/wire"
)

// size is a number of bytes, with or without a unit.
type size int64

var units = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"B", 1}, {"", 1}}

// String implements pflag.Value.
func (s *size) String() string {
	for i := 3; i >= 0; i-- {
		if n := int64(*s); n != 0 && n%units[i].bytes == 0 {
			return strconv.FormatInt(n/units[i].bytes, 10) + units[i].name
		}
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Set implements pflag.Value.
func (s *size) Set(text string) error {
	for _, unit := range units {
		digits, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > (1<<62)/unit.bytes {
			break
		}
		*s = size(n * unit.bytes)
		return nil
	}
	return fmt.Errorf("%q is no size: expected a number with KiB, MiB, GiB or no unit", text)
}

// Type implements pflag.Value.
func (s *size) Type() string { return "size" }

// clusterID makes the id of a cluster from what the user calls it: the id itself, or a name.
func clusterID(text string) (wire.ClusterID, error) {
	if id, err := wire.ParseClusterID(text); err == nil {
		return id, nil
	}
	if text == "" {
		return wire.ClusterID{}, usage("--cluster is missing: give all replicas of the cluster " +
			"the same name, or the same id of 32 hexadecimal digits")
	}
	sum := sha256.Sum256([]byte(text))
	return wire.ClusterID(sum[:16]), nil
}

// newLog makes the log of a format.
func newLog(w io.Writer, format string) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	}
	return nil, usage("--log-format is %q, expected text or json", format)
}
