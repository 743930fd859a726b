package tail

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/watchlist"
)

// MaxSubjects is how many patterns a filter has at most.
const MaxSubjects = 32

// Filter chooses events: those that pass all that is given. The zero value passes every event.
type Filter struct {
	Subjects  []string // patterns; an event passes that matches one
	Types     []event.Type
	Market    string    // ISO 3166, or ww; what is of no market does not pass
	Currency  string    // ISO 4217; what is of no currency does not pass
	NotBefore time.Time // of the events' own time
	// Watchlist is what is watched now: price changes of its lines, changes and quarantined rows of its meters, changes of the offer matrix
	// of its SKUs. What is of no line and no meter does not pass. Nil passes everything. An error ends who follows.
	Watchlist func(ctx context.Context) (*watchlist.Matcher, error)
	// WithoutCost leaves out what only those may see who have the right to see what a partner pays.
	WithoutCost bool
}

// Validate reports everything wrong with the filter, as an invalid fault whose places are the names of parameters.
func (f *Filter) Validate() error {
	var places []fault.Place
	if len(f.Subjects) > MaxSubjects {
		places = append(places, fault.Place{Where: "subject", Problem: "more than 32 patterns"})
	}
	for _, s := range f.Subjects {
		if !stream.ValidFilter(s) {
			places = append(places, fault.Place{Where: "subject", Problem: "\"" + s + "\" is not a subject pattern; write for example pw.rate.usd.>"})
		}
	}
	for _, t := range f.Types {
		if !slices.Contains(event.Types(), t) {
			places = append(places, fault.Place{Where: "type", Problem: "\"" + string(t) + "\" is not an event type; they are " + typeNames()})
		}
	}
	if f.Market != "" && (len(f.Market) != 2 || strings.Trim(strings.ToLower(f.Market), "abcdefghijklmnopqrstuvwxyz") != "") {
		places = append(places, fault.Place{Where: "market", Problem: "\"" + f.Market + "\" is not two letters of ISO 3166, or ww"})
	}
	if f.Currency != "" && (len(f.Currency) != 3 || strings.Trim(strings.ToLower(f.Currency), "abcdefghijklmnopqrstuvwxyz") != "") {
		places = append(places, fault.Place{Where: "currency", Problem: "\"" + f.Currency + "\" is not three letters of ISO 4217"})
	}
	if len(places) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "filter of events: %s: %s", places[0].Where, places[0].Problem).WithPlaces(places...)
}

func typeNames() string {
	names := make([]string, 0, len(event.Types()))
	for _, t := range event.Types() {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

// Passes reports whether an event passes. What is no event does not: it is in the rejects.
func (f *Filter) Passes(ctx context.Context, e *Entry) (bool, error) {
	if len(f.Subjects) > 0 && !stream.MatchesAny(f.Subjects, e.Subject) {
		return false, nil
	}
	if f.Market != "" || f.Currency != "" {
		market, currency := places(e.Subject)
		if f.Market != "" && !strings.EqualFold(market, f.Market) || f.Currency != "" && !strings.EqualFold(currency, f.Currency) {
			return false, nil
		}
	}
	about := e.about(!f.WithoutCost)
	if about == nil || len(f.Types) > 0 && !slices.Contains(f.Types, about.kind) || about.time.Before(f.NotBefore) {
		return false, nil
	}
	if f.Watchlist == nil {
		return true, nil
	}
	matcher, err := f.Watchlist(ctx)
	if err != nil {
		return false, err
	}
	return about.on(matcher), nil
}

// on reports whether an event is about something on a watchlist.
func (a *about) on(m *watchlist.Matcher) bool {
	return slices.ContainsFunc(a.lines, m.Line) ||
		slices.ContainsFunc(a.rates, func(r placed) bool { return m.Rate(r.id, r.region) }) ||
		slices.ContainsFunc(a.offers, func(o offered) bool { return m.Offer(strings.ToUpper(a.market), o.product, o.sku) })
}

// subjects are patterns of a stream's subjects that cover what passes, so that the server leaves out most of what does not; none when
// nothing of the stream can pass. They never overlap.
func (f *Filter) subjects(declared []string) []string {
	within := declared
	for _, narrow := range [][]string{f.Subjects, f.typeSubjects(), f.marketSubjects(), f.currencySubjects()} {
		if len(narrow) == 0 {
			continue
		}
		var narrower []string
		for _, a := range within {
			for _, b := range narrow {
				if common, some := Intersect(a, b); some && !slices.Contains(narrower, common) {
					narrower = append(narrower, common)
				}
			}
		}
		within = narrower
	}
	if (stream.Query{Subjects: within}).Validate() != nil { // they overlap; what does not pass is left out here
		return slices.DeleteFunc(slices.Clone(declared), func(d string) bool {
			return !slices.ContainsFunc(within, func(w string) bool { _, some := Intersect(d, w); return some })
		})
	}
	return within
}

func (f *Filter) typeSubjects() []string {
	var all []string
	for _, t := range f.Types {
		var s string
		switch t {
		case event.TypeCrawlFinished, event.TypeCrawlProgressed, event.TypeSourceStale:
			s = "pw.crawl.>"
		case event.TypePriceChanged:
			s = "pw.price.>"
		case event.TypeItemChanged:
			s = "pw.item.>"
		case event.TypeRateChanged:
			s = "pw.rate.>"
		case event.TypeRateQuarantined:
			s = "pw.quarantine.>"
		default:
			s = "pw.release.>"
		}
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func (f *Filter) marketSubjects() []string {
	if f.Market == "" {
		return nil
	}
	m := strings.ToLower(f.Market)
	return []string{"pw.release.*." + m + ".>", "pw.price." + m + ".>", "pw.item.*." + m + ".>"}
}

func (f *Filter) currencySubjects() []string {
	if f.Currency == "" {
		return nil
	}
	c := strings.ToLower(f.Currency)
	return []string{"pw.price.*." + c + ".>", "pw.rate." + c + ".>", "pw.quarantine." + c + ".>", "pw.crawl." + c + ".>"}
}
