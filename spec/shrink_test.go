// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/spec"
)

// Wrong variants are found by rapid too, beyond what can be searched, and the schedules that it
// prints are short enough to read.

// listener is a test to rapid. It notes whether the check fails, and what it prints.
type listener struct {
	*testing.T
	failed bool
	said   strings.Builder
}

func (l *listener) Logf(format string, args ...any) { fmt.Fprintf(&l.said, format+"\n", args...) }
func (l *listener) Log(args ...any)                 { fmt.Fprintln(&l.said, args...) }

func (l *listener) Errorf(format string, args ...any) {
	l.failed = true
	l.Logf(format, args...)
}

func (l *listener) Error(args ...any) {
	l.failed = true
	l.Log(args...)
}

func (l *listener) Fatalf(format string, args ...any) { l.Errorf(format, args...) }
func (l *listener) Fatal(args ...any)                 { l.Error(args...) }

func (l *listener) Fail()        { l.failed = true }
func (l *listener) FailNow()     { l.failed = true }
func (l *listener) Failed() bool { return l.failed }

// shrunk lets rapid check a wrong system from a fixed seed, and returns the run that fails, made
// shorter, with what rapid has printed. It has no time to try smaller numbers, so that the result
// is the same each time.
func shrunk(t *testing.T, s spec.System, seed string) (*walk, string) {
	for name, value := range map[string]string{"rapid.seed": seed, "rapid.nofailfile": "true",
		"rapid.shrinktime": "0s"} {
		f := flag.Lookup(name)
		before := f.Value.String()
		require.NoError(t, f.Value.Set(value))
		t.Cleanup(func() { require.NoError(t, f.Value.Set(before)) })
	}
	l := &listener{T: t}
	var last *walk
	rapid.Check(l, func(t *rapid.T) {
		w := newWalk(s)
		defer func() {
			if w.broken() != "" {
				last = w.shortened()
			}
		}()
		take(t, w)
	})
	require.True(t, l.failed, "rapid finds nothing wrong with %s", s.Name)
	require.NotNil(t, last)
	return last, l.said.String()
}

func TestRapidShrinksToShortSchedules(t *testing.T) {
	variants := wrongVariants()
	for _, test := range []struct {
		variant  int
		replicas int
		steps    int // At most so many.
	}{{1, 5, 23}, {2, 7, 5}} {
		v := variants[test.variant]
		t.Run(v.name, func(t *testing.T) {
			w, said := shrunk(t, system(v.p, test.replicas, 0), "1")
			t.Logf("%s is broken in %d steps\n%v", w.broken(), len(w.taken), w)
			require.LessOrEqual(t, len(w.taken), test.steps)
			require.Contains(t, said, w.String(), "the schedule is printed")
			require.Contains(t, said, "-rapid.seed=")
		})
	}
}
