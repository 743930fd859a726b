package sheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// What a workbook can hold.
const (
	maxSheetRows = 1_048_576
	maxCellText  = 32_767 // UTF-16 units
	maxSheetName = 31
)

// xlsxWriter writes the sheets of a workbook, each in a stream.
type xlsxWriter struct {
	file   *excelize.File
	styles map[Kind]int
	bold   int
	wrap   int
	names  map[string]bool // of sheets so far, lower case
	rows   int             // that fit into a sheet, the header included
}

// writeXLSX writes each table as a sheet, or as several where it has more rows than fit, and a sheet of notes behind them.
func writeXLSX(w io.Writer, tables []Table, notes []Note, rows int) (err error) {
	x, err := newXLSX(rows)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := x.file.Close(); err == nil {
			err = closeErr
		}
	}()
	for _, t := range tables {
		if err := x.table(t); err != nil {
			return err
		}
	}
	if len(notes) > 0 {
		if err := x.notes(notes); err != nil {
			return err
		}
	}
	_, err = x.file.WriteTo(w)
	return err
}

func newXLSX(rows int) (*xlsxWriter, error) {
	x := &xlsxWriter{file: excelize.NewFile(), styles: map[Kind]int{}, names: map[string]bool{strings.ToLower(notesSheet): true}, rows: rows}
	decimals, instants := "0.00################", "yyyy\\-mm\\-dd hh:mm:ss"
	const whole, text = 1, 49 // built in: 0, @
	var err error
	style := func(s excelize.Style) int {
		id := 0
		if err == nil {
			id, err = x.file.NewStyle(&s)
		}
		return id
	}
	x.styles[Text] = style(excelize.Style{NumFmt: text})
	x.styles[Decimal] = style(excelize.Style{CustomNumFmt: &decimals})
	x.styles[Time] = style(excelize.Style{CustomNumFmt: &instants})
	x.styles[Whole] = style(excelize.Style{NumFmt: whole})
	x.bold = style(excelize.Style{NumFmt: text, Font: &excelize.Font{Bold: true}})
	x.wrap = style(excelize.Style{NumFmt: text, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err == nil {
		err = x.file.SetDocProps(&excelize.DocProperties{Creator: "Pricewire", LastModifiedBy: "Pricewire"})
	}
	return x, err
}

// sheet begins another sheet, under a name that no other has.
func (x *xlsxWriter) sheet(name string) (*excelize.StreamWriter, error) {
	name = x.free(name)
	var err error
	if len(x.names) == 1 { // a new workbook has a sheet already
		err = x.file.SetSheetName("Sheet1", name)
	} else {
		_, err = x.file.NewSheet(name)
	}
	if err != nil {
		return nil, err
	}
	x.names[strings.ToLower(name)] = true
	return x.file.NewStreamWriter(name)
}

// free returns a name that a sheet may have: without what is forbidden in it, short, and not taken.
func (x *xlsxWriter) free(name string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) || r < ' ' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "")), "' ")
	if name == "" {
		name = "List"
	}
	for n := 1; ; n++ {
		number := ""
		if n > 1 {
			number = fmt.Sprintf(" %d", n)
		}
		short := []rune(name)
		for len(utf16.Encode(short))+len(number) > maxSheetName {
			short = short[:len(short)-1]
		}
		if candidate := strings.TrimRight(string(short), "' ") + number; !x.names[strings.ToLower(candidate)] && candidate != "" {
			return candidate
		}
	}
}

// xlsxSheet is a sheet of a table that is being written.
type xlsxSheet struct {
	*excelize.StreamWriter
	rows int
}

func (x *xlsxWriter) table(t Table) error {
	s, err := x.begin(t)
	if err != nil {
		return err
	}
	cells := make([]any, len(t.Columns))
	err = t.each(func(number int, row []string) error {
		if s.rows == x.rows {
			if err := x.end(s, t); err != nil {
				return err
			}
			if s, err = x.begin(t); err != nil {
				return err
			}
		}
		for i, cell := range row {
			if cells[i], err = x.cell(t, number, i, cell); err != nil {
				return err
			}
		}
		s.rows++
		return s.SetRow("A"+strconv.Itoa(s.rows), cells)
	})
	if err != nil {
		return err
	}
	return x.end(s, t)
}

// begin starts a sheet with its header, which stays in sight.
func (x *xlsxWriter) begin(t Table) (*xlsxSheet, error) {
	stream, err := x.sheet(t.Name)
	if err != nil {
		return nil, err
	}
	header := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		if err := stream.SetColWidth(i+1, i+1, width(c)); err != nil {
			return nil, err
		}
		if header[i], err = x.text(t, 0, i, c.Name, x.bold); err != nil {
			return nil, err
		}
	}
	err = stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return nil, err
	}
	return &xlsxSheet{stream, 1}, stream.SetRow("A1", header)
}

// width is how wide a column is shown, in characters.
func width(c Column) float64 {
	const narrow, wide = 12, 24
	w := max(len(c.Name)+4, narrow)
	if c.Kind == Text || c.Kind == Time {
		w = max(w, wide)
	}
	return float64(min(w, 2*wide))
}

func (x *xlsxWriter) end(s *xlsxSheet, t Table) error {
	last, err := excelize.CoordinatesToCellName(len(t.Columns), s.rows)
	if err == nil {
		err = x.file.AutoFilter(s.Sheet, "A1:"+last, nil)
	}
	if err == nil {
		err = s.Flush()
	}
	return err
}

// cell makes a typed cell, or a text where the workbook would not keep the value exactly.
func (x *xlsxWriter) cell(t Table, number, column int, cell string) (any, error) {
	kind := t.Columns[column].Kind
	if cell == "" {
		return nil, nil
	}
	switch kind {
	case Decimal:
		if _, err := t.decimal(number, column, cell); err != nil {
			return nil, err
		}
		if f, err := strconv.ParseFloat(cell, 64); err == nil && significant(cell) <= shownDigits {
			return excelize.Cell{StyleID: x.styles[kind], Value: f}, nil
		}
	case Whole:
		n, err := t.whole(number, column, cell)
		if err != nil {
			return nil, err
		}
		if significant(cell) <= shownDigits {
			return excelize.Cell{StyleID: x.styles[kind], Value: n}, nil
		}
	case Time:
		at, err := t.instant(number, column, cell)
		if err != nil {
			return nil, err
		}
		if serial, ok := toSerial(at); ok {
			return excelize.Cell{StyleID: x.styles[kind], Value: serial}, nil
		}
	case Flag:
		return t.flag(number, column, cell)
	case Text:
		return x.text(t, number, column, cell, x.styles[Text])
	}
	return excelize.Cell{StyleID: x.styles[Text], Value: cell}, nil
}

// significant counts the digits from the first to the last that is not 0.
func significant(number string) int {
	mantissa, _, _ := strings.Cut(strings.ToLower(number), "e")
	digits := strings.ReplaceAll(strings.TrimLeft(mantissa, "+-"), ".", "")
	return len(strings.Trim(digits, "0"))
}

// text makes a cell of text that no spreadsheet takes for a formula.
func (x *xlsxWriter) text(t Table, number, column int, cell string, style int) (any, error) {
	units := 0
	for _, r := range cell {
		units += max(utf16.RuneLen(r), 1)
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
			return nil, t.wrong(number, column, cell, fmt.Sprintf("holds the character %U, which no workbook can: write it as CSV", r))
		}
	}
	if cell = protect(cell); units >= maxCellText {
		return nil, t.wrong(number, column, cell, fmt.Sprintf("is longer than the %d characters that a workbook's cell holds: write it as CSV", maxCellText-1))
	}
	return excelize.Cell{StyleID: style, Value: unescaped(cell)}, nil
}

// unescaped keeps what looks like the escape of a character in a workbook, _x000D_, from being taken for one: no run of the text has it
// whole.
func unescaped(cell string) any {
	if !strings.Contains(cell, "_x") {
		return cell
	}
	pieces := strings.SplitAfter(cell, "_")
	runs := make([]excelize.RichTextRun, 0, len(pieces))
	for _, piece := range pieces {
		if piece != "" {
			runs = append(runs, excelize.RichTextRun{Text: piece})
		}
	}
	return runs
}

// notes writes the sheet that explains the others.
func (x *xlsxWriter) notes(notes []Note) error {
	if _, err := x.file.NewSheet(notesSheet); err != nil {
		return err
	}
	stream, err := x.file.NewStreamWriter(notesSheet)
	if err == nil {
		err = stream.SetColWidth(1, 1, 28)
	}
	if err == nil {
		err = stream.SetColWidth(2, 2, 100)
	}
	t := Table{Columns: []Column{{Name: "note"}, {Name: "text"}}}
	for i := 0; i < len(notes) && err == nil; i++ {
		var name, text any
		if name, err = x.text(t, i+1, 0, notes[i].Name, x.bold); err == nil {
			text, err = x.text(t, i+1, 1, notes[i].Text, x.wrap)
		}
		if err == nil {
			err = stream.SetRow("A"+strconv.Itoa(i+1), []any{name, text})
		}
	}
	if err == nil {
		err = stream.Flush()
	}
	return err
}
