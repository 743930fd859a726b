package cli

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// progress shows how far long work has come: a line that rewrites itself on a terminal, nothing elsewhere.
type progress struct {
	w           io.Writer
	terminal    bool
	what        string
	done, total int
}

func (a *app) progress(what string, total int) *progress {
	return &progress{w: a.streams.Err, terminal: a.terminal(a.streams.Err), what: what, total: total}
}

func isTerminal(w io.Writer) bool {
	f, isFile := w.(*os.File)
	return isFile && term.IsTerminal(int(f.Fd()))
}

func (p *progress) step() {
	p.done++
	if p.terminal {
		_, _ = fmt.Fprintf(p.w, "\r\x1b[K%d of %d %s", p.done, p.total, p.what)
	}
}

// note says something beside the progress, on a line of its own.
func (p *progress) note(format string, args ...any) {
	p.end()
	_, _ = fmt.Fprintf(p.w, format+"\n", args...)
}

// end clears the line.
func (p *progress) end() {
	if p.terminal {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
	}
}
