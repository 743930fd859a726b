package api

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pricewire/pricewire/pkg/current"
	"github.com/pricewire/pricewire/pkg/history"
)

// What a present answer tells of its age.
const (
	headerSource   = "Pricewire-Source"
	headerPosition = "Pricewire-Position"
	headerEvent    = "Pricewire-Newest-Event"
	headerCrawl    = "Pricewire-Newest-Crawl"
	headerAge      = "Age"
)

// present reports whether a question is about now, as known now.
func (in AsOfInput) present() bool { return in.At == "" && in.KnownAt == "" }

// presentRate answers what a rate is now.
func (s *server) presentRate(ctx context.Context, q history.RatePoint) (history.RateAnswer, current.Freshness, error) {
	if !seesCost(ctx) {
		q.Identity = history.PublicRate(q.Identity)
	}
	if s.deps.Current != nil {
		return s.deps.Current.Rate(ctx, q.Identity, q.At)
	}
	a, err := s.history(ctx).Rate(ctx, q)
	return a, current.Freshness{Source: current.Tables}, err
}

// presentPrices answers what prices are now.
func (s *server) presentPrices(ctx context.Context, q history.PriceList) (history.PricePage, current.Freshness, error) {
	if s.deps.Current != nil {
		page, fresh, err := s.deps.Current.Prices(ctx, q, q.At)
		if !seesCost(ctx) {
			page = page.WithoutCost()
		}
		return page, fresh, err
	}
	page, err := s.history(ctx).Prices(ctx, q)
	return page, current.Freshness{Source: current.Tables}, err
}

// aged lets an answer tell how old it is.
func aged(answer *huma.StreamResponse, f current.Freshness, now time.Time) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader(headerSource, string(f.Source))
		if f.Stream != "" {
			ctx.SetHeader(headerPosition, f.Stream+":"+strconv.FormatUint(f.Sequence, 10))
		}
		for name, at := range map[string]time.Time{headerEvent: f.Event, headerCrawl: f.Crawl} {
			if !at.IsZero() {
				ctx.SetHeader(name, at.UTC().Format(time.RFC3339Nano))
			}
		}
		if newest := f.Newest(); !newest.IsZero() {
			ctx.SetHeader(headerAge, strconv.FormatInt(int64(max(now.Sub(newest), 0)/time.Second), 10))
		}
		answer.Body(ctx)
	}}
}

// aging describes what an answer about now, of one rate or line, tells of its age.
func aging(op huma.Operation) huma.Operation {
	text := func(description, example string) *huma.Param {
		return &huma.Param{Description: description, Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{example}}}
	}
	ok := *op.Responses["200"]
	ok.Headers = map[string]*huma.Param{
		headerSource:   text("Of an answer about now, of one rate or line: memory or clickhouse. Both say the same.", "memory"),
		headerPosition: text("Stream and sequence up to which every message is in the answer.", "RATES_USD@20261105T080000.000000000Z:51234"),
		headerEvent:    text("When the newest change known of the currency, or of the market, became known.", "2026-11-05T08:00:00Z"),
		headerCrawl:    text("When the newest crawl of the currency that was taken began; of rates only.", "2026-11-05T08:00:00Z"),
		headerAge: {
			Description: "Whole seconds since the newest of both, by the server's clock.", Schema: &huma.Schema{Type: huma.TypeInteger, Examples: []any{3600}},
		},
	}
	op.Responses = maps.Clone(op.Responses)
	op.Responses["200"] = &ok
	return op
}

// presentGauges shows, whenever metrics are asked for, what is kept in memory.
type presentGauges struct {
	current                                    *current.Current
	answers, bytes, waiting, doubtful, dropped *prometheus.Desc
	hits, misses, left                         *prometheus.Desc
}

func newPresentGauges(c *current.Current) *presentGauges {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("pricewire_current_"+name, help, labels, nil)
	}
	return &presentGauges{
		current:  c,
		answers:  desc("answers", "Present answers of a stream that are kept in memory.", "stream"),
		bytes:    desc("bytes", "About how many bytes they take.", "stream"),
		waiting:  desc("waiting_messages", "Messages of a stream received that cannot be queried yet.", "stream"),
		doubtful: desc("doubtful_changes", "Changes among them that bear on present answers.", "stream"),
		dropped:  desc("invalidations_total", "Answers that a change made uncertain, since the stream is followed.", "stream"),
		hits:     desc("hits_total", "Questions about now that were answered from memory."),
		misses:   desc("misses_total", "Questions about now that went to ClickHouse."),
		left:     desc("refused_total", "Answers that were not kept for want of room."),
	}
}

// Describe names what there is.
func (g *presentGauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.answers, g.bytes, g.waiting, g.doubtful, g.dropped, g.hits, g.misses, g.left} {
		out <- d
	}
}

// Collect reads the counts.
func (g *presentGauges) Collect(out chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	for _, s := range g.current.Stats() {
		tell(g.answers, prometheus.GaugeValue, float64(s.Answers), s.Stream)
		tell(g.bytes, prometheus.GaugeValue, float64(s.Bytes), s.Stream)
		tell(g.waiting, prometheus.GaugeValue, float64(s.Received-s.Confirmed), s.Stream)
		tell(g.doubtful, prometheus.GaugeValue, float64(s.Doubtful), s.Stream)
		tell(g.dropped, prometheus.CounterValue, float64(s.Dropped), s.Stream)
	}
	totals := g.current.Totals()
	tell(g.hits, prometheus.CounterValue, float64(totals.Hits))
	tell(g.misses, prometheus.CounterValue, float64(totals.Misses))
	tell(g.left, prometheus.CounterValue, float64(totals.Left))
}
