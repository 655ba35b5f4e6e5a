// SPDX-License-Identifier: Apache-2.0

package mc

// Where successors go: in batches into the table, and those that are new are judged and become
// part of the next level.

// push sends a key on its way into the table.
func (w *worker) push(k key, a arrival) {
	hash := k.hash()
	recent := &w.recent[hash%recentSize]
	if *recent == k {
		return
	}
	*recent = k
	shard := shardOf(hash)
	buffer := append(w.buffers[shard], pending{k, a})
	w.buffers[shard] = buffer
	if len(buffer) == batchSize {
		w.flush(shard)
	}
}

// flushAll inserts all keys collected.
func (w *worker) flushAll() {
	for i := range w.buffers {
		w.flush(i)
	}
	w.publish()
}

// flush inserts the keys collected for a shard and takes in those that are new.
func (w *worker) flush(shard int) {
	if len(w.buffers[shard]) == 0 {
		return
	}
	fresh := w.table.insert(shard, w.buffers[shard])
	for i := range fresh {
		w.admit(fresh[i].key, fresh[i].arrival)
	}
	w.fresh += int64(len(fresh))
	w.buffers[shard] = w.buffers[shard][:0]
}

// admit judges a new state and adds it to the next level. States with the same component of one
// process come together, so that they find each other's lists in the processor's cache.
func (w *worker) admit(k key, a arrival) {
	marks := w.marks(k, a.process())
	if w.eager != nil || w.turner != nil { // Others have sent something too, or moved instead.
		marks = w.allMarks(k)
	}
	if w.turner != nil {
		w.testImages(k)
	}
	if marks &= w.interesting.Load(); marks != 0 {
		w.model.judge(k, marks)
	}
	bucket := w.layout.fields[w.by].get(k) & (w.buckets - 1)
	b := w.open[bucket]
	if b == nil || b.full() {
		if b != nil && w.levelLog != nil {
			if err := b.store(w.levelLog, w.level+1); err != nil {
				w.model.fail(err)
			}
		}
		b = newBlock(w.layout, w.sleep, b != nil)
		w.open[bucket] = b
		w.next[bucket] = append(w.next[bucket], b)
	}
	b.add(k, a)
}

// marks collects the marks of a state that process p has just changed. What does not involve p
// was judged when the state before was new.
func (w *worker) marks(k key, p int) uint64 {
	record := w.components[p].at(w.layout.fields[p].get(k))
	marks := record.marks
	if w.properties.whole&w.interesting.Load() != 0 {
		marks |= w.model.marksOfWhole(k)
	}
	if !w.properties.pairs {
		return marks
	}
	for q := range w.processes {
		if q == p {
			continue
		}
		a, b := record.view, w.components[q].at(w.layout.fields[q].get(k)).view
		if q < p {
			a, b = b, a
		}
		pair := uint64(a)<<32 | uint64(b)
		answer, known := w.pairMarks.get(pair)
		if !known {
			answer = w.model.marksOfTwo(a, b)
			w.pairMarks.put(pair, answer)
		}
		marks |= answer
	}
	return marks
}
