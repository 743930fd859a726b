package sheet

import (
	"errors"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/money"
)

// shownDigits is how many digits of a number spreadsheets show and keep; what a file stores beyond them is noise of binary fractions.
const shownDigits = 15

// plainNumber returns a number as a workbook stores it, "8.4000000000000004" or "1.6667E-5", as the decimal that the spreadsheet shows,
// plain; false when it is no number.
func plainNumber(s string) (string, bool) {
	digits, plain := 0, true
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if digits > 0 || c != '0' {
				digits++
			}
		case c == '-' && i == 0, c == '.':
		default:
			plain = false
		}
	}
	if plain && digits <= shownDigits {
		_, err := money.Parse(s)
		return s, err == nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.ContainsAny(s, "xXpPnN_") {
		return "", false
	}
	f, err = strconv.ParseFloat(strconv.FormatFloat(f, 'e', shownDigits-1, 64), 64)
	return strconv.FormatFloat(f, 'f', -1, 64), err == nil
}

// spelling is how a number is written: what stands before its decimals, and whether that is certain.
type spelling int

const (
	noNumber        spelling = iota
	whole                    // without decimals and separators, or exponential: it says nothing of the others
	byPoint                  // 12.5, 1,234.50, 1,234,567
	byComma                  // 12,5
	byCommaGrouped           // 1.234,50, 1.234.567
	perhapsPoint             // 1.234, which is 1234 where decimals follow a comma
	perhapsGrouping          // 1,234, which is 1234 or 1.234
)

// spell tells how a number is written.
func spell(s string) spelling {
	body := strings.TrimLeft(s, "+-")
	point, comma := strings.Count(body, "."), strings.Count(body, ",")
	switch {
	case len(s)-len(body) > 1 || strings.Trim(body, "0123456789.,") != "":
		return noNumber
	case point == 0 && comma == 0:
		return whole
	case comma == 0 && point == 1:
		if groups(body, ".") {
			return perhapsPoint
		}
		return byPoint
	case point == 0 && comma == 1:
		return spellComma(body)
	case comma == 0:
		return either(groups(body, "."), byCommaGrouped)
	case point == 0:
		return either(groups(body, ","), byPoint)
	case point == 1 && strings.LastIndexByte(body, '.') > strings.LastIndexByte(body, ','):
		return either(groups(body[:strings.IndexByte(body, '.')], ",") && !strings.HasSuffix(body, "."), byPoint)
	case comma == 1 && strings.LastIndexByte(body, ',') > strings.LastIndexByte(body, '.'):
		return either(groups(body[:strings.IndexByte(body, ',')], ".") && !strings.HasSuffix(body, ","), byCommaGrouped)
	}
	return noNumber
}

func spellComma(body string) spelling {
	before, after, _ := strings.Cut(body, ",")
	switch {
	case before == "" || after == "":
		return noNumber
	case groups(body, ","):
		return perhapsGrouping
	}
	return byComma
}

func either(ok bool, s spelling) spelling {
	if ok {
		return s
	}
	return noNumber
}

// groups reports whether s is a number of thousands: up to three digits that don't begin with 0, then separators with three each.
func groups(s, separator string) bool {
	first, rest, ok := strings.Cut(s, separator)
	if !ok || first == "" || len(first) > 3 || first[0] == '0' {
		return false
	}
	for group := range strings.SplitSeq(rest, separator) {
		if len(group) != 3 {
			return false
		}
	}
	return true
}

// as returns a number with its decimals behind a point and without separators.
func (s spelling) as(text string) string {
	switch s {
	case byPoint:
		return strings.ReplaceAll(text, ",", "")
	case byComma, byCommaGrouped:
		return strings.ReplaceAll(strings.ReplaceAll(text, ".", ""), ",", ".")
	case noNumber, whole, perhapsPoint, perhapsGrouping:
	}
	return text
}

// numbers gathers how a file writes its numbers, and those that only the others can explain.
type numbers struct {
	point, comma, grouped bool // seen for certain
	unsure                []unsure
}

// unsure is a number that may mean two things.
type unsure struct {
	at     int // the row in the list of those that were read; -1 when it was not
	sheet  string
	row    int
	column string
	text   string
	spelling
}

// parse reads a number as typed. What may mean two things is read as if decimals stood behind a point, and false is returned for it.
func (n *numbers) parse(text string) (d money.Decimal, spelled spelling, err error) {
	if d, err = money.Parse(text); err == nil && strings.IndexByte(text, '.') < 0 {
		return d, whole, nil
	}
	spelled = spell(text)
	switch spelled {
	case byPoint:
		n.point = true
	case byComma, byCommaGrouped:
		n.comma, n.grouped = true, n.grouped || spelled == byCommaGrouped
	case noNumber, whole, perhapsPoint, perhapsGrouping:
		return d, spelled, err
	}
	d, err = money.Parse(spelled.as(text))
	return d, spelled, err
}

// settle says what an unsure number means when all of the file is known; false when nobody can know.
func (n *numbers) settle(u unsure) (money.Decimal, bool) {
	var meaning spelling
	switch {
	case u.spelling == perhapsPoint && !n.comma:
		meaning = byPoint
	case u.spelling == perhapsPoint && n.grouped && !n.point:
		meaning = byCommaGrouped
	case u.spelling == perhapsGrouping && n.comma && !n.point:
		meaning = byComma
	case u.spelling == perhapsGrouping && n.point && !n.comma:
		meaning = byPoint
	default:
		return money.Decimal{}, false
	}
	d, err := money.Parse(meaning.as(u.text))
	return d, err == nil
}

// explain says how to mend what is not a number.
func explainNumber(text string, err error) string {
	switch {
	case errors.Is(err, money.ErrPrecision), errors.Is(err, money.ErrRange):
		return "the number has " + err.Error()
	case strings.ContainsAny(text, "$€£¥₩₹") || strings.ContainsAny(strings.ToUpper(text), "ABCDFGHIJKLMNOPQRSTUVWXYZ"):
		return "not a number: write it plainly, without currency signs or words; the currency has its own column"
	case strings.ContainsAny(text, " '\u2019\u00a0\u202f"):
		return "not a number: leave out the blanks or apostrophes between its digits"
	}
	return "not a number: write it plainly, with a point and without separators or currency signs"
}

// explainUnsure says how to write a number that may mean two things.
func explainUnsure(u unsure) string {
	plain := strings.ReplaceAll(strings.ReplaceAll(u.text, ".", ""), ",", "")
	return "the number may mean " + plain + " or " + strings.Replace(u.text, ",", ".", 1) +
		", and the rest of the file does not tell: write decimals behind a point and leave out separators"
}
