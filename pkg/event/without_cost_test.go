package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/rate"
)

// planted is a cost that nothing else says.
const planted = "98765.4321"

// plant puts the planted cost wherever an event tells cost.
func plant(p Payload) bool {
	switch p := p.(type) {
	case *PriceChanged:
		for _, l := range []*PriceLine{p.Before, p.After} {
			if l != nil {
				l.UnitPrice = planted
			}
		}
		for i := range p.Periods {
			if p.Periods[i].Line != nil {
				p.Periods[i].Line.UnitPrice = planted
			}
		}
		cost := planted
		for i := range p.Timeline {
			if p.Timeline[i].UnitPrice != nil {
				p.Timeline[i].UnitPrice = &cost
			}
		}
	case *RateChanged:
		if p.Identity.PriceList == rate.Retail {
			return false
		}
		for _, r := range []*RateRow{p.Before, p.After} {
			if r != nil {
				r.Price = planted
			}
		}
	case *RateQuarantined:
		for i := range p.Rows {
			if p.Rows[i].Identity.PriceList != rate.Retail {
				p.Rows[i].Raw, p.Rows[i].RawBase64 = planted, ""
			}
		}
	case *CrawlFinished:
		for i := range p.OfferTerms {
			p.OfferTerms[i].Discount = planted
		}
	default:
		return false
	}
	return true
}

func decoded(t interface{ Fatal(...any) }, p Payload) Event {
	m := encode(t, p)
	e, err := Decode(m.Subject, m.Data)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestNoEventWithoutCostTellsCost(t *testing.T) {
	told := map[Type]int{}
	rapid.Check(t, func(t *rapid.T) {
		p := genPayload(t)
		plant(p)
		with := decoded(t, p)
		before := encode(t, with.Payload)
		without, tell := WithoutCost(with)
		if after := encode(t, with.Payload); !bytes.Equal(before.Data, after.Data) {
			t.Fatal("the event that was given has changed")
		}
		if !tell {
			return
		}
		told[without.Envelope.Type]++
		data, err := without.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if text := string(data) + fmt.Sprintf("%+v", without.Payload); strings.Contains(text, planted) || strings.Contains(string(data), `"unit_price"`) {
			t.Fatalf("it tells cost:\n%s", data)
		}
		again, err := DecodeWithoutCost(without.Envelope.Subject, data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if diff := cmp.Diff(without.Payload, again.Payload); diff != "" {
			t.Fatalf("(-without +read)\n%s", diff)
		}
	})
	if len(told) < len(Types())-2 {
		t.Errorf("only %v were told", told)
	}
}

func TestTheIdOfAnEventWithoutCostIsNotMadeOfCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genPayload(t)
		with := decoded(t, p)
		if !plant(p) {
			return
		}
		other := decoded(t, p)
		a, tellA := WithoutCost(with)
		b, tellB := WithoutCost(other)
		if _, lists := p.(*RateQuarantined); tellA && tellB && a.Envelope.ID != b.Envelope.ID && !lists && reflect.DeepEqual(a.Payload, b.Payload) {
			t.Fatalf("%s and %s for what is the same without cost", a.Envelope.ID, b.Envelope.ID)
		}
	})
}

func TestEveryTypeIsKnownToTellCostOrNot(t *testing.T) {
	for _, typ := range Types() {
		m := full(t)[typ]
		e, err := Decode(m.Subject, m.Data)
		if err != nil {
			t.Fatal(err)
		}
		if without, tell := WithoutCost(e); tell && (without.Payload == nil || without.Envelope.Type != typ) {
			t.Errorf("%s: %+v", typ, without)
		}
	}
	if _, tell := WithoutCost(Event{}); tell {
		t.Error("an event of no known type is told")
	}
}

// line is a change of one line, from 1 November's list to 1 December's.
func lineChange(t *testing.T) *PriceChanged {
	t.Helper()
	var e Event
	m := examples(t)[TypePriceChanged]
	e, err := Decode(m.Subject, m.Data)
	if err != nil {
		t.Fatal(err)
	}
	p := *e.Payload.(*PriceChanged)
	after := PriceLine{UnitPrice: "8.00", ERPPrice: "10.00", PriceBasis: "term", Segment: "Commercial", SKUTitle: "x"}
	before := after
	before.UnitPrice = "7.00"
	p.Change, p.Before, p.After = string(listing.PriceChanged), &before, &after
	p.Periods = p.Periods[:1]
	p.Periods[0].Line = &after
	return &p
}

func TestALineWhoseCostAloneChangedIsNotTold(t *testing.T) {
	if _, tell := WithoutCost(decoded(t, lineChange(t))); tell {
		t.Error("it is told")
	}
	if e, tell := StateWithoutCost(decoded(t, lineChange(t))); !tell || e.Payload.(*PriceChanged).Change != string(listing.Changed) || e.Payload.(*PriceChanged).After.UnitPrice != "" {
		t.Errorf("as the state of the line: %v %+v", tell, e.Payload)
	}
}

func TestALineOfWhichMoreThanCostChangedIsToldForThat(t *testing.T) {
	for want, mend := range map[listing.Change]func(*PriceChanged){
		listing.PriceChanged: func(p *PriceChanged) { p.Before.ERPPrice = "9.00" },
		listing.Changed:      func(p *PriceChanged) { p.Before.SKUTitle = "y" },
		listing.Ending:       func(p *PriceChanged) { p.After.EndsAt = &p.KnownAt },
	} {
		p := lineChange(t)
		mend(p)
		e, tell := WithoutCost(decoded(t, p))
		if !tell || e.Payload.(*PriceChanged).Change != string(want) {
			t.Errorf("%s: told %v as %+v", want, tell, e.Payload)
		}
	}
}

func TestATimelineDoesNotTellWhenTheCostAloneChanges(t *testing.T) {
	p := lineChange(t)
	p.After.SKUTitle = "y"
	cheap, dear, erp, other := "7.00", "8.00", "10.00", "11.00"
	start := p.KnownAt
	later, latest := start.AddDate(0, 1, 0), start.AddDate(0, 2, 0)
	p.Timeline = []PriceStep{
		{From: start, To: &later, UnitPrice: &cheap, ERPPrice: &erp, Release: p.Release},
		{From: later, To: &latest, UnitPrice: &dear, ERPPrice: &erp, Release: p.Release},
		{From: latest, UnitPrice: &dear, ERPPrice: &other, Release: p.Release},
	}
	e, tell := WithoutCost(decoded(t, p))
	if !tell {
		t.Fatal("it is not told")
	}
	want := []PriceStep{{From: start, To: &latest, ERPPrice: &erp, Release: p.Release}, {From: latest, ERPPrice: &other, Release: p.Release}}
	if diff := cmp.Diff(want, e.Payload.(*PriceChanged).Timeline); diff != "" {
		t.Errorf("(-want +told)\n%s", diff)
	}
	if len(p.Timeline) != 3 || p.Timeline[0].UnitPrice == nil {
		t.Error("the event that was given is another now")
	}
}

func TestAnEventThatTellsNoCostIsTheSame(t *testing.T) {
	for _, typ := range []Type{TypeReleaseEffective, TypeReleaseMissing, TypeItemChanged, TypeCrawlProgressed, TypeReleaseCorrected} {
		m := examples(t)[typ]
		e, err := Decode(m.Subject, m.Data)
		if err != nil {
			t.Fatal(err)
		}
		without, tell := WithoutCost(e)
		data, err := without.Encode()
		if err != nil || !tell {
			t.Fatalf("%s: %v, %v", typ, tell, err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, m.Data); err != nil || compact.String() != string(data) {
			t.Errorf("%s: %v\n%s\n%s", typ, err, compact.String(), data)
		}
	}
}
