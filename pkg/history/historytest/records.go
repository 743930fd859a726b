package historytest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

func records(t *testing.T, s Store) {
	var rows history.Rows
	for i := range 5 {
		at := history.Position{Stream: Stream, Sequence: uint64(i + 1)}
		rows.Crawls = append(rows.Crawls, history.Crawl{Position: at, Record: rate.Record{
			ID: fmt.Sprint("crawl-", i), Source: "azure", Scope: "azure-usd", Currency: "USD", At: Day("2026-01-10").Add(time.Duration(i/2) * time.Hour),
			Finished: Day("2026-01-10T01:00:00.000001Z"), Pages: 1, Rows: 2, Identities: 3, Complete: true, Partial: true, Accepted: true, Refused: "it's empty",
			Content: "beef", Counts: rate.Counts{Added: 4, PriceChanged: 5, Rescheduled: 6, Renamed: 7, Restated: 8, Retired: 9, Corrections: 10, Backdated: 11, Expiring: 12, Periods: 13},
			Quarantined: 14, Foreign: 15,
		}})
		if i%2 == 0 {
			composed(&rows.Crawls[i].Record)
		}
		for row, reason := range []string{rate.ReasonInvalidNumber, rate.ReasonDisagreement} {
			at.Row = uint32(row)
			rows.Quarantine = append(rows.Quarantine, history.Quarantined{
				Position: at, Crawl: fmt.Sprint("crawl-", i), Scope: "azure-usd", Currency: "USD", KnownAt: Day("2026-01-10"),
				Quarantined: rate.Quarantined{Reason: reason, Detail: `unitPrice "x"`, Identity: Meter("m"), Raw: []byte{0, 0xff, '{', '\''}},
			})
		}
		at.Row = 0
		rows.Rejects = append(rows.Rejects, history.Reject{Position: at, Subject: "pw.rate.usd.x", EventID: "e", Reason: "not JSON", Data: []byte{0xff, 0, 'x'}})
	}
	Put(t, s, "1", rows)
	pages(t, "crawls", []history.Crawl{rows.Crawls[4], rows.Crawls[3], rows.Crawls[2], rows.Crawls[1], rows.Crawls[0]}, func(p history.Page) ([]history.Crawl, string, error) {
		page, err := s.Crawls(t.Context(), history.CrawlList{Currency: "USD", Scope: "azure-usd", Page: p})
		return page.Items, page.Next, err
	})
	pages(t, "quarantine", rows.Quarantine, func(p history.Page) ([]history.Quarantined, string, error) {
		page, err := s.Quarantine(t.Context(), history.QuarantineList{Page: p})
		return page.Items, page.Next, err
	})
	pages(t, "rejects", rows.Rejects, func(p history.Page) ([]history.Reject, string, error) {
		page, err := s.Rejects(t.Context(), history.RejectList{Stream: Stream, Page: p})
		return page.Items, page.Next, err
	})
	pages(t, "later rejects", rows.Rejects[1:], func(p history.Page) ([]history.Reject, string, error) {
		page, err := s.Rejects(t.Context(), history.RejectList{Stream: Stream, After: rows.Rejects[0].Sequence, Page: p})
		return page.Items, page.Next, err
	})
	one := must[history.CrawlPage](t)(s.Crawls(t.Context(), history.CrawlList{ID: "crawl-3"}))
	if diff := Diff(rows.Crawls[3:4], one.Items); diff != "" {
		t.Error(diff)
	}
	of := must[history.QuarantinePage](t)(s.Quarantine(t.Context(), history.QuarantineList{Crawl: "crawl-3"}))
	if diff := Diff(rows.Quarantine[6:8], of.Items); diff != "" {
		t.Error(diff)
	}
	of = must[history.QuarantinePage](t)(s.Quarantine(t.Context(), history.QuarantineList{Crawl: "crawl-3", Reason: rate.ReasonDisagreement}))
	if diff := Diff(rows.Quarantine[7:8], of.Items); diff != "" {
		t.Error(diff)
	}
	if none := must[history.CrawlPage](t)(s.Crawls(t.Context(), history.CrawlList{Currency: "EUR"})); len(none.Items) > 0 {
		t.Errorf("crawls in EUR: %v", none.Items)
	}
}

// composed gives a crawl what only some are made of.
func composed(r *rate.Record) {
	r.Traversals, r.Parts = 2, 3
	r.Shards = []rate.ShardRecord{
		{Name: "compute/westeurope", Pages: 9, Rows: 8478, Identities: 8400, Traversals: 2},
		{Name: `it's "<odd>"`, Refused: "it lost 40 % of its rates"},
	}
	r.OfferTerms = []rate.OfferTerm{
		{Name: "Monetary Credit", Discount: Amount("0.15"), ExcludedMeterIDs: []string{"m-1", "m-2"}, Effective: Day("2026-01-01")},
		{Name: "Reseller", Discount: Amount("0.000000000000000001")},
	}
}

func crawlParts(t *testing.T, s Store) {
	var rows history.Rows
	for i := range 3 {
		rows.CrawlParts = append(rows.CrawlParts, history.CrawlPart{
			Position:  history.Position{Stream: Stream, Sequence: uint64(10 * (i + 1))},
			CrawlPart: rate.CrawlPart{Crawl: "crawl", Scope: "azure-usd", Currency: "USD", At: Day("2026-01-10"), Part: i + 1, Changes: 9},
		})
	}
	Put(t, s, "1", rows)
	Put(t, s, "1", rows)
	if n := must[uint64](t)(s.Stored(t.Context(), history.TableCrawlParts, Stream, 11, 30)); n != 2 {
		t.Errorf("%d parts of two are kept", n)
	}
	if mark := must[history.Mark](t)(s.Mark(t.Context(), Stream)); mark.Highest[history.TableCrawlParts] != 30 {
		t.Errorf("the mark is %+v", mark)
	}
}

func withdrawalRecords(t *testing.T, s Store) {
	var rows history.Rows
	for i := range 5 {
		sequence := uint64(i + 1)
		rows.Withdrawals = append(rows.Withdrawals, Withdrawn(sequence, "license-us-2026-12-r1", fmt.Sprintf("2026-12-1%d", i/2), "2026-12-20T00:00:00.123Z", i+1, 0, i%2 == 0))
		rows.Corrections = append(rows.Corrections, history.Correction{
			Position: history.Position{Stream: PriceStream, Sequence: sequence}, Release: "license-us-2026-12-r1", By: fmt.Sprintf("license-us-2026-12-r%d", i+2),
			List: "license", Market: "US", Month: "2026-12", Revision: 1, Reason: "it's wrong", EffectiveAt: Day("2026-12-20T00:00:00.123Z"), Retroactive: i%2 == 0,
			KnownAt: Day(fmt.Sprintf("2026-12-1%dT00:00:00.000001Z", i/2)),
		})
	}
	Put(t, s, "1", rows)
	slices.Reverse(rows.Withdrawals)
	slices.Reverse(rows.Corrections)
	pages(t, "withdrawals", rows.Withdrawals, func(p history.Page) ([]history.Withdrawal, string, error) {
		page, err := s.Withdrawals(t.Context(), history.WithdrawalList{Release: "license-us-2026-12-r1", List: "license", Market: "US", Page: p})
		return page.Items, page.Next, err
	})
	pages(t, "corrections", rows.Corrections, func(p history.Page) ([]history.Correction, string, error) {
		page, err := s.Corrections(t.Context(), history.CorrectionList{Release: "license-us-2026-12-r1", List: "license", Market: "US", Page: p})
		return page.Items, page.Next, err
	})
	by := must[history.CorrectionPage](t)(s.Corrections(t.Context(), history.CorrectionList{By: "license-us-2026-12-r3"}))
	if diff := Diff(rows.Corrections[3:4], by.Items); diff != "" {
		t.Error(diff)
	}
	for _, q := range []history.WithdrawalList{{Release: "x"}, {List: "offers"}, {Market: "DE"}} {
		if page := must[history.WithdrawalPage](t)(s.Withdrawals(t.Context(), q)); len(page.Items) > 0 {
			t.Errorf("%+v: %+v", q, page.Items)
		}
	}
}

// pages reads a list two items a page.
func pages[R any](t *testing.T, what string, want []R, read func(history.Page) ([]R, string, error)) {
	t.Helper()
	var got []R
	page := history.Page{Limit: 2}
	for range len(want) + 1 {
		items, next, err := read(page)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		got = append(got, items...)
		if page.Cursor = next; next == "" {
			break
		}
	}
	if diff := Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}
