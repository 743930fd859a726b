package watch

import (
	"encoding/json"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/pricewire/peer"
)

// What both ends agree on, beside what peer does.
const (
	header  = "Pricewire-Watch"
	version = "1"

	pathCrawl    = "/watch/crawl"
	pathObserve  = "/watch/observe"
	pathAccept   = "/watch/accept"
	pathWatching = "/watch/watching"

	// largestUpload bounds what is observed.
	largestUpload = 256 << 20
)

func speaks() peer.Interface {
	return peer.Interface{Name: "ingester", Header: header, Version: version, Recheck: "pricewire crawl list"}
}

// recordWire is the record of a crawl, as the event that tells of it.
type recordWire struct {
	Subject string          `json:"subject"`
	Event   json.RawMessage `json:"event"`
}

func wireOf(r *rate.Record) (*recordWire, error) {
	if r.ID == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	m, err := event.CrawlMessage(*r)
	if err != nil {
		return nil, fault.Wrap(err, "send record of crawl %s", r.ID)
	}
	return &recordWire{m.Subject, m.Data}, nil
}

func (w *recordWire) record() (rate.Record, error) {
	if w == nil {
		return rate.Record{}, nil
	}
	e, err := event.Decode(w.Subject, w.Event)
	if err != nil {
		return rate.Record{}, err
	}
	finished, ok := e.Payload.(*event.CrawlFinished)
	if !ok {
		return rate.Record{}, fault.New(fault.Invalid, "read record of a crawl: it is a %s", e.Envelope.Type)
	}
	return finished.Record(), nil
}

type observedWire struct {
	Record   *recordWire `json:"record"`
	Repeated bool        `json:"repeated"`
}

type crawlWire struct {
	Source   string `json:"source"`
	Currency string `json:"currency"`
	Scope    string `json:"scope"`
}

type acceptWire struct {
	Crawl string `json:"crawl"`
}

type watchingWire struct {
	Source      string         `json:"source"`
	Running     []runningWire  `json:"running"`
	Scopes      []scopeWire    `json:"scopes"`
	Quarantined map[string]int `json:"quarantined"`
}

type runningWire struct {
	Source     string        `json:"source"`
	Scope      string        `json:"scope"`
	Currency   string        `json:"currency"`
	Started    time.Time     `json:"started"`
	Pages      int           `json:"pages"`
	Rows       int           `json:"rows"`
	Shards     int           `json:"shards"`
	ShardsRead int           `json:"shards_read"`
	Expected   int           `json:"expected"`
	Left       time.Duration `json:"left"` // nanoseconds
}

type scopeWire struct {
	Scope    string      `json:"scope"`
	Currency string      `json:"currency"`
	Last     *recordWire `json:"last"`
	Taken    time.Time   `json:"taken"`
	Refused  int         `json:"refused"`
	Failing  int         `json:"failing"`
	Failed   string      `json:"failed"`
}

func watchingOf(w api.Watching) (watchingWire, error) {
	out := watchingWire{Source: w.Source, Quarantined: w.Quarantined}
	for _, r := range w.Running {
		out.Running = append(out.Running, runningWire(r))
	}
	for i := range w.Scopes {
		h := &w.Scopes[i]
		last, err := wireOf(&h.Last)
		if err != nil {
			return watchingWire{}, err
		}
		out.Scopes = append(out.Scopes, scopeWire{
			Scope: h.Scope, Currency: h.Currency, Last: last, Taken: h.Taken, Refused: h.Refused, Failing: h.Failing, Failed: h.Failed,
		})
	}
	return out, nil
}

func (w *watchingWire) watching() (api.Watching, error) {
	out := api.Watching{Source: w.Source, Quarantined: w.Quarantined}
	for _, r := range w.Running {
		out.Running = append(out.Running, api.Running(r))
	}
	for i := range w.Scopes {
		s := &w.Scopes[i]
		last, err := s.Last.record()
		if err != nil {
			return api.Watching{}, err
		}
		out.Scopes = append(out.Scopes, api.ScopeHealth{
			Scope: s.Scope, Currency: s.Currency, Last: last, Taken: s.Taken, Refused: s.Refused, Failing: s.Failing, Failed: s.Failed,
		})
	}
	return out, nil
}
