package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// benchStart measures from exec to endpoints.json: on an empty folder, and on one with a history that came through the product.
func benchStart(ctx context.Context, s settings) error {
	empty, err := contest(s.rounds, func(round int) (float64, error) {
		return s.startOnce(ctx, filepath.Join(s.folder, fmt.Sprintf("empty-%d", round)))
	})
	if err != nil {
		return err
	}
	f := figure{Name: "start", Value: empty[0], Unit: "s", Env: environment{Rounds: s.rounds, Of: "an empty folder"}}
	if err := s.report.alone(f); err != nil {
		return err
	}
	data := filepath.Join(s.folder, "full")
	f.N = s.size(100_000)
	if err := s.live(ctx, data, f.N, 1); err != nil {
		return err
	}
	full, err := contest(s.rounds, func(int) (float64, error) { return s.startOnce(ctx, data) })
	if err != nil {
		return err
	}
	f.Value, f.Env.Of = full[0], "a history of n rates"
	return s.report.alone(f)
}

func (s settings) startOnce(ctx context.Context, data string) (float64, error) {
	i, err := s.up(ctx, data)
	if err != nil {
		return 0, err
	}
	return i.took.Seconds(), i.stop()
}

// live gives a folder a history of n rates by crawls, each of which finds another price of every rate.
func (s settings) live(ctx context.Context, data string, n, crawls int) error {
	from, err := serve(ctx, n)
	if err != nil {
		return err
	}
	defer from.close()
	i, err := s.up(ctx, data)
	if err != nil {
		return err
	}
	for version := range crawls {
		if version > 0 { // which it serves from its beginning
			from.show(version)
		}
		if err := i.crawl(ctx, from); err != nil {
			_ = i.stop()
			return err
		}
	}
	return i.stop()
}
