package event

import (
	"encoding/json"
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
)

// WithoutCost returns what somebody may know of an event who must not see what a partner pays, and whether he is told of it at all. Unit prices are
// taken out, and rates of price lists other than retail with everything that is said of them. A line whose unit price alone changed is not told. An
// event that tells nothing of cost is the same afterwards; of any other id and data are new: its id was made of the cost, and whoever knows the rest
// could find it by trying. For that reason a manifest of licence lines loses its checksum and the hash of its content, and the record of a crawl that of its. Counts stay as they were, of
// all lines. The event that is given is not changed.
func WithoutCost(e Event) (Event, bool) { return withoutCost(e, false) }

// StateWithoutCost is WithoutCost for whoever begins with the last event of each subject: a line whose unit price alone changed last is told as well,
// as changed, because what else is known of it is not in another event.
func StateWithoutCost(e Event) (Event, bool) { return withoutCost(e, true) }

func withoutCost(e Event, state bool) (Event, bool) {
	var p payload
	switch given := e.Payload.(type) {
	case *PriceChanged:
		if p = given.withoutCost(state); p == nil {
			return Event{}, false
		}
	case *ReleasePublished:
		if given.List != release.License {
			return e, true
		}
		without := *given
		without.Checksum, without.Content = "", ""
		p = &without
	case *ReleaseWithdrawn:
		if given.List != release.License {
			return e, true
		}
		without := *given
		without.Checksum = ""
		p = &without
	case *RateChanged:
		return e, given.Identity.PriceList == rate.Retail
	case *RateQuarantined:
		p = given.withoutCost()
		if p == payload(given) {
			return e, true
		}
	case *CrawlFinished:
		without := *given
		without.OfferTerms, without.Content = nil, "" // discounts of a partner, and a hash that would tell whether a guess of his rates is right
		p = &without
	case *ReleaseEffective, *ReleaseCorrected, *ReleaseMissing, *ItemChanged, *CrawlProgressed, *SourceStale:
		return e, true
	}
	if p == nil { // nothing is left, or it is of a type that is not known to be without cost
		return Event{}, false
	}
	return e.saying(p)
}

// saying is an event with another payload in place of its own.
func (e Event) saying(p payload) (Event, bool) {
	var d digest
	d.start(p.Type())
	p.digest(&d)
	w := writer{withoutCost: true}
	p.write(&w)
	if w.err != nil {
		return Event{}, false // it could be read, so it can be written; if not, silence tells no cost
	}
	e.Payload, e.Envelope.ID, e.Envelope.Data = p, d.id(), json.RawMessage(w.buf)
	return e, true
}

// withoutCost returns the change without unit prices, nil where it is of them alone, unless it is asked for as the state of its line. One that is of other things besides is of those then.
func (c *PriceChanged) withoutCost(state bool) payload {
	p := *c
	p.Before, p.After = c.Before.withoutCost(), c.After.withoutCost()
	p.Periods, p.Timeline = slices.Clone(c.Periods), withoutCostSteps(c.Timeline)
	priced := p.Before == nil || p.After == nil || !p.Before.samePrice(p.After)
	for i := range p.Periods {
		p.Periods[i].Line = c.Periods[i].Line.withoutCost()
		priced = priced || p.Periods[i].Line == nil || !p.Periods[i].Line.samePrice(p.After)
	}
	if c.Change != string(listing.PriceChanged) || priced {
		return &p
	}
	for i := range p.Periods {
		if !p.Periods[i].Line.sameBesides(p.After) {
			p.Change = string(listing.Changed)
		}
	}
	if !p.Before.sameBesides(p.After) {
		p.Change = string(listing.Changed)
	}
	if p.Before.EndsAt == nil && p.After.EndsAt != nil || p.Before.EndOfSale == "" && p.After.EndOfSale != "" {
		p.Change = string(listing.Ending)
	}
	switch {
	case p.Change != c.Change:
	case state:
		p.Change = string(listing.Changed)
	default:
		return nil
	}
	return &p
}

func (l *PriceLine) withoutCost() *PriceLine {
	if l == nil {
		return nil
	}
	without := *l
	without.UnitPrice = ""
	return &without
}

func (l *PriceLine) samePrice(o *PriceLine) bool {
	return l.UnitPrice == o.UnitPrice && l.ERPPrice == o.ERPPrice && l.PriceBasis == o.PriceBasis
}

// sameBesides reports whether two lines say the same apart from their prices and from when on they hold: every month's list begins anew.
func (l *PriceLine) sameBesides(o *PriceLine) bool {
	a, b := *l, *o
	sameEnd := (a.EndsAt == nil) == (b.EndsAt == nil) && (a.EndsAt == nil || a.EndsAt.Equal(*b.EndsAt))
	for _, x := range []*PriceLine{&a, &b} {
		x.UnitPrice, x.ERPPrice, x.PriceBasis, x.StartsAt, x.EndsAt = "", "", "", nil, nil
	}
	return sameEnd && a == b
}

// withoutCost returns the rows of the public list: the same where all are, nil where none is.
func (q *RateQuarantined) withoutCost() payload {
	public := slices.DeleteFunc(slices.Clone(q.Rows), func(r QuarantinedRow) bool { return r.Identity.PriceList != rate.Retail })
	switch len(public) {
	case len(q.Rows):
		return q
	case 0:
		return nil
	}
	without := *q
	without.Rows = public
	return &without
}

// Encode returns the message of an event as it came, or as WithoutCost left it. Fields of the envelope that this version does not know are not in it.
func (e Event) Encode() ([]byte, error) {
	var w writer
	w.open('{')
	w.text("specversion", e.Envelope.SpecVersion)
	w.text("id", e.Envelope.ID)
	w.text("source", e.Envelope.Source)
	w.text("type", string(e.Envelope.Type))
	w.text("subject", e.Envelope.Subject)
	w.instant("time", e.Envelope.Time)
	w.text("datacontenttype", e.Envelope.DataContentType)
	w.name("data")
	w.buf = append(w.buf, e.Envelope.Data...)
	w.close('}')
	if w.err != nil {
		return nil, fault.New(fault.Invalid, "encode event for %s: %w", e.Envelope.Subject, w.err)
	}
	return w.buf, nil
}

// DecodeWithoutCost is Decode for events that WithoutCost has been over: what it takes out is not asked for, and unit prices are not read.
func DecodeWithoutCost(subject string, data []byte) (Event, error) {
	return decodeAs(subject, data, true)
}
