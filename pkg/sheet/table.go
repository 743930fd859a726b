package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
)

// table is a table of a file, read up to its header.
type table struct {
	rows   source
	layout layout
	sheet  string // empty when the file has but one
	from04 bool
}

func (t table) view(r *report) view {
	return view{report: r, layout: t.layout, sheet: t.sheet, from04: t.from04}
}

func (t table) wrong(text string) *fault.Error {
	if t.sheet != "" {
		text = fmt.Sprintf("sheet %q: %s", excerpt(t.sheet), text)
	}
	return fault.New(fault.Invalid, "read sheet: %s", text)
}

// each visits the rows behind the header.
func (t table) each(to *report, limits Limits, visit func(record)) error {
	for {
		r, err := t.rows.next()
		bad, isBad := errors.AsType[*rowError](err)
		switch {
		case isBad:
			to.add(listing.Problem{Severity: listing.Error, Rule: RuleMalformedRow, Sheet: t.sheet, Row: bad.number, Text: bad.text})
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		default:
			if to.rows++; to.rows > limits.Rows {
				return tooLarge("the file has more than %d rows", limits.Rows).WithHint("split it, or give only the lines that change as a delta")
			}
			visit(r)
		}
	}
}

// csvTable opens a CSV file as a table.
func csvTable(r io.Reader, forms []*form, limits Limits, to *report) (table, error) {
	rows, err := openCSV(r, forms, limits)
	if err != nil {
		return table{}, err
	}
	h, err := seekHeader(rows, forms)
	if err != nil {
		return table{}, err
	}
	if h.first.cells == nil {
		return table{}, errEmpty()
	}
	if h.form == nil {
		h.form, h.header = forms[0], h.first // a header that is wrong is what it most likely is
	}
	t := table{rows: rows}
	t.layout, err = h.read("", limits, to)
	return t, err
}

// eachTable visits the tables of a file that is not packed: of a CSV file its only one, of a workbook the visible sheets with a header.
func eachTable(f File, forms []*form, limits Limits, to *report, visit func(table) error) error {
	switch contentOf(f.Data) {
	case workbook:
		return eachSheet(f, forms, limits, to, visit)
	case oldWorkbook:
		return fault.New(fault.Invalid, "read sheet: the file is a workbook from before 2007, or encrypted").WithHint("save it as XLSX without a password")
	case foreign:
		return fault.New(fault.Invalid, "read sheet: the file is a workbook or document of another kind than XLSX").WithHint("save it as XLSX")
	case plainFile, archive, compressed:
	}
	t, err := csvTable(bytes.NewReader(f.Data), forms, limits, to)
	if err != nil {
		return err
	}
	return visit(t)
}

// notesSheet is the sheet of a workbook that explains the others.
const notesSheet = "Notes"

func eachSheet(f File, forms []*form, limits Limits, to *report, visit func(table) error) error {
	b, err := openBook(f.Name, f.Data, limits)
	if err != nil {
		return err
	}
	var wrong []error
	var first *foundHeader // what might have been a header when there is none
	read := 0
	var spent int64
	for _, s := range b.sheets {
		if s.hidden || strings.EqualFold(s.name, notesSheet) {
			if s.hidden {
				to.ignore(s.name, listing.Note, "the sheet is hidden and is left out")
			}
			continue
		}
		h, err := b.sheet(s, forms, limits, to, &spent, visit)
		switch {
		case h.form != nil && fault.Is(err, fault.Invalid) && h.wrong:
			wrong = append(wrong, err)
		case err != nil:
			return err
		case h.form != nil:
			read++
		case first == nil && h.first.cells != nil:
			first = &h
		}
	}
	switch {
	case len(wrong) > 0:
		return together(wrong)
	case read > 0:
		return nil
	case first == nil:
		return errEmpty()
	}
	first.form, first.header = forms[0], first.first
	if _, err = first.read(first.sheet, limits, to); err == nil {
		err = first.unusable(first.sheet, nil, nil)
	}
	return err
}

// sheet reads a sheet of a workbook.
func (b *book) sheet(s bookSheet, forms []*form, limits Limits, to *report, spent *int64, visit func(table) error) (foundHeader, error) {
	rows, err := b.rows(s, spent)
	if err != nil {
		return foundHeader{}, err
	}
	defer func() { _ = rows.part.Close() }() // what was to be read was read
	h, err := seekHeader(rows, forms)
	h.sheet = s.name
	switch {
	case err != nil || h.first.cells == nil:
		return h, err
	case h.form == nil:
		to.ignoreWithout(s.name)
		return h, nil
	}
	t := table{rows: rows, sheet: s.name, from04: b.from04}
	if t.layout, err = h.read(s.name, limits, to); err == nil {
		err = visit(t)
	} else {
		h.wrong = true
	}
	return h, err
}

func (r *report) ignore(sheet string, severity listing.Severity, text string) {
	r.add(listing.Problem{Severity: severity, Rule: RuleIgnoredSheet, Sheet: sheet, Text: text})
}

// ignoreWithout reports a sheet without a header. One that is named after a currency is no explanation.
func (r *report) ignoreWithout(sheet string) {
	if currencyIn(sheet) != "" {
		r.ignore(sheet, listing.Error, "none of the first rows is a header: name the columns, or delete or hide the sheet")
		return
	}
	r.ignore(sheet, listing.Note, "none of the first rows is a header; the sheet is left out")
}

// together makes one error of those of several sheets.
func together(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	texts := make([]string, len(errs))
	var places []fault.Place
	for i, err := range errs {
		texts[i] = err.Error()
		if i > 0 {
			texts[i] = strings.TrimPrefix(texts[i], "read sheet: ")
		}
		places = append(places, fault.PlacesOf(err)...)
	}
	return fault.New(fault.Invalid, "%s", strings.Join(texts, "; ")).WithHint("%s", fault.HintOf(errs[0])).WithPlaces(places...)
}

// currencyIn returns the currency that a sheet's or file's name holds, in capitals; empty when it holds none, or several.
func currencyIn(name string) string {
	found := ""
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }) {
		code, err := money.ParseCurrency(word)
		if err != nil || string(code) != word {
			continue
		}
		if found != "" && found != word {
			return ""
		}
		found = word
	}
	return found
}
