package part

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/ingester"
)

// Watcher lets the API ask an ingester of the same process.
type Watcher struct {
	ingester *ingester.Ingester
	source   string
}

var _ api.Watcher = Watcher{}

// Crawl reads a source once.
func (w Watcher) Crawl(ctx context.Context, in api.CrawlInput) (api.Observed, error) {
	return observed(w.ingester.Crawl(ctx, ingester.CrawlRequest{Source: in.Source, Currency: in.Currency, Scope: in.Scope}))
}

// Observe takes a snapshot.
func (w Watcher) Observe(ctx context.Context, in api.ObserveInput) (api.Observed, error) {
	return observed(w.ingester.Observe(ctx, ingester.ObserveInput{
		Name: in.Name, Scope: in.Scope, Currency: in.Currency, At: in.At, Partial: in.Partial, Body: in.Body,
	}))
}

// Accept takes a refused crawl after all.
func (w Watcher) Accept(ctx context.Context, id string) (api.Observed, error) {
	return observed(w.ingester.Accept(ctx, id))
}

// Watching says what is being crawled, and how crawls went.
func (w Watcher) Watching(context.Context) (api.Watching, error) {
	told := watching(w.ingester.Status(), time.Now()) //nolint:forbidigo // how long reading takes is real time
	told.Source = w.source
	return told, nil
}

func observed(r ingester.Result, err error) (api.Observed, error) {
	return api.Observed{Record: r.Record, Repeated: r.Repeated}, err
}

// watching puts the ingester's account into the API's words; now is real time.
func watching(s ingester.Status, now time.Time) api.Watching {
	w := api.Watching{Quarantined: s.Quarantined}
	for i := range s.Running {
		p := &s.Running[i]
		w.Running = append(w.Running, api.Running{
			Source: p.Source, Scope: p.Scope, Currency: p.Currency, Started: p.Started, Pages: p.Pages, Rows: p.Rows, Shards: p.Shards, ShardsRead: p.ShardsRead,
			Expected: p.Expected, Left: p.Left(now),
		})
	}
	for i := range s.Scopes {
		h := &s.Scopes[i]
		w.Scopes = append(w.Scopes, api.ScopeHealth{
			Scope: h.Scope, Currency: h.Currency, Last: h.Last, Taken: h.Since, Refused: h.Refused, Failing: h.Failing, Failed: h.Failed,
		})
	}
	return w
}
