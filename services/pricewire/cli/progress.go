package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

const (
	redrawEvery = 100 * time.Millisecond
	barWidth    = 20
	// a bar tells how long it will take when it has seen this much of it.
	estimateAfter = 2 * time.Second
)

// progress shows how far long work has come: a line that rewrites itself on a terminal, nothing elsewhere.
type progress struct {
	w           io.Writer
	terminal    bool
	width       int // of the terminal; 0: not known
	what        string
	bytes       bool // it is bytes that are counted
	done, total int64
	now         func() time.Time
	began, last time.Time
	shown       bool
}

// progress begins to tell of work; total is 0 where nobody knows how much there is. On a terminal that cannot move its cursor nothing is told.
func (a *app) progress(what string, total int) *progress {
	p := &progress{
		w: a.streams.Err, terminal: a.terminal(a.streams.Err), width: a.widthOf(a.streams.Err), what: what, total: int64(total),
		now: time.Now, //nolint:forbidigo // progress is in real time
	}
	if term, _ := a.variable("TERM"); term == "dumb" {
		p.terminal = false
	}
	p.began = p.now()
	return p
}

// at says how far work is that goes through stages.
func (p *progress) at(what string, done, total int64) {
	p.what, p.total = what, total
	p.reach(done)
}

// step says that one more is done.
func (p *progress) step() { p.reach(p.done + 1) }

// reach says how much is done. The line is drawn at most ten times a second, and at the end.
func (p *progress) reach(done int64) {
	p.done = done
	if now := p.now(); p.terminal && (p.total > 0 && done >= p.total || now.Sub(p.last) >= redrawEvery) {
		p.last = now
		p.draw(p.bar(now))
	}
}

// bar is how far it is, and how long it will take.
func (p *progress) bar(now time.Time) string {
	if p.total <= 0 {
		return fmt.Sprintf("%s %s", p.count(p.done), p.what)
	}
	share := min(max(float64(p.done)/float64(p.total), 0), 1)
	full := int(share * barWidth)
	text := fmt.Sprintf("[%s%s] %3d %%  %s of %s %s", strings.Repeat("#", full), strings.Repeat("-", barWidth-full), int(share*100), p.count(p.done), p.count(p.total), p.what)
	if took := now.Sub(p.began); took >= estimateAfter && share > 0 && share < 1 {
		left := time.Duration(float64(took) * (1 - share) / share)
		text += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return text
}

// count is a number as people read it.
func (p *progress) count(n int64) string {
	if !p.bytes {
		return strconv.FormatInt(n, 10)
	}
	return sizeOf(n)
}

// sizeOf is a number of bytes as people read it.
func sizeOf(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
}

// show puts a text in the place of the line.
func (p *progress) show(text string) {
	if p.terminal {
		p.draw(text)
	}
}

// draw writes the line anew, no longer than the terminal is wide: a line that wraps cannot be rewritten.
func (p *progress) draw(text string) {
	if p.width > 1 {
		text = output.Fit(text, p.width-1)
	}
	p.shown = true
	_, _ = fmt.Fprintf(p.w, "\r\x1b[K%s", text)
}

// note says something beside the progress, on a line of its own.
func (p *progress) note(format string, args ...any) {
	p.end()
	_, _ = fmt.Fprintf(p.w, format+"\n", args...)
}

// end clears the line.
func (p *progress) end() {
	if p.terminal && p.shown {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

// counted passes on what is sent, and says how much of it was.
type counted struct {
	io.Reader
	progress *progress
}

// Read reads from what is beneath.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.progress.reach(c.progress.done + int64(n))
	return n, err
}

// counting passes on what is written, and says how much of it was.
type counting struct {
	io.Writer
	progress *progress
}

// Write writes to what is beneath.
func (c *counting) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.progress.reach(c.progress.done + int64(n))
	return n, err
}

// transfer begins to tell of bytes that are sent or received; of 0 it is not known how many they will be.
func (a *app) transfer(what string, size int64) *progress {
	p := a.progress(what, 0)
	p.total, p.bytes = size, true
	return p
}
