package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/money"
)

// judgeJournal compares what a subscriber wrote down with what the product says: every change once, batches whole, and the state in the end.
func judgeJournal(t *testing.T, i *instance, journal string, ends map[string]uint64) {
	t.Helper()
	state := map[string]journalEntry{} // the last event of each subject
	at := map[string]uint64{}          // the last sequence handled, by stream; a snapshot counts as handled up to its end
	changes, batches, doubled := 0, 0, 0
	eachLine(t, journal, func(l journalLine) {
		if l.First {
			if at[l.Stream] != 0 {
				t.Errorf("a second snapshot of %s began at %d", l.Stream, at[l.Stream])
			}
		}
		for n, e := range l.Events {
			state[e.Subject] = e
			if l.Snapshot {
				continue
			}
			changes++
			if e.Sequence != at[l.Stream]+uint64(n)+1 {
				if doubled++; doubled < 10 {
					t.Errorf("%s: change %d came behind %d", l.Stream, e.Sequence, at[l.Stream]+uint64(n))
				}
			}
		}
		at[l.Stream] = l.Position[l.Stream].Sequence
		if !l.Snapshot {
			batches++
			if last := l.Events[len(l.Events)-1].Subject; l.More || !endsBatch(last) {
				t.Errorf("%s: a batch of %d events ends with %s", l.Stream, len(l.Events), last)
			}
		}
	})
	if !maps.Equal(at, ends) {
		t.Errorf("the subscriber is at %v, the streams end at %v", at, ends)
	}
	t.Logf("%d subjects, %d changes in %d batches behind the snapshots", len(state), changes, batches)
	if changes < 500 {
		t.Errorf("only %d changes came: nothing happened", changes)
	}
	compare(t, "rates", ratesIn(t, i), ratesOf(t, state, newest(state)))
	now, err := time.Parse(time.RFC3339Nano, i.object(t, "status")["now"].(string))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "licence prices", pricesIn(t, i, now), pricesOf(t, state, now))
}

func endsBatch(subject string) bool {
	return strings.HasPrefix(subject, "pw.release.") && !strings.HasSuffix(subject, ".corrected") || strings.HasPrefix(subject, "pw.crawl.") || strings.HasPrefix(subject, "pw.source.")
}

// newest is the newest observation of each currency that was believed.
func newest(state map[string]journalEntry) map[string]time.Time {
	at := map[string]time.Time{}
	for subject, e := range state {
		read, err := event.Decode(subject, e.Data)
		if err != nil {
			continue
		}
		if c, ok := read.Payload.(*event.CrawlFinished); ok && c.Refused == "" && c.Started.After(at[c.Currency]) {
			at[c.Currency] = c.Started
		}
	}
	return at
}

// ratesOf is the price of every rate that has one, as the last event of each says.
func ratesOf(t *testing.T, state map[string]journalEntry, at map[string]time.Time) map[string]string {
	t.Helper()
	rates := map[string]string{}
	for subject, e := range state {
		if !strings.HasPrefix(subject, "pw.rate.") {
			continue
		}
		read, err := event.Decode(subject, e.Data)
		if err != nil {
			t.Fatal(err)
		}
		c := read.Payload.(*event.RateChanged)
		v := at[c.Identity.Currency]
		if c.After == nil || c.After.EffectiveFrom.After(v) || c.After.EffectiveTo != nil && !c.After.EffectiveTo.After(v) {
			continue
		}
		i := c.Identity
		rates[strings.Join([]string{i.PriceList, i.Currency, i.MeterID, i.SKUID, i.Type, i.ReservationTerm, i.Tier}, "|")] =
			plainly(t, c.After.Price) + " from " + c.After.EffectiveFrom.UTC().Format(time.RFC3339) + " " + c.After.Attributes.MeterName
	}
	return rates
}

// ratesIn is the same as the tables have it.
func ratesIn(t *testing.T, i *instance) map[string]string {
	t.Helper()
	return pairs(t, i, `SELECT concat(price_list, '|', currency, '|', meter_id, '|', sku_id, '|', type, '|', reservation_term, '|', toString(tier)),
		concat(toString(price), ' from ', formatDateTime(effective_from, '%Y-%m-%dT%H:%i:%SZ', 'UTC'), ' ', meter_name) FROM rates_current`)
}

// pricesOf is every licence price in force at an instant, as the timeline of its last event says. Whose line it is may have become another release's
// without an event: a withdrawal tells of those lines only that are answered otherwise thereby.
func pricesOf(t *testing.T, state map[string]journalEntry, at time.Time) map[string]string {
	t.Helper()
	prices := map[string]string{}
	for subject, e := range state {
		if !strings.HasPrefix(subject, "pw.price.") {
			continue
		}
		read, err := event.Decode(subject, e.Data)
		if err != nil {
			t.Fatal(err)
		}
		c := read.Payload.(*event.PriceChanged)
		for _, s := range c.Timeline {
			if s.ERPPrice == nil || s.From.After(at) || s.To != nil && !s.To.After(at) {
				continue
			}
			i := c.Identity
			prices[strings.Join([]string{i.Market, i.Currency, i.Product, i.SKU, i.Term, i.Billing, i.Tier}, "|")] =
				plainly(t, *s.UnitPrice) + " " + plainly(t, *s.ERPPrice)
		}
	}
	return prices
}

func pricesIn(t *testing.T, i *instance, at time.Time) map[string]string {
	t.Helper()
	now := at.UTC().Format("2006-01-02T15:04:05.000Z")
	return pairs(t, i, fmt.Sprintf(`SELECT concat(market, '|', currency, '|', product, '|', sku, '|', term, '|', billing, '|', toString(tier)),
		concat(toString(unit_price), ' ', toString(erp_price)) FROM license_prices_at(valid_at = '%s', known_at = '%s')`, now, now))
}

func plainly(t *testing.T, price string) string {
	t.Helper()
	d, err := money.Parse(price)
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

func pairs(t *testing.T, i *instance, query string) map[string]string {
	t.Helper()
	rows, err := connect(t, i.ClickHouse).Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]string{}
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			t.Fatal(err)
		}
		if _, twice := all[key]; twice {
			t.Errorf("%s is there twice", key)
		}
		all[key] = value
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// compare says where two views differ.
func compare(t *testing.T, what string, tables, subscriber map[string]string) {
	t.Helper()
	t.Logf("%d %s", len(tables), what)
	if len(tables) < 100 {
		t.Errorf("%d %s are too few to compare", len(tables), what)
	}
	var wrong []string
	for key, want := range tables {
		if got := cmp.Or(subscriber[key], "nothing"); got != want {
			wrong = append(wrong, fmt.Sprintf("%s: the tables say %s, the subscriber %s", key, want, got))
		}
	}
	for key, got := range subscriber {
		if _, ok := tables[key]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s: the tables say nothing, the subscriber %s", key, got))
		}
	}
	slices.Sort(wrong)
	for _, w := range wrong[:min(len(wrong), 10)] {
		t.Error(w)
	}
	if len(wrong) > 10 {
		t.Errorf("and %d more %s differ", len(wrong)-10, what)
	}
}
