package azure

import (
	"bytes"
	"fmt"
	"io"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Page is one page of a catalogue, or one file of rows.
type Page struct {
	Rows        []rate.Row
	Raw         [][]byte           // the bytes of Rows[i]; nil when no more are kept
	Quarantined []rate.Quarantined // rows that are not believed, with their bytes
	Next        string             // where the catalogue goes on, as written by the source; empty on the last page
}

// Count returns how many rows the page held, believed or not.
func (p *Page) Count() int { return len(p.Rows) + len(p.Quarantined) }

// Decoder reads pages of one currency. It keeps the texts it has seen so that equal ones share their memory; use one for all pages of
// a traversal, in one goroutine.
type Decoder struct {
	currency money.Currency
	limits   Limits
	texts    map[string]string
	kept     int // bytes of rows
}

// NewDecoder returns a decoder of rows in the currency.
func NewDecoder(currency money.Currency, limits Limits) *Decoder {
	return &Decoder{currency: currency, limits: limits.withDefaults(), texts: make(map[string]string)}
}

// Page decodes the API's envelope or a bare array of rows. Unknown fields are ignored, wrong rows are quarantined. An invalid fault names
// the row and byte at which the JSON is malformed or a limit is passed; any other error is the reader's.
func (d *Decoder) Page(from io.Reader) (Page, error) {
	w := newWindow(from, d.limits)
	first, err := w.begin()
	if err != nil {
		return Page{}, err
	}
	var page Page
	switch first {
	case '[':
		err = d.rows(w, &page)
	case '{':
		err = d.envelope(w, &page)
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

func (d *Decoder) envelope(w *window, page *Page) error {
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
			err = d.rows(w, page)
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

func (d *Decoder) rows(w *window, page *Page) error {
	more := false
	err := w.take(place{label: "rows"}, func(c *cursor) (err error) {
		more, err = c.opens('[', ']')
		return err
	})
	for more && err == nil {
		n := page.Count() + 1
		where := place{row: n}
		if n > d.limits.RowsPerPage {
			return malformed(where, w.offset(), fmt.Sprintf("the page holds more than %d rows", d.limits.RowsPerPage))
		}
		if err := d.row(w, where, page); err != nil {
			return err
		}
		err = w.take(where, func(c *cursor) (err error) {
			more, err = c.more(']')
			return err
		})
	}
	return err
}

// row reads one row and puts it where it belongs.
func (d *Decoder) row(w *window, where place, page *Page) error {
	var read reading
	err := w.take(where, func(c *cursor) error {
		if _, err := c.peek(); err != nil {
			return err
		}
		start := c.pos
		read = reading{decoder: d}
		if err := read.row(c); err != nil {
			return err
		}
		read.fields.Raw = c.data[start:c.pos]
		if len(read.fields.Raw) > d.limits.RowBytes {
			return w.tooLarge(where)
		}
		return nil
	})
	if err != nil {
		return err
	}
	row, problem := read.judge()
	if problem == nil {
		page.Rows, page.Raw = append(page.Rows, row), append(page.Raw, d.keep(read.fields.Raw))
		return nil
	}
	problem.Raw = bytes.Clone(read.fields.Raw[:min(len(read.fields.Raw), rawKept)])
	page.Quarantined = append(page.Quarantined, *problem)
	return nil
}

// keep copies the bytes of a row that may yet turn out to disagree with another.
func (d *Decoder) keep(raw []byte) []byte {
	if d.kept += len(raw); d.kept > d.limits.KeptBytes {
		return nil
	}
	return bytes.Clone(raw)
}

// maxTexts bounds the memory for shared texts; a catalogue of a million rows has fewer.
const maxTexts = 1 << 20

func (d *Decoder) share(b []byte) string {
	if s, ok := d.texts[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(d.texts) < maxTexts {
		d.texts[s] = s
	}
	return s
}
