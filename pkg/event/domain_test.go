package event

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

// same compares domain values; whether nothing is nil or empty is no difference.
var same = cmp.Options{cmp.Comparer(func(a, b money.Decimal) bool { return a == b }), cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(rate.Outcome{})}

func TestAnOutcomeSurvivesTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := genOutcome(t)
		batch, err := RateBatch(o)
		if err != nil {
			t.Fatal(err)
		}
		var back rate.Outcome
		for _, m := range batch {
			switch p := decode(t, m).Payload.(type) {
			case *RateChanged:
				c, err := p.Change()
				if err != nil || p.Crawl != o.Record.ID {
					t.Fatal(err, p.Crawl)
				}
				back.Changes = append(back.Changes, c)
			case *RateQuarantined:
				for i := range p.Rows {
					q, err := p.Rows[i].Quarantined()
					if err != nil {
						t.Fatal(err)
					}
					back.Quarantined = append(back.Quarantined, q)
				}
			case *CrawlFinished:
				back.Record = p.Record()
			}
		}
		if diff := cmp.Diff(o, back, same); diff != "" {
			t.Fatalf("(-published +read)\n%s", diff)
		}
	})
}

func TestALineChangeSurvivesTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, c := genRelease(t), genLineChange(t)
		batch, _, err := ReleaseBatch(r, []pricelist.LineChange{c})
		if err != nil {
			t.Fatal(err)
		}
		p, ok := decode(t, batch[0]).Payload.(*PriceChanged)
		if !ok {
			t.Fatal("a line must come first")
		}
		difference, err := p.Difference()
		if err != nil {
			t.Fatal(err)
		}
		spans, err := p.Spans()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, pricelist.LineChange{Difference: difference, Spans: spans, Timeline: c.Timeline}, same); diff != "" {
			t.Fatalf("(-published +read)\n%s", diff)
		}
		for i, s := range c.Timeline {
			step := p.Timeline[i]
			if !step.From.Equal(s.From) || !instantOf(step.To).Equal(s.To) || step.Release != s.Release || (step.UnitPrice == nil) != (s.Line == nil) {
				t.Fatalf("step %d of the timeline: %+v, want %+v", i, step, s)
			}
			if s.Line != nil && (*step.UnitPrice != p.amount(s.Line.UnitPrice) || *step.ERPPrice != p.amount(s.Line.ERPPrice)) {
				t.Fatalf("step %d of the timeline: %s and %s, want %s and %s", i, *step.UnitPrice, *step.ERPPrice, s.Line.UnitPrice, s.Line.ERPPrice)
			}
		}
	})
}

func (c *PriceChanged) amount(d money.Decimal) string {
	return money.Currency(c.Identity.Currency).Format(d)
}
