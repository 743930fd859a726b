package azure

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Page is what remains of one page of a catalogue, or one file of rows, when its rows have been handed over.
type Page struct {
	Rows int    // believed or not
	Next string // where the catalogue goes on, as written by the source; empty on the last page
}

// Decoder reads pages of one currency. It keeps its buffers from page to page; use one for all pages of a traversal, in one goroutine.
type Decoder struct {
	currency money.Currency
	limits   Limits
	window   window
	reading  *reading
	row      rate.Row // the last one that was read
}

// NewDecoder returns a decoder of rows in the currency.
func NewDecoder(currency money.Currency, limits Limits) *Decoder {
	limits = limits.withDefaults()
	return &Decoder{currency: currency, limits: limits, window: window{limits: limits}, reading: newReading()}
}

// Page decodes the API's envelope or a bare array of rows and hands each row to the sink while it reads. Unknown fields are ignored, wrong
// rows are quarantined. An invalid fault names the row and byte at which the JSON is malformed or a limit is passed; an error of the sink
// can be found with errors.Is; any other error is the reader's.
//
// When there is an error, the sink has had the rows before it. Who then reads the page again hands them over twice, which is fine: a
// crawl is a set of rows. They are not counted.
func (d *Decoder) Page(from io.Reader, to rate.Sink) (Page, error) {
	w := &d.window
	w.reset(from)
	defer w.reset(nil)
	first, err := w.begin()
	if err != nil {
		return Page{}, err
	}
	var page Page
	switch first {
	case '[':
		err = d.rows(w, &page, to)
	case '{':
		err = d.envelope(w, &page, to)
	default:
		err = malformed(place{label: "start"}, w.offset(), fmt.Sprintf("found %q where the API's envelope or an array of rows was expected", first))
	}
	if err == nil {
		err = w.finish()
	}
	if err != nil {
		return Page{}, err
	}
	return page, nil
}

func (d *Decoder) envelope(w *window, page *Page, to rate.Sink) error {
	start, seen := w.offset(), false
	more := false
	err := w.take(place{label: "envelope"}, func(c *cursor) (err error) {
		more, err = c.opens('{', '}')
		return err
	})
	for more && err == nil {
		var name string
		err = w.take(place{label: "envelope"}, func(c *cursor) error {
			key, err := c.key()
			name = string(key)
			return err
		})
		switch {
		case err != nil:
			return err
		case name == "Items" && seen:
			return malformed(place{label: "envelope"}, w.offset(), "Items is there twice")
		case name == "Items":
			seen = true
			err = d.rows(w, page, to)
		case name == "NextPageLink":
			err = d.next(w, page)
		default:
			err = w.take(place{label: "field " + name}, func(c *cursor) error { return c.skip(1) })
		}
		if err != nil {
			return err
		}
		err = w.take(place{label: "envelope"}, func(c *cursor) (err error) {
			more, err = c.more('}')
			return err
		})
	}
	if err == nil && !seen {
		err = malformed(place{label: "envelope"}, start, "it has no Items")
	}
	return err
}

// next reads the link to the following page: text or null.
func (d *Decoder) next(w *window, page *Page) error {
	return w.take(place{label: "NextPageLink"}, func(c *cursor) error {
		b, err := c.peek()
		if err != nil {
			return err
		}
		if b == 'n' {
			_, err = c.word()
			return err
		}
		link, err := c.str()
		page.Next = string(link)
		return err
	})
}

func (d *Decoder) rows(w *window, page *Page, to rate.Sink) error {
	more := false
	err := w.take(place{label: "rows"}, func(c *cursor) (err error) {
		more, err = c.opens('[', ']')
		return err
	})
	for more && err == nil {
		where := place{row: page.Rows + 1}
		if page.Rows >= d.limits.RowsPerPage {
			return malformed(where, w.offset(), fmt.Sprintf("the page holds more than %d rows", d.limits.RowsPerPage))
		}
		if err := d.one(w, where, to); err != nil {
			return err
		}
		page.Rows++
		err = w.take(where, func(c *cursor) (err error) {
			more, err = c.more(']')
			return err
		})
	}
	return err
}

// one reads one row and hands it over.
func (d *Decoder) one(w *window, where place, to rate.Sink) error {
	same := false
	var raw []byte
	err := w.take(where, func(c *cursor) error {
		if _, err := c.peek(); err != nil {
			return err
		}
		start := c.pos
		guess, found := extent(c.data[start:])
		switch {
		case found && len(guess) <= d.limits.RowBytes && to.Same(guess):
			c.pos += len(guess)
			same = true
			return nil
		case !found && !w.ended && len(c.data)-start <= guessed:
			return errShort // reading on is cheaper than finding out at which field the data ends
		}
		d.reading.begin(string(guess), start)
		if err := d.reading.row(c); err != nil {
			return err
		}
		if raw = c.data[start:c.pos]; len(raw) > d.limits.RowBytes {
			return w.tooLarge(where)
		}
		return nil
	})
	if err != nil || same {
		return err
	}
	d.reading.fields.Raw = raw
	problem := d.judge()
	if problem == nil {
		return sunk(to.Row(&d.row, raw))
	}
	problem.Raw = raw[:min(len(raw), rawKept)]
	return sunk(to.Bad(problem))
}

// guessed is how far the end of a row is looked for; real rows have some 600 bytes.
const guessed = 8 << 10

// extent guesses where the row that data begins with ends: where as many braces are closed as were opened. Braces within texts may
// mislead it, so the guess is good for two things only. A sink that knows exactly these bytes from a row that was read whole can be
// believed, because no object is the beginning of another. And texts may be views of a copy of it.
func extent(data []byte) (raw []byte, found bool) {
	if len(data) > guessed {
		data = data[:guessed]
	}
	if len(data) == 0 || data[0] != '{' {
		return nil, false
	}
	open := 0
	for end := 0; ; {
		n := bytes.IndexByte(data[end:], '}')
		if n < 0 {
			return nil, false
		}
		open += bytes.Count(data[end:end+n], []byte{'{'}) - 1
		if end += n + 1; open <= 0 {
			return data[:end], true
		}
	}
}

// sinkError is an error of a sink: asking the source again would not help.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }

func sunk(err error) error {
	if err == nil {
		return nil
	}
	return &sinkError{err}
}

// ofSink returns the sink's own error when err is one.
func ofSink(err error) (error, bool) {
	if e, ok := errors.AsType[*sinkError](err); ok {
		return e.err, true
	}
	return nil, false
}
