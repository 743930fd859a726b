package event

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
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

func TestAPartOfACrawlSurvivesTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genCrawlPart(t)
		m, err := PartMessage(want)
		if err != nil {
			t.Fatal(err)
		}
		p, ok := decode(t, m).Payload.(*CrawlProgressed)
		if !ok || p.CrawlPart() != want {
			t.Fatalf("read %+v, published %+v", p, want)
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
		if diff := cmp.Diff(c, pricelist.LineChange{Difference: difference, KnownAt: p.KnownAt, Spans: spans, Timeline: c.Timeline}, same); diff != "" {
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

func TestAnItemChangeSurvivesTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, c := genItemRelease(t), genItemChange(t)
		batch, _, err := ItemBatch(r, []item.Change{c})
		if err != nil {
			t.Fatal(err)
		}
		p, ok := decode(t, batch[0]).Payload.(*ItemChanged)
		if !ok || p.List != r.Slot.List || p.Market != r.Slot.Market || p.Release != r.ID {
			t.Fatalf("%+v of %s", p, r.ID)
		}
		back, err := itemChangeOf(p)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, back, same); diff != "" {
			t.Fatalf("(-published +read)\n%s", diff)
		}
		if before, after := back.Before, c.Before; before != nil && before.Compare(*after) != 0 {
			t.Fatalf("%v is not in the order of %v", before, after)
		}
	})
}

// itemChangeOf reads a whole change; a timeline is read as spans are.
func itemChangeOf(p *ItemChanged) (c item.Change, err error) {
	c.KnownAt = p.KnownAt
	if c.Difference, err = p.Difference(); err != nil {
		return c, err
	}
	if c.Spans, err = p.Spans(); err != nil {
		return c, err
	}
	c.Timeline, err = (&ItemChanged{Key: p.Key, Periods: p.Timeline}).Spans()
	return c, err
}

func TestAnItemThatCannotBeOneIsRefusedByField(t *testing.T) {
	for want, values := range map[string]ItemValues{
		"field before.\"Title\": it is not a name": {{Name: "Title", Text: "x"}},
		"field before.title: it comes twice":       {{Name: "title", Text: "x"}, {Name: "title", Text: "x"}},
		"field before.title: it must not be empty": {{Name: "title"}},
	} {
		_, err := (&ItemChanged{Key: "a", Before: values}).Difference()
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		_, err = (&ItemChanged{Key: "a", Periods: []ItemPeriod{{Values: values}}}).Spans()
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a period: %v", err)
		}
	}
}

func TestWhatAnItemSaysIsPlainJSONInItsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := itemValues(genItem(t, "a"))
		data, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		back := ItemValues{{Name: "left", Text: "over"}}
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(values, back); diff != "" {
			t.Fatalf("%s (-written +read)\n%s", data, diff)
		}
	})
	var v ItemValues
	for _, bad := range []string{`[]`, `{"a":1}`, `{"a":""}`, `{"A":"x"}`, `{"a":"x","a":"x"}`} {
		if err := json.Unmarshal([]byte(bad), &v); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
