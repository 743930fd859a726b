package clickhouse

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
)

func quarantineStatement(q history.QuarantineList, place []string) (statement, error) {
	var f filters
	f.equal("crawl", q.Crawl)
	f.equal("scope", q.Scope)
	f.equal("currency", q.Currency)
	f.equal("reason", q.Reason)
	if err := f.inOrder(place); err != nil {
		return statement{}, err
	}
	return statement{"SELECT toString(stream), seq, row, toString(crawl), toString(scope), toString(currency), known_at, toString(reason), detail,\n" +
		"    toString(price_list), toString(row_currency), meter_id, sku_id, toString(type), toString(reservation_term), tier, raw\nFROM quarantine_store" +
		f.all() + "\nORDER BY stream, seq, row" + limit(q.Page), f.args}, nil
}

// Quarantine lists rows that were not believed.
func (s *Store) Quarantine(ctx context.Context, q history.QuarantineList) (history.QuarantinePage, error) {
	if err := q.Validate(); err != nil {
		return history.QuarantinePage{}, err
	}
	items, next, err := list(ctx, s, "list quarantined rows", q.Page, 3,
		func(place []string) (statement, error) { return quarantineStatement(q, place) }, scanQuarantined,
		func(r *history.Quarantined) []string { return cursorOf(r.Position) })
	return history.QuarantinePage{Items: items, Next: next}, err
}

func scanQuarantined(rows driver.Rows) (history.Quarantined, error) {
	var (
		r    history.Quarantined
		tier decimal.Decimal
		raw  string
		id   = &r.Identity
	)
	err := rows.Scan(&r.Stream, &r.Sequence, &r.Row, &r.Crawl, &r.Scope, &r.Currency, &r.KnownAt, &r.Reason, &r.Detail,
		&id.PriceList, &id.Currency, &id.MeterID, &id.SKUID, &id.Type, &id.ReservationTerm, &tier, &raw)
	if err != nil {
		return r, err
	}
	r.KnownAt, r.Raw = r.KnownAt.UTC(), []byte(raw)
	id.Tier, err = money.FromExact(tier)
	return r, err
}

func rejectStatement(q history.RejectList, place []string) (statement, error) {
	var f filters
	f.equal("stream", q.Stream)
	if q.After > 0 {
		f.where("seq > @behind", "behind", q.After)
	}
	if err := f.inOrder(place); err != nil {
		return statement{}, err
	}
	return statement{"SELECT toString(stream), seq, row, subject, event_id, reason, data\nFROM rejects_store" +
		f.all() + "\nORDER BY stream, seq, row" + limit(q.Page), f.args}, nil
}

// Rejects lists rejected messages.
func (s *Store) Rejects(ctx context.Context, q history.RejectList) (history.RejectPage, error) {
	if err := q.Validate(); err != nil {
		return history.RejectPage{}, err
	}
	items, next, err := list(ctx, s, "list rejected messages", q.Page, 3,
		func(place []string) (statement, error) { return rejectStatement(q, place) }, scanReject,
		func(r *history.Reject) []string { return cursorOf(r.Position) })
	return history.RejectPage{Items: items, Next: next}, err
}

func scanReject(rows driver.Rows) (history.Reject, error) {
	var r history.Reject
	var data string
	err := rows.Scan(&r.Stream, &r.Sequence, &r.Row, &r.Subject, &r.EventID, &r.Reason, &data)
	r.Data = []byte(data)
	return r, err
}
