// SPDX-License-Identifier: Apache-2.0

package mc

// Symmetry in the engine: what a state becomes when processes are exchanged. An exchange takes a
// state apart by processes: what it makes of the component of one is a component of one, and
// depends on nothing else. So it is found once for each component, and all permutations of a state
// are a few lookups each. Which state of an orbit stands for it: symmetry.go; here it is the one
// with the least numbers of components, process by process. These never change, while the
// places of fields in a key do.

// turning is all permutations of alike processes, as a tree: each but the first, which changes
// nothing, is one of those before it and an exchange.
type turning struct {
	exchanges []exchange
	tree      []turn
}

// turn is a permutation: that with number from, and then an exchange.
type turn struct{ from, by int }

// newTurning lists the permutations that exchanges generate.
func newTurning(exchanges []exchange, processes int) *turning {
	var first [maxProcesses]int8
	for p := range processes {
		first[p] = int8(p)
	}
	t := &turning{exchanges, []turn{{-1, -1}}}
	all, known := [][maxProcesses]int8{first}, map[[maxProcesses]int8]bool{first: true}
	for i := 0; i < len(all); i++ {
		for by, e := range exchanges {
			next := all[i]
			for p := range processes {
				next[p] = int8(e.of(int(next[p])))
			}
			if !known[next] {
				known[next] = true
				all = append(all, next)
				t.tree = append(t.tree, turn{i, by})
			}
		}
	}
	return t
}

// turner is what a worker remembers about exchanges.
type turner struct {
	// images has, by exchange and process, what becomes of a component, plus one.
	images [][][]uint32
	// keys has all permutations of a state, in the order of the tree.
	keys []key
}

// newTurner returns an empty memory.
func newTurner(t *turning, processes int) *turner {
	images := make([][][]uint32, len(t.exchanges))
	for by := range images {
		images[by] = make([][]uint32, processes)
	}
	return &turner{images: images}
}

// bytes returns roughly the memory that it takes.
func (t *turner) bytes() int {
	n := 16 * cap(t.keys)
	for _, list := range t.images {
		for _, images := range list {
			n += 4 * cap(images)
		}
	}
	return n
}

// turnAll finds all permutations of a state. It fails if the number of a component is too large
// for the layout.
func (w *worker) turnAll(k key) (fits bool) {
	t := w.turner
	t.keys = append(t.keys[:0], k)
	for _, turn := range w.turning.tree[1:] {
		image, fits := w.exchanged(t.keys[turn.from], turn.by)
		if !fits {
			return false
		}
		t.keys = append(t.keys, image)
	}
	return true
}

// exchanged returns a state with two processes exchanged.
func (w *worker) exchanged(k key, by int) (image key, fits bool) {
	e := w.turning.exchanges[by]
	image = k
	for p, f := range w.layout.fields[:w.processes] {
		c, known := f.get(k), w.turner.images[by][p]
		for int(c) >= len(known) {
			known = append(known, 0)
		}
		if known[c] == 0 {
			known[c] = w.model.exchange(by, p, c) + 1
		}
		w.turner.images[by][p] = known
		to := w.layout.fields[e.of(p)]
		if uint64(known[c]-1) > to.mask {
			return k, false
		}
		image = to.with(image, known[c]-1)
	}
	return image, true
}

// least returns the state that stands for the orbit of another.
func (w *worker) least(k key) (least key, fits bool) {
	if !w.turnAll(k) {
		return k, false
	}
	least = k
	for _, image := range w.turner.keys[1:] {
		if w.before(image, least) {
			least = image
		}
	}
	return least, true
}

// before reports whether a state comes before another.
func (w *worker) before(a, b key) bool {
	for _, f := range w.layout.fields[:w.processes] {
		if x, y := f.get(a), f.get(b); x != y {
			return x < y
		}
	}
	return false
}

// testImages tests that properties say the same of all permutations of a new state.
func (w *worker) testImages(k key) {
	if !w.turnAll(k) {
		panic("mc: the permutations of a state do not fit where the state does")
	}
	first := w.allMarks(k)
	for i, turn := range w.turning.tree[1:] {
		image := w.turner.keys[i+1]
		// A bit that is of interest now has been so all along.
		if differ := (w.allMarks(image) ^ first) & w.interesting.Load(); differ != 0 {
			w.model.unlike(w.turner.keys[turn.from], image, turn.by, differ)
			return
		}
	}
}

// allMarks collects the marks of a state of which nothing is known.
func (w *worker) allMarks(k key) (marks uint64) {
	for p := range w.processes {
		marks |= w.marks(k, p)
	}
	return marks
}
