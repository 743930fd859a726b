package cli

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// beneath is the writer that a page is on.
func beneath(w io.Writer) io.Writer {
	if p, ok := w.(*output.Page); ok {
		return p.Writer
	}
	return w
}

// isTerminal reports whether a person reads what is written.
func isTerminal(w io.Writer) bool {
	f, isFile := beneath(w).(*os.File)
	return isFile && term.IsTerminal(int(f.Fd()))
}

// widthOf is how many columns the terminal has that is written to; 0 where it is none, or does not say.
func (a *app) widthOf(w io.Writer) int {
	f, isFile := beneath(w).(*os.File)
	if !isFile || !a.terminal(w) {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// choosing reports whether whoever reads chose fields: then they are given as records, whatever else a command makes of them.
func (a *app) choosing() bool { return output.Chosen(a.streams.Out) }
