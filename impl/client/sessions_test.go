// SPDX-License-Identifier: Apache-2.0

// What the client does with requests that are not taken: EVICTED and BUSY.

package client

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/vsr"
)

// refuse has the primary of a script answer a request with a refusal.
func (s *script) refuse(m *vsr.Request, commit vsr.OpNumber, evicted bool) {
	s.deliver(&vsr.Refused{ClientID: m.ClientID, RequestNumber: m.RequestNumber,
		CommitNumber: commit, Evicted: evicted})
}

// latest is the last request that a replica of the script got.
func (s *script) latest(replica int) *vsr.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got[replica][len(s.got[replica])-1]
}

// TestEvictedBeforeItRan: a session that the cluster has forgotten is replaced by a new one, which
// knows what was committed, and nobody notices: only one replica had the request, and it says that
// it has not taken it.
func TestEvictedBeforeItRan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		c := scripted(t, &s, nil)
		_, err := c.Do(t.Context(), []byte("first"))
		require.NoError(t, err)
		old := s.latest(0)
		s.set(func() { s.silent[0] = true })
		go func() {
			synctest.Wait()
			evicted := s.latest(0)
			s.set(func() { s.silent[0] = false })
			s.refuse(evicted, 77, true)
		}()
		result, err := c.Do(t.Context(), []byte("second"))
		require.NoError(t, err)
		require.Equal(t, []byte("second"), result.Value)
		renewed := s.latest(0)
		require.NotEqual(t, old.ClientID, renewed.ClientID)
		require.Equal(t, vsr.RequestNumber(1), renewed.RequestNumber)
		require.Equal(t, vsr.OpNumber(77), renewed.Since)
		require.NotContains(t, s.executed[old.ClientID].Result, "second")
		c.Close()
	})
}

// TestEvictedAfterItMayHaveRun: another replica may have taken the request before the session was
// forgotten. Then nobody can know, and the caller is told so; the next call has a new session.
func TestEvictedAfterItMayHaveRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		s.silent = [3]bool{true, true, true}
		c := scripted(t, &s, nil)
		go func() {
			time.Sleep(1500 * time.Millisecond) // virtual; all have got it again by then
			s.refuse(s.latest(0), 5, true)
		}()
		_, err := c.Do(t.Context(), nil)
		require.ErrorIs(t, err, ErrIndeterminate)
		require.ErrorIs(t, err, ErrEvicted)
		old := s.latest(0)
		s.set(func() { s.silent = [3]bool{} })
		_, err = c.Do(t.Context(), nil)
		require.NoError(t, err)
		require.NotEqual(t, old.ClientID, s.latest(0).ClientID)
		require.Equal(t, vsr.OpNumber(5), s.latest(0).Since)
		c.Close()
	})
}

// TestBusy: a request that is refused for lack of room is sent again, later each time, and the
// error says why if the time is over before it is taken.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		s.silent = [3]bool{true, true, true}
		c := scripted(t, &s, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		go func() {
			synctest.Wait()
			s.refuse(s.latest(0), 3, false)
		}()
		_, err := c.Do(ctx, nil)
		require.ErrorIs(t, err, ErrBusy)
		require.ErrorIs(t, err, ErrIndeterminate) // it may wait in a replica that did not answer
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, [3]int{4, 3, 3}, s.counts()) // at once, then after 1 s, 3 s, 7 s

		s.set(func() { s.silent = [3]bool{true, true, true} })
		go func() {
			synctest.Wait()
			s.refuse(s.latest(0), 3, false)
			s.set(func() { s.silent = [3]bool{} })
		}()
		started := time.Now()
		_, err = c.Do(t.Context(), []byte("in time"))
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(started))
		c.Close()
	})
}

// TestRefusalsOfOthers: a refusal counts only for the request under way.
func TestRefusalsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		s.silent = [3]bool{true, true, true}
		c := scripted(t, &s, nil)
		go func() {
			synctest.Wait()
			m := *s.latest(0)
			for _, wrong := range []vsr.Request{{ClientID: vsr.ClientID{9}, RequestNumber: 1},
				{ClientID: m.ClientID, RequestNumber: 2}} {
				s.refuse(&wrong, 0, true)
			}
			s.set(func() { s.silent = [3]bool{} })
		}()
		_, err := c.Do(t.Context(), nil)
		require.NoError(t, err)
		require.Len(t, s.executed, 1)
		c.Close()
	})
}
