package main

import (
	"context"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/ingester"
)

// benchCrawl measures a crawl in which nothing changed, from the first request to its record in the stream, beside decoding the same bytes.
func benchCrawl(ctx context.Context, s settings) error {
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
	watch, err := ingester.New(ingester.Config{Folder: filepath.Join(s.folder, "ingester")}, ingester.Deps{
		Clock: clock.Real(), Publisher: to, Reader: to, Declarer: to, Log: zap.NewNop(),
	})
	if err != nil {
		return err
	}
	request := ingester.CrawlRequest{Source: from.url}
	if _, err := watch.Crawl(ctx, request); err != nil {
		return err
	}
	crawl := func(int) (float64, error) {
		took := stopwatch()
		result, err := watch.Crawl(ctx, request)
		d, r := took(), result.Record
		if err == nil && (r.Refused != "" || r.Rows != n || r.Counts.Added+r.Counts.PriceChanged > 0) {
			err = fault.New(fault.Internal, "crawl was not one of %d unchanged rows: %+v", n, r)
		}
		return perSecond(n, d), err
	}
	decode := func(int) (float64, error) {
		took := stopwatch()
		rows, err := from.decode()
		if err == nil && rows != n {
			err = fault.New(fault.Internal, "decoded %d rows of %d", rows, n)
		}
		return perSecond(n, took()), err
	}
	medians, err := contest(s.rounds, crawl, decode)
	if err != nil {
		return err
	}
	return s.report.beside(figure{Name: "crawl_unchanged", Value: medians[0], Unit: "rows/s", N: n, Env: environment{Rounds: s.rounds}}, "decode", medians[1])
}
