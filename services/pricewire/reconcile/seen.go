package reconcile

import (
	"fmt"
	"time"
)

// seen counts what of a bill's rows a person should be told once.
type seen struct {
	ends, lastDays int // charges that end with a date, and those of them that end with a month's last day
	other, first   int // rows whose quantity is another than what is billed of it, and the first of them
	inclusive      bool
}

// end counts the end of a charge.
func (s *seen) end(at time.Time, dateOnly bool) {
	s.ends++
	if dateOnly && at.AddDate(0, 0, 1).Day() == 1 {
		s.lastDays++
	}
}

// otherwise counts a row whose quantity is another than what is billed.
func (s *seen) otherwise(row int) {
	if s.other++; s.other == 1 {
		s.first = row
	}
}

// remarks are what is to be told.
func (s *seen) remarks() []string {
	var all []string
	if s.other > 0 {
		all = append(all, fmt.Sprintf("BillableQuantity is another than the quantity in %d lines, first in row %d: what is billed counts", s.other, s.first))
	}
	if s.ends > 0 && s.lastDays == s.ends && !s.inclusive {
		all = append(all, "every charge ends on the last day of a month: if that day is charged too, say --charge-end inclusive")
	}
	return all
}
