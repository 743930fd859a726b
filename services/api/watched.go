package api

import (
	"context"
	"iter"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/tail"
	"github.com/pricewire/pricewire/pkg/watchlist"
)

// WatchInput chooses what is on a watchlist.
type WatchInput struct {
	Watchlist string `query:"watchlist" doc:"Only what is on this watchlist. A page may then hold fewer items than its limit, and have another behind it." example:"what-we-sell"`
}

// noWatchlists says that this server keeps none.
func noWatchlists() error {
	return fault.New(fault.Unavailable, "this server keeps no watchlists").WithHint("start it with its releases: they are kept beside them")
}

// watched returns what is on a watchlist, as a filter of events asks for it; a notFound fault when there is no such list.
func (s *server) watched(ctx context.Context, name string) (func(context.Context) (*watchlist.Matcher, error), error) {
	if s.watch == nil {
		return nil, noWatchlists()
	}
	matcher := func(ctx context.Context) (*watchlist.Matcher, error) {
		m, err := s.watch.Matcher(ctx, name)
		if fault.Is(err, fault.NotFound) {
			return nil, fault.New(fault.NotFound, "there is no watchlist %s", name).WithHint("pricewire watchlist list names them")
		}
		return m, err
	}
	_, err := matcher(ctx)
	return matcher, err
}

// reader is what questions are asked of: of all that there is, or of what is on a watchlist.
func (s *server) reader(ctx context.Context, in WatchInput) (history.Reader, error) {
	if in.Watchlist == "" {
		return s.history(ctx), nil
	}
	if s.deps.Watchlists == nil {
		return nil, noWatchlists()
	}
	list, err := s.deps.Watchlists.Get(ctx, in.Watchlist)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, "there is no watchlist %s", in.Watchlist).WithHint("pricewire watchlist list names them")
	}
	if err != nil {
		return nil, err
	}
	return &watchedHistory{s.history(ctx), list.Matcher(), list.Products(), list.MeterIDs()}, nil
}

// watchedHistory answers lists and comparisons with what is on a watchlist. Which meters and products these are goes into the questions; what
// else entries narrow is left out here.
type watchedHistory struct {
	history.Reader
	matcher  *watchlist.Matcher
	products []string
	meters   []string
}

// Rates is history.RateReader's. A page that is not the last has at least one rate.
func (w *watchedHistory) Rates(ctx context.Context, q history.RateList) (history.RatePage, error) {
	if len(w.meters) == 0 {
		return history.RatePage{}, q.Validate()
	}
	q.Meters = w.meters
	for {
		page, err := w.Reader.Rates(ctx, q)
		if err != nil {
			return page, err
		}
		kept := page.Items[:0]
		for _, a := range page.Items {
			if w.matcher.Rate(a.Identity, a.Attributes.ARMRegionName) {
				kept = append(kept, a)
			}
		}
		page.Items = kept
		if len(kept) > 0 || page.Next == "" {
			return page, nil
		}
		q.Cursor = page.Next
	}
}

// Prices is history.PriceReader's. A page that is not the last has at least one price.
func (w *watchedHistory) Prices(ctx context.Context, q history.PriceList) (history.PricePage, error) {
	if len(w.products) == 0 {
		return history.PricePage{}, q.Validate()
	}
	q.Products = w.products
	for {
		page, err := w.Reader.Prices(ctx, q)
		if err != nil {
			return page, err
		}
		kept := page.Items[:0]
		for _, a := range page.Items {
			if w.matcher.Line(a.Identity) {
				kept = append(kept, a)
			}
		}
		page.Items = kept
		if len(kept) > 0 || page.Next == "" {
			return page, nil
		}
		q.Cursor = page.Next
	}
}

// DiffRates is history.RateReader's: a rate is among them that is on the list on either side.
func (w *watchedHistory) DiffRates(ctx context.Context, q history.RateDiff) iter.Seq2[history.RateDifference, error] {
	return func(yield func(history.RateDifference, error) bool) {
		if len(w.meters) == 0 {
			if err := q.Validate(); err != nil {
				yield(history.RateDifference{}, err)
			}
			return
		}
		q.Meters = w.meters
		for d, err := range w.Reader.DiffRates(ctx, q) {
			if (err != nil || w.side(d.Identity, d.Before) || w.side(d.Identity, d.After)) && !yield(d, err) {
				return
			}
		}
	}
}

// side reports whether one side of a difference is on the list.
func (w *watchedHistory) side(id rate.Identity, a *history.RateAnswer) bool {
	return a != nil && w.matcher.Rate(id, a.Attributes.ARMRegionName)
}

// newFollowerGauge counts those who follow the events.
func newFollowerGauge(h *tail.Hub) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "pricewire_api_event_followers", Help: "Clients that follow the events now."},
		func() float64 { return float64(h.Followers()) })
}

// watchlistOp describes an operation about watchlists.
func watchlistOp(op huma.Operation) huma.Operation {
	op.Tags = []string{"watchlists"}
	return op
}
