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
	"github.com/pricewire/pricewire/pkg/sheet"
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

// currencies are what every SKU of a benchmark's list is priced in.
func currencies() []string { return []string{"EUR", "GBP", "CHF", "SEK", "NOK", "DKK"} }

// releaseRounds is how many rounds of large lists fit into the time of a run.
const releaseRounds = 3

// benchRelease measures, by HTTP and in a market of its own each round: from the approval of a first list to its answer, which comes when the
// list is queryable, beside the insertion of the same rows into other tables of the same process; and to lint and to create the list of the
// month after, which is compared with the first, beside reading its sheet alone.
func benchRelease(ctx context.Context, s settings) error {
	lines, rounds := s.size(100_000), min(s.rounds, releaseRounds)
	i, err := s.up(ctx, filepath.Join(s.folder, "release"))
	if err != nil {
		return err
	}
	defer func() { _ = i.stop() }()
	d := &drafting{instance: i, lines: lines}
	medians, err := contest(rounds, func(round int) (float64, error) { return d.publish(ctx, round) }, i.bareInsert(ctx))
	if err != nil {
		return err
	}
	f := figure{Name: "release_publish", Value: medians[0], Unit: "s", N: lines, Env: environment{Rounds: rounds}}
	if err := s.report.beside(f, "bare_insert", medians[1]); err != nil {
		return err
	}
	medians, err = contest(rounds, d.timed(ctx, d.lint), d.timed(ctx, d.create), d.read)
	if err != nil {
		return err
	}
	for k, name := range []string{"release_lint", "release_create"} {
		if err := s.report.beside(figure{Name: name, Value: medians[k], Unit: "s", N: lines, Env: environment{Rounds: rounds}}, "read_sheet", medians[2]); err != nil {
			return err
		}
	}
	return nil
}

// drafting makes lists of a size and takes them through their lives, a market a round.
type drafting struct {
	*instance
	lines int
}

func (d *drafting) month() effective.Month { return effective.MonthOf(clock.Real().Now()).Add(1) }

// sheets returns the round's first list and that of the month after, as files.
func (d *drafting) sheets(round int) (first, next []byte, err error) {
	list := lookalike.Generate(lookalike.Spec{Seed: uint64(round + 1), Lines: d.lines, Market: markets()[round], Currencies: currencies(), Month: d.month()})
	var a, b bytes.Buffer
	if err := list.WriteCSV(&a); err != nil {
		return nil, nil, err
	}
	list, _ = list.Next()
	err = list.WriteCSV(&b)
	return a.Bytes(), b.Bytes(), err
}

// query describes a sheet of a round to the server.
func (d *drafting) query(round int, month effective.Month) url.Values {
	market := markets()[round]
	return url.Values{
		"list": {"license"}, "market": {market}, "effective": {month.Start().Format(time.DateOnly)}, "kind": {"full"}, "filename": {market + ".csv"},
	}
}

// publish takes a round's first list to its publication, and returns the seconds from approval to queryable.
func (d *drafting) publish(ctx context.Context, round int) (float64, error) {
	sheet, _, err := d.sheets(round)
	if err != nil {
		return 0, err
	}
	now, query := clock.Real().Now().UTC(), d.query(round, d.month())
	if d.month().Start().Sub(now) > notice { // otherwise it is late, and goes out at once
		query.Set("publish_at", now.Format(time.RFC3339))
	}
	made, err := d.as("alice").Post(ctx, "/v1/releases", query, bytes.NewReader(sheet), "text/csv")
	if err != nil {
		return 0, fault.Wrap(err, "create release")
	}
	var release struct{ ID, State string }
	if err := json.Unmarshal(made, &release); err != nil {
		return 0, fmt.Errorf("read release: %w", err)
	}
	path := "/v1/releases/" + url.PathEscape(release.ID)
	if _, err := d.as("alice").PostJSON(ctx, path+"/submit", struct{}{}); err != nil {
		return 0, fault.Wrap(err, "submit release")
	}
	took := stopwatch()
	answer, err := d.as("bob").PostJSON(ctx, path+"/approve", map[string]string{"short_notice": "a benchmark"})
	seconds := took().Seconds()
	if err != nil {
		return 0, fault.Wrap(err, "approve release")
	}
	if err := json.Unmarshal(answer, &release); err != nil {
		return 0, fmt.Errorf("read release: %w", err)
	}
	if release.State != "published" {
		return 0, fault.New(fault.Internal, "release is %s after its approval", release.State)
	}
	return seconds, nil
}

// timed returns the seconds that a request with a round's second sheet takes.
func (d *drafting) timed(ctx context.Context, request func(ctx context.Context, round int, sheet []byte) error) contestant {
	return func(round int) (float64, error) {
		_, sheet, err := d.sheets(round)
		if err != nil {
			return 0, err
		}
		took := stopwatch()
		err = request(ctx, round, sheet)
		return took().Seconds(), err
	}
}

func (d *drafting) lint(ctx context.Context, round int, sheet []byte) error {
	answer, err := d.as("alice").Post(ctx, "/v1/releases:lint", d.query(round, d.month().Add(1)), bytes.NewReader(sheet), "text/csv")
	if err != nil {
		return fault.Wrap(err, "lint sheet")
	}
	return d.compared(answer)
}

func (d *drafting) create(ctx context.Context, round int, sheet []byte) error {
	answer, err := d.as("alice").Post(ctx, "/v1/releases", d.query(round, d.month().Add(1)), bytes.NewReader(sheet), "text/csv")
	if err != nil {
		return fault.Wrap(err, "create release")
	}
	return d.compared(answer)
}

// compared makes sure that an answer comes from a comparison with the list before.
func (d *drafting) compared(answer []byte) error {
	var v struct {
		Predecessor string
		Diff        struct {
			Unchanged int `json:"unchanged"`
		}
	}
	if err := json.Unmarshal(answer, &v); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if v.Predecessor == "" || v.Diff.Unchanged < d.lines/2 {
		return fault.New(fault.Internal, "compared with %q, %d lines are unchanged", v.Predecessor, v.Diff.Unchanged)
	}
	return nil
}

// read reads a round's second sheet and does nothing with it.
func (d *drafting) read(round int) (float64, error) {
	_, data, err := d.sheets(round)
	if err != nil {
		return 0, err
	}
	took := stopwatch()
	read, err := sheet.ReadLicense(markets()[round]+".csv", data, sheet.Options{})
	seconds := took().Seconds()
	if err == nil && len(read.Rows) < d.lines {
		err = fault.New(fault.Internal, "read %d of %d lines", len(read.Rows), d.lines)
	}
	return seconds, err
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
