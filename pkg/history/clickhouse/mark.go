package clickhouse

import (
	"context"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// Mark reads how far a stream has been taken in. It scans the position columns of every table, and mends the slices that are made of them:
// for a writer's start.
func (s *Store) Mark(ctx context.Context, stream string) (history.Mark, error) {
	mark := history.Mark{Highest: map[history.Table]uint64{}, Rejected: map[uint64]bool{}}
	positions, err := s.Positions(ctx)
	if err != nil {
		return mark, err
	}
	name, _, _ := strings.Cut(stream, "@")
	others := map[string]bool{}
	mark.Progress = positions[stream]
	for _, t := range history.Tables() {
		highest, incarnations, err := s.highest(ctx, t, name)
		if err != nil {
			return mark, err
		}
		if t == history.TableRateChanges && highest[stream] > 0 {
			if err := s.openSlices(ctx, stream); err != nil {
				return mark, err
			}
		}
		if t != history.TableProgress && highest[stream] > mark.Progress {
			mark.Highest[t] = highest[stream]
		}
		for _, other := range incarnations {
			if other != stream && !others[other] {
				others[other] = true
				mark.Others = append(mark.Others, other)
			}
		}
	}
	q := statement{text: "SELECT seq FROM rejects_store WHERE stream = @stream AND seq > @progress"}
	var f filters
	f.bind("stream", stream)
	f.bind("progress", mark.Progress)
	q.args = f.args
	err = s.ask(ctx, "list rejected messages", q, func(rows driver.Rows) error {
		var sequence uint64
		err := rows.Scan(&sequence)
		mark.Rejected[sequence] = true
		return err
	})
	return mark, err
}

// highest returns the highest sequence in a table of every incarnation of a stream.
func (s *Store) highest(ctx context.Context, t history.Table, name string) (map[string]uint64, []string, error) {
	var f filters
	f.where("startsWith(stream, @prefix)", "prefix", name+"@")
	q := statement{"SELECT toString(stream), max(seq) FROM " + tableName(t) + f.all() + " GROUP BY stream", f.args}
	highest := map[string]uint64{}
	var names []string
	err := s.ask(ctx, "read positions of "+string(t), q, func(rows driver.Rows) error {
		var stream string
		var sequence uint64
		err := rows.Scan(&stream, &sequence)
		highest[stream] = sequence
		names = append(names, stream)
		return err
	})
	return highest, names, err
}

// claimTries bounds how often a claim is tried again that was acknowledged and yet is not there: a crash of the server between the two.
const claimTries = 3

// Claim is a compare-and-set made of a deduplication token: of the rows inserted under the token of a first sequence only one is kept.
func (s *Store) Claim(ctx context.Context, stream string, first, last uint64) (uint64, error) {
	agreed, err := s.claimed(ctx, stream, first)
	for try := 1; err == nil && agreed == 0 && try <= claimTries; try++ {
		token := stream + ":claims:" + strconv.FormatUint(first, 10)
		if try > 1 {
			token += ":" + strconv.Itoa(try)
		}
		columns := block{{"stream", []string{stream}}, {"first", []uint64{first}}, {"last", []uint64{last}}}
		if err = explain("claim messages", s.send(ctx, "claims", columns, token)); err == nil {
			agreed, err = s.claimed(ctx, stream, first)
		}
	}
	if err == nil && agreed == 0 {
		err = fault.New(fault.Unavailable, "claim messages of %s from %d on: acknowledged, but not kept", stream, first)
	}
	return agreed, err
}

func (s *Store) claimed(ctx context.Context, stream string, first uint64) (uint64, error) {
	var f filters
	f.where("stream = @stream", "stream", stream)
	f.where("first = @first", "first", first)
	return s.number(ctx, "read claim", statement{"SELECT min(last) FROM claims" + f.all(), f.args})
}

// Stored counts rows as history.Appender says.
func (s *Store) Stored(ctx context.Context, t history.Table, stream string, first, last uint64) (uint64, error) {
	var f filters
	f.where("stream = @stream", "stream", stream)
	f.where("seq >= @first", "first", first)
	f.where("seq <= @last", "last", last)
	return s.number(ctx, "count rows of "+string(t), statement{"SELECT count() FROM " + tableName(t) + f.all(), f.args})
}

// Position returns the sequence up to which a stream can be queried.
func (s *Store) Position(ctx context.Context, stream string) (uint64, error) {
	var f filters
	f.where("stream = @stream", "stream", stream)
	return s.number(ctx, "read progress", statement{"SELECT max(seq) FROM progress" + f.all(), f.args})
}

// Positions returns the same for every stream.
func (s *Store) Positions(ctx context.Context) (map[string]uint64, error) {
	positions := map[string]uint64{}
	q := statement{text: "SELECT toString(stream), max(seq) FROM progress GROUP BY stream"}
	err := s.ask(ctx, "read progress", q, func(rows driver.Rows) error {
		var stream string
		var sequence uint64
		err := rows.Scan(&stream, &sequence)
		positions[stream] = sequence
		return err
	})
	return positions, err
}

// number runs a question whose answer is one number, without waiting for a turn: that is how far writing is.
func (s *Store) number(ctx context.Context, what string, q statement) (uint64, error) {
	var n uint64
	err := s.ask(ctx, what, q, func(rows driver.Rows) error { return rows.Scan(&n) })
	return n, err
}
