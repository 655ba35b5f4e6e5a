// SPDX-License-Identifier: Apache-2.0

package vsrtest_test

import (
	"fmt"
	"math/rand/v2"

	"viewstamp/impl/sim/vsrtest"
	"viewstamp/impl/vsr"
)

// register holds one value: an operation sets it and returns the one before.
type register struct{ value string }

func (s *register) Execute(_ vsr.Timestamp, operation []byte) []byte {
	before := s.value
	s.value = string(operation)
	return []byte(before)
}

func (s *register) Snapshot() []byte { return []byte(s.value) }

func (s *register) Restore(snapshot []byte) error {
	s.value = string(snapshot)
	return nil
}

func Example() {
	err := vsrtest.Check(vsrtest.Config{
		New:       func() vsr.Service { return &register{} },
		Operation: func(r *rand.Rand) []byte { return fmt.Appendf(nil, "value %d", r.IntN(100)) },
		Reference: func() func([]byte) []byte {
			value := ""
			return func(operation []byte) []byte {
				before := value
				value = string(operation)
				return []byte(before)
			}
		},
		Seeds: 3,
	})
	fmt.Println(err)
	// Output: <nil>
}
