package event

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/money"
)

// nonEmpty reads a string that says something.
func (r *reader) nonEmpty() string {
	s := r.text()
	if s == "" {
		r.fail("it must not be empty")
	}
	return s
}

// oneOf reads a string that is one of a few.
func (r *reader) oneOf(values ...string) string {
	s := r.text()
	for _, v := range values {
		if s == v {
			return v
		}
	}
	r.fail(quote(s) + " is not one of its values")
	return ""
}

// capitals reads a code of so many capital letters, such as a currency.
func (r *reader) capitals(letters int) string {
	s := r.text()
	if r.err == nil && !isCode(s, letters) {
		r.fail(quote(s) + " is not a code of " + strconv.Itoa(letters) + " capital letters")
	}
	return s
}

// hex reads a string of lower-case hex digits.
func (r *reader) hex(digits int) string {
	s := r.text()
	if r.err == nil && (len(s) != digits || !isHex(s)) {
		r.fail(quote(s) + " is not " + strconv.Itoa(digits) + " hex digits")
	}
	return s
}

// base64 reads bytes that are not text; they stay as they came.
func (r *reader) base64() string {
	s := r.text()
	if _, err := base64.StdEncoding.DecodeString(s); err != nil || strings.ContainsAny(s, "\r\n") {
		r.fail("it is not base64")
	}
	return s
}

// decimal reads a plain decimal number in a string: no exponent, no sign, no needless zero before the point. It stays text, so that it
// can be passed on as it came.
func (r *reader) decimal() string {
	s := r.text()
	r.checkDecimal(s, s)
	return s
}

// signed is decimal for numbers that may be below 0.
func (r *reader) signed() string {
	s := r.text()
	r.checkDecimal(s, strings.TrimPrefix(s, "-"))
	return s
}

func (r *reader) checkDecimal(s, magnitude string) {
	if r.err == nil && !plain(magnitude) {
		r.fail(quote(s) + " is not a plain decimal number of at most 18 decimals")
	}
}

// orNull reads null, or else what read reads.
func orNull[T any](r *reader, read func() T) *T {
	if r.null() {
		return nil
	}
	v := read()
	return &v
}

// plain reports whether s is a number as the product writes them: at most 20 digits before the point and 18 behind it.
func plain(s string) bool {
	whole, rest := digits(s)
	if whole == 0 || whole > 20 || whole > 1 && s[0] == '0' {
		return false
	}
	if rest == "" {
		return true
	}
	fraction, end := digits(rest[1:])
	return rest[0] == '.' && fraction > 0 && fraction <= money.Scale && end == ""
}

// digits counts the digits that s begins with, and returns what follows.
func digits(s string) (int, string) {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n, s[n:]
}

// instant reads a time in RFC 3339, in UTC and to the nanosecond at most.
func (r *reader) instant() time.Time {
	s := r.text()
	var t time.Time
	if r.err != nil {
		return t
	}
	const longest = len("2006-01-02T15:04:05.123456789Z")
	if err := t.UnmarshalText([]byte(s)); err != nil || s[len(s)-1] != 'Z' || len(s) > longest {
		r.fail(quote(s) + " is not a time such as 2026-12-01T00:00:00Z")
		return time.Time{}
	}
	return t.UTC()
}

func (r *reader) flag() bool {
	switch {
	case r.peek() == 't' && r.literal("true"):
		return true
	case r.peek() == 'f' && r.literal("false"):
	default:
		r.fail("it must be true or false")
	}
	return false
}

// number reads a whole number.
func (r *reader) number() int {
	if c := r.peek(); r.err == nil && c != '-' && (c < '0' || c > '9') {
		r.fail("it must be a whole number")
	}
	n, err := strconv.ParseInt(r.numeral(), 10, 64)
	if err != nil {
		r.fail("it must be a whole number")
		return 0
	}
	return int(n)
}

// numeral passes over a number as JSON writes them, of whatever size, and returns it.
func (r *reader) numeral() string {
	start := r.at
	for r.err == nil && r.at < len(r.data) && strings.IndexByte("0123456789+-.eE", r.data[r.at]) >= 0 {
		r.at++
	}
	if s := r.data[start:r.at]; r.err != nil || isNumber(s) {
		return s
	}
	r.at = start
	r.syntax("a number")
	return ""
}

// count reads a whole number from least up.
func (r *reader) count(least int) int {
	n := r.number()
	if r.err == nil && n < least {
		r.fail(strconv.Itoa(n) + " is less than " + strconv.Itoa(least))
	}
	return n
}

func isNumber(s string) bool {
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	n, rest := digits(s)
	if n == 0 || n > 1 && s[0] == '0' {
		return false
	}
	if rest != "" && rest[0] == '.' {
		if n, rest = digits(rest[1:]); n == 0 {
			return false
		}
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	rest = rest[1:]
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	n, rest = digits(rest)
	return n > 0 && rest == ""
}
