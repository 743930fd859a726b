package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	natsclient "github.com/nats-io/nats.go"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/sheet/lookalike"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
)

// notice is what the policy for licence lists asks for.
const notice = 30 * 24 * time.Hour

// markets are where releases go out, one a round.
func markets() []string {
	return []string{"US", "GB", "DE", "FR", "JP", "CA", "AU", "CH", "SE", "NO", "DK", "NL", "BE", "AT", "IT", "ES"}
}

// benchRelease measures from the approval of a market's first list, by HTTP, to its answer, which comes when the list is queryable; beside
// it, the insertion of the same rows into other tables of the same process.
func benchRelease(ctx context.Context, s settings) error {
	lines, rounds := s.size(20_000), min(s.rounds, len(markets()))
	i, err := s.up(ctx, filepath.Join(s.folder, "release"))
	if err != nil {
		return err
	}
	defer func() { _ = i.stop() }()
	medians, err := contest(rounds, func(round int) (float64, error) { return i.release(ctx, round, lines) }, i.bareInsert(ctx))
	if err != nil {
		return err
	}
	f := figure{Name: "release_publish", Value: medians[0], Unit: "s", N: lines, Env: environment{Rounds: rounds}}
	return s.report.beside(f, "bare_insert", medians[1])
}

// release takes a new list to its publication in the round's market, and returns the seconds from approval to queryable.
func (i *instance) release(ctx context.Context, round, lines int) (float64, error) {
	now := clock.Real().Now().UTC()
	market, month := markets()[round], effective.MonthOf(now).Add(1)
	var csv bytes.Buffer
	if err := lookalike.Generate(lookalike.Spec{Seed: uint64(round + 1), Lines: lines, Market: market, Month: month}).WriteCSV(&csv); err != nil {
		return 0, err
	}
	query := url.Values{
		"list": {"license"}, "market": {market}, "effective": {month.Start().Format(time.DateOnly)}, "kind": {"full"}, "filename": {market + ".csv"},
	}
	if month.Start().Sub(now) > notice { // otherwise it is late, and goes out at once
		query.Set("publish_at", now.Format(time.RFC3339))
	}
	answer, err := i.as("alice").Post(ctx, "/v1/releases", query, &csv, "text/csv")
	if err != nil {
		return 0, fault.Wrap(err, "create release")
	}
	var made struct{ ID, State string }
	if err := json.Unmarshal(answer, &made); err != nil {
		return 0, fmt.Errorf("read release: %w", err)
	}
	path := "/v1/releases/" + url.PathEscape(made.ID)
	if _, err := i.as("alice").PostJSON(ctx, path+"/submit", struct{}{}); err != nil {
		return 0, fault.Wrap(err, "submit release")
	}
	took := stopwatch()
	answer, err = i.as("bob").PostJSON(ctx, path+"/approve", map[string]string{"short_notice": "a benchmark"})
	d := took()
	if err != nil {
		return 0, fault.Wrap(err, "approve release")
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return 0, fmt.Errorf("read release: %w", err)
	}
	if made.State != "published" {
		return 0, fault.New(fault.Internal, "release is %s after its approval", made.State)
	}
	return d.Seconds(), nil
}

// bareInsert inserts what the first release gave, and returns the seconds it took.
func (i *instance) bareInsert(ctx context.Context) contestant {
	var record *recorder
	return func(round int) (float64, error) {
		if record == nil {
			var err error
			if record, err = i.recordPrices(ctx); err != nil {
				return 0, err
			}
		}
		t, err := openTables(ctx, i.ClickHouse, fmt.Sprintf("bare_%d", round))
		if err != nil {
			return 0, err
		}
		took := stopwatch()
		err = record.replay(ctx, t)
		d := took()
		if dropErr := t.drop(ctx); err == nil {
			err = dropErr
		}
		return d.Seconds(), err
	}
}

// recordPrices returns the insertions that the instance's stream of releases gives.
func (i *instance) recordPrices(ctx context.Context) (*recorder, error) {
	conn, err := natsclient.Connect(i.NATS)
	if err != nil {
		return nil, fmt.Errorf("connect to nats: %w", err)
	}
	defer conn.Close()
	from, err := jetstream.New(conn, jetstream.Config{})
	if err != nil {
		return nil, err
	}
	info, err := from.Info(ctx, stream.Prices)
	if err != nil {
		return nil, err
	}
	var record recorder
	_, err = materialize(ctx, from, &record, info)
	return &record, err
}
