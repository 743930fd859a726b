package event

import (
	"encoding/json"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Event is a decoded message.
type Event struct {
	Envelope Envelope
	Payload  Payload
}

// payload is a Payload that can be read.
type payload interface {
	Payload
	read(*reader)
}

// Decode reads the message that came on a subject. It insists on everything that this version knows of a type: that every field is there
// and reads, that periods are in order, and that subject and time are those the content asks for; fields it does not know it ignores.
// Every error is an invalid fault that names the field. The event's texts share one copy of data, its raw data is a part of data itself.
func Decode(subject string, data []byte) (Event, error) { return decodeAs(subject, data, false) }

func decodeAs(subject string, data []byte, withoutCost bool) (Event, error) {
	if len(data) > SizeLimit {
		return Event{}, fault.New(fault.Invalid, "decode event: the message has %d bytes, more than %d", len(data), SizeLimit)
	}
	r := newReader(string(data))
	if r.withoutCost = withoutCost; withoutCost && strings.HasPrefix(subject, WithoutCostPrefix) {
		r.prefix = WithoutCostPrefix
	}
	e, p := r.event(data)
	if r.err == nil {
		r.agree(subject, &e, p)
	}
	if r.err != nil {
		return Event{}, r.err
	}
	return Event{Envelope: e, Payload: p}, nil
}

// agree requires that an envelope says of its payload what is true.
func (r *reader) agree(subject string, e *Envelope, p payload) {
	r.path = []step{{field: "subject"}}
	if e.Subject != subject {
		r.fail(quote(e.Subject) + " is not the subject it came on, " + quote(subject))
	}
	if wanted := r.prefix + p.subject(); e.Subject != wanted {
		r.fail(quote(e.Subject) + " is not the one of its data, " + quote(wanted))
	}
	r.path = []step{{field: "time"}}
	if known := p.instant(); !e.Time.Equal(known) {
		r.fail(e.Time.String() + " is not when its data became known, " + known.String())
	}
}

// event reads the envelope and the payload in it.
func (r *reader) event(data []byte) (e Envelope, p payload) {
	start, end := 0, 0
	r.object([]string{"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"}, func(name string) bool {
		switch name {
		case "specversion":
			e.SpecVersion = r.oneOf(specVersion)
		case "id":
			e.ID = r.hex(2 * idBytes)
		case "source":
			e.Source = r.nonEmpty()
		case "type":
			e.Type = Type(r.nonEmpty())
		case "subject":
			e.Subject = r.nonEmpty()
		case "time":
			e.Time = r.instant()
		case "datacontenttype":
			e.DataContentType = r.oneOf(contentType)
		case "data":
			r.peek()
			start = r.at
			if p = newPayload(e.Type); p == nil {
				r.skip() // the type has not come yet
			} else {
				p.read(r)
			}
			end = r.at
		default:
			return false
		}
		return true
	})
	r.end()
	if r.err != nil {
		return e, nil
	}
	e.Data = json.RawMessage(data[start:end:end])
	if p == nil {
		p = r.late(e.Type, start)
	}
	return e, p
}

// late reads a payload that came before its type.
func (r *reader) late(t Type, start int) payload {
	p := newPayload(t)
	if p == nil {
		r.path = []step{{field: "type"}}
		r.fail(quote(string(t)) + " is not known")
		return nil
	}
	r.at = start
	r.path = []step{{field: "data"}}
	p.read(r)
	return p
}

func newPayload(t Type) payload {
	switch t {
	case TypeReleasePublished:
		return new(ReleasePublished)
	case TypeReleaseEffective:
		return new(ReleaseEffective)
	case TypeReleaseCorrected:
		return new(ReleaseCorrected)
	case TypeReleaseWithdrawn:
		return new(ReleaseWithdrawn)
	case TypeReleaseMissing:
		return new(ReleaseMissing)
	case TypePriceChanged:
		return new(PriceChanged)
	case TypeItemChanged:
		return new(ItemChanged)
	case TypeRateChanged:
		return new(RateChanged)
	case TypeRateQuarantined:
		return new(RateQuarantined)
	case TypeCrawlFinished:
		return new(CrawlFinished)
	case TypeCrawlProgressed:
		return new(CrawlProgressed)
	case TypeSourceStale:
		return new(SourceStale)
	}
	return nil
}
