package record

import (
	"strings"
	"time"
)

// Number returns the literal of a number without its thousands separators, where it is certain that they are: decimals behind a point
// follow ("1,234.50"), or there are several ("1,234,567"). All other texts are returned as they are: "1,234" may mean two things, and
// what is no number is found out by who reads it. The digits are never touched.
func Number(s string) string {
	whole, _, fraction := strings.Cut(s, ".")
	commas := strings.Count(whole, ",")
	if commas == 0 || (commas == 1 && !fraction) || strings.Contains(s[len(whole):], ",") {
		return s
	}
	groups := strings.Split(strings.TrimLeft(whole, "+-"), ",")
	for i, g := range groups {
		if strings.Trim(g, "0123456789") != "" || (i > 0 && len(g) != 3) {
			return s
		}
	}
	if first := groups[0]; first == "" || len(first) > 3 || first[0] == '0' {
		return s
	}
	return strings.ReplaceAll(s, ",", "")
}

// Time reads a time as the lists write it: RFC 3339, the same without a zone or without a time of day, and the American
// "3/1/2018 12:00:00 AM", month first, with or without its time. Without a zone it is UTC.
func Time(s string) (time.Time, bool) {
	layouts := [...]string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly}
	if strings.Contains(s, "/") {
		layouts = [...]string{"1/2/2006 3:04:05 PM", "1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006"}
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
