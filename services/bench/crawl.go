package main

import (
	"context"

	"github.com/pricewire/pricewire/pkg/fault"
)

// benchCrawl measures a crawl in which nothing changed, from the first request to its record in the stream, beside decoding the same pages
// with the fastest decoder; how the others fare; and how much memory it needs.
func benchCrawl(ctx context.Context, s settings) error {
	n := s.size(1_000_000)
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
	job := crawlerJob{Source: from.url, NATS: to.server.URL(), Folder: s.crawlerFolder()}
	if err := fillCrawler(ctx, job, n); err != nil {
		return err
	}
	watch, err := startCrawler(ctx, job)
	if err != nil {
		return err
	}
	var last crawled
	contestants := []contestant{func(int) (float64, error) {
		var err error
		last, err = watch.crawl(n)
		if err == nil && last.Changes > 0 {
			err = fault.New(fault.Internal, "%d rates changed in a crawl that should change none", last.Changes)
		}
		return float64(n) / last.Seconds, err
	}}
	pages, readers := from.bodies(), decoders()
	for i := range readers {
		contestants = append(contestants, func(int) (float64, error) { return readers[i].decodeAll(pages, n) })
	}
	medians, err := contest(s.rounds, contestants...)
	if err != nil {
		return err
	}
	if err := watch.stop(); err != nil {
		return err
	}
	return s.reportCrawl(n, medians, readers, last.PeakMiB)
}

// fillCrawler has everything added, by a process that ends then, and read once more: what is confirmed needs one traversal from then on.
func fillCrawler(ctx context.Context, job crawlerJob, n int) error {
	fill, err := startCrawler(ctx, job)
	if err != nil {
		return err
	}
	for range 2 {
		if _, err := fill.crawl(n); err != nil {
			return err
		}
	}
	return fill.stop()
}

func (s settings) reportCrawl(n int, medians []float64, readers []decoder, peak float64) error {
	env := environment{Rounds: s.rounds}
	fastest := 0.0
	for i, d := range readers {
		if d.name != productDecoder && medians[i+1] > fastest {
			fastest, env.Of = medians[i+1], "decode is "+d.name
		}
	}
	if err := s.report.beside(figure{Name: "crawl_unchanged", Value: medians[0], Unit: "rows/s", N: n, Env: env}, "decode", fastest); err != nil {
		return err
	}
	for i, d := range readers {
		env.Of = d.name
		if err := s.report.alone(figure{Name: "decode", Value: medians[i+1], Unit: "rows/s", N: n, Env: env}); err != nil {
			return err
		}
	}
	env = environment{Rounds: s.rounds, Of: "crawl_unchanged, the ingester's process"}
	return s.report.alone(figure{Name: "peak_memory", Value: peak, Unit: "MiB", N: n, Env: env})
}
