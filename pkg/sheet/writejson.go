package sheet

import (
	"bufio"
	"io"
	"strconv"
)

// writeJSON writes a table as an array of objects, or as an object a line. Whole numbers are numbers, decimals and times strings, so that
// nobody loses a digit.
func writeJSON(w io.Writer, t Table, lines bool) error {
	out := bufio.NewWriterSize(w, 64<<10)
	opening, between, end := "[\n  ", ",\n  ", "\n]\n"
	if lines {
		opening, between, end = "", "\n", "\n"
	}
	names := make([][]byte, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = append(appendText(nil, c.Name), ':')
	}
	var object []byte
	count := 0
	err := t.each(func(number int, row []string) error {
		count = number
		object = append(object[:0], between...)
		if number == 1 {
			object = append(object[:0], opening...)
		}
		object = append(object, '{')
		for i, cell := range row {
			if err := t.valid(number, i, cell); err != nil {
				return err
			}
			if i > 0 {
				object = append(object, ',')
			}
			object = appendValue(append(object, names[i]...), t.Columns[i].Kind, cell)
		}
		_, err := out.Write(append(object, '}'))
		return err
	})
	switch {
	case err != nil:
		return err
	case count > 0:
		_, err = out.WriteString(end)
	case !lines:
		_, err = out.WriteString("[]\n")
	}
	if err == nil {
		err = out.Flush()
	}
	return err
}

func appendValue(object []byte, kind Kind, cell string) []byte {
	switch {
	case cell == "":
		return append(object, "null"...)
	case kind == Flag:
		return append(object, cell...)
	case kind == Whole:
		return append(object, wholeText(cell)...)
	}
	return appendText(object, cell)
}

// wholeText is a whole number as JSON writes it.
func wholeText(cell string) string {
	n, err := strconv.ParseInt(cell, 10, 64)
	if err != nil {
		return "null" // it has been checked
	}
	return strconv.FormatInt(n, 10)
}
