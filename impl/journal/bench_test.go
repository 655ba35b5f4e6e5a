// SPDX-License-Identifier: Apache-2.0

//go:build unix

// Cost of the journal beside the same disk with the same writes and nothing else.

package journal

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// benchBytes is the prepare ring of a benchmark: large enough that checkpoints are rare.
const benchBytes = 64 << 20

func benchFile(b *testing.B, name string) *storage.File {
	b.Helper()
	disk, err := storage.CreateFile(filepath.Join(b.TempDir(), name), storage.FileConfig{})
	require.NoError(b, err)
	b.Cleanup(func() { _ = disk.Close() })
	return disk
}

func benchConfig() Config {
	c := testConfig()
	c.PrepareBytes, c.Slots, c.StateMax = benchBytes, 0, 1<<20
	return c
}

// benchWrite is a Write of one entry with that many bytes; the caller counts Sequence and Keep.
func benchWrite(size int) vsr.Write {
	e := entry(0, 1, string(make([]byte, size)))
	return vsr.Write{Entries: chained(nil, e)}
}

// BenchmarkGroup commits groups of n ops under load and, turn by turn, writes and flushes as many
// bytes on a raw disk at offsets that advance in the same way, with a sector elsewhere as the
// journal's headers are. It reports ops/s of both and their ratio.
func BenchmarkGroup(b *testing.B) {
	for _, size := range []int{64, 1024, 1 << 20} {
		for _, ops := range []int{1, 64} {
			if size*ops > 1<<20 {
				continue
			}
			b.Run(fmt.Sprintf("bytes=%d/ops=%d", size, ops), func(b *testing.B) {
				benchGroup(b, size, ops)
			})
		}
	}
}

// rawDisk writes what the journal writes, without a journal.
type rawDisk struct {
	disk  *storage.File
	group []byte
	at    int64
}

func (r *rawDisk) commit() error {
	const start = 1 << 20
	if r.at < start || r.at+int64(len(r.group)) > r.disk.Size() {
		r.at = start
	}
	slot := r.at / storage.SectorSize % 256 * storage.SectorSize
	err := r.disk.WriteSectors(r.group[:storage.SectorSize], slot)
	if err == nil {
		err = r.disk.WriteSectors(r.group, r.at)
	}
	r.at += int64(len(r.group))
	if err != nil {
		return err
	}
	return r.disk.Flush()
}

// benchCommit is one round of a journal under load: a group that is written while the one before
// becomes durable. A checkpoint makes room when there is none.
func benchCommit(b *testing.B, j *Journal, w *vsr.Write, ops int) (busy time.Duration) {
	start := time.Now()
	for range ops {
		w.Sequence++
		if j.Append(*w) != nil {
			b.Fatal(j.err)
		}
		w.Keep++
	}
	if j.WriteQueued() != nil {
		b.Fatal(j.err)
	}
	if _, err := j.Flush(); err != nil {
		b.Fatal(err)
	}
	busy = time.Since(start)
	if s := j.Status(); s.FreeSlots < 8 || s.FreeBytes < 8<<20 {
		makeRoom(b, j)
	}
	return busy
}

func makeRoom(b testing.TB, j *Journal) {
	if _, err := j.Commit(); err != nil {
		b.Fatal(err)
	}
	if err := j.BeginCheckpoint(vsr.Checkpoint{Name: j.durable.name}); err != nil {
		b.Fatal(err)
	}
	for done := false; !done; {
		var err error
		if done, err = j.StepCheckpoint(); err != nil {
			b.Fatal(err)
		}
	}
}

func benchGroup(b *testing.B, size, ops int) {
	disk, raw := benchFile(b, "journal"), benchFile(b, "raw")
	require.NoError(b, Format(disk, benchConfig()))
	require.NoError(b, writeZeros(raw, 0, benchBytes))
	require.NoError(b, raw.Flush())
	j, _, err := Open(disk, benchConfig())
	require.NoError(b, err)
	w := benchWrite(size)
	bytes := int(storage.RoundUp(int64(headerSize + ops*encodedSize(&w))))
	other := rawDisk{disk: raw, group: storage.Buffer(bytes)}
	for i := range other.group {
		other.group[i] = byte(i * 7)
	}
	var inJournal, inRaw time.Duration
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		inJournal += benchCommit(b, j, &w, ops)
		start := time.Now()
		if other.commit() != nil {
			b.Fatal("raw disk failed")
		}
		inRaw += time.Since(start)
	}
	b.StopTimer()
	total := float64(b.N * ops)
	b.ReportMetric(total/inJournal.Seconds(), "ops/s")
	b.ReportMetric(total/inRaw.Seconds(), "raw-ops/s")
	b.ReportMetric(inRaw.Seconds()/inJournal.Seconds(), "journal/raw")
	b.ReportMetric(0, "ns/op")
}

// nowhere is a disk that takes writes and forgets them, so that only the journal is measured.
type nowhere struct{ storage.Disk }

func (nowhere) WriteSectors([]byte, int64) error { return nil }
func (nowhere) Flush() error                     { return nil }

// BenchmarkAppend is the work of the journal alone, in groups of 64: encoding and checksums.
func BenchmarkAppend(b *testing.B) {
	disk := storage.NewSim()
	require.NoError(b, Format(disk, benchConfig()))
	j, _, err := Open(disk, benchConfig())
	require.NoError(b, err)
	j.disk = nowhere{disk}
	w := benchWrite(64)
	b.ReportAllocs()
	for range b.N {
		w.Sequence++
		if j.Append(w) != nil {
			b.Fatal(j.err)
		}
		w.Keep++
		if j.Queued() == 64 {
			if j.WriteQueued() != nil {
				b.Fatal(j.err)
			}
			if _, err := j.Flush(); err != nil {
				b.Fatal(err)
			}
			if s := j.Status(); s.FreeSlots < 8 || s.FreeBytes < 8<<20 {
				b.StopTimer()
				j.disk = disk
				makeRoom(b, j)
				j.disk = nowhere{disk}
				b.StartTimer()
			}
		}
	}
}

// BenchmarkOpen reads a journal back, in entries a second.
func BenchmarkOpen(b *testing.B) {
	disk := benchFile(b, "journal")
	require.NoError(b, Format(disk, benchConfig()))
	j, _, err := Open(disk, benchConfig())
	require.NoError(b, err)
	const entries = 100_000
	log := []vsr.Entry(nil)
	for n := range entries {
		e := chained(log[max(0, n-1):], entry(0, n, string(make([]byte, 64))))
		log = append(log, e...)
		w := vsr.Write{Sequence: uint64(n + 1), Keep: vsr.OpNumber(n), Entries: e}
		require.NoError(b, j.Append(w))
		if n%64 == 63 || n == entries-1 {
			_, err := j.Commit()
			require.NoError(b, err)
		}
	}
	b.ResetTimer()
	for range b.N {
		_, durable, err := Open(disk, benchConfig())
		if err != nil || len(durable.Log) != entries {
			b.Fatal(len(durable.Log), err)
		}
	}
	b.ReportMetric(float64(b.N*entries)/b.Elapsed().Seconds(), "entries/s")
}

// Steady writing allocates nothing, with the disk's part included.
func TestSteadyWritingAllocatesNothing(t *testing.T) {
	disk, err := storage.CreateFile(filepath.Join(t.TempDir(), "data"), storage.FileConfig{})
	require.NoError(t, err)
	c := testConfig()
	c.Slots, c.PrepareBytes = 128, 1<<20
	require.NoError(t, Format(disk, c))
	j, _, err := Open(disk, c)
	require.NoError(t, err)
	w := benchWrite(64)
	group := func() {
		for range 8 {
			w.Sequence++
			if j.Append(w) != nil {
				t.Error("append failed")
			}
			w.Keep++
		}
		if err := j.WriteQueued(); err != nil {
			t.Error(err)
		}
		if _, err := j.Flush(); err != nil {
			t.Error(err)
		}
	}
	// The index grows by doubling until it has room for what comes between two checkpoints.
	for range 64 {
		group()
	}
	makeRoom(t, j)
	group()
	group()
	require.Zero(t, testing.AllocsPerRun(20, group))
	require.NoError(t, j.Close())
	require.NoError(t, disk.Close())
}

// A whole life on a real file, across processes that die without a word.
func TestOnARealFile(t *testing.T) {
	roomy := testConfig()
	roomy.Slots = 16
	path := filepath.Join(t.TempDir(), "data")
	disk, err := storage.CreateFile(path, storage.FileConfig{})
	require.NoError(t, err)
	require.NoError(t, Format(disk, roomy))
	state := vsr.Durable{}
	for round := range 4 {
		if round > 0 {
			disk, err = storage.OpenFile(path, storage.FileConfig{})
			require.NoError(t, err)
		}
		j, got, err := Open(disk, roomy)
		require.NoError(t, err)
		require.True(t, sameState(state, got))
		for n, k := range []kind{appendTwo, viewOnly, replaceTail} {
			w := makeWrite(k, state, uint64(n+1), 10*n)
			state = after(state, w)
			require.NoError(t, play(j, w))
		}
		if round == 2 {
			require.NoError(t, j.Close())
		}
		require.NoError(t, disk.Close())
	}
	looking, err := storage.OpenFile(path, storage.FileConfig{ReadOnly: true})
	require.NoError(t, err)
	report, err := Inspect(looking)
	require.NoError(t, err)
	require.True(t, report.Good())
	require.True(t, sameState(state, report.Durable))
	require.NoError(t, looking.Close())
}
