package watch

import (
	"context"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/api"
)

// None is the watcher of a process that was not told of any: what only an ingester can do is unavailable, and nothing is known of crawls but
// their records.
type None struct{}

var _ api.Watcher = None{}

// Crawl cannot be done.
func (None) Crawl(context.Context, api.CrawlInput) (api.Observed, error) {
	return api.Observed{}, nobody()
}

// Observe cannot be done.
func (None) Observe(context.Context, api.ObserveInput) (api.Observed, error) {
	return api.Observed{}, nobody()
}

// Accept cannot be done.
func (None) Accept(context.Context, string) (api.Observed, error) { return api.Observed{}, nobody() }

// Watching cannot be told.
func (None) Watching(context.Context) (api.Watching, error) { return api.Watching{}, nobody() }

func nobody() error {
	return fault.New(fault.Unavailable, "this server was not told of an ingester").WithHint("start the API with --ingester URL")
}
