package sheet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// contentHeader is the first line of every content: its format, and what the values of the lines after it are.
const contentHeader = `{"format":"pricewire-license-list","version":1,"columns":["market","currency","product","sku","term","billing","tier",` +
	`"unit_price","erp_price","basis","from","to","product_title","sku_title","publisher","description","unit","tier_max","end_of_sale","segment","tags"]}`

const contentColumns = 21

// Bounds of Decode: a resolved list may be longer than a sheet.
const (
	maxContentLines = 4_000_000
	maxContentRow   = 2 << 20 // bytes
)

// Encode writes a whole list as its content: newline-delimited JSON, a header and then an array of strings a line, in canonical order.
// The same lines in any order give the same bytes, in every version of the program, so that a hash of them can name the content.
func Encode(w io.Writer, lines []pricelist.Line) error {
	lines = pricelist.Canonical(lines)
	out := bufio.NewWriterSize(w, 64<<10)
	row := append([]byte(contentHeader), '\n')
	for i := range lines {
		if _, err := out.Write(row); err != nil {
			return fmt.Errorf("write content: %w", err)
		}
		var ok bool
		if row, ok = appendLine(row[:0], &lines[i]); !ok {
			return fault.New(fault.Invalid, "write content: line %s holds text that is not UTF-8", lines[i].Key())
		}
		if len(row) > maxContentRow {
			return fault.New(fault.Invalid, "write content: line %s has more than %d bytes", lines[i].Key(), maxContentRow)
		}
	}
	_, err := out.Write(row)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("write content: %w", err)
	}
	return nil
}

func appendLine(row []byte, l *pricelist.Line) ([]byte, bool) {
	ok := true
	separator := byte('[')
	for _, s := range [contentColumns]string{
		l.Market, l.Currency, l.Product, l.SKU, l.Term, l.Billing, l.Tier.String(),
		l.UnitPrice.String(), l.ERPPrice.String(), string(l.Basis), contentTime(l.Effective.From), contentTime(l.Effective.To),
		l.ProductTitle, l.SKUTitle, l.Publisher, l.Description, l.Unit, l.TierMax, l.EndOfSale, l.Segment, l.Tags,
	} {
		ok = ok && utf8.ValidString(s)
		row = appendText(append(row, separator), s)
		separator = ','
	}
	return append(row, ']', '\n'), ok
}

// appendText writes a JSON string with as few escapes as there can be. The standard encoder's have changed between versions.
func appendText(row []byte, s string) []byte {
	row = append(row, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			row = append(row, '\\', c)
		case c < ' ':
			row = fmt.Appendf(row, `\u%04x`, c)
		default:
			row = append(row, c)
		}
	}
	return append(row, '"')
}

func contentTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// Decode reads what Encode wrote, and nothing else: bytes that it would not have written are an error of kind invalid that names the row.
func Decode(r io.Reader) ([]pricelist.Line, error) {
	rows := bufio.NewScanner(r)
	rows.Buffer(make([]byte, 0, 64<<10), maxContentRow)
	rows.Split(splitRow)
	if !rows.Scan() || rows.Text() != contentHeader {
		return nil, headerErr(rows.Err())
	}
	var lines []pricelist.Line
	for number := 2; rows.Scan(); number++ {
		line, err := decodeLine(rows.Text())
		if err == nil && len(lines) > 0 && lines[len(lines)-1].Compare(line) >= 0 {
			err = errors.New("the line is out of order")
		}
		if err == nil && len(lines) == maxContentLines {
			err = fmt.Errorf("there are more than %d lines", maxContentLines)
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "read content: row %d: %w", number, err)
		}
		lines = append(lines, line)
	}
	switch err := rows.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fault.New(fault.Invalid, "read content: row %d has more than %d bytes", len(lines)+2, maxContentRow)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fault.New(fault.Invalid, "read content: row %d is cut off", len(lines)+2)
	case err != nil:
		return nil, fmt.Errorf("read content: %w", err)
	}
	return lines, nil
}

// splitRow is bufio.ScanLines without its leniency: every row ends in a line feed, which is all that does not belong to it.
func splitRow(data []byte, atEOF bool) (int, []byte, error) {
	if end := bytes.IndexByte(data, '\n'); end >= 0 {
		return end + 1, data[:end], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 0, nil, nil
}

func headerErr(cause error) error {
	if cause != nil && !errors.Is(cause, bufio.ErrTooLong) && !errors.Is(cause, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read content: %w", cause)
	}
	return fault.New(fault.Invalid, "read content: row 1 is not the header of a list's content")
}

func decodeLine(row string) (pricelist.Line, error) {
	if !utf8.ValidString(row) {
		return pricelist.Line{}, errors.New("the row is not UTF-8")
	}
	var values [contentColumns]string
	if err := decodeTexts(row, &values); err != nil {
		return pricelist.Line{}, err
	}
	l := pricelist.Line{
		Identity: pricelist.Identity{Market: values[0], Currency: values[1], Product: values[2], SKU: values[3], Term: values[4], Billing: values[5]},
		Basis:    pricelist.Basis(values[9]),
		Attributes: pricelist.Attributes{
			ProductTitle: values[12], SKUTitle: values[13], Publisher: values[14], Description: values[15], Unit: values[16],
			TierMax: values[17], EndOfSale: values[18], Segment: values[19], Tags: values[20],
		},
	}
	for i, d := range [...]*money.Decimal{&l.Tier, &l.UnitPrice, &l.ERPPrice} {
		parsed, err := money.Parse(values[6+i])
		if err != nil || parsed.String() != values[6+i] {
			return l, fmt.Errorf("value %d, %q, is not a number as content has them", 7+i, excerpt(values[6+i]))
		}
		*d = parsed
	}
	if l.Basis != pricelist.PerTerm && l.Basis != pricelist.PerMonth {
		return l, fmt.Errorf("%q is not a price basis", excerpt(values[9]))
	}
	var err error
	if l.Effective.From, err = decodeTime(values[10]); err == nil {
		l.Effective.To, err = decodeTime(values[11])
	}
	return l, err
}

func decodeTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || contentTime(t) != s {
		return time.Time{}, fmt.Errorf("%q is not a time as content has them", excerpt(s))
	}
	return t.UTC(), nil
}

// decodeTexts reads an array of strings. Strings without escapes are parts of row.
func decodeTexts(row string, values *[contentColumns]string) error {
	rest := row
	for i := range values {
		opening := "["
		if i > 0 {
			opening = ","
		}
		text, ok := strings.CutPrefix(rest, opening+`"`)
		end := textEnd(text)
		if !ok || end < 0 {
			return fmt.Errorf("value %d cannot be read", i+1)
		}
		values[i], rest = text[:end], text[end+1:]
		if !strings.Contains(values[i], `\`) {
			continue
		}
		raw := `"` + values[i] + `"`
		if err := json.Unmarshal([]byte(raw), &values[i]); err != nil || string(appendText(nil, values[i])) != raw {
			return fmt.Errorf("value %d cannot be read", i+1)
		}
	}
	if rest != "]" {
		return fmt.Errorf("the row does not have %d values", contentColumns)
	}
	return nil
}

// textEnd returns the place of the closing quote, -1 when there is none or a character before it should have been escaped.
func textEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"':
			return i
		case c < ' ':
			return -1
		}
	}
	return -1
}
