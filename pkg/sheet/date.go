package sheet

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
)

// layouts are the spellings of dates seen in lists; fractions of a second are read with each of them. Without a zone it is UTC.
func layouts() [8]string {
	return [...]string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02", "2006-01-02 15:04:05",
		"1/2/2006 3:04:05 PM", "1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006",
	}
}

func parseDate(s string) (time.Time, bool) {
	for _, layout := range layouts() {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// The years that stand for no date at all.
const (
	alwaysYear = 1753
	openYear   = 9999
)

// parseStart reads a start; the year 1753 and before stands for always, which is the zero time.
func parseStart(s string) (time.Time, bool) {
	t, ok := parseDate(s)
	switch {
	case !ok || t.Year() >= openYear:
		return time.Time{}, false
	case t.Year() <= alwaysYear:
		return time.Time{}, true
	}
	return t, true
}

// parseEnd reads an end and makes it half-open; the year 9999 stands for open, which is the zero time.
func parseEnd(s string) (time.Time, bool) {
	t, ok := parseDate(s)
	switch {
	case !ok || t.Year() <= alwaysYear:
		return time.Time{}, false
	case t.Year() >= openYear:
		return time.Time{}, true
	}
	return effective.End(t), true
}

// openEnd is how the lists write an end that is open.
const openEnd = "9999-11-30T23:59:59.0000000Z"

// formatDate writes a date as the lists do, with seven digits of a second, or nine when they are needed.
func formatDate(t time.Time) string {
	if t.Nanosecond()%100 != 0 {
		return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.0000000Z")
}
