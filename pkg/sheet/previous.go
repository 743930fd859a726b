package sheet

import (
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/pricelist"
)

// parsePrevious reads previous values as the lists write them: a dictionary in Python's notation, {'ERP Price': '1440', 'UnitPrice': '1008'}.
// JSON is read too. It returns what it could read, and false when that is not all.
func parsePrevious(s string) ([]pricelist.Claim, bool) {
	d := dictionary{rest: s}
	if !d.take('{') {
		return nil, false
	}
	var claims []pricelist.Claim
	for !d.take('}') {
		if len(claims) > 0 && !d.take(',') {
			return claims, false
		}
		key, ok := d.value()
		if !ok || !d.take(':') {
			return claims, false
		}
		value, ok := d.value()
		if !ok {
			return claims, false
		}
		claims = append(claims, pricelist.Claim{Column: claimed(key), Value: value})
	}
	return claims, strings.TrimSpace(d.rest) == ""
}

// claimed returns the usual spelling of a column's name.
func claimed(key string) string {
	for _, column := range append(official(), pricelist.ColumnEndOfSale) {
		if normal(column) == normal(key) {
			return column
		}
	}
	return key
}

type dictionary struct{ rest string }

func (d *dictionary) take(c byte) bool {
	d.rest = strings.TrimLeft(d.rest, " \t\r\n")
	if d.rest == "" || d.rest[0] != c {
		return false
	}
	d.rest = d.rest[1:]
	return true
}

// value reads text in either kind of quotes, or a bare word such as 12.5 or None; None is empty.
func (d *dictionary) value() (string, bool) {
	if d.take('\'') {
		return d.text('\'')
	}
	if d.take('"') {
		return d.text('"')
	}
	end := strings.IndexAny(d.rest, ",:}'\"{[")
	if end <= 0 {
		return "", false
	}
	word := strings.TrimSpace(d.rest[:end])
	d.rest = d.rest[end:]
	if word == "None" || word == "null" {
		return "", true
	}
	return word, word != ""
}

func (d *dictionary) text(quote byte) (string, bool) {
	var b strings.Builder
	for d.rest != "" {
		if d.rest[0] == quote {
			d.rest = d.rest[1:]
			return b.String(), true
		}
		if d.rest[0] == '\\' && len(d.rest) > 1 && (d.rest[1] == '\'' || d.rest[1] == '"') {
			b.WriteByte(d.rest[1])
			d.rest = d.rest[2:]
			continue
		}
		r, _, rest, err := strconv.UnquoteChar(d.rest, 0)
		if err != nil {
			return "", false
		}
		b.WriteRune(r)
		d.rest = rest
	}
	return "", false
}

// formatPrevious writes what parsePrevious reads.
func formatPrevious(claims []pricelist.Claim) string {
	if len(claims) == 0 {
		return ""
	}
	var b strings.Builder
	for i, c := range claims {
		b.WriteString([...]string{"{", ", "}[min(i, 1)])
		writeText(&b, c.Column)
		b.WriteString(": ")
		writeText(&b, c.Value)
	}
	return b.String() + "}"
}

func writeText(b *strings.Builder, s string) {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	escape := strings.NewReplacer(`\`, `\\`, quote, `\`+quote, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	b.WriteString(quote + escape.Replace(s) + quote)
}
