package azure

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/rate"
)

// basket is a sink that keeps what it gets.
type basket struct {
	known map[string]bool // rows that are the same
	same  int
	rows  []rate.Row
	raw   [][]byte
	bad   []rate.Quarantined
	err   error // what Row and Bad answer
}

func (b *basket) Same(raw []byte) bool {
	if b.known[string(raw)] {
		b.same++
		return true
	}
	return false
}

func (b *basket) Row(r *rate.Row, raw []byte) error {
	own := *r
	own.Identity, own.Attributes = cloneIdentity(r.Identity), cloneAttributes(r.Attributes)
	for i, p := range own.SavingsPlans {
		own.SavingsPlans[i].Term = strings.Clone(p.Term)
	}
	b.rows, b.raw = append(b.rows, own), append(b.raw, bytes.Clone(raw))
	return b.err
}

func (b *basket) Bad(q *rate.Quarantined) error {
	own := *q
	own.Identity, own.Detail, own.Raw = cloneIdentity(q.Identity), strings.Clone(q.Detail), bytes.Clone(q.Raw)
	b.bad = append(b.bad, own)
	return b.err
}

func cloneIdentity(i rate.Identity) rate.Identity {
	for _, s := range []*string{&i.PriceList, &i.Currency, &i.MeterID, &i.SKUID, &i.Type, &i.ReservationTerm} {
		*s = strings.Clone(*s)
	}
	return i
}

func cloneAttributes(a rate.Attributes) rate.Attributes {
	for _, s := range []*string{
		&a.MeterName, &a.ProductID, &a.ProductName, &a.SKUName, &a.ServiceName, &a.ServiceID, &a.ServiceFamily, &a.UnitOfMeasure,
		&a.ARMRegionName, &a.Location, &a.ARMSKUName, &a.IsPrimaryMeterRegion,
	} {
		*s = strings.Clone(*s)
	}
	return a
}

// meters are the meters of the rows in the basket, each once, in order.
func (b *basket) meters() []string {
	var all []string
	for i := range b.rows {
		all = append(all, b.rows[i].MeterID)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// scale is a sink that only counts.
type scale struct {
	all             bool // every row is the same
	same, rows, bad int
}

func (s *scale) Same([]byte) bool {
	if s.all {
		s.same++
	}
	return s.all
}

func (s *scale) Row(*rate.Row, []byte) error { s.rows++; return nil }

func (s *scale) Bad(*rate.Quarantined) error { s.bad++; return nil }

// decoded is a page and what the sink got of it.
type decoded struct {
	Page
	*basket
}

func decode(t *testing.T, text string) decoded {
	t.Helper()
	b := &basket{}
	page, err := NewDecoder("USD", Limits{}).Page(strings.NewReader(text), b)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if page.Rows != len(b.rows)+len(b.bad) {
		t.Fatalf("%d rows are %d and %d", page.Rows, len(b.rows), len(b.bad))
	}
	return decoded{page, b}
}
