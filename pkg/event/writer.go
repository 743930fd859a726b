package event

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// writer appends JSON in the order it is told: the same input gives the same bytes. It is hand-made because it runs for every change of
// a crawl; that it agrees with the payloads' JSON names is a test's business. The first thing that cannot be written is kept in err.
type writer struct {
	buf []byte
	err error

	withoutCost bool // what WithoutCost takes out is left out
}

func (w *writer) fail(field, problem string) {
	if w.err == nil {
		w.err = fmt.Errorf("field %s: %s", field, problem)
	}
}

// name begins a field. Only an opening bracket makes '{' or '[' the last byte: a string ends in a quote.
func (w *writer) name(field string) {
	w.comma()
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, field...)
	w.buf = append(w.buf, '"', ':')
}

func (w *writer) comma() {
	if n := len(w.buf); n > 0 && w.buf[n-1] != '{' && w.buf[n-1] != '[' && w.buf[n-1] != ':' {
		w.buf = append(w.buf, ',')
	}
}

func (w *writer) open(bracket byte) {
	w.comma()
	w.buf = append(w.buf, bracket)
}

func (w *writer) close(bracket byte) { w.buf = append(w.buf, bracket) }

func (w *writer) text(field, v string) {
	w.name(field)
	w.string(field, v)
}

// need writes a text that must say something: part of an identity or the name of something.
func (w *writer) need(field, v string) {
	if v == "" {
		w.fail(field, "it must not be empty")
	}
	w.text(field, v)
}

// capitals writes a code of so many capital letters.
func (w *writer) capitals(field, v string, letters int) {
	if !isCode(v, letters) {
		w.fail(field, fmt.Sprintf("%s is not a code of %d capital letters", quote(v), letters))
	}
	w.text(field, v)
}

// isCode reports whether s is a code such as those of ISO 3166 and 4217.
func isCode(s string, letters int) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return len(s) == letters
}

// textUnlessEmpty leaves an empty value out.
func (w *writer) textUnlessEmpty(field, v string) {
	if v != "" {
		w.text(field, v)
	}
}

func (w *writer) textOrNull(field string, v *string) {
	w.name(field)
	if v == nil {
		w.null()
		return
	}
	w.string(field, *v)
}

func (w *writer) number(field string, n int) {
	w.name(field)
	w.buf = strconv.AppendInt(w.buf, int64(n), 10)
}

// numberUnlessZero leaves out what is 0.
func (w *writer) numberUnlessZero(field string, n int) {
	if n != 0 {
		w.number(field, n)
	}
}

func (w *writer) flag(field string, v bool) {
	w.name(field)
	w.buf = strconv.AppendBool(w.buf, v)
}

// cost writes what only those are told who may see cost.
func (w *writer) cost(field, v string) {
	if !w.withoutCost || v != "" {
		w.text(field, v)
	}
}

// flagIfSet leaves out what is false.
func (w *writer) flagIfSet(field string, v bool) {
	if v {
		w.flag(field, v)
	}
}

func (w *writer) instant(field string, t time.Time) {
	w.name(field)
	w.instantValue(field, t)
}

func (w *writer) instantOrNull(field string, t *time.Time) {
	w.name(field)
	if t == nil {
		w.null()
		return
	}
	w.instantValue(field, *t)
}

func (w *writer) instantValue(field string, t time.Time) {
	t = t.UTC()
	if y := t.Year(); y < 1 || y > 9999 {
		w.fail(field, "its year does not have four digits")
		return
	}
	w.buf = append(w.buf, '"')
	w.buf = t.AppendFormat(w.buf, time.RFC3339Nano)
	w.buf = append(w.buf, '"')
}

func (w *writer) null() { w.buf = append(w.buf, "null"...) }

// string writes a JSON string. Text that is not UTF-8 is refused: replaced bytes would be another text, and might be another identity.
func (w *writer) string(field, s string) {
	const hex = "0123456789abcdef"
	w.buf = append(w.buf, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x80 {
			_, size := utf8.DecodeRuneInString(s[i:])
			if size == 1 {
				w.fail(field, "it is not UTF-8")
				return
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		w.buf = append(w.buf, s[done:i]...)
		switch c {
		case '"', '\\':
			w.buf = append(w.buf, '\\', c)
		case '\n':
			w.buf = append(w.buf, '\\', 'n')
		case '\r':
			w.buf = append(w.buf, '\\', 'r')
		case '\t':
			w.buf = append(w.buf, '\\', 't')
		default:
			w.buf = append(w.buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		done = i
	}
	w.buf = append(w.buf, s[done:]...)
	w.buf = append(w.buf, '"')
}
