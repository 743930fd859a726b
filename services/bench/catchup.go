package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// caughtUpPrices is how many prices each rate has got in the streams that are caught up with.
const caughtUpPrices = 5

// benchCatchUp measures how `up` fills empty tables from long streams: the rows a second, and the most memory that it ever has resident. What
// came into the streams came by crawls, in each of which every rate has another price; then the tables were thrown away.
func benchCatchUp(ctx context.Context, s settings) error {
	rates := s.size(500_000)
	messages := caughtUpPrices * rates // a row in the table of changes and one in that of periods each
	data := filepath.Join(s.folder, "up")
	if err := s.live(ctx, data, rates, caughtUpPrices); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(data, "clickhouse")); err != nil {
		return fmt.Errorf("throw tables away: %w", err)
	}
	s.report.say("%d messages wait in the stream", messages)
	i, err := s.up(ctx, data)
	if err != nil {
		return err
	}
	peak, err := i.peak()
	if stopErr := i.stop(); err == nil {
		err = stopErr
	}
	if err != nil {
		return err
	}
	f := figure{Name: "catch_up", Value: float64(2*messages) / i.took.Seconds(), Unit: "rows/s", N: 2 * messages, Env: environment{Rounds: 1, Of: "from exec to ready"}}
	if err := s.report.alone(f); err != nil {
		return err
	}
	f.Name, f.Value, f.Unit, f.Env.Of = "peak_memory", peak, "MiB", "catching up"
	return s.report.alone(f)
}
