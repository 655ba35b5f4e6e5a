// SPDX-License-Identifier: Apache-2.0

package conform

// Crashes: the trace is ahead of the disk.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// story is a hand-made run of three replicas: each line is a step of the spec.
type story struct {
	*walk
	t *testing.T
}

func newStory(t *testing.T) *story { return &story{newWalk(1, 3, 2), t} }

// client sends the next request of a client.
func (s *story) request(client int) spec.Message {
	after, sent, _ := spec.SendRequest(s.clients[client])
	after.Outstanding = false
	s.clients[client] = after
	s.requests = append(s.requests, s.message(sent[0]).(*vsr.Request))
	return sent[0]
}

// step lets replica i take a step, and returns what it sends.
func (s *story) step(i int, name string, in ...spec.Message) []spec.Message {
	return s.choose(i, name, 0, in...)
}

// choose is step with a choice.
func (s *story) choose(i int, name string, choice int, in ...spec.Message) []spec.Message {
	step := spec.AcknowledgeJoined(spec.ViewstampedReplication()).Step(name)
	after, sent, why := step.Do(s.config, s.replicas[i], in, choice)
	require.Equal(s.t, spec.Accepted, why, "%s of replica %d", name, i)
	s.replicas[i] = after.(spec.Replica)
	if name == stepRestart {
		s.sequence[i] = 0
	}
	s.emit(i, name, in, sent, why)
	return sent
}

// crash lets replica i restart from an earlier state: all after it was not
// durable.
func (s *story) crash(i int, durable spec.Replica) []spec.Message {
	s.replicas[i] = durable
	return s.step(i, stepRestart)
}

// fails requires that the run diverges with that problem.
func (s *story) fails(problem Problem) *Divergence {
	_, err := s.check(Options{}, s.events)
	var d *Divergence
	require.ErrorAs(s.t, err, &d)
	require.Equal(s.t, problem, d.Problem, "%v", d)
	return d
}

func TestCrashTakesBackStepsThatWereNotDurable(t *testing.T) {
	s := newStory(t)
	first := s.step(0, "OnRequest", s.request(0))
	second := s.step(0, "OnRequest", s.request(1))
	s.step(1, "OnPrepare", first[0])
	durable := s.replicas[1]
	s.step(1, "OnPrepare", second[0])
	s.step(1, "SendStartViewChange")
	s.crash(1, durable)
	s.step(1, "OnPrepare", second[0])
	report, err := s.check(Options{}, s.events)
	require.NoError(t, err)
	require.Equal(t, 2, report.Undone)
	require.Equal(t, 1, report.Restarts)

	// A checker that takes nothing back sees a divergence here.
	_, err = s.check(Options{rules: rules{noUndo: true}}, s.events)
	require.ErrorContains(t, err, string(WrongRestart))
}

func TestMessageOfALostStepMustNotHaveBeenReceived(t *testing.T) {
	s := newStory(t)
	prepare := s.step(0, "OnRequest", s.request(0))
	durable := s.replicas[1]
	ok := s.step(1, "OnPrepare", prepare[0])
	s.step(0, "OnPrepareOK", ok[0])
	s.crash(1, durable)
	s.fails(NotDurable)
}

func TestMessageOfALostStepCannotBeReceivedLater(t *testing.T) {
	s := newStory(t)
	prepare := s.step(0, "OnRequest", s.request(0))
	durable := s.replicas[1]
	ok := s.step(1, "OnPrepare", prepare[0])
	s.crash(1, durable)
	s.step(0, "OnPrepareOK", ok[0])
	s.fails(NeverSent)
}

func TestPrimaryMayLoseWhatItDidNotCommit(t *testing.T) {
	s := newStory(t)
	first := s.step(0, "OnRequest", s.request(0))
	second := s.step(0, "OnRequest", s.request(1))
	s.step(1, "OnPrepare", first[0])
	s.step(1, "OnPrepare", second[0])
	s.choose(0, stepRestart, 1)
	report, err := s.check(Options{}, s.events)
	require.NoError(t, err)
	require.Zero(t, report.Undone)
}

func TestPrimaryMustNotLoseWhatItCommitted(t *testing.T) {
	s := newStory(t)
	empty := s.replicas[0]
	prepare := s.step(0, "OnRequest", s.request(0))
	ok := s.step(1, "OnPrepare", prepare[0])
	s.step(0, "OnPrepareOK", ok[0])
	s.crash(0, empty)
	s.fails(WrongRestart)
}

// newPrimary makes replica 1 the primary of view 1 and returns its state before
// that, and the messages that made it so.
func (s *story) newPrimary() (durable spec.Replica, quorum []spec.Message) {
	one, two := s.step(1, "SendStartViewChange"), s.step(2, "SendStartViewChange")
	own := s.step(1, "OnStartViewChange", two[0])
	other := s.step(2, "OnStartViewChange", one[0])
	durable = s.replicas[1]
	s.step(1, "OnDoViewChange", own[0], other[0])
	return durable, []spec.Message{own[0], other[0]}
}

func TestLostStepGivesTheNameOfItsLogBack(t *testing.T) {
	s := newStory(t)
	durable, quorum := s.newPrimary()
	request := s.request(0)
	lost := s.step(1, "OnRequest", request)
	s.names = map[spec.Log]vsr.LogName{}
	s.late = 1000 // In its second life the request gets another timestamp, and so another name.
	s.crash(1, durable)
	s.step(1, "OnDoViewChange", quorum...)
	s.step(1, "OnRequest", request)
	report, err := s.check(Options{}, s.events)
	require.NoError(t, err)
	require.Equal(t, 2, report.Undone)

	s.names = map[spec.Log]vsr.LogName{}
	s.late = 0
	s.step(2, "JoinView", lost[0])
	d := s.fails(NeverSent)
	require.Contains(t, d.Reason, "PREPARE")
}

func TestRepliesOfClientsAreChecked(t *testing.T) {
	s := newStory(t)
	prepare := s.step(0, "OnRequest", s.request(0))
	ok := s.step(1, "OnPrepare", prepare[0])
	reply := s.step(0, "OnPrepareOK", ok[0])[0].(spec.Reply)
	c, err := New(Options{Replicas: 3, ClientsTraced: true})
	require.NoError(t, err)
	require.NoError(t, c.ClientSent(s.requests[0]))
	for _, e := range s.events {
		require.NoError(t, c.Event(e))
	}
	require.NoError(t, c.ClientReceived(s.message(reply).(*vsr.Reply)))
	reply.OpNumber++
	err = c.ClientReceived(s.message(reply).(*vsr.Reply))
	require.ErrorContains(t, err, string(NeverSent))
	_, finished := c.Finish()
	require.Equal(t, err, finished)
}

func TestRestartIntoAStateThatNeverWas(t *testing.T) {
	s := newStory(t)
	prepare := s.step(0, "OnRequest", s.request(0))
	s.step(1, "OnPrepare", prepare[0])
	wrong := s.replicas[1]
	wrong.LastNormalView, wrong.ViewNumber, wrong.Status = 1, 2, spec.ViewChange
	s.crash(1, wrong)
	d := s.fails(WrongRestart)
	require.Len(t, d.State, 3)
}

func TestFirstEventsOfAReplica(t *testing.T) {
	s := newStory(t)
	s.emit(1, stepStart, nil, nil, "")
	s.fails(WrongSequence)

	s = newStory(t)
	s.events = s.events[1:]
	s.step(0, "SendCommit")
	s.fails(WrongSequence)

	s = newStory(t)
	s.events = s.events[1:]
	s.step(0, stepRestart)
	s.fails(WrongSequence)

	s = newStory(t)
	s.events[0].State.ViewNumber = 1
	s.fails(WrongState)
}
