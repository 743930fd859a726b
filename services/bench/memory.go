package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// benchMemory measures the most memory that `up` ever has resident: to start on an empty folder, to take a first crawl, to publish a first
// list and make the draft of the month after. Each has a process of its own.
func benchMemory(ctx context.Context, s settings) error {
	rows, lines := s.size(100_000), s.size(100_000)
	from, err := serve(ctx, rows)
	if err != nil {
		return err
	}
	defer from.close()
	rounds := min(s.rounds, 3)
	nothing := func(*instance, int) error { return nil }
	crawl := func(i *instance, _ int) error { return i.crawl(ctx, from) }
	release := func(i *instance, round int) error {
		d := &drafting{instance: i, lines: lines}
		if _, err := d.publish(ctx, round); err != nil {
			return err
		}
		_, err := d.timed(ctx, d.create)(round)
		return err
	}
	medians, err := contest(rounds, s.peakOf(ctx, "start", nothing), s.peakOf(ctx, "crawl", crawl), s.peakOf(ctx, "release", release))
	if err != nil {
		return err
	}
	for k, of := range []environment{{Of: "start"}, {Of: "crawl"}, {Of: "release"}} {
		of.Rounds = rounds
		if err := s.report.alone(figure{Name: "peak_memory", Value: medians[k], Unit: "MiB", N: []int{0, rows, lines}[k], Env: of}); err != nil {
			return err
		}
	}
	return nil
}

func (s settings) peakOf(ctx context.Context, name string, do func(i *instance, round int) error) contestant {
	return func(round int) (float64, error) {
		i, err := s.up(ctx, filepath.Join(s.folder, fmt.Sprintf("%s-%d", name, round)))
		if err != nil {
			return 0, err
		}
		err = do(i, round)
		peak, peakErr := i.peak()
		if err == nil {
			err = peakErr
		}
		if stopErr := i.stop(); err == nil {
			err = stopErr
		}
		return peak, err
	}
}
