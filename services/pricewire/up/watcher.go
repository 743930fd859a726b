package up

import (
	"bytes"
	"context"

	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/ingester"
)

// watcher lets the API ask the ingester of the same process.
type watcher struct {
	ingester *ingester.Ingester
}

// Crawl reads a source once.
func (w watcher) Crawl(ctx context.Context, in api.CrawlInput) (api.Observed, error) {
	return observed(w.ingester.Crawl(ctx, ingester.CrawlRequest{Source: in.Source, Currency: in.Currency, Scope: in.Scope}))
}

// Observe takes a snapshot.
func (w watcher) Observe(ctx context.Context, in api.ObserveInput) (api.Observed, error) {
	return observed(w.ingester.Observe(ctx, ingester.ObserveInput{
		Name: in.Name, Scope: in.Scope, Currency: in.Currency, At: in.At, Partial: in.Partial, Body: bytes.NewReader(in.Data),
	}))
}

// Accept takes a refused crawl after all.
func (w watcher) Accept(ctx context.Context, id string) (api.Observed, error) {
	return observed(w.ingester.Accept(ctx, id))
}

func observed(r ingester.Result, err error) (api.Observed, error) {
	return api.Observed{Record: r.Record, Repeated: r.Repeated}, err
}
