package bill

import (
	"strconv"
	"strings"
	"time"
)

// Months returns how many months a term is: "P1M", "P3Y", "1 Year", "36 Months", "1 Month(s)"; false when it is another.
func Months(term string) (int, bool) {
	number, word, _ := strings.Cut(strings.TrimSpace(term), " ")
	if iso, ok := strings.CutPrefix(strings.ToUpper(term), "P"); ok && iso != "" {
		number, word = iso[:len(iso)-1], iso[len(iso)-1:]
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > mostMonths {
		return 0, false
	}
	switch strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(word), "(s)"), "s") {
	case "m", "month":
		return n, true
	case "y", "year":
		return n * 12, n*12 <= mostMonths
	}
	return 0, false
}

// mostMonths is the longest term, a hundred years.
const mostMonths = 1200

// Paid returns how many months a billing plan or a frequency pays at a time: "Monthly", "Annual", "OneTime", in capitals or not; 0 is all of the
// term at once. False when it is no word that says so.
func Paid(word string) (months int, ok bool) {
	switch strings.ToLower(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(word)) {
	case "monthly":
		return 1, true
	case "quarterly":
		return 3, true
	case "annual", "annually", "yearly":
		return 12, true
	case "triennial", "triennially":
		return 36, true
	case "onetime", none:
		return 0, true
	}
	return 0, false
}

// none is the plan, and the frequency, of what is paid once, or of which nothing is said.
const none = "none"

// PlanPays reports whether a billing plan says how often it pays, so that a frequency beside it does not matter. None leaves it to the frequency.
func PlanPays(plan string) bool {
	_, ok := Paid(plan)
	return ok && !strings.EqualFold(strings.TrimSpace(plan), none)
}

// addMonths returns the same day of the month so many months later, or the last of a month that is too short.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// days returns how many days lie between two midnights.
func days(from, to time.Time) int64 { return int64(to.Sub(from) / (24 * time.Hour)) }
