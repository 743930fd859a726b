package clickhouse

import (
	"context"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// inOrder pages through rows in the order in which they came.
func (f *filters) inOrder(place []string) error {
	return f.after("(stream, seq, row) > (@after_stream, @after_seq, @after_row)", "", place)
}

// newestFirst pages through rows by a time, the latest first.
func (f *filters) newestFirst(column string, place []string) error {
	instant := ""
	if len(place) > 0 {
		instant, place = place[0], place[1:]
	}
	return f.after("("+column+", stream, seq, row) < (toDateTime64(@after_time, 6, 'UTC'), @after_stream, @after_seq, @after_row)", instant, place)
}

func (f *filters) after(condition, instant string, place []string) error {
	if place == nil {
		return nil
	}
	sequence, err := strconv.ParseUint(place[1], 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "read cursor: %q is no sequence", place[1])
	}
	row, err := strconv.ParseUint(place[2], 10, 32)
	if err != nil {
		return fault.New(fault.Invalid, "read cursor: %q is no row", place[2])
	}
	if instant != "" {
		if _, err := time.Parse("2006-01-02 15:04:05.000000", instant); err != nil {
			return fault.New(fault.Invalid, "read cursor: %q is no time", instant)
		}
		f.bind("after_time", instant)
	}
	f.where(condition, "after_stream", place[0])
	f.bind("after_seq", sequence)
	f.bind("after_row", row)
	return nil
}

func cursorOf(p history.Position) []string {
	return []string{p.Stream, strconv.FormatUint(p.Sequence, 10), strconv.FormatUint(uint64(p.Row), 10)}
}

func limit(p history.Page) string { return " LIMIT " + strconv.Itoa(p.Size()+1) }

func crawlStatement(q history.CrawlList, place []string) (statement, error) {
	var f filters
	f.equal("crawl", q.ID)
	f.equal("scope", q.Scope)
	f.equal("currency", q.Currency)
	if err := f.newestFirst("started", place); err != nil {
		return statement{}, err
	}
	return statement{"SELECT toString(stream), seq, row, crawl, toString(source), toString(scope), toString(currency), started, finished,\n" +
		"    toInt64(pages), toInt64(rows), toInt64(identities), complete, partial, accepted, refused, content, toInt64(added), toInt64(price_changed),\n" +
		"    toInt64(corrections), toInt64(backdated), toInt64(rescheduled), toInt64(expiring), toInt64(renamed), toInt64(restated), toInt64(retired),\n" +
		"    toInt64(periods), toInt64(quarantined), toInt64(foreign), toInt64(traversals), toInt64(parts), shards, offer_terms\nFROM crawls_store" +
		f.all() + "\nORDER BY started DESC, stream DESC, seq DESC, row DESC" + limit(q.Page), f.args}, nil
}

// Crawls lists records of crawls.
func (s *Store) Crawls(ctx context.Context, q history.CrawlList) (history.CrawlPage, error) {
	if err := q.Validate(); err != nil {
		return history.CrawlPage{}, err
	}
	items, next, err := list(ctx, s, "list crawls", q.Page, 4, func(place []string) (statement, error) { return crawlStatement(q, place) }, scanCrawl,
		func(c *history.Crawl) []string { return newestCursor(c.At, c.Position) })
	return history.CrawlPage{Items: items, Next: next}, err
}

func scanCrawl(rows driver.Rows) (history.Crawl, error) {
	var c history.Crawl
	var n counts
	var shards, terms string
	targets := []any{&c.Stream, &c.Sequence, &c.Row, &c.ID, &c.Source, &c.Scope, &c.Currency, &c.At, &c.Finished}
	targets = append(targets, n.targets(3)...)
	targets = append(targets, &c.Complete, &c.Partial, &c.Accepted, &c.Refused, &c.Content)
	targets = append(append(targets, n.targets(14)...), &shards, &terms)
	if err := rows.Scan(targets...); err != nil {
		return c, err
	}
	c.At, c.Finished = c.At.UTC(), c.Finished.UTC()
	n.give(&c.Pages, &c.Rows, &c.Identities, &c.Counts.Added, &c.Counts.PriceChanged, &c.Counts.Corrections, &c.Counts.Backdated,
		&c.Counts.Rescheduled, &c.Counts.Expiring, &c.Counts.Renamed, &c.Counts.Restated, &c.Counts.Retired, &c.Counts.Periods,
		&c.Quarantined, &c.Foreign, &c.Traversals, &c.Parts)
	var err error
	if c.Shards, err = shardsOf(shards); err != nil {
		return c, err
	}
	c.OfferTerms, err = offerTermsOf(terms)
	return c, err
}

// counts are numbers of a row, which clickhouse-go scans only into numbers of 64 bits.
type counts struct{ values []*int64 }

// targets are n more numbers to scan into.
func (c *counts) targets(n int) []any {
	targets := make([]any, n)
	for i := range targets {
		value := new(int64)
		c.values, targets[i] = append(c.values, value), value
	}
	return targets
}

// give hands the numbers over in their order.
func (c *counts) give(to ...*int) {
	for i, target := range to {
		*target = int(*c.values[i])
	}
}

// list runs a question about records page by page: one more than the page holds is asked for, and the last one's place is the cursor.
func list[T any](
	ctx context.Context, s *Store, what string, p history.Page, values int,
	ask func(place []string) (statement, error), scan func(driver.Rows) (T, error), place func(*T) []string,
) ([]T, string, error) {
	behind, err := history.DecodeCursor(p.Cursor, values)
	if err != nil {
		return nil, "", err
	}
	q, err := ask(behind)
	if err != nil {
		return nil, "", err
	}
	var items []T
	err = s.query(ctx, what, q, func(rows driver.Rows) error {
		item, err := scan(rows)
		items = append(items, item)
		return err
	})
	if err != nil || len(items) <= p.Size() {
		return items, "", err
	}
	items = items[:p.Size()]
	return items, history.EncodeCursor(place(&items[len(items)-1])...), nil
}
