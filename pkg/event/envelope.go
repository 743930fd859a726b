package event

import (
	"encoding/json"
	"time"
)

// Type names a kind of event and its version.
type Type string

// The event types.
const (
	TypeReleasePublished Type = "pricewire.release.published.v1"
	TypeReleaseEffective Type = "pricewire.release.effective.v1"
	TypePriceChanged     Type = "pricewire.price.changed.v1"
	TypeRateChanged      Type = "pricewire.rate.changed.v1"
	TypeRateQuarantined  Type = "pricewire.rate.quarantined.v1"
	TypeCrawlFinished    Type = "pricewire.crawl.finished.v1"
)

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
