package main

import (
	"context"
	"path/filepath"
	"strings"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/ingester"
)

// benchPublish measures a burst: a crawl in which every price changed, from the first request to its record in the stream, beside the bare
// atomic batches of the same messages.
func benchPublish(ctx context.Context, s settings) error {
	n := s.size(100_000)
	from, err := serve(ctx, n)
	if err != nil {
		return err
	}
	defer from.close()
	to, err := openStreams(s.folder)
	if err != nil {
		return err
	}
	defer to.close()
	beside, err := openStreams(filepath.Join(s.folder, "beside")) // whatever else is in its stream would make the product judge again
	if err != nil {
		return err
	}
	defer beside.close()
	if _, err := beside.Declare(ctx, stream.RatesDeclaration(string(usd))); err != nil {
		return err
	}
	b := &onrush{from: from, to: to, beside: beside, rows: n}
	cfg := ingester.Config{Folder: filepath.Join(s.folder, "ingester")}
	cfg.Client.RequestsPerSecond = 1000
	b.watch, err = ingester.New(cfg, ingester.Deps{Clock: clock.Real(), Publisher: to, Reader: to, Declarer: to, Log: zap.NewNop()})
	if err != nil {
		return err
	}
	defer func() { _ = b.watch.Close(ctx) }() // its folder is about to go
	for range 2 {                             // everything is added first
		if _, err := b.crawl(ctx); err != nil {
			return err
		}
	}
	if err := b.remember(ctx); err != nil {
		return err
	}
	product := func(int) (float64, error) { return b.crawl(ctx) }
	raw := func(int) (float64, error) { return b.raw(ctx) }
	medians, err := contest(s.rounds, product, raw)
	if err != nil {
		return err
	}
	return s.report.beside(figure{Name: "publish", Value: medians[0], Unit: "events/s", N: n, Env: environment{Rounds: s.rounds}}, "raw_batches", medians[1])
}

// onrush is a catalogue of which every price changes from crawl to crawl.
type onrush struct {
	from    *source
	to      *streams
	beside  *streams
	watch   *ingester.Ingester
	rows    int
	version int
	batches [][]stream.Message // as the product published them last
}

// crawl takes the next version of the catalogue; making it is not timed.
func (b *onrush) crawl(ctx context.Context) (float64, error) {
	b.from.show(b.version)
	took := stopwatch()
	result, err := b.watch.Crawl(ctx, ingester.CrawlRequest{Source: b.from.url})
	d, r := took(), result.Record
	if err != nil {
		return 0, err
	}
	if changes := r.Counts.Added + r.Counts.PriceChanged; changes != b.rows || r.Refused != "" {
		return 0, fault.New(fault.Internal, "%d of %d rates changed: %+v", changes, b.rows, r)
	}
	b.version++
	return perSecond(b.rows, d), nil
}

// remember keeps the messages of the last crawl as they were published.
func (b *onrush) remember(ctx context.Context) error {
	name := stream.Rates(string(usd))
	info, err := b.to.Info(ctx, name)
	if err != nil {
		return err
	}
	sub, err := b.to.Subscribe(ctx, stream.Query{Stream: name, Start: stream.Start{Sequence: info.Last/2 + 1}}) // half are of the crawl before
	if err != nil {
		return err
	}
	defer sub.Stop()
	const crawls = "pw.crawl."
	var batch []stream.Message
	for seq := info.Last / 2; seq < info.Last; seq++ {
		r, err := sub.Next(ctx)
		if err != nil {
			return err
		}
		batch = append(batch, stream.Message{Subject: r.Subject, ID: r.ID, Trace: r.Trace, Data: r.Data})
		if strings.HasPrefix(r.Subject, crawls) {
			b.batches = append(b.batches, batch)
			batch = nil
		}
	}
	return nil
}

func (b *onrush) raw(ctx context.Context) (float64, error) {
	took := stopwatch()
	for _, batch := range b.batches {
		if _, err := b.beside.Publish(ctx, stream.Rates(string(usd)), batch, stream.Expectation{}); err != nil {
			return 0, err
		}
	}
	return perSecond(b.rows, took()), nil
}
