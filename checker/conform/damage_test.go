// SPDX-License-Identifier: Apache-2.0

package conform

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// TestRestartDamaged: a replica may come back with less of its log, and must not
// vote then.
func TestRestartDamaged(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*spec.Replica)
		vote   bool
		want   Problem
	}{
		{"a part of the log is gone", func(*spec.Replica) {}, false, ""},
		{"it votes", func(*spec.Replica) {}, true, WrongSent},
		{"the view is gone", func(r *spec.Replica) { r.ViewNumber-- }, false, WrongRestart},
		{"v′ is another", func(r *spec.Replica) { r.LastNormalView++ }, false, WrongRestart},
		{"it is Normal", func(r *spec.Replica) { r.Status = spec.Normal }, false, WrongRestart},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWalk(corruptSeed, 3, 3).run(corruptEvents)
			i := 0
			for w.replicas[i].Status != spec.Normal || w.replicas[i].OpNumber() == 0 {
				i++
			}
			v := w.replicas[i].ViewNumber + 1
			damaged := w.replicas[i]
			damaged.Log = damaged.Log.UpTo(damaged.OpNumber() - 1)
			damaged.CommitNumber, damaged.Status, damaged.ViewNumber = 0, spec.ViewChange, v
			test.change(&damaged)
			wish := spec.StartViewChange{From: spec.ReplicaNumber(i), ViewNumber: v}
			w.replicas[i], w.sequence[i] = damaged, 0
			w.emit(i, stepRestartDamaged, nil, []spec.Message{wish}, "")

			// Another replica hears of the view, and both send STARTVIEWCHANGE.
			p, j := spec.ViewstampedReplication(), (i+1)%3
			take := func(at int, name string, in spec.Message) []spec.Message {
				messages := []spec.Message{in}
				after, sent, why := p.Step(name).Do(w.config, w.replicas[at], messages, 0)
				require.Equal(t, spec.Accepted, why)
				w.replicas[at] = after.(spec.Replica)
				w.emit(at, name, messages, sent, "")
				return sent
			}
			if test.vote {
				wishes := take(j, "OnLaterView", wish)
				take(i, "OnStartViewChange", wishes[0])
			}
			_, err := w.check(Options{}, w.events)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			var d *Divergence
			require.ErrorAs(t, err, &d)
			require.Equal(t, test.want, d.Problem)
		})
	}
}
