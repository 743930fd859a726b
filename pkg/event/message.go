package event

import (
	"encoding/json"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// SizeLimit is the longest message in bytes, its envelope included. Servers must take messages as long as this and their headers.
const SizeLimit = 4 << 20

// What the events are about, as CloudEvents sources.
const (
	sourceRates    = "/pricewire/rates"
	sourceReleases = "/pricewire/releases"
)

const (
	specVersion = "1.0"
	contentType = "application/json"
)

// Payload is what an event says: *RateChanged, *RateQuarantined, *CrawlProgressed, *CrawlFinished, *PriceChanged, *ItemChanged,
// *ReleasePublished, *ReleaseEffective, *ReleaseCorrected, *ReleaseWithdrawn, *ReleaseMissing or *SourceStale.
type Payload interface {
	// Type names the kind of event.
	Type() Type
	subject() string
	source() string
	instant() time.Time // when it became known
	write(*writer)      // the data
	digest(*digest)     // what the fact is made of
}

// Envelope is a CloudEvents 1.0 event in structured JSON mode.
type Envelope struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"` // derived from the content: the same fact has the same id, whoever publishes it
	Source          string          `json:"source"`
	Type            Type            `json:"type"`
	Subject         string          `json:"subject"` // the subject it is published on
	Time            time.Time       `json:"time"`    // when it became known
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`
}

// encoder makes messages; its buffers serve one after the other.
type encoder struct {
	w      writer
	d      digest
	prefix string // of subjects: empty, or that of events without cost
}

// message encodes one event. The same payload gives the same bytes. An invalid fault names what cannot be written.
func (e *encoder) message(p Payload) (stream.Message, error) {
	e.d.start(p.Type())
	p.digest(&e.d)
	id, subject := e.d.id(), e.prefix+p.subject()
	if len(subject) > subjectLimit {
		return stream.Message{}, fault.New(fault.Invalid, "encode event: subject %.80s... has %d bytes, more than %d", subject, len(subject), subjectLimit).
			WithHint("shorten the identity it is made of")
	}
	w := &e.w
	w.buf, w.err = w.buf[:0], nil
	w.open('{')
	w.text("specversion", specVersion)
	w.text("id", id)
	w.text("source", p.source())
	w.text("type", string(p.Type()))
	w.text("subject", subject)
	w.instant("time", p.instant())
	w.text("datacontenttype", contentType)
	w.name("data")
	p.write(w)
	w.close('}')
	if w.err != nil {
		return stream.Message{}, fault.New(fault.Invalid, "encode event for %s: %w", subject, w.err)
	}
	if len(w.buf) > SizeLimit {
		return stream.Message{}, fault.New(fault.Invalid, "encode event for %s: it has %d bytes, more than %d", subject, len(w.buf), SizeLimit)
	}
	return stream.Message{Subject: subject, ID: id, Data: append([]byte(nil), w.buf...)}, nil
}
