// Package recordtest holds a sink for tests of readers.
package recordtest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/rate"
)

// Collector is a rate.Sink that keeps all that it is handed.
type Collector struct {
	Rows []rate.Row
	Raw  [][]byte // the bytes of Rows[i]
	Bads []rate.Quarantined
	Err  error // what Row and Bad return
}

// Same knows nothing.
func (c *Collector) Same([]byte) bool { return false }

// Row keeps a copy.
func (c *Collector) Row(r *rate.Row, raw []byte) error {
	c.Rows, c.Raw = append(c.Rows, *r), append(c.Raw, bytes.Clone(raw))
	return c.Err
}

// Bad keeps a copy.
func (c *Collector) Bad(q *rate.Quarantined) error {
	kept := *q
	kept.Raw = bytes.Clone(q.Raw)
	c.Bads = append(c.Bads, kept)
	return c.Err
}

// Text returns the rows and then the quarantined ones as sorted lines: what was read, whatever its order.
func (c *Collector) Text() string {
	lines := make([]string, 0, len(c.Rows))
	for i := range c.Rows {
		lines = append(lines, line(&c.Rows[i]))
	}
	slices.Sort(lines)
	bads := make([]string, 0, len(c.Bads))
	for i := range c.Bads {
		q := &c.Bads[i]
		bads = append(bads, fmt.Sprintf("bad %s: %s (%s %s %s, present %v)\n", q.Reason, q.Detail, q.Identity.MeterID, q.Identity.SKUID, q.Identity.Tier, q.HasIdentity))
	}
	slices.Sort(bads)
	return strings.Join(append(lines, bads...), "")
}

// Said is Text without the lines on which quarantined rows stand, for files that say the same in another order.
func (c *Collector) Said() string {
	said := Collector{Rows: c.Rows, Bads: slices.Clone(c.Bads)}
	for i := range said.Bads {
		if line, detail, ok := strings.Cut(said.Bads[i].Detail, ": "); ok && strings.HasPrefix(line, "line ") {
			said.Bads[i].Detail = detail
		}
	}
	return said.Text()
}

func line(r *rate.Row) string {
	to := "open"
	if !r.Effective.To.IsZero() {
		to = r.Effective.To.Format("2006-01-02T15:04:05Z")
	}
	a := r.Attributes
	return fmt.Sprintf("%s %s %s %s %s tier %s = %s, %s to %s, included %s | %s | %s | %s | %s | %s | %s | %s | %s\n", r.PriceList, r.Currency, r.MeterID, r.SKUID,
		cmp.Or(strings.TrimSpace(r.Type+" "+r.ReservationTerm), "-"), r.Tier, r.Price, r.Effective.From.Format("2006-01-02T15:04:05Z"), to, r.IncludedQuantity,
		a.MeterName, a.ProductID, a.ProductName, a.SKUName, a.ServiceName, a.UnitOfMeasure, a.ARMRegionName, a.Location)
}
