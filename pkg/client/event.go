package client

import (
	"encoding/json"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/trace"
)

// Event is one event as a stream holds it.
type Event struct {
	Stream   string
	Sequence uint64 // position in the stream, from 1
	Subject  string
	ID       string // derived from the content: the same fact has the same id
	Type     event.Type
	Time     time.Time // when it became known
	Data     []byte    // the whole CloudEvent, as it was published. Not to be modified
	// Payload is what it says: *event.RateChanged, *event.PriceChanged and so on; nil where this version of the package cannot read it. Then Problem
	// says why: the type is newer than the package, or the message is one that the product itself keeps as a reject. Both may be left out.
	Payload event.Payload
	Problem error
	Trace   trace.Parent // what caused it, zero where that is not known: no part of what it says
	Resume  string       // over HTTP: what EventFilter.Resume goes on with behind this event
}

// newEvent reads a message.
func newEvent(stream string, sequence uint64, subject string, data []byte, by trace.Parent) Event {
	e := Event{Stream: stream, Sequence: sequence, Subject: subject, Data: data, Trace: by}
	read, err := event.Decode(subject, data)
	if err == nil {
		e.ID, e.Type, e.Time, e.Payload = read.Envelope.ID, read.Envelope.Type, read.Envelope.Time, read.Payload
		return e
	}
	var envelope struct {
		ID   string     `json:"id"`
		Type event.Type `json:"type"`
		Time time.Time  `json:"time"`
	}
	if json.Unmarshal(data, &envelope) == nil { // otherwise there is nothing to tell
		e.ID, e.Type, e.Time = envelope.ID, envelope.Type, envelope.Time
	}
	e.Problem = err
	return e
}

// ends reports whether an event ends its batch, by its type: for those who do not see how messages were stored. A type that is not known may be part
// of any batch, and ends none.
func ends(t event.Type) bool {
	switch t {
	case event.TypeReleasePublished, event.TypeReleaseWithdrawn, event.TypeReleaseEffective, event.TypeReleaseMissing,
		event.TypeCrawlFinished, event.TypeCrawlProgressed:
		return true
	default:
		return false
	}
}
