package sheet

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// licenseList is the list of licence prices, which has no schema.
const licenseList = "license"

// WriteTemplate writes an empty workbook to be filled in for a list: its header, which stays in sight, columns that keep what is typed,
// lists of the usual values, and a sheet of notes that explains every column with an example. For the list "license" the schema is nil. What
// is filled in, ReadLicense or ReadItems reads.
func WriteTemplate(w io.Writer, list string, schema *item.Schema) error {
	columns, err := templateColumns(list, schema)
	if err != nil {
		return err
	}
	x, err := newXLSX(maxSheetRows)
	if err != nil {
		return fault.Wrap(err, "write template")
	}
	defer func() { _ = x.file.Close() }() // nothing of it is on disk
	name := list
	if schema == nil {
		name = "Prices"
	}
	t := template{x, x.free(name), list, columns}
	for _, part := range []func() error{t.sheet, t.columnsOfSheet, t.explain} {
		if err := part(); err != nil {
			return fault.Wrap(err, "write template")
		}
	}
	if _, err := x.file.WriteTo(w); err != nil {
		return fault.Wrap(err, "write template")
	}
	return nil
}

// templateColumn is a column of a template.
type templateColumn struct {
	Column
	need    need
	aliases []string
	guide   guide
}

func templateColumns(list string, schema *item.Schema) ([]templateColumn, error) {
	var columns []templateColumn
	switch {
	case schema != nil:
		for _, c := range schema.Columns {
			column := templateColumn{Column{c.Header, Text}, mayBeMissing, c.Aliases, guideOf(list, c.Name)}
			if c.Required {
				column.need = required
			}
			columns = append(columns, column)
		}
		if len(columns) > 0 {
			return columns, nil
		}
	case list == licenseList:
		for _, c := range newCommerce("").columns {
			if c.name != pricelist.ColumnFlag && c.name != pricelist.ColumnPrevious { // changes are computed
				columns = append(columns, templateColumn{Column{c.name, kindOf(c.name)}, c.need, nil, guideOf(list, c.name)})
			}
		}
		return columns, nil
	}
	return nil, fault.New(fault.Invalid, "write template: the list %q has no columns", excerpt(list))
}

// template is a template that is being written.
type template struct {
	x       *xlsxWriter
	name    string // of the sheet
	list    string
	columns []templateColumn
}

// sheet makes the sheet with its header.
func (t template) sheet() error {
	f := t.x.file
	if err := f.SetSheetName("Sheet1", t.name); err != nil {
		return err
	}
	header := make([]any, len(t.columns))
	for i, c := range t.columns {
		header[i] = protect(c.Name)
	}
	err := f.SetSheetRow(t.name, "A1", &header)
	if err == nil {
		err = f.SetPanes(t.name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	}
	return err
}

// columnsOfSheet says how columns look, and which values are usual in them.
func (t template) columnsOfSheet() error {
	f := t.x.file
	for i, c := range t.columns {
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err == nil {
			err = f.SetColStyle(t.name, letter, t.x.styles[c.Kind])
		}
		if err == nil {
			err = f.SetCellStyle(t.name, letter+"1", letter+"1", t.x.bold)
		}
		if err == nil {
			err = f.SetColWidth(t.name, letter, letter, width(c.Column))
		}
		if err == nil && len(c.guide.choices) > 0 {
			err = t.choices(letter, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// choices offers the usual values of a column. Another is asked about, not refused: the list may know more than the template.
func (t template) choices(letter string, c templateColumn) error {
	v := excelize.NewDataValidation(true)
	v.SetSqref(fmt.Sprintf("%s2:%s%d", letter, letter, maxSheetRows))
	v.SetError(excelize.DataValidationErrorStyleWarning, c.Name, "The usual values are "+strings.Join(c.guide.choices, ", ")+".")
	if err := v.SetDropList(c.guide.choices); err != nil {
		return err
	}
	return t.x.file.AddDataValidation(t.name, v)
}

// explain makes the sheet of notes.
func (t template) explain() error {
	f := t.x.file
	if _, err := f.NewSheet(notesSheet); err != nil {
		return err
	}
	rows := [][]any{
		{fmt.Sprintf("Fill in the sheet %q, one line a row. This sheet is not read.", t.name)},
		{"Columns may be in any order, and those that are not needed may be deleted. Dates are UTC. Numbers have a point or comma before their decimals."},
		{},
		{"Column", "Needed", "Meaning", "Example", "Also called"},
	}
	head := len(rows)
	for _, c := range t.columns {
		needed := "no"
		if c.need == required {
			needed = "yes"
		}
		rows = append(rows, []any{c.Name, needed, c.guide.meaning, protect(c.guide.example), strings.Join(c.aliases, ", ")})
	}
	for i, row := range rows {
		if err := f.SetSheetRow(notesSheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	err := f.SetCellStyle(notesSheet, fmt.Sprintf("A%d", head), fmt.Sprintf("E%d", head), t.x.bold)
	for letter, width := range map[string]float64{"A": 28, "B": 10, "C": 70, "D": 40, "E": 50} {
		if err == nil {
			err = f.SetColWidth(notesSheet, letter, letter, width)
		}
	}
	return err
}
