// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Limits, wrong settings, wrong disks, and parts that have a simple definition to compare them
// with.

// TestNewRefuses has each way to make no replica of.
func TestNewRefuses(t *testing.T) {
	good := Config{Replicas: 3}
	with := func(change func(*Config)) Config {
		c := good
		change(&c)
		return c
	}
	damaged := chain(3)
	damaged[1].Operation = []byte("changed")
	for _, test := range []struct {
		config Config
		disk   Durable
		fresh  bool
		want   string
	}{
		{Config{}, Durable{}, true, "Replicas is 0, must be 2 to 255"},
		{with(func(c *Config) { c.Replicas = 1 }), Durable{}, true, "Replicas is 1"},
		{with(func(c *Config) { c.Replica = 3 }), Durable{}, true, "Replica is 3, must be 0 to 2"},
		{with(func(c *Config) { c.PipelineMax = -1 }), Durable{}, true, "PipelineMax is -1"},
		{with(func(c *Config) { c.MessageBytesMax = 9 }), Durable{}, true, "MessageBytesMax is 9"},
		{with(func(c *Config) { c.OperationBytesMax = 4 << 20 }), Durable{}, true,
			"OperationBytesMax is 4194304, must be 1 to 4193280"},
		{with(func(c *Config) { c.HeartbeatTicks = 60 }), Durable{}, true, "ViewChangeTicks is 60"},
		{with(func(c *Config) { c.ResendTicks = -1 }), Durable{}, true, "ResendTicks is -1"},
		{with(func(c *Config) { c.ViewChangeResendTicks = -1 }), Durable{}, true,
			"ViewChangeResendTicks is -1"},
		{good, Durable{ViewNumber: 1}, true, "a new replica needs an empty disk"},
		{good, Durable{Log: chain(1)}, true, "1 entries; start it as a restart"},
		{good, Durable{LastNormalView: 1}, false, "last normal view 1, view 0"},
		{good, Durable{Log: damaged}, false, "entry 2 of 3 does not continue the log below it"},
		{good, Durable{Log: fork(3, 1)}, false, "entry 2 of 3"}, // Its view is above v′.
	} {
		_, err := New(test.config, &chainService{}, test.disk, test.fresh)
		require.ErrorContains(t, err, test.want)
	}
	_, err := New(good, nil, Durable{}, true)
	require.ErrorContains(t, err, "needs a service")
}

// TestPipelineMax lets no more than so many operations be under way.
func TestPipelineMax(t *testing.T) {
	c := newCluster(t, Config{Replicas: 3, PipelineMax: 3})
	for i := range uint64(5) {
		c.receive(0, request(i, 1))
	}
	require.Equal(t, 3, c.members[0].replica.Uncommitted())
	require.Equal(t, uint64(2), c.members[0].replica.IgnoredCounts()[PipelineFull])
	c.settle()
	c.receive(0, request(4, 1))
	c.settle()
	require.Equal(t, OpNumber(4), c.members[0].replica.CommitNumber())
}

// TestDiskBehind: a backup whose disk stands still takes no more than two pipelines, while the
// others go on; when the disk is back it catches up.
func TestDiskBehind(t *testing.T) {
	c := newCluster(t, Config{Replicas: 3, PipelineMax: 4})
	for i := range uint64(40) {
		c.receive(0, request(i, 1))
		for len(c.network) > 0 {
			c.deliver(0)
		}
		c.persist(0, 10)
		c.persist(1, 10)
		for len(c.network) > 0 {
			c.deliver(0)
		}
	}
	require.Equal(t, OpNumber(40), c.members[0].replica.CommitNumber())
	slow := c.members[2].replica
	require.Equal(t, OpNumber(8), slow.OpNumber())
	require.LessOrEqual(t, len(slow.held.queue), 16)
	require.NotZero(t, slow.IgnoredCounts()[DiskBehind])
	for range 20 {
		c.settle()
		c.tick(0)
	}
	require.Equal(t, OpNumber(40), slow.CommitNumber())
}

// TestHeldMax: with a disk that stands still a replica takes no more messages at some point.
// Nothing from outside can fill its memory.
func TestHeldMax(t *testing.T) {
	r, err := New(Config{Replicas: 3}, nullService{}, Durable{}, true)
	require.NoError(t, err)
	r.Receive(0, request(1, 1))
	r.Receive(0, &PrepareOK{1, 0, 1})
	drain(r)
	require.Equal(t, OpNumber(1), r.CommitNumber())
	r.Receive(0, request(2, 1)) // Not on the disk; so an answer to GETSTATE waits, and all behind it.
	r.Output()
	for range heldMax {
		r.Receive(0, &GetState{1, 0, 0})
		r.Receive(0, request(1, 1))
	}
	require.Equal(t, heldMax, r.held.waiting())
	require.Equal(t, uint64(heldMax), r.IgnoredCounts()[DiskBehind])
	r.Persisted(r.held.written)
	require.False(t, r.Holds())
	require.Len(t, r.Output().Sends, heldMax)
}

// TestTooLarge refuses operations and messages above the limits, and nothing at the limit.
func TestTooLarge(t *testing.T) {
	c := newCluster(t, Config{Replicas: 3, MessageBytesMax: 4096, OperationBytesMax: 3072})
	primary := c.members[0].replica
	m := request(1, 1)
	m.Operation = make([]byte, 3073)
	c.receive(0, m)
	require.Equal(t, uint64(1), primary.IgnoredCounts()[TooLarge])
	m.Operation = make([]byte, 3072)
	c.receive(0, m)
	c.settle()
	require.Equal(t, OpNumber(1), primary.CommitNumber())
	large := chain(40)
	l := log{entries: large}
	c.receive(1, &StartView{2, 2, l.suffix(0, 40, 1<<20), 0})
	require.Equal(t, uint64(1), c.members[1].replica.IgnoredCounts()[TooLarge])
}

// TestFetchGivesUp: if nobody has the named log, the message that named it counts as lost, and the
// replica goes on to the next view.
func TestFetchGivesUp(t *testing.T) {
	config := Config{Replicas: 3, Replica: 1, ViewChangeTicks: 10_000, ViewChangeResendTicks: 1}
	r, err := New(config, &chainService{}, Durable{}, true)
	require.NoError(t, err)
	l := log{entries: chain(9)}
	r.Receive(0, &StartView{2, 2, l.suffix(8, 9, 1<<20), 0})
	require.True(t, r.Fetches())
	asked := map[ReplicaNumber]int{}
	for range 100 {
		for _, send := range drain(r).Sends {
			require.Equal(t, &GetEntries{1, l.nameAt(8), 0}, send.Message)
			asked[send.To]++
		}
		r.Tick(0)
	}
	require.False(t, r.Fetches())
	require.Equal(t, map[ReplicaNumber]int{0: 3, 2: 4}, asked)
	require.Equal(t, Normal, r.Status())
}

// TestFetchStartsLower: the own log differs from the wanted one, and nobody can know where. The
// guesses go down to what is committed.
func TestFetchStartsLower(t *testing.T) {
	for same := range 8 {
		own, wanted := fork(8, same), log{entries: chain(20)}
		config := Config{Replicas: 3, Replica: 1, MessageBytesMax: 4096}
		disk := Durable{ViewNumber: 1, LastNormalView: 1, Log: own}
		r, err := New(config, &chainService{}, disk, false)
		require.NoError(t, err)
		r.Receive(0, &StartView{2, 2, wanted.suffix(18, 20, 1<<20), 0})
		for rounds := 0; r.Fetches(); rounds++ {
			require.Less(t, rounds, 10)
			for _, send := range drain(r).Sends {
				if m, ok := send.Message.(*GetEntries); ok {
					entries := wanted.chunk(m.After, m.Name.OpNumber, 1500)
					name := wanted.nameAt(m.After + OpNumber(len(entries)))
					r.Receive(0, &Entries{send.To, name, entries})
				}
			}
		}
		require.Equal(t, ViewNumber(2), r.LastNormalView())
		require.Equal(t, wanted.name(), r.LogName())
	}
}

// TestLogChangesDuringFetch: while the entries below a STARTVIEW are fetched, the own log loses
// those that they were to follow. What the message carries begins at its own Base, so all up to
// there is fetched again, or the log would have a gap. No schedule is known that leads here, since
// a view that starts ends each fetch: so the test changes the log itself.
func TestLogChangesDuringFetch(t *testing.T) {
	wanted, early := log{entries: chain(20)}, log{entries: fork(7, 5)}
	disk := Durable{ViewNumber: 1, LastNormalView: 1, Log: chain(8)}
	r, err := New(Config{Replicas: 3, Replica: 1}, &chainService{}, disk, false)
	require.NoError(t, err)
	r.Receive(0, &StartView{0, 3, wanted.suffix(18, 20, 1<<20), 0})
	require.True(t, r.Fetches())
	require.Equal(t, OpNumber(8), r.fetch.start.OpNumber)
	r.log.replace(5, early.after(5, 7))
	for rounds := 0; r.Fetches(); rounds++ {
		require.Less(t, rounds, 10)
		for _, send := range drain(r).Sends {
			if m, ok := send.Message.(*GetEntries); ok {
				require.Equal(t, wanted.nameAt(18), m.Name)
				entries := wanted.chunk(m.After, m.Name.OpNumber, 1<<20)
				r.Receive(0, &Entries{send.To, m.Name, entries})
			}
		}
	}
	require.Equal(t, ViewNumber(3), r.LastNormalView())
	require.Equal(t, wanted.name(), r.LogName())
}

// TestCommittable compares the received-set of PREPAREOK with its definition.
func TestCommittable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		replicas := rapid.IntRange(2, 7).Draw(t, "replicas")
		config := Config{Replicas: replicas}
		q := newQuorum(replicas)
		k, others := OpNumber(0), config.Others()
		sets := make([][]OpNumber, replicas)
		for range rapid.IntRange(0, 40).Draw(t, "messages") {
			i := rapid.IntRange(1, replicas-1).Draw(t, "from")
			n := OpNumber(rapid.IntRange(1, 12).Draw(t, "n"))
			durable := OpNumber(rapid.IntRange(int(k), 12).Draw(t, "durable"))
			if n > k {
				q.acknowledge(ReplicaNumber(i), n)
				if len(sets[i]) == 0 || slices.Max(sets[i]) < n {
					sets[i] = append(sets[i], n)
				}
			}
			want := committableByDefinition(sets, others, durable)
			got := q.committable(others, durable)
			require.Equal(t, max(want, k), max(got, k))
			if got <= k {
				continue
			}
			k = got
			oks := q.prepareOKs(others, 0, got)
			require.Len(t, oks, others)
			least := OpNumber(numberMax)
			for at, m := range oks {
				ok := m.(*PrepareOK)
				require.Contains(t, sets[ok.From], ok.OpNumber)
				require.True(t, at == 0 || oks[at-1].(*PrepareOK).From < ok.From)
				least = min(least, ok.OpNumber)
			}
			require.Equal(t, got, least)
			q.committed(k)
		}
	})
}

// committableByDefinition tries all numbers.
func committableByDefinition(sets [][]OpNumber, others int, durable OpNumber) OpNumber {
	for n := durable; n > 0; n-- {
		named, enough := false, 0
		for _, set := range sets {
			named = named || slices.Contains(set, n)
			if len(set) > 0 && slices.Max(set) >= n {
				enough++
			}
		}
		if named && enough >= others {
			return n
		}
	}
	return 0
}

// TestQuorumReset: what was received in one view does not count in another.
func TestQuorumReset(t *testing.T) {
	q, c := newQuorum(3), Config{Replicas: 3}
	doViewChanges := func() []*DoViewChange {
		list, _ := q.doViewChangesOf(c)
		return list
	}
	q.acknowledge(1, 5)
	q.startViewChanges[1] = true
	q.doViewChanges[0], q.doViewChanges[1] = &DoViewChange{}, &DoViewChange{From: 1}
	require.Equal(t, OpNumber(5), q.committable(1, 9))
	require.NotNil(t, q.startViewChangesOf(1, 0))
	require.NotNil(t, doViewChanges())
	q.reset()
	require.Zero(t, q.committable(1, 9))
	require.Nil(t, q.startViewChangesOf(1, 0))
	require.Nil(t, doViewChanges())
	q.acknowledge(1, 3)
	require.Equal(t, OpNumber(3), q.committable(1, 9))
}

// TestUnknownHeads: a new primary drops what may be above the longest log if enough deny it.
func TestUnknownHeads(t *testing.T) {
	vote := func(lastNormal ViewNumber, n OpNumber, unknown bool) *DoViewChange {
		return &DoViewChange{ViewNumber: 9, LastNormalView: lastNormal, HeadUnknown: unknown,
			Log: LogSuffix{Name: LogName{OpNumber: n}}}
	}
	for _, test := range []struct {
		what     string
		replicas int
		votes    []*DoViewChange // The first is that of the new primary.
		taken    int
		why      Ignored
	}{
		{"all is known", 3, []*DoViewChange{vote(1, 2, false), vote(1, 3, false)}, 2, Accepted},
		{"not Normal in v′", 3, []*DoViewChange{vote(1, 2, false), vote(0, 3, true)}, 2, Accepted},
		{"nor itself", 3, []*DoViewChange{vote(0, 2, true), vote(1, 3, false)}, 2, Accepted},
		{"one denies", 3, []*DoViewChange{vote(1, 2, true), vote(1, 3, false)}, 0, HeadInDoubt},
		{"two of three deny", 3, []*DoViewChange{vote(1, 2, true), vote(1, 3, false),
			vote(1, 1, false)}, 3, Accepted},
		{"not needed", 3, []*DoViewChange{vote(1, 2, false), vote(1, 3, true),
			vote(1, 1, false)}, 2, Accepted},
		{"none knows", 3, []*DoViewChange{vote(1, 2, true), vote(1, 3, true),
			vote(1, 1, true)}, 0, HeadInDoubt},
		{"two of four deny", 4, []*DoViewChange{vote(1, 2, true), vote(1, 3, false),
			vote(1, 1, false)}, 3, Accepted},
		{"two more than a quorum", 5, []*DoViewChange{vote(1, 2, true), vote(1, 3, true),
			vote(1, 1, false), vote(1, 1, false), vote(1, 1, false)}, 5, Accepted},
	} {
		q := newQuorum(test.replicas)
		for i, d := range test.votes {
			d.From = ReplicaNumber(i)
			q.doViewChanges[i] = d
		}
		list, why := q.doViewChangesOf(Config{Replicas: test.replicas})
		require.Equal(t, test.why, why, test.what)
		require.Len(t, list, test.taken, test.what)
	}
}

// TestChoiceOfLog: the new primary takes the log of the largest v′, however short, and of equal v′
// the longest (5.16).
func TestChoiceOfLog(t *testing.T) {
	own := Durable{ViewNumber: 3, Log: chain(2)}
	newer, longer := log{entries: fork(1, 0)}, log{entries: chain(4)}
	for _, test := range []struct {
		other *DoViewChange
		want  LogName
	}{
		{&DoViewChange{1, 3, newer.suffix(0, 1, 1<<20), 1, 0, false, nil}, newer.name()},
		{&DoViewChange{1, 3, longer.suffix(0, 4, 1<<20), 0, 3, false, nil}, longer.name()},
		{&DoViewChange{1, 3, longer.suffix(0, 1, 1<<20), 0, 1, false, nil}, longer.nameAt(2)},
	} {
		r, err := New(Config{Replicas: 3}, &chainService{}, own, false)
		require.NoError(t, err)
		r.Receive(0, &StartViewChange{1, 3})
		r.Receive(0, test.other)
		require.Equal(t, Normal, r.Status())
		require.Equal(t, test.want, r.LogName())
		require.Equal(t, test.other.CommitNumber, r.CommitNumber())
		drain(r)
		require.Equal(t, test.want.OpNumber, r.DurableOpNumber())
	}
}

// TestPersistedTooFar: a driver that reports a write that was never made is stopped.
func TestPersistedTooFar(t *testing.T) {
	r, err := New(Config{Replicas: 3}, &chainService{}, Durable{}, true)
	require.NoError(t, err)
	require.PanicsWithValue(t, "vsr: replica 0: the driver says that write 1 is durable, the last "+
		"one made is 0; state {Status:Normal ViewNumber:0 LastNormalView:0 Log:{OpNumber:0 "+
		"Checksum:0000000000000000} CommitNumber:0 HeadUnknown:false Lost:[]}", func() { r.Persisted(1) })
}

// TestSharedEntriesStay: what a message or a write holds does not change when the log is cut and
// grows.
func TestSharedEntriesStay(t *testing.T) {
	l := log{entries: chain(4)}
	l.entries = slices.Grow(l.entries, 10)
	shared := l.suffix(1, 4, 1<<20).Entries
	want := slices.Clone(shared)
	l.replace(2, fork(5, 2)[2:])
	require.Equal(t, want, shared)
	require.Equal(t, fork(5, 2), l.entries)
}
