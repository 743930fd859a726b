package cli

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/api"
)

// bulk is a server that answers the two bulk lookups from a history in memory.
type bulk struct {
	*httptest.Server
	t     *testing.T
	store memory.Store

	mu    sync.Mutex
	rows  uint64
	asked map[string]int // items by path
	now   time.Time
}

// serveBulk has the prices that the tests' bills are charged by.
func serveBulk(t *testing.T) *bulk {
	t.Helper()
	b := &bulk{t: t, asked: map[string]int{}, now: on(t, "2026-06-01")}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/rates:lookup", func(w http.ResponseWriter, r *http.Request) { lookedUp(b, w, r, b.rates) })
	mux.HandleFunc("POST /v1/prices:lookup", func(w http.ResponseWriter, r *http.Request) { lookedUp(b, w, r, b.prices) })
	b.Server = httptest.NewServer(mux)
	t.Cleanup(b.Close)
	return b
}

func on(t *testing.T, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC()
		}
	}
	t.Fatal(s)
	return time.Time{}
}

func (b *bulk) dec(s string) money.Decimal {
	d, err := money.Parse(s)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

// observe tells a price of a rate from an instant on, as known at another.
func (b *bulk) observe(id rate.Identity, unit, price, included, from, knownAt string) {
	b.t.Helper()
	b.rows++
	start := on(b.t, from)
	row := &rate.Row{
		Identity: id, Price: b.dec(price), Effective: effective.Period{From: start}, IncludedQuantity: b.dec(included), Attributes: rate.Attributes{UnitOfMeasure: unit},
	}
	c := history.RateChange{Position: history.Position{Stream: "RATES_USD@1", Sequence: b.rows}, Change: rate.Change{
		Identity: id, Key: id.Key(), Kind: rate.Added, After: row, KnownAt: on(b.t, knownAt),
		Periods: []rate.Span{{Period: effective.Period{From: start}, Price: row.Price, Start: start}},
	}}
	for _, table := range []history.Table{history.TableRates, history.TableRateChanges} {
		if err := b.store.Insert(context.Background(), table, history.Rows{RateChanges: []history.RateChange{c}}, knownAt+from+id.Key().String()); err != nil {
			b.t.Fatal(err)
		}
	}
}

// release publishes a list of one line.
func (b *bulk) release(name, effectiveAt, publishedAt string, revision int, line *pricelist.Line) {
	b.t.Helper()
	b.rows++
	at := history.Position{Stream: "PRICES@1", Sequence: b.rows}
	c := history.PriceChange{
		Position: at, Release: name, N: 1, Of: 1, KnownAt: on(b.t, publishedAt), Difference: pricelist.Difference{Identity: line.Identity, Change: listing.Added, After: line},
		Spans: []pricelist.Span{{Period: effective.Period{From: on(b.t, effectiveAt)}, Line: line, Release: name}},
	}
	b.rows++
	release := history.Release{
		Position: history.Position{Stream: "PRICES@1", Sequence: b.rows}, Release: name, List: "license", Market: line.Market, Month: effectiveAt[:7],
		Revision: revision, EffectiveAt: on(b.t, effectiveAt), PublishedAt: on(b.t, publishedAt), Changed: 1, Lines: 1,
	}
	rows := history.Rows{PriceChanges: []history.PriceChange{c}, Releases: []history.Release{release}}
	for _, table := range []history.Table{history.TableLicensePrices, history.TableLicenseChanges, history.TableReleases} {
		if err := b.store.Insert(context.Background(), table, rows, name); err != nil {
			b.t.Fatal(err)
		}
	}
}

// bulkItem is an item of either request.
type bulkItem struct {
	PriceList       string `json:"price_list"`
	MeterID         string `json:"meter_id"`
	SKUID           string `json:"sku_id"`
	Currency        string `json:"currency"`
	Type            string `json:"type"`
	ReservationTerm string `json:"reservation_term"`
	AllTiers        bool   `json:"all_tiers"`
	Market          string `json:"market"`
	Product         string `json:"product"`
	SKU             string `json:"sku"`
	Term            string `json:"term"`
	Billing         string `json:"billing"`
	At              string `json:"at"`
	KnownAt         string `json:"known_at"`
}

func (b *bulk) asOf(l *bulkItem) history.AsOf {
	a := history.AsOf{At: on(b.t, l.At), KnownAt: b.now}
	if l.KnownAt != "" {
		a.KnownAt = on(b.t, l.KnownAt)
	}
	return a
}

func lookedUp[A any](b *bulk, w http.ResponseWriter, r *http.Request, answer func(*bulkItem) A) {
	var request struct{ Items []bulkItem }
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || len(request.Items) == 0 || len(request.Items) > 100_000 {
		b.t.Errorf("%s of %d items, %v", r.URL.Path, len(request.Items), err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked[r.URL.Path] += len(request.Items)
	answers := make([]A, len(request.Items))
	for i := range request.Items {
		answers[i] = answer(&request.Items[i])
	}
	if err := json.NewEncoder(w).Encode(map[string]any{"items": answers}); err != nil {
		b.t.Error(err)
	}
}

type ratesAnswer struct {
	Rates []api.SourcedRateView `json:"rates"`
}

func (b *bulk) rates(l *bulkItem) ratesAnswer {
	if !l.AllTiers {
		b.t.Error("all tiers are needed")
	}
	found, err := b.store.LookupRates(context.Background(), []history.RateLookup{{AllTiers: true, AsOf: b.asOf(l), Identity: rate.Identity{
		PriceList: l.PriceList, Currency: l.Currency, MeterID: l.MeterID, SKUID: l.SKUID, Type: l.Type, ReservationTerm: l.ReservationTerm,
	}}})
	if err != nil {
		b.t.Error(err)
	}
	answer := ratesAnswer{Rates: []api.SourcedRateView{}}
	for _, a := range found[0] {
		answer.Rates = append(answer.Rates, api.SourcedRateView{RowKnownAt: orNull(a.RowKnownAt), Source: sourceView(a.Source), RateView: api.RateView{
			PriceList: a.Identity.PriceList, Currency: a.Identity.Currency, MeterID: a.Identity.MeterID, SKUID: a.Identity.SKUID, Type: a.Identity.Type,
			Tier: a.Identity.Tier.String(), Price: a.Price.String(), EffectiveFrom: orNull(a.EffectiveFrom), ValidTo: orNull(a.ValidTo), KnownAt: a.KnownAt,
			UnitOfMeasure: a.Attributes.UnitOfMeasure, IncludedQuantity: a.IncludedQuantity.String(), SavingsPlans: []api.SavingsPlanView{},
		}})
	}
	return answer
}

type pricesAnswer struct {
	Prices []api.SourcedPriceView `json:"prices"`
}

func (b *bulk) prices(l *bulkItem) pricesAnswer {
	found, err := b.store.LookupPrices(context.Background(), []history.PriceLookup{{
		Market: l.Market, Currency: l.Currency, Product: l.Product, SKU: l.SKU, Term: l.Term, Billing: l.Billing, AsOf: b.asOf(l),
	}})
	if err != nil {
		b.t.Error(err)
	}
	answer := pricesAnswer{Prices: []api.SourcedPriceView{}}
	for _, a := range found[0] {
		answer.Prices = append(answer.Prices, api.SourcedPriceView{Source: sourceView(a.Source), PriceView: api.PriceView{
			LineIdentityView: api.LineIdentityView{Market: a.Identity.Market, Currency: a.Identity.Currency, Product: a.Identity.Product, SKU: a.Identity.SKU, Term: a.Identity.Term, Billing: a.Identity.Billing, Tier: a.Identity.Tier.String()},
			PriceAnswerView: api.PriceAnswerView{
				UnitPrice: api.NewCost(a.UnitPrice.String()), ERPPrice: a.ERPPrice.String(), PriceBasis: string(a.Basis), ValidFrom: orNull(a.Valid.From), ValidTo: orNull(a.Valid.To),
				StartsAt: orNull(a.Starts), KnownAt: a.KnownAt, Release: a.Release, InForce: a.InForce,
			},
		}})
	}
	return answer
}

func sourceView(p history.Position) api.SourceView {
	return api.SourceView{Stream: p.Stream, Seq: p.Sequence, Row: p.Row}
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
