// SPDX-License-Identifier: Apache-2.0

package conform

// Recorded traces: several files, one for each start of each replica, or one
// for all replicas.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"viewstamp/impl/trace"
	"viewstamp/impl/vsr"
)

// Files checks the traces of one run. Name all files of the run: those of one
// replica are taken in the order of their names, in which numbers count as
// numbers. The files of different replicas say nothing about what came first;
// the check takes their events in an order in which every message is sent
// before it is received. If there is none, the first event that waits for ever
// is the divergence. Clients leave no trace, so any REQUEST may have been sent.
//
// The error is a *Divergence, or says which file cannot be read. A last line
// that is torn is left out, and so is a file that ends within its header: a
// killed process leaves such files.
func Files(ctx context.Context, paths []string) (Report, error) {
	return FilesObserved(ctx, paths, Observer{})
}

// FilesObserved is Files with somebody who hears of each step.
func FilesObserved(ctx context.Context, paths []string, observer Observer) (Report, error) {
	m, err := newMerge(paths, observer)
	defer m.close()
	if err != nil {
		return Report{}, err
	}
	if m.checker == nil {
		return Report{}, errors.New("conform: no file holds an event")
	}
	err = m.run(ctx)
	report, finishErr := m.checker.Finish()
	report.Torn = m.torn
	if err == nil {
		err = finishErr
	}
	return report, err
}

// merge reads the files side by side.
type merge struct {
	cursors []*cursor
	checker *Checker
	torn    int
}

// cursor is one replica with its files, or one file with all replicas.
type cursor struct {
	paths  []string // Those that are still to be read.
	file   *os.File
	reader *trace.Reader
	path   string
	head   vsr.Event // The next event, if there is one.
	has    bool
}

// newMerge sorts the files by replica, and opens the first of each.
func newMerge(paths []string, observer Observer) (*merge, error) {
	m := &merge{}
	if len(paths) == 0 {
		return m, errors.New("conform: no files")
	}
	paths = slices.Clone(paths)
	slices.SortStableFunc(paths, compareNames)
	byReplica := map[int]*cursor{}
	replicas, first := 0, ""
	for _, path := range paths {
		header, err := readHeader(path)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			// The process was killed at its start, before it did anything.
			m.torn++
			continue
		}
		if err != nil {
			return m, err
		}
		if replicas == 0 {
			replicas, first = header.Replicas, path
		}
		if header.Replicas != replicas {
			return m, fmt.Errorf("conform: %s is of a group of %d replicas, and %s of one of %d: "+
				"name the files of one run only", path, header.Replicas, first, replicas)
		}
		number := -1
		if header.Replica != nil {
			number = *header.Replica
		}
		if byReplica[number] == nil {
			byReplica[number] = &cursor{}
			m.cursors = append(m.cursors, byReplica[number])
		}
		byReplica[number].paths = append(byReplica[number].paths, path)
	}
	if all := byReplica[-1]; all != nil && (len(m.cursors) > 1 || len(all.paths) > 1) {
		return m, fmt.Errorf("conform: %s holds the events of all replicas, so it is a run of its own: "+
			"check it without other files", all.paths[0])
	}
	if replicas == 0 {
		return m, nil
	}
	checker, err := New(Options{Replicas: replicas, Observer: observer})
	m.checker = checker
	checker.unordered = len(m.cursors) > 1
	return m, err
}

// readHeader reads the first line of a file.
func readHeader(path string) (trace.Header, error) {
	file, err := os.Open(path)
	if err != nil {
		return trace.Header{}, fmt.Errorf("conform: %w", err)
	}
	defer file.Close()
	reader, err := trace.NewReader(file, path)
	if err != nil {
		return trace.Header{}, err
	}
	return reader.Header(), nil
}

// run takes events from the cursors until all are at their ends.
func (m *merge) run(ctx context.Context) error {
	// Each round takes from every cursor all that can come next. If the traces
	// are those of a run, the event that was first of all that are left can
	// always come next; so a round without any shows that they are not.
	for {
		moved, waiting := false, false
		for _, c := range m.cursors {
			taken, waits, err := m.advance(ctx, c)
			if err != nil {
				return err
			}
			moved, waiting = moved || taken > 0, waiting || waits
		}
		if !waiting {
			return nil
		}
		if !moved {
			return m.blocked()
		}
	}
}

// advance takes events from one cursor until one must wait for another cursor.
func (m *merge) advance(ctx context.Context, c *cursor) (taken int, waits bool, err error) {
	for ; ; taken++ {
		if taken%1024 == 0 && ctx.Err() != nil {
			return taken, false, ctx.Err()
		}
		if err := m.fill(c); err != nil {
			return taken, false, err
		}
		if !c.has {
			return taken, false, nil
		}
		if m.checker.unordered && !m.checker.ready(&c.head) {
			return taken, true, nil
		}
		if err := m.checker.EventAt(c.position(), c.head); err != nil {
			return taken, false, err
		}
		c.has = false
	}
}

// fill reads the next event of a cursor, from its next file if need be.
func (m *merge) fill(c *cursor) error {
	for !c.has {
		if c.reader == nil {
			if len(c.paths) == 0 {
				return nil
			}
			c.path, c.paths = c.paths[0], c.paths[1:]
			file, err := os.Open(c.path)
			if err != nil {
				return fmt.Errorf("conform: %w", err)
			}
			c.file = file
			if c.reader, err = trace.NewReader(file, c.path); err != nil {
				return err
			}
		}
		e, err := c.reader.Next()
		if err == nil {
			c.head, c.has = e, true
			return nil
		}
		if !errors.Is(err, io.EOF) {
			return err
		}
		if c.reader.Torn() {
			m.torn++
		}
		c.file.Close()
		c.reader, c.file = nil, nil
	}
	return nil
}

// position is where the head of the cursor stands.
func (c *cursor) position() Position { return Position{c.path, c.reader.Line()} }

// blocked is the divergence when every cursor waits for a message that no
// cursor can send any more.
func (m *merge) blocked() error {
	var others []string
	var d *Divergence
	for _, c := range m.cursors {
		switch {
		case !c.has:
		case d == nil:
			if !errors.As(m.checker.EventAt(c.position(), c.head), &d) {
				return fmt.Errorf("conform: %v: the event waits, and then does not: a defect of this "+
					"checker", c.position())
			}
		default:
			// Which of those that wait is the cause cannot be known. The first is
			// reported in full, and the others are named.
			others = append(others, fmt.Sprintf("replica %d at %v", c.head.Replica, c.position()))
		}
	}
	if others != nil {
		d.Reason += "; behind it wait " + strings.Join(others, ", ")
	}
	return d
}

// close closes what is open.
func (m *merge) close() {
	for _, c := range m.cursors {
		if c.file != nil {
			c.file.Close()
		}
	}
}

// compareNames orders file names so that start-10 comes after start-9.
func compareNames(a, b string) int {
	for a != "" && b != "" {
		aNumber, aRest := leadingNumber(a)
		bNumber, bRest := leadingNumber(b)
		if aNumber != "" && bNumber != "" {
			// Without zeros in front, the longer number is the larger one.
			aTrim, bTrim := strings.TrimLeft(aNumber, "0"), strings.TrimLeft(bNumber, "0")
			order := cmp.Or(cmp.Compare(len(aTrim), len(bTrim)), strings.Compare(aTrim, bTrim))
			if order != 0 {
				return order
			}
			a, b = aRest, bRest
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// leadingNumber splits the digits off the start of s.
func leadingNumber(s string) (number, rest string) {
	end := 0
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	return s[:end], s[end:]
}
