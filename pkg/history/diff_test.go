package history_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// short gives short pages, counts them, and fails when it is told to.
type short struct {
	history.PriceReader
	size, asked, fail int
}

func (r *short) Prices(ctx context.Context, q history.PriceList) (history.PricePage, error) {
	if r.asked++; r.asked == r.fail {
		return history.PricePage{}, fault.New(fault.Unavailable, "no connection")
	}
	q.Limit = r.size
	return r.PriceReader.Prices(ctx, q)
}

func ask(at, known string) history.AsOf {
	return history.AsOf{At: historytest.Day(at), KnownAt: historytest.Day(known)}
}

// told are differences in short, and the error that ended them.
func told(t *testing.T, r history.PriceReader, q history.PriceDiff) ([]string, error) {
	t.Helper()
	var lines []string
	price := func(a *history.PriceAnswer) string {
		if a == nil {
			return "none"
		}
		return a.UnitPrice.String() + " " + a.SKUTitle
	}
	for d, err := range history.DiffPrices(t.Context(), r, q) {
		if err != nil {
			return lines, err
		}
		for _, a := range []*history.PriceAnswer{d.Before, d.After} {
			if a != nil && a.Identity != d.Identity {
				t.Errorf("%v answers for %v", a.Identity, d.Identity)
			}
		}
		lines = append(lines, fmt.Sprintf("%s %s %s: %s to %s", d.Identity.Currency, d.Identity.SKU, d.Change, price(d.Before), price(d.After)))
	}
	return lines, nil
}

// months are a list of December, and what is otherwise in January.
func months(t *testing.T) *memory.Store {
	t.Helper()
	var rows history.Rows
	add := func(sequence uint64, release, known, sku, currency, unit, title, from string) {
		id := historytest.SKU(sku)
		id.Currency = currency
		line := historytest.Line(id, unit, "9")
		if line.SKUTitle = title; unit == "" {
			line = nil
		}
		n := len(rows.PriceChanges) + 1
		rows.PriceChanges = append(rows.PriceChanges, historytest.PriceChange(sequence, release, known, n, n, id, line, from, ""))
	}
	for i, sku := range []string{"0001", "0002", "0003", "0004"} {
		add(uint64(i+1), "r1", "2026-11-01", sku, "USD", "1", "t", "2026-12-01")
		add(uint64(i+11), "r1", "2026-11-01", sku, "EUR", "2", "t", "2026-12-01")
	}
	add(21, "r2", "2026-12-01", "0000", "USD", "5", "t", "2027-01-01")
	add(22, "r2", "2026-12-01", "0001", "USD", "3", "t", "2027-01-01")
	add(23, "r2", "2026-12-01", "0002", "USD", "1", "renamed", "2027-01-01")
	add(24, "r2", "2026-12-01", "0003", "USD", "", "", "2027-01-01")
	add(25, "r2", "2026-12-01", "0004", "EUR", "", "", "2027-01-01")
	rows.Releases = []history.Release{
		historytest.Manifest(30, "r1", "2026-11-01", "2026-12-01", 1, 8), historytest.Manifest(31, "r2", "2026-12-01", "2027-01-01", 1, 5),
	}
	s := &memory.Store{}
	historytest.Put(t, s, "1", rows)
	return s
}

func TestADiffTellsWhatIsOtherwiseInOrder(t *testing.T) {
	s := months(t)
	dollars := []string{
		"USD 0000 added: none to 5 t", "USD 0001 price_changed: 1 t to 3 t", "USD 0002 changed: 1 t to 1 renamed", "USD 0003 removed: 1 t to none",
	}
	for _, c := range []struct {
		q    history.PriceDiff
		want []string
	}{
		{history.PriceDiff{Market: "US", From: ask("2026-12-05", "2026-12-05"), To: ask("2027-01-05", "2026-12-05")}, append([]string{"EUR 0004 removed: 2 t to none"}, dollars...)},
		{history.PriceDiff{Market: "US", Currency: "USD", From: ask("2026-12-05", "2026-12-05"), To: ask("2027-01-05", "2026-12-05")}, dollars},
		{history.PriceDiff{Market: "US", Currency: "USD", From: ask("2027-01-05", "2026-11-30"), To: ask("2027-01-05", "2026-12-01")}, dollars}, // only knowledge is otherwise
		{history.PriceDiff{Market: "US", Currency: "EUR", From: ask("2027-01-05", "2026-12-05"), To: ask("2026-12-05", "2026-12-05")}, []string{"EUR 0004 added: none to 2 t"}},
		{history.PriceDiff{Market: "US", From: ask("2026-12-05", "2026-12-05"), To: ask("2026-12-31", "2026-12-05")}, nil},
		{history.PriceDiff{Market: "US", From: ask("2026-11-05", "2026-12-05"), To: ask("2026-11-06", "2026-12-05")}, nil},
		{history.PriceDiff{Market: "US", SKU: "0001", Currency: "USD", From: ask("2026-11-05", "2026-12-05"), To: ask("2026-12-06", "2026-12-05")}, []string{"USD 0001 added: none to 1 t"}},
		{history.PriceDiff{Market: "US", Family: pricelist.FamilyEMS, From: ask("2026-12-05", "2026-12-05"), To: ask("2027-01-05", "2026-12-05")}, nil},
	} {
		for size := 1; size < 12; size += 2 {
			got, err := told(t, &short{PriceReader: s, size: size}, c.q)
			if diff := historytest.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%+v in pages of %d: %v, %s", c.q, size, err, diff)
			}
		}
	}
}

func TestADiffIsWhatTwoWholeListsDifferIn(t *testing.T) {
	s := &memory.Store{}
	historytest.Put(t, s, "1", historytest.RandomPrices(3))
	found := 0
	for v := 1; v < 10; v++ {
		from, to := ask(fmt.Sprintf("2026-01-%02d", v), "2026-01-05"), ask(fmt.Sprintf("2026-01-%02d", 11-v), fmt.Sprintf("2026-01-%02d", v+1))
		sides := [2]map[pricelist.Identity]history.PriceAnswer{}
		for i, as := range []history.AsOf{from, to} {
			page, err := s.Prices(t.Context(), history.PriceList{Market: "US", AsOf: as})
			if err != nil {
				t.Fatal(err)
			}
			sides[i] = map[pricelist.Identity]history.PriceAnswer{}
			for _, a := range page.Items {
				sides[i][a.Identity] = a
			}
		}
		for d, err := range history.DiffPrices(t.Context(), &short{PriceReader: s, size: 2}, history.PriceDiff{Market: "US", From: from, To: to}) {
			if err != nil {
				t.Fatal(err)
			}
			found++
			was, hadOne := sides[0][d.Identity]
			is, hasOne := sides[1][d.Identity]
			if hadOne != (d.Before != nil) || hasOne != (d.After != nil) || (d.Change == listing.PriceChanged) != (hadOne && hasOne && was.UnitPrice != is.UnitPrice) {
				t.Errorf("%s %v: %+v to %+v", d.Change, d.Identity, d.Before, d.After)
			}
			delete(sides[0], d.Identity)
			delete(sides[1], d.Identity)
		}
		for id, was := range sides[0] {
			is, ok := sides[1][id]
			if !ok || was.UnitPrice != is.UnitPrice || was.Attributes != is.Attributes || !was.Starts.Equal(is.Starts) {
				t.Errorf("%v was not told: %+v to %+v", id, was, is)
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d differences", found)
	}
}

func TestADiffReadsNoFurtherThanItIsAsked(t *testing.T) {
	r := &short{PriceReader: months(t), size: 1}
	q := history.PriceDiff{Market: "US", Currency: "USD", From: ask("2026-12-05", "2026-12-05"), To: ask("2027-01-05", "2026-12-05")}
	for _, err := range history.DiffPrices(t.Context(), r, q) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if r.asked != 2 {
		t.Errorf("%d pages were read for one difference", r.asked)
	}
}

func TestADiffEndsWithTheFirstError(t *testing.T) {
	q := history.PriceDiff{Market: "US", Currency: "USD", From: ask("2026-12-05", "2026-12-05"), To: ask("2027-01-05", "2026-12-05")}
	got, err := told(t, &short{PriceReader: months(t), size: 1, fail: 5}, q)
	if !fault.Is(err, fault.Unavailable) || len(got) == 0 || len(got) == 4 {
		t.Errorf("%v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	for _, err := range history.DiffPrices(ctx, &short{PriceReader: months(t), size: 1}, q) {
		if n++; n == 1 {
			cancel()
			continue
		}
		if !errors.Is(err, context.Canceled) || n != 2 {
			t.Fatalf("the %d. answer is %v", n, err)
		}
	}
	cancel()
	for _, err := range history.DiffPrices(t.Context(), months(t), history.PriceDiff{}) {
		if places := fault.PlacesOf(err); !fault.Is(err, fault.Invalid) || len(places) != 5 || places[1].Where != "from" || places[4].Where != "known_to" {
			t.Errorf("%v with places %v", err, fault.PlacesOf(err))
		}
	}
}
