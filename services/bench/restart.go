package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
)

// restartWindow is how many rates are taken over at a time when the state is made.
const restartWindow = 100_000

// benchRestart measures how long a restarted ingester takes until all that it knows is ready, and how much memory that needs.
func benchRestart(ctx context.Context, s settings) error {
	n := s.size(1_000_000)
	to, err := openStreams(s.folder)
	if err != nil {
		return err
	}
	defer to.close()
	job := crawlerJob{NATS: to.server.URL(), Folder: s.crawlerFolder()}
	if err := makeState(filepath.Join(job.Folder, "usd"), n); err != nil {
		return err
	}
	var peak float64
	medians, err := contest(s.rounds, func(int) (float64, error) {
		watch, err := startCrawler(ctx, job)
		if err != nil {
			return 0, err
		}
		if peak, err = peakOf(watch.process.Process.Pid); err != nil {
			return 0, err
		}
		if watch.opened.Identities != n {
			return 0, fault.New(fault.Internal, "%d rates are known, not %d", watch.opened.Identities, n)
		}
		return watch.opened.Seconds, watch.stop()
	})
	if err != nil {
		return err
	}
	env := environment{Rounds: s.rounds, Of: "the ingester's state"}
	if err := s.report.alone(figure{Name: "restart", Value: medians[0], Unit: "s", N: n, Env: env}); err != nil {
		return err
	}
	env.Of = "restart, the ingester's process"
	return s.report.alone(figure{Name: "peak_memory", Value: peak, Unit: "MiB", N: n, Env: env})
}

// makeState writes what an ingester knows after it saw n rates in one crawl, in order of their keys: one window of them after the other, and
// then all of it rewritten.
func makeState(folder string, n int) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make state: %w", err)
	}
	file, err := openState(folder, "windows")
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it is only measured
	ledger, err := rate.Open(string(usd), file)
	if err != nil {
		return err
	}
	for from := 0; from < n; from += restartWindow {
		rows, err := readRows(from, min(from+restartWindow, n), 0)
		if err != nil {
			return err
		}
		at := firstStart().Add(time.Hour + time.Duration(from)*time.Second)
		o, err := ledger.Judge(rate.Observation{Source: "bench", Scope: "bench-usd", Currency: string(usd), At: at, Finished: at, Complete: true, Partial: true, Rows: rows}, rate.DefaultPolicy())
		if err != nil {
			return err
		}
		if err := ledger.Apply(o); err != nil {
			return err
		}
	}
	whole, err := openState(folder, "state")
	if err != nil {
		return err
	}
	defer func() { _ = whole.Close() }() // the same
	return ledger.Rewrite(whole, func() error { return nil })
}

func openState(folder, name string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make state: %w", err)
	}
	return file, nil
}
