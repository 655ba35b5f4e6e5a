// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// Progress writes what is going on: on a terminal one line that changes, in a pipe now and then a
// line that stays.
type Progress struct {
	mu        sync.Mutex
	w         io.Writer
	width     int // Columns of the terminal; 0: not a terminal.
	transient bool
	wrote     time.Time // When the last line went out.
}

// NewProgress writes to w. It draws changing lines if w is a terminal.
func NewProgress(w io.Writer) *Progress {
	p := &Progress{w: w}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.width = 80
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 20 {
			p.width = width
		}
	}
	return p
}

// Line writes a line that stays.
func (p *Progress) Line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.wrote = time.Now()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// pipePause is how long a pipe hears nothing of a line that changes.
const pipePause = 15 * time.Second

// Live shows a line until the next one. In a pipe it writes one of them after each pipePause.
func (p *Progress) Live(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.width == 0 {
		if now := time.Now(); now.Sub(p.wrote) > pipePause {
			p.wrote = now
			fmt.Fprintf(p.w, format+"\n", args...)
		}
		return
	}
	line := []rune(fmt.Sprintf(format, args...))
	if len(line) > p.width-1 {
		line = append(line[:p.width-2], '…')
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", string(line))
	p.transient = true
}

// Done removes the line that Live shows.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// clear removes the changing line.
func (p *Progress) clear() {
	if p.transient {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.transient = false
	}
}

// Terminal says whether the lines go to a terminal.
func (p *Progress) Terminal() bool { return p.width > 0 }
