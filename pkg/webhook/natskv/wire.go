package natskv

import (
	"encoding/json"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/keyvalue"
	"github.com/pricewire/pricewire/pkg/trace"
	"github.com/pricewire/pricewire/pkg/webhook"
)

// format is the version of the records this package writes. Fields may be added within a version; it grows when an older reader would
// misread what is written.
const format = 1

type endpoint struct {
	Format      int       `json:"format"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	URL         string    `json:"url"`
	Subjects    []string  `json:"subjects,omitempty"`
	Types       []string  `json:"types,omitempty"`
	Watchlist   string    `json:"watchlist,omitempty"`
	Market      string    `json:"market,omitempty"`
	Currency    string    `json:"currency,omitempty"`
	Secrets     []secret  `json:"secrets"`
	Cost        bool      `json:"cost"`
	State       string    `json:"state"`
	Reason      string    `json:"reason,omitempty"`
	StateAt     time.Time `json:"state_at"`
	Requests    []request `json:"requests,omitempty"`
	CreatedBy   string    `json:"created_by"`
	CreatedAt   time.Time `json:"created_at"`
}

type secret struct {
	Text  string    `json:"text"`
	Until time.Time `json:"until,omitzero"`
}

type request struct {
	Number    int          `json:"number"`
	Kind      string       `json:"kind"`
	Position  string       `json:"position,omitempty"`
	NotBefore time.Time    `json:"not_before,omitzero"`
	Stream    string       `json:"stream,omitempty"`
	Sequence  uint64       `json:"sequence,omitempty"`
	Trace     trace.Parent `json:"trace,omitzero"`
}

type progress struct {
	Format    int        `json:"format"`
	Name      string     `json:"name"`
	Made      time.Time  `json:"made"`
	Position  string     `json:"position"`
	NotBefore time.Time  `json:"not_before,omitzero"`
	Held      []held     `json:"held,omitempty"`
	Done      int        `json:"done"`
	Failing   failing    `json:"failing"`
	Log       []delivery `json:"log,omitempty"`
	Sent      uint64     `json:"sent"`
	Owner     string     `json:"owner"`
	Lease     time.Time  `json:"lease"`
}

type held struct {
	Stream   string    `json:"stream"`
	Sequence uint64    `json:"sequence"`
	Subject  string    `json:"subject"`
	Failures int       `json:"failures,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Next     time.Time `json:"next,omitzero"`
	Alone    bool      `json:"alone,omitempty"`
}

type failing struct {
	Failures int       `json:"failures,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	Problem  string    `json:"problem,omitempty"`
}

type delivery struct {
	At       time.Time     `json:"at"`
	Event    string        `json:"event"`
	Subject  string        `json:"subject"`
	Stream   string        `json:"stream,omitempty"`
	Sequence uint64        `json:"sequence,omitempty"`
	Attempt  int           `json:"attempt"`
	Status   int           `json:"status,omitempty"`
	Problem  string        `json:"problem,omitempty"`
	Took     time.Duration `json:"took"`
	Verdict  int           `json:"verdict"`
	Test     int           `json:"test,omitempty"`
}

func encodeEndpoint(e webhook.Endpoint) ([]byte, error) {
	r := endpoint{
		Format: format, Name: e.Name, Description: e.Description, URL: e.URL, Subjects: e.Filter.Subjects, Types: e.Filter.Types, Watchlist: e.Filter.Watchlist,
		Market: e.Filter.Market, Currency: e.Filter.Currency, Cost: e.Cost, State: string(e.State), Reason: e.Reason, StateAt: e.StateAt, CreatedBy: e.CreatedBy, CreatedAt: e.CreatedAt,
	}
	for _, s := range e.Secrets {
		r.Secrets = append(r.Secrets, secret{s.Reveal(), s.Until})
	}
	for _, q := range e.Requests {
		r.Requests = append(r.Requests, request{q.Number, string(q.Kind), q.Position, q.NotBefore, q.Stream, q.Sequence, q.Trace})
	}
	data, err := json.Marshal(r)
	return data, fault.Wrap(err, "store webhook %s", e.Name)
}

func decodeEndpoint(entry keyvalue.Entry) (webhook.Endpoint, error) {
	var r endpoint
	if err := read(entry, &r, func() int { return r.Format }); err != nil {
		return webhook.Endpoint{}, err
	}
	e := webhook.Endpoint{
		Name: r.Name, Description: r.Description, URL: r.URL, Cost: r.Cost, State: webhook.State(r.State), Reason: r.Reason, StateAt: r.StateAt,
		Filter:    webhook.Filter{Subjects: r.Subjects, Types: r.Types, Watchlist: r.Watchlist, Market: r.Market, Currency: r.Currency},
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, Version: entry.Version,
	}
	for _, s := range r.Secrets {
		kept, err := webhook.ReadSecret(s.Text)
		if err != nil {
			return webhook.Endpoint{}, fault.New(fault.Internal, "read webhook %s: %w", entry.Key, err)
		}
		kept.Until = s.Until
		e.Secrets = append(e.Secrets, kept)
	}
	for _, q := range r.Requests {
		e.Requests = append(e.Requests, webhook.Request{Number: q.Number, Kind: webhook.RequestKind(q.Kind), Position: q.Position, NotBefore: q.NotBefore, Stream: q.Stream, Sequence: q.Sequence, Trace: q.Trace})
	}
	return e, nil
}

func encodeProgress(p webhook.Progress) ([]byte, error) {
	r := progress{
		Format: format, Name: p.Name, Made: p.Made, Position: p.Position, NotBefore: p.NotBefore, Done: p.Done, Failing: failing(p.Failing), Sent: p.Sent, Owner: p.Owner, Lease: p.Lease,
	}
	for _, h := range p.Held {
		r.Held = append(r.Held, held(h))
	}
	for _, d := range p.Log {
		r.Log = append(r.Log, delivery{d.At, d.Event, d.Subject, d.Stream, d.Sequence, d.Attempt, d.Status, d.Problem, d.Took, int(d.Verdict), d.Test})
	}
	data, err := json.Marshal(r)
	return data, fault.Wrap(err, "store progress of webhook %s", p.Name)
}

func decodeProgress(entry keyvalue.Entry) (webhook.Progress, error) {
	var r progress
	if err := read(entry, &r, func() int { return r.Format }); err != nil {
		return webhook.Progress{}, err
	}
	p := webhook.Progress{
		Name: r.Name, Made: r.Made, Position: r.Position, NotBefore: r.NotBefore, Done: r.Done, Failing: webhook.Failing(r.Failing), Sent: r.Sent, Owner: r.Owner, Lease: r.Lease, Version: entry.Version,
	}
	for _, h := range r.Held {
		p.Held = append(p.Held, webhook.Held(h))
	}
	for _, d := range r.Log {
		p.Log = append(p.Log, webhook.Delivery{At: d.At, Event: d.Event, Subject: d.Subject, Stream: d.Stream, Sequence: d.Sequence, Attempt: d.Attempt, Status: d.Status, Problem: d.Problem, Took: d.Took, Verdict: webhook.Verdict(d.Verdict), Test: d.Test})
	}
	return p, nil
}

// read decodes a record and insists on its format.
func read(entry keyvalue.Entry, into any, formatOf func() int) error {
	if err := json.Unmarshal(entry.Value, into); err != nil {
		return fault.New(fault.Internal, "read webhook %s: %w", entry.Key, err)
	}
	if got := formatOf(); got != format {
		return fault.New(fault.Internal, "read webhook %s: it has format %d, and this version knows %d", entry.Key, got, format).
			WithHint("a newer version of the program wrote it: use that one")
	}
	return nil
}
