package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
)

// teller keeps what was told without cost, as a stream does.
type teller struct {
	last map[string]Payload
	all  []stream.Message
}

func (s *teller) recall(subject string) (Payload, error) { return s.last[subject], nil }

func (s *teller) tell(t interface{ Fatal(...any) }, batch []stream.Message) []stream.Message {
	if s.last == nil {
		s.last = map[string]Payload{}
	}
	made, err := BatchWithoutCost(batch, s.recall)
	if err != nil || len(made.Unreadable) > 0 {
		t.Fatal(err, made.Unreadable)
	}
	var told []stream.Message
	for _, m := range made.Told {
		e, err := DecodeWithoutCost(m.Message.Subject, m.Message.Data)
		if err != nil {
			t.Fatal(err, "\n", string(m.Message.Data))
		}
		if batch[m.From].Subject != strings.TrimPrefix(m.Message.Subject, WithoutCostPrefix) {
			t.Fatal(m.Message.Subject, " is made of ", batch[m.From].Subject)
		}
		s.last[m.Message.Subject] = e.Payload
		told = append(told, m.Message)
	}
	s.all = append(s.all, told...)
	return told
}

// monthly are lists of which each follows the one before: what a line costs, and what it is sold for, moves or does not.
type monthly struct {
	book  *pricelist.Book
	lists []pricelist.List
}

var firstMonth = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func costLine(product string, unit, erp int, title string, from, to time.Time) pricelist.Line {
	l := pricelist.Line{
		Identity:  pricelist.Identity{Market: "US", Currency: "USD", Product: product, SKU: "0001", Term: "P1Y", Billing: "Annual"},
		UnitPrice: money.Int(int64(unit)), ERPPrice: money.Int(int64(erp)), Basis: pricelist.PerTerm,
		Attributes: pricelist.Attributes{ProductTitle: title, Segment: "Commercial"},
	}
	l.Effective.From, l.Effective.To = from, to
	return l
}

// publish returns the batch of a list that takes effect a month behind the last.
func (m *monthly) publish(t interface{ Fatal(...any) }, lines ...pricelist.Line) []stream.Message {
	n := len(m.lists)
	effectiveAt := firstMonth.AddDate(0, n, 0)
	r := release.Release{
		Slot: release.Slot{List: release.License, Market: "US"}, Revision: 1, Kind: release.Full, EffectiveAt: effectiveAt, PublishedAt: effectiveAt.AddDate(0, 0, -30),
		Lines: len(lines), Content: strings.Repeat("0f", 32), CreatedBy: "alice", ApprovedBy: "bob",
	}
	r.Slot.Month.Year, r.Slot.Month.Month = effectiveAt.Year(), effectiveAt.Month()
	r.ID = fmt.Sprintf("license-us-%s-r1", r.Slot.Month)
	l := pricelist.NewList(r.ID, 1, effectiveAt, lines)
	if m.book == nil {
		m.book = pricelist.NewBook()
	}
	_, r.Diff = m.book.Diff(l)
	batch, _, err := ReleaseBatch(r, m.book.Publish(l, r.PublishedAt))
	if err != nil {
		t.Fatal(err)
	}
	m.lists = append(m.lists, l)
	m.book = pricelist.NewBook(m.lists...)
	return batch
}

func costlessly(t interface{ Fatal(...any) }, m stream.Message) Event {
	e, err := DecodeWithoutCost(m.Subject, m.Data)
	if err != nil {
		t.Fatal(err, "\n", string(m.Data))
	}
	return e
}

func changesOf(t *testing.T, told []stream.Message) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, m := range told {
		if p, is := costlessly(t, m).Payload.(*PriceChanged); is {
			all[p.Identity.Product] = p.Change
		}
	}
	return all
}

func TestALineWhoseCostAloneChangedTellsNothing(t *testing.T) {
	var m monthly
	var s teller
	var zero time.Time
	s.tell(t, m.publish(t, costLine("A", 10, 12, "a", zero, zero), costLine("B", 10, 12, "b", zero, zero), costLine("C", 10, 12, "c", zero, zero), costLine("D", 10, 12, "d", zero, zero)))
	june := firstMonth.AddDate(0, 6, 0)
	told := s.tell(t, m.publish(t, costLine("A", 11, 12, "a", zero, zero), costLine("B", 11, 13, "b", zero, zero), costLine("C", 11, 12, "c2", zero, zero), costLine("D", 11, 12, "d", zero, june)))
	if diff := cmp.Diff(map[string]string{"B": "price_changed", "C": "changed", "D": "ending"}, changesOf(t, told)); diff != "" {
		t.Errorf("(-want +told)\n%s", diff)
	}
	manifest := costlessly(t, told[len(told)-1]).Payload.(*ReleasePublished)
	if manifest.Changed != 3 || manifest.Content != "" || manifest.Diff != (DiffCounts{PriceChanged: 1, Changed: 1, Ending: 1, Unchanged: 1}) {
		t.Errorf("the manifest says %+v", manifest)
	}
	for i, message := range told[:3] {
		if p := costlessly(t, message).Payload.(*PriceChanged); p.N != i+1 || p.Of != 3 {
			t.Errorf("%s is %d of %d", p.Identity.Product, p.N, p.Of)
		}
	}
}

func TestAnAnnouncedPriceThatIsDroppedIsToldAlthoughThePresentOneStays(t *testing.T) {
	var m monthly
	var s teller
	var zero time.Time
	june := firstMonth.AddDate(0, 5, 0)
	s.tell(t, m.publish(t, costLine("A", 10, 12, "a", zero, june), costLine("A", 14, 16, "a", june, zero)))
	told := s.tell(t, m.publish(t, costLine("A", 11, 12, "a", zero, june), costLine("A", 14, 12, "a", june, zero)))
	if len(changesOf(t, told)) != 1 {
		t.Errorf("told %v", changesOf(t, told))
	}
}

// TestWhoSeesNoCostSeesTheSameWhateverTheCostIs is what keeps the cost from whoever has no right to it: two worlds that differ in unit prices
// alone look alike, but for the ranges of valid time that an event names beside those that changed for him.
func TestWhoSeesNoCostSeesTheSameWhateverTheCostIs(t *testing.T) {
	told := 0
	rapid.Check(t, func(t *rapid.T) {
		var dear, plain monthly
		var a, b teller
		for range rapid.IntRange(1, 4).Draw(t, "months") {
			var costly, free []pricelist.Line
			for _, product := range []string{"A", "B", "C"} {
				if !rapid.Bool().Draw(t, "listed") {
					continue
				}
				erp, title := rapid.IntRange(1, 2).Draw(t, "erp"), rapid.SampledFrom([]string{"x", "x", "y"}).Draw(t, "title")
				var end time.Time
				if n := rapid.IntRange(0, 8).Draw(t, "end"); n > 4 {
					end = firstMonth.AddDate(0, n, 0)
				}
				costly = append(costly, costLine(product, rapid.IntRange(1, 3).Draw(t, "unit"), erp, title, time.Time{}, end))
				free = append(free, costLine(product, 0, erp, title, time.Time{}, end))
			}
			a.tell(t, dear.publish(t, costly...))
			b.tell(t, plain.publish(t, free...))
		}
		if diff := cmp.Diff(texts(b.all), texts(a.all)); diff != "" {
			t.Fatalf("(-no cost at all +another cost)\n%s", diff)
		}
		told += len(a.all)
	})
	if told == 0 {
		t.Fatal("nothing was told, so nothing was shown")
	}
}

func texts(batch []stream.Message) []string {
	all := make([]string, len(batch))
	for i, m := range batch {
		all[i] = m.Subject + " " + m.ID + " " + string(m.Data)
	}
	return all
}

func TestNoUnitPriceIsInWhatIsToldWithoutCost(t *testing.T) {
	all := compiledWithoutCost(t)
	rapid.Check(t, func(t *rapid.T) {
		r := genRelease(t)
		batch, _, err := ReleaseBatch(r, rapid.SliceOfN(rapid.Custom(genLineChange), 0, 5).Draw(t, "changes"))
		if err != nil {
			t.Fatal(err)
		}
		var s teller
		for _, m := range s.tell(t, batch) {
			if bytes.Contains(m.Data, []byte(`"unit_price":"`)) || bytes.Contains(m.Data, []byte(r.Content)) {
				t.Fatalf("%s", m.Data)
			}
			if err := validate(all[costlessly(t, m).Payload.Type()], m.Data); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestOnlyThePublicPriceListIsToldWithoutCost(t *testing.T) {
	var s teller
	tell := func(lists []string, terms bool) []stream.Message {
		o := rate.Outcome{Record: rate.Record{ID: "crawl-1", Source: "backfill", Scope: "scope", Currency: "USD", At: firstMonth, Finished: firstMonth, Content: "c"}}
		for i, list := range lists {
			o.Changes = append(o.Changes, rate.Change{
				Identity: rate.Identity{PriceList: list, Currency: "USD", MeterID: fmt.Sprint("m", i), SKUID: "s", Type: "Consumption"}, Region: "global", Kind: rate.Added, KnownAt: firstMonth, Scope: "scope",
			})
			o.Changes[i].Key = o.Changes[i].Identity.Key()
			o.Quarantined = append(o.Quarantined, rate.Quarantined{Reason: "missing", Identity: rate.Identity{PriceList: list, Currency: "USD", MeterID: list, SKUID: "s"}, Raw: []byte(list)})
		}
		if terms {
			o.Record.OfferTerms = []rate.OfferTerm{{Name: "Discount", Discount: money.Int(1)}}
		}
		batch, err := RateBatch(o)
		if err != nil {
			t.Fatal(err)
		}
		return s.tell(t, batch)
	}
	for name, c := range map[string]struct {
		lists []string
		want  int
	}{
		"a rate card":                         {[]string{"ratecard", "ratecard"}, 0},
		"nothing, where nothing was told yet": {nil, 0},
	} {
		if told := tell(c.lists, true); len(told) != c.want {
			t.Errorf("%s: %d are told", name, len(told))
		}
	}
	told := tell([]string{"retail", "price-sheet", "retail"}, true)
	if len(told) != 4 { // two rates, their rows, the record
		t.Fatalf("%d are told", len(told))
	}
	for _, m := range told {
		if bytes.Contains(m.Data, []byte("price-sheet")) || bytes.Contains(m.Data, []byte("Discount")) {
			t.Errorf("%s", m.Data)
		}
	}
	if told := tell(nil, false); len(told) != 1 {
		t.Errorf("a crawl that found nothing in a scope that told of rates: %d are told", len(told))
	}
}

func TestWhatDoesNotDecodeIsAGapWithoutCostToo(t *testing.T) {
	var m monthly
	var zero time.Time
	batch := m.publish(t, costLine("A", 10, 12, "a", zero, zero), costLine("B", 10, 12, "b", zero, zero))
	batch[0].Data = []byte("{")
	made, err := BatchWithoutCost(batch, func(string) (Payload, error) { return nil, nil })
	if err != nil || len(made.Unreadable) != 1 || len(made.Told) != 2 {
		t.Fatalf("%+v, %v", made, err)
	}
	var data struct {
		Data struct{ Of, Changed int }
	}
	for _, told := range made.Told {
		if err := json.Unmarshal(told.Message.Data, &data); err != nil || max(data.Data.Of, data.Data.Changed) != 2 {
			t.Errorf("%s", told.Message.Data)
		}
	}
}

func TestChangeKindsWithoutCostAreThoseOfTheListings(t *testing.T) {
	for _, c := range []listing.Change{listing.PriceChanged, listing.Changed, listing.Ending, listing.Unchanged} {
		counts := costless{}
		counts.recount(string(listing.PriceChanged), string(c))
		d := DiffCounts{PriceChanged: 1}
		if d.correct(&counts.counts); d.PriceChanged+d.Changed+d.Ending+d.Unchanged != 1 {
			t.Errorf("%s: %+v", c, d)
		}
	}
}
