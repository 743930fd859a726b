package output

import (
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

const (
	gap = 2 // columns between two cells
	// narrowest is how narrow a column of words is made for a terminal; narrower it would say nothing.
	narrowest = 12
)

// Grid writes a table of texts under heads, aligned as a terminal shows them. A row may be shorter than the heads. On a terminal that is too
// narrow, columns of words are cut; numbers and ids never are.
func Grid(w io.Writer, heads []string, rows [][]string) error {
	p := pageOf(w)
	cells := make([][]string, 0, len(rows)+1)
	headed := p.headed()
	if headed {
		cells = append(cells, shownAll(heads, len(heads)))
	}
	for _, row := range rows {
		cells = append(cells, shownAll(row, max(len(row), len(heads)))) // a column ends where a row has no cell for it
	}
	return p.write(cells, headed)
}

// pairs writes what there is of one thing, a line each.
func (p *Page) pairs(rows [][]string) error {
	for i, row := range rows {
		rows[i] = shownAll(row, len(row))
	}
	return p.write(rows, false)
}

// write writes rows of cells that a terminal may have; the first may be heads.
func (p *Page) write(rows [][]string, heads bool) error {
	widths := widthsOf(rows)
	if p.Rolling {
		for i := range widths {
			if i < len(p.Least) {
				widths[i] = max(widths[i], p.Least[i])
			}
		}
		p.Least = slices.Clone(widths)
	}
	narrow(widths, rows, p.Width)
	var b strings.Builder
	for i, row := range rows {
		line := lineOf(row, widths)
		if heads && i == 0 {
			line = p.bold(line)
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	_, err := io.WriteString(p.Writer, b.String())
	return err
}

func shownAll(texts []string, n int) []string {
	cells := make([]string, n)
	for i, t := range texts {
		cells[i] = Shown(t)
	}
	return cells
}

// widthsOf are the columns that each column's widest cell takes.
func widthsOf(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(cell))
		}
	}
	return widths
}

// lineOf is a row, its cells but the last as wide as their columns.
func lineOf(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		cell = Fit(cell, widths[i])
		b.WriteString(cell)
		if i < len(row)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-Width(cell)+gap))
		}
	}
	return b.String()
}

// narrow takes from columns of words, the widest first, until a table fits, or nothing can be taken any more. A terminal of no width fits all.
func narrow(widths []int, rows [][]string, terminal int) {
	if terminal <= 0 {
		return
	}
	total := gap * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for total > terminal {
		widest := -1
		for i, w := range widths {
			if w > narrowest && (widest < 0 || w > widths[widest]) && wordy(rows, i) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		less := min(total-terminal, widths[widest]-narrowest, max(1, widths[widest]/8))
		widths[widest] -= less
		total -= less
	}
}

// wordy reports whether a column holds words, of which a part says something. The head does not count.
func wordy(rows [][]string, column int) bool {
	for _, row := range rows[min(1, len(rows)):] {
		if column < len(row) && strings.Contains(strings.TrimSpace(row[column]), " ") {
			return true
		}
	}
	return false
}

// Fit cuts a text to so many columns of a terminal, and shows that it did.
func Fit(text string, most int) string {
	if Width(text) <= most {
		return text
	}
	taken := 0
	for i, r := range text {
		if taken += runeWidth(r); taken > most-1 {
			return text[:i] + "…"
		}
	}
	return text
}

// Width is how many columns of a terminal a text takes: characters of East Asia and most pictures take two, marks on others none.
func Width(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < 0x300 { // what most texts consist of
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.Neutral, width.EastAsianAmbiguous, width.EastAsianNarrow, width.EastAsianHalfwidth:
	}
	return 1
}

// Shown is text as a terminal may have it: nothing in it can move the cursor or break the table, or make it read in another direction.
func Shown(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, s)
}
