package output

import (
	"io"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

// Page is where answers are written, and how whoever reads them wants them. Answers written to another kind of writer have all their fields, no
// colours, and any width. It is not safe for concurrent use.
type Page struct {
	io.Writer

	Fields    []string // of each record, in this order; all, or those that a command shows, when empty
	NoHeaders bool     // of tables and CSV
	Width     int      // columns of the terminal; 0: as wide as it gets
	Color     bool
	// Warn, when it is set, is told of a field that does not exist, and all fields are written: what the answer is to has been done already.
	Warn    func(error)
	Rolling bool  // rows come one after the other: heads once, and columns as wide as they ever were
	Least   []int // how wide the columns of rolling rows are at least

	judged bool // the fields were found to exist
	begun  bool // of rolling rows: the heads were written
}

// On returns a page like this one on another writer, which is no terminal.
func (p *Page) On(w io.Writer) *Page {
	return &Page{Writer: w, Fields: p.Fields, NoHeaders: p.NoHeaders, Warn: p.Warn, judged: p.judged}
}

// pageOf is how answers are wanted where they are written to.
func pageOf(w io.Writer) *Page {
	if p, ok := w.(*Page); ok {
		return p
	}
	return &Page{Writer: w}
}

// Chosen reports whether fields were chosen for what is written to w, and not left to the command.
func Chosen(w io.Writer) bool { return len(pageOf(w).Fields) > 0 }

// headed reports whether heads are to be written now.
func (p *Page) headed() bool {
	first := !p.Rolling || !p.begun
	p.begun = true
	return first && !p.NoHeaders
}

// columns are those that were chosen of some records, else those that a command shows.
func (p *Page) columns(records []record, usual []string) ([]string, error) {
	if len(p.Fields) == 0 {
		return usual, nil
	}
	if err := p.judge(records, usual); err != nil || len(p.Fields) == 0 {
		return usual, err
	}
	return spread(p.Fields, fields(records, usual)), nil
}

// judge makes sure, once and as soon as there are records, that the fields chosen exist. A command's own columns do, even where a record leaves
// them out.
func (p *Page) judge(records []record, usual []string) error {
	if p.judged || len(p.Fields) == 0 || len(records) == 0 {
		return nil
	}
	known := fields(records, nil)
	for _, name := range usual {
		known = addMissing(known, name)
	}
	for _, chosen := range p.Fields {
		if isField(chosen, known, records) {
			continue
		}
		err := unknownField(chosen, known)
		if p.Warn == nil {
			return err
		}
		p.Warn(err)
		p.Fields = nil
		break
	}
	p.judged = true
	return nil
}

// Judge checks fields that were chosen against those that there are, where they are known before anything is written. An invalid fault names the
// fields.
func Judge(chosen, known []string) error {
	for _, c := range chosen {
		if !isField(c, known, nil) {
			return unknownField(c, known)
		}
	}
	return nil
}

func unknownField(name string, known []string) error {
	text := "there is no field \"" + name + "\"" + command.DidYouMean(name, known)
	return fault.New(fault.Invalid, "%s", text).WithPlaces(fault.Place{Where: "flag.fields", Problem: text}).WithHint("there are %s", strings.Join(known, ", "))
}
