// SPDX-License-Identifier: Apache-2.0

package conform

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// newDisk makes a damaged replica one with a disk of vsr recover: it knows a view.
func newDisk(r *spec.Replica) {
	r.Log = r.Log.UpTo(0)
	r.LastNormalView, r.ViewNumber = r.ViewNumber, r.ViewNumber+1
}

// walkToNormal is a random run, and in it a replica that is Normal with a log, in a view that no
// other one is beyond.
func walkToNormal() (w *walk, normal int) {
	for seed := uint64(corruptSeed); ; seed++ {
		w = newWalk(seed, 3, 3).run(corruptEvents)
		for i, r := range w.replicas {
			beyond := func(other spec.Replica) bool { return other.ViewNumber > r.ViewNumber }
			if r.Status == spec.Normal && r.OpNumber() > 0 &&
				!slices.ContainsFunc(w.replicas, beyond) {
				return w, i
			}
		}
	}
}

// TestRestartSilent: a replica may come back with less of its log, and must not
// vote then.
func TestRestartSilent(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*spec.Replica)
		vote   bool
		want   Problem
	}{
		{"the log is gone", func(*spec.Replica) {}, false, ""},
		{"it votes", func(*spec.Replica) {}, true, WrongSent},
		{"the view is gone", func(r *spec.Replica) { r.ViewNumber-- }, false, WrongRestart},
		{"v′ is another", func(r *spec.Replica) { r.LastNormalView++ }, false, WrongRestart},
		{"a new disk", newDisk, false, ""},
		{"a new disk, and it votes", newDisk, true, WrongSent},
		{"a new disk of an old view", func(r *spec.Replica) {
			newDisk(r)
			r.LastNormalView, r.ViewNumber = r.LastNormalView-2, r.ViewNumber-2
		}, false, NotDurable}, // Only steps that others have heard of would explain it.
		{"a new disk with a gap between the views", func(r *spec.Replica) {
			newDisk(r)
			r.ViewNumber++
		}, false, WrongRestart},
		{"it is Normal", func(r *spec.Replica) { r.Status = spec.Normal }, false, WrongRestart},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, i := walkToNormal()
			damaged := w.replicas[i]
			damaged.Log, damaged.Damage.HeadUnknown = damaged.Log.UpTo(0), true
			damaged.CommitNumber, damaged.Status = 0, spec.ViewChange
			damaged.ViewNumber++
			test.change(&damaged)
			wish := spec.StartViewChange{From: spec.ReplicaNumber(i), ViewNumber: damaged.ViewNumber}
			w.replicas[i], w.sequence[i] = damaged, 0
			w.emit(i, stepRestartSilent, nil, []spec.Message{wish}, "")

			// Another replica hears of the view, and both send STARTVIEWCHANGE.
			p, j := spec.AcknowledgeJoined(spec.ViewstampedReplication()), (i+1)%3
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

// TestRestartDamaged: a replica that does not know its head has the log with which it entered v′ at
// least, and says in its vote that it does not know more.
func TestRestartDamaged(t *testing.T) {
	for _, test := range []struct {
		name string
		cut  func(head spec.OpNumber) spec.OpNumber
		says bool
		want Problem
	}{
		{"the head is gone", func(n spec.OpNumber) spec.OpNumber { return n }, true, ""},
		{"it does not say so", func(n spec.OpNumber) spec.OpNumber { return n }, false, WrongSent},
		{"more is gone", func(n spec.OpNumber) spec.OpNumber { return n - 1 }, true, WrongRestart},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWalk(corruptSeed, 3, 3).run(corruptEvents)
			i, head := 0, spec.OpNumber(0)
			for ; head == 0; i++ {
				for r := w.replicas[i]; head < r.OpNumber() &&
					r.Log.At(head+1).ViewNumber < r.LastNormalView; head++ {
				}
			}
			i--
			v := w.replicas[i].ViewNumber + 1
			damaged := w.replicas[i]
			damaged.Log = damaged.Log.UpTo(test.cut(head))
			damaged.CommitNumber, damaged.Status, damaged.ViewNumber = 0, spec.ViewChange, v
			damaged.Damage.HeadUnknown = true
			wish := spec.StartViewChange{From: spec.ReplicaNumber(i), ViewNumber: v}
			w.replicas[i], w.sequence[i] = damaged, 0
			w.emit(i, stepRestartDamaged, nil, []spec.Message{wish}, "")

			p, j := spec.AcknowledgeJoined(spec.DamagedDisks()), (i+1)%3
			take := func(at int, name string, in spec.Message) []spec.Message {
				messages := []spec.Message{in}
				after, sent, why := p.Step(name).Do(w.config, w.replicas[at], messages, 0)
				require.Equal(t, spec.Accepted, why)
				w.replicas[at] = after.(spec.Replica)
				if vote, ok := sent[0].(spec.DoViewChange); ok {
					vote.HeadUnknown = vote.HeadUnknown && test.says
					sent[0] = vote
				}
				w.emit(at, name, messages, sent, "")
				return sent
			}
			take(i, "OnStartViewChange", take(j, "OnLaterView", wish)[0])
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
