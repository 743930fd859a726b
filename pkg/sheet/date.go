package sheet

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
)

// layouts are the spellings of dates seen in lists; fractions of a second are read with each of them. Without a zone it is UTC. Days and
// months are told apart by what stands between them: with slashes the month comes first, unless the year does, with points the day.
func layouts() [14]string {
	return [...]string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02", "2006-01-02 15:04:05",
		"1/2/2006 3:04:05 PM", "1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006",
		"2.1.2006", "2.1.2006 15:04:05", "2.1.2006 15:04", "2006/1/2", "2006/1/2 15:04:05", "2006/1/2 15:04",
	}
}

// parseDate reads a date in any spelling, or as the number of days that spreadsheets count.
func parseDate(s string, from04 bool) (time.Time, bool) {
	for _, layout := range layouts() {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	whole, _, _ := strings.Cut(s, ".")
	if len(whole) == 5 || len(whole) == 7 && strings.HasPrefix(whole, "2958") { // a year and month has 6 digits; 2958 begins the year 9999
		return fromSerial(s, from04)
	}
	return time.Time{}, false
}

// The day that serial numbers are counted from, so that 1 March 1900 and all later days come out right, and the last serial there is.
const (
	days1904   = 1462
	lastSerial = 2_958_466 // 1 January 10000
)

// fromSerial returns the date that a spreadsheet means by a number of days, to the millisecond.
func fromSerial(s string, from04 bool) (time.Time, bool) {
	if strings.Trim(s, "0123456789.") != "" {
		return time.Time{}, false
	}
	days, err := strconv.ParseFloat(s, 64)
	if err == nil && from04 {
		days += days1904
	}
	if err != nil || days < 1 || days >= lastSerial {
		return time.Time{}, false
	}
	if days < 60 {
		days++ // spreadsheets believe in 29 February 1900
	}
	whole := math.Floor(days)
	milliseconds := math.Round((days - whole) * 24 * 60 * 60 * 1000)
	epoch := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	return epoch.AddDate(0, 0, int(whole)).Add(time.Duration(milliseconds) * time.Millisecond), true
}

// toSerial returns the number that stands for a date in a workbook, false when none does exactly.
func toSerial(t time.Time) (float64, bool) {
	t = t.UTC()
	epoch := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	seconds := t.Sub(midnight).Seconds()
	days := float64(midnight.Unix()-epoch.Unix())/(24*60*60) + seconds/(24*60*60)
	kept, err := strconv.ParseFloat(strconv.FormatFloat(days, 'e', shownDigits-1, 64), 64) // what a spreadsheet keeps of it
	back, ok := fromSerial(strconv.FormatFloat(kept, 'f', -1, 64), false)
	return kept, err == nil && ok && back.Equal(t) && t.Nanosecond() == 0 && days > 61
}

// dateText writes a date that a workbook shows, as typed.
func dateText(t time.Time) string {
	switch {
	case !t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.RFC3339Nano)
	default:
		return t.Format(time.DateOnly)
	}
}

// The years that stand for no date at all.
const (
	alwaysYear = 1753
	openYear   = 9999
)

// start makes a date a start; the year 1753 and before stands for always, which is the zero time. No start is in the year 9999.
func start(t time.Time) (time.Time, bool) {
	if t.Year() <= alwaysYear {
		return time.Time{}, true
	}
	return t, t.Year() < openYear
}

// end makes a date a half-open end; the years 9999, and 1753 and before, stand for open, which is the zero time (Partner Center:
// pricing-and-offers warns of both placeholders).
func end(t time.Time) (time.Time, bool) {
	if t.Year() >= openYear || t.Year() <= alwaysYear {
		return time.Time{}, true
	}
	return effective.End(t), true
}

// lastDay is end for lists that name the last day: a bare date is over with its day.
func lastDay(t time.Time) (time.Time, bool) {
	if t.Year() < openYear && t.Equal(t.Truncate(24*time.Hour)) {
		t = t.AddDate(0, 0, 1)
	}
	return end(t)
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
