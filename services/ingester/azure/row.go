package azure

import (
	"fmt"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/rate"
)

// reading is a row being read. One is used for row after row.
type reading struct {
	fields rate.Fields
	known  guide
	plans  []rate.SavingsPlanFields
	plan   rate.SavingsPlanFields // the one being read
	inPlan guide

	text   string // a copy of the row that texts are views of; may be shorter than the row, or longer
	start  int    // where in the data text begins
	seen   uint32 // bit set of the known fields met so far
	reason string // why the row is not believed, the first reason found
	detail string
}

func newReading() *reading {
	r := &reading{}
	r.known = guide{fields: r.knownFields()}
	r.inPlan = guide{fields: r.planFields()}
	return r
}

// begin forgets the last row. text holds the next one as far as is known, beginning at start in the data.
func (r *reading) begin(text string, start int) {
	r.fields = rate.Fields{}
	r.text, r.start, r.seen, r.reason, r.detail = text, start, 0, "", ""
}

// quarantine notes why the row is not believed.
func (r *reading) quarantine(reason, format string, args ...any) {
	if r.reason == "" {
		r.reason, r.detail = reason, fmt.Sprintf(format, args...)
	}
}

// row takes one row, whatever it is. The error is for malformed JSON only.
func (r *reading) row(c *cursor) error {
	b, err := c.peek()
	if err != nil {
		return err
	}
	if b != '{' {
		r.quarantine(reasonWrongType, "the row is not an object")
		return c.skip(1)
	}
	more, err := c.opens('{', '}')
	for n := 0; more && err == nil; n++ {
		if err = r.member(c, n); err != nil {
			return err
		}
		more, err = c.more('}')
	}
	return err
}

// member takes the nth member of a row.
func (r *reading) member(c *cursor, n int) error {
	f, err := r.known.field(c, n)
	if err != nil {
		return err
	}
	if f == nil || f.form == ignored {
		return c.skip(2)
	}
	if r.seen&f.bit != 0 {
		r.quarantine(f.reason, "%s is there twice", f.name)
	}
	r.seen |= f.bit
	b, err := c.peek()
	if err != nil {
		return err
	}
	if b == 'n' { // null is absent
		_, err = c.word()
		return err
	}
	if formOf(b) != f.form {
		r.quarantine(f.reason, "%s is %s, not %s", f.name, describe(b), f.form)
		return c.skip(2)
	}
	if f.form == plans {
		return r.savingsPlans(c)
	}
	return r.value(c, f)
}

// value takes a value that has the right form.
func (r *reading) value(c *cursor, f *field) error {
	switch f.form {
	case text:
		l, err := c.literal()
		if err != nil {
			return err
		}
		if !l.simple && !utf8.Valid(l.bytes) {
			r.quarantine(f.reason, "%s is not UTF-8", f.name)
		}
		*f.to = r.view(l.bytes, l.start)
		return nil
	case number:
		start := c.pos
		s, err := c.number()
		*f.to = r.view(s, start)
		return err
	default:
		s, err := c.word()
		*f.to = s
		return err
	}
}

// view returns bytes of the row as a text: a part of the copy where it reaches so far. start is where in the data they stand, -1 for
// bytes that stand nowhere.
func (r *reading) view(b []byte, start int) string {
	from := start - r.start
	if start >= 0 && from+len(b) <= len(r.text) {
		return r.text[from : from+len(b)]
	}
	return string(b)
}

func (r *reading) savingsPlans(c *cursor) error {
	r.plans = r.plans[:0]
	more, err := c.opens('[', ']')
	for more && err == nil {
		r.plan = rate.SavingsPlanFields{}
		if err = r.savingsPlan(c); err != nil {
			return err
		}
		r.plans = append(r.plans, r.plan)
		more, err = c.more(']')
	}
	r.fields.SavingsPlans = r.plans
	return err
}

func (r *reading) savingsPlan(c *cursor) error {
	if b, err := c.peek(); err != nil || b != '{' {
		if err == nil {
			r.quarantine(reasonWrongType, "savingsPlan holds %s, not an object", describe(b))
			err = c.skip(3)
		}
		return err
	}
	more, err := c.opens('{', '}')
	for n := 0; more && err == nil; n++ {
		if err = r.planMember(c, n); err != nil {
			return err
		}
		more, err = c.more('}')
	}
	return err
}

func (r *reading) planMember(c *cursor, n int) error {
	f, err := r.inPlan.field(c, n)
	if err != nil {
		return err
	}
	if f == nil || f.form == ignored {
		return c.skip(4)
	}
	b, err := c.peek()
	if err != nil {
		return err
	}
	if formOf(b) != f.form {
		r.quarantine(f.reason, "savingsPlan.%s is %s, not %s", f.name, describe(b), f.form)
		return c.skip(4)
	}
	return r.value(c, f)
}
