package tail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/trace"
)

// Entry is a record that any number of followers share. It is decoded and rendered at most once, by whoever asks first.
type Entry struct {
	Stream   stream.Name
	Sequence uint64
	Subject  string
	Trace    trace.Parent // what caused it, zero where that is not known

	record stream.Record
	state  bool // it is the last of its subject, for a follower who begins with that
	size   int
	once   sync.Once
	full   about
	line   []byte
	wrong  error

	without sync.Once // cost
	data    []byte    // what came, until it is rendered without cost
	public  about
	open    []byte // the line without cost; nil: nothing of it may be told
}

// perEntry is what an entry takes in memory beside its data, which it holds as it came and as it is rendered.
const perEntry = 512

// NewEntry makes an entry of a record.
func NewEntry(r stream.Record) *Entry {
	return &Entry{Stream: r.Stream, Sequence: r.Sequence, Subject: r.Subject, Trace: r.Trace, record: r, size: 2*len(r.Data) + len(r.Subject) + perEntry}
}

// about is what filters ask of an event.
type about struct {
	id               string
	kind             event.Type
	time             time.Time
	market, currency string
	lines            []pricelist.Identity
	rates            []placed
	offers           []offered
}

// placed is a rate and the region of its row.
type placed struct {
	id     rate.Identity
	region string
}

type offered struct{ product, sku string }

func (e *Entry) prepare() {
	e.once.Do(func() {
		decoded, err := event.Decode(e.Subject, e.record.Data)
		if err == nil {
			e.full = aboutOf(&decoded)
			e.line, err = e.annotate(e.record.Data)
		}
		e.data, e.wrong, e.record = e.record.Data, err, stream.Record{}
	})
}

// reduce renders the event without cost, as far as it may be told.
func (e *Entry) reduce() {
	e.prepare()
	e.without.Do(func() {
		data := e.data
		e.data = nil
		decoded, err := event.Decode(e.Subject, data)
		if err != nil {
			return
		}
		without := event.WithoutCost
		if e.state {
			without = event.StateWithoutCost
		}
		reduced, told := without(decoded)
		if !told {
			return
		}
		if data, err = reduced.Encode(); err != nil {
			return // silence tells no cost
		}
		e.public = aboutOf(&reduced)
		if line, err := e.annotate(data); err == nil {
			e.open = line
		}
	})
}

// about is what filters ask of the event as somebody sees it, nil when he is told nothing of it.
func (e *Entry) about(cost bool) *about {
	if cost {
		if e.prepare(); e.wrong != nil {
			return nil
		}
		return &e.full
	}
	if e.reduce(); e.open == nil {
		return nil
	}
	return &e.public
}

// Line is the event in one line of JSON, with the CloudEvents extensions stream and sequence, where it stands, and traceparent, what caused it, where
// that is known. Without cost it is as event.WithoutCost leaves it. It is not to be modified; nil when there is no event, or none that may be told.
func (e *Entry) Line(cost bool) []byte {
	if cost {
		e.prepare()
		return e.line
	}
	e.reduce()
	return e.open
}

// ID is the event's own id, which without cost may be another; empty when there is none.
func (e *Entry) ID(cost bool) string {
	if a := e.about(cost); a != nil {
		return a.id
	}
	return ""
}

func aboutOf(e *event.Event) about {
	a := about{id: e.Envelope.ID, kind: e.Envelope.Type, time: e.Envelope.Time}
	a.market, a.currency = places(e.Envelope.Subject)
	switch p := e.Payload.(type) {
	case *event.PriceChanged:
		i := &p.Identity
		a.lines = []pricelist.Identity{{Market: i.Market, Currency: i.Currency, Product: i.Product, SKU: i.SKU, Term: i.Term, Billing: i.Billing}}
	case *event.RateChanged:
		a.rates = []placed{{rateOf(&p.Identity), regionOf(p)}}
	case *event.RateQuarantined:
		for i := range p.Rows {
			a.rates = append(a.rates, placed{id: rateOf(&p.Rows[i].Identity)})
		}
	case *event.ItemChanged:
		if p.List == release.Offers {
			a.offers = offersOf(p.Before, p.After)
		}
	}
	return a
}

func rateOf(i *event.RateIdentity) rate.Identity {
	return rate.Identity{PriceList: i.PriceList, Currency: i.Currency, MeterID: i.MeterID, SKUID: i.SKUID, Type: i.Type, ReservationTerm: i.ReservationTerm}
}

// regionOf is the region of the row that a change leads to, or comes from.
func regionOf(p *event.RateChanged) string {
	switch {
	case p.After != nil:
		return p.After.Attributes.Region
	case p.Before != nil:
		return p.Before.Attributes.Region
	}
	return p.Region
}

func offersOf(sides ...event.ItemValues) []offered {
	var all []offered
	for _, values := range sides {
		if values == nil {
			continue
		}
		named := func(name string) string {
			for _, v := range []item.Value(values) {
				if v.Name == name {
					return v.Text
				}
			}
			return ""
		}
		all = append(all, offered{named("product"), named("sku")})
	}
	return all
}

// places are the market and the currency that a subject is about, as it has them: in small letters, empty for none.
func places(subject string) (market, currency string) {
	tokens := strings.Split(subject, ".")
	if len(tokens) < 4 {
		return "", ""
	}
	switch tokens[1] {
	case "price":
		return tokens[2], tokens[3]
	case "release", "item":
		return tokens[3], ""
	case "rate", "quarantine", "crawl", "source":
		return "", tokens[2]
	}
	return "", ""
}

// annotate adds the CloudEvents extensions of Line to an event.
func (e *Entry) annotate(data []byte) ([]byte, error) {
	var line bytes.Buffer
	line.Grow(len(data) + len(e.Stream.Name) + 128)
	if err := json.Compact(&line, data); err != nil { // one line an event
		return nil, fmt.Errorf("read event: %w", err)
	}
	line.Truncate(line.Len() - 1) // the closing brace
	out := fmt.Appendf(line.Bytes(), `,"stream":%q,"sequence":"%d"`, e.Stream.Name, e.Sequence)
	if !e.Trace.IsZero() {
		out = fmt.Appendf(out, `,%q:%q`, trace.Header, e.Trace)
	}
	return append(out, '}'), nil
}
