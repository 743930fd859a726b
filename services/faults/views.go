package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// view is what analysts read, and how the judge does.
type view struct {
	name    string
	columns []string
	as      map[string]string // SQL of columns that are not read by their name
	stream  string            // prefix of the streams that feed it
	key     []string          // columns that stand for the place of a row where it has none
}

// views are all views that are fed from streams row by row; the lists without prices are not part of a round. What the product derives of
// names and units is not compared: it is a matter of meaning, not of transport.
func views() []view {
	rateID, priceID := rateIDNames(), priceIDNames()
	rates, prices := "RATES_", "PRICES@"
	return []view{
		{"rejects", []string{"subject", "event_id", "data"}, nil, "", nil},
		{"quarantine", []string{
			"crawl", "scope", "currency", "known_at", "reason", "detail", "raw", "price_list", "row_currency", "meter_id", "sku_id", "type", "reservation_term", "tier",
		}, nil, rates, nil},
		{"rate_changes", slices.Concat([]string{"key"}, rateID, rateNames(), []string{
			"kind", "field", "returned", "correction", "backdated", "expiring", "upcoming", "known_at", "scope", "crawl", "before_price", "before_effective_from",
			"before_effective_to", "before_plans", "after_price", "after_effective_from", "after_effective_to", "after_plans",
		}), map[string]string{
			"before_plans": plansOf("before_savings_plans"), "after_plans": plansOf("after_savings_plans"), "key": "leftPad(key, 16, '0')", // the view leaves leading zeros out
		}, rates, nil},
		{"rates", slices.Concat(rateID, rateNames(), []string{"valid_from", "valid_to", "price", "effective_from", "known_at", "kind"}), nil, rates, nil},
		{"crawl_parts", []string{"crawl", "scope", "currency", "known_at", "part", "changes"}, nil, rates, nil},
		{"sources_stale", []string{"crawl", "source", "scope", "currency", "refused", "since", "taken", "reason", "known_at"}, map[string]string{
			"taken": "if(toUnixTimestamp64Micro(taken) <= 0, '', toString(taken))",
		}, rates, nil},
		{"crawls", []string{
			"crawl", "source", "scope", "currency", "started", "finished", "pages", "rows", "identities", "complete", "partial", "accepted", "refused", "content",
			"added", "price_changed", "corrections", "backdated", "rescheduled", "expiring", "renamed", "restated", "retired", "periods", "quarantined", "foreign",
			"traversals", "parts",
		}, nil, rates, nil},
		{"license_prices", slices.Concat(priceID, lineNames(), []string{
			"unit_price", "erp_price", "price_basis", "valid_from", "valid_to", "starts_at", "ends_at", "known_at", "change", "release", "published_in", "withdrawal",
		}), nil, prices, nil},
		{"license_changes", slices.Concat(priceID, lineNames(), []string{
			"change", "before_unit_price", "before_erp_price", "before_price_basis", "after_unit_price", "after_erp_price", "after_price_basis", "known_at",
			"release", "withdrawal", "n", "of",
		}), nil, prices, nil},
		{"releases", []string{
			"release", "list", "market", "month", "revision", "kind", "effective_at", "published_at", "baseline", "predecessor", "supersedes", "corrects", "backfilled",
			"reason", "notice_policy", "notice_days", "notice_short", "notice_reason", "lines", "changed", "checksum", "content", "added", "price_changed",
			"attributes_changed", "ending", "removed", "unchanged", "created_by", "approved_by",
		}, nil, prices, nil},
		{"releases_effective", []string{"release", "list", "market", "effective_at", "supersedes"}, nil, prices, nil},
		{"releases_missing", []string{"release", "list", "market", "month", "revision", "publish_at", "effective_at", "days", "noticed_at"}, nil, prices, nil},
		{"corrections", []string{"release", "by", "list", "market", "month", "revision", "reason", "effective_at", "retroactive", "known_at"}, nil, prices, nil},
		{"withdrawals", []string{
			"release", "list", "market", "month", "revision", "withdrawal", "whole", "lines", "valid_from", "retroactive", "reason", "withdrawn_by", "in_force", "changed",
			"checksum", "known_at",
		}, nil, prices, nil},
		{"publications", []string{"list", "market", "release", "withdrawal", "known_at", "changed"}, nil, prices, nil},
	}
}

// plansOf writes savings plans as a text.
func plansOf(column string) string {
	return "arrayStringConcat(arrayMap(p -> concat(p.1, '=', toString(p.2), ';'), " + column + "))"
}

// unread are views that rounds feed nothing into; they must be empty.
func unread() []string { return []string{"items", "item_changes"} }

// sql reads the view, each column as text.
func (v view) sql() string {
	texts := make([]string, len(v.columns))
	for i, name := range v.columns {
		sql := name
		if as, ok := v.as[name]; ok {
			sql = as
		}
		texts[i] = "ifNull(toString(" + sql + "), '" + none + "')"
	}
	at := "toString(stream), seq, toUInt64(row)"
	if v.key != nil {
		var parts []string
		for _, name := range v.key {
			parts = append(parts, "toString("+name+")")
		}
		at = "arrayStringConcat([" + strings.Join(parts, ", ") + "], '|'), toUInt64(0), toUInt64(0)"
	}
	return "SELECT " + at + ", [" + strings.Join(texts, ", ") + "] FROM " + v.name
}

// held is what a view holds; twice names a place that more than one row claims, if there is one.
func (v view) held(ctx context.Context, conn driver.Conn) (rows map[place]row, twice *place, err error) {
	answer, err := conn.Query(ctx, v.sql())
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", v.name, err)
	}
	defer func() { _ = answer.Close() }()
	rows = map[place]row{}
	for answer.Next() {
		var at place
		var texts []string
		if err := answer.Scan(&at.Stream, &at.Sequence, &at.Row, &texts); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", v.name, err)
		}
		r := row{}
		for i, name := range v.columns {
			r[name] = texts[i]
		}
		if _, ok := rows[at]; ok {
			twice = &at
		}
		rows[at] = r
	}
	return rows, twice, answer.Err()
}
