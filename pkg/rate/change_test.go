package rate

import (
	"testing"
	"time"
)

// with returns a row with something else changed.
func with(r Row, change func(*Row)) Row {
	change(&r)
	return r
}

func named(name string) func(*Row) { return func(r *Row) { r.MeterName = name } }

func planned(plans ...SavingsPlan) func(*Row) { return func(r *Row) { r.SavingsPlans = plans } }

func TestTheCurrentRowIsTheOneOfLatestStartThatHoldsTheObservation(t *testing.T) {
	rows := []Row{row("1", "2026-01-01", ""), row("2", "2026-02-01", "2026-03-01"), row("3", "2026-04-01", "")}
	for when, want := range map[string]string{
		"2025-12-31T23:59:59Z": "", "2026-01-01": "1", "2026-01-31T23:59:59.999999999Z": "1", "2026-02-01": "2", "2026-02-28T23:59:59Z": "2",
		"2026-03-01": "1", "2026-04-01": "3", "2030-01-01": "3",
	} {
		got := current(rows, at(when))
		if (got == nil) != (want == "") || (got != nil && got.Price != price(want)) {
			t.Errorf("at %s: %+v, want %q", when, got, want)
		}
	}
}

func TestAnIdentityIsAddedWhenItHasACurrentRowForTheFirstTime(t *testing.T) {
	w := watch(t)
	c := w.one(w.sees("2026-01-10", row("0.5", "2025-06-01", "")))
	w.is(c, flags{Kind: Added}, span("0.5", "2025-06-01", ""))
	if c.Before != nil || c.After == nil || c.Region != "westeurope" || c.Scope != "azure-usd" || !c.KnownAt.Equal(at("2026-01-10")) || c.Key != identity("m").Key() {
		t.Errorf("%+v", c)
	}
	w.none(w.sees("2026-01-11", row("0.5", "2025-06-01", "")))
}

func TestTiersAreIdentitiesOfTheirOwn(t *testing.T) {
	w := watch(t)
	tier := func(p, tier string) Row {
		return with(row(p, "2026-01-01", ""), func(r *Row) { r.Tier = price(tier) })
	}
	if o := w.sees("2026-01-10", tier("3", "102400"), tier("5", "0"), tier("4", "1024")); o.Record.Counts.Added != 3 || o.Record.Identities != 3 {
		t.Fatalf("%+v", o.Record)
	}
	if c := w.one(w.sees("2026-01-11", tier("3", "102400"), tier("4.5", "1024"), tier("5", "0"))); c.Identity.Tier != price("1024") {
		t.Fatalf("%+v", c)
	}
}

func TestAPriceChangeIsOneOfDecimals(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-10", row("0.50", "2026-01-01", ""))
	w.none(w.sees("2026-01-11", row("0.5", "2026-01-01", "")))
	c := w.one(w.sees("2026-02-02", row("0.500000000000000001", "2026-02-01", "")))
	w.is(c, flags{Kind: PriceChanged}, span("0.500000000000000001", "2026-02-01", ""))
	if c.Before.Price != price("0.5") || c.After.Price != price("0.500000000000000001") {
		t.Errorf("%+v", c)
	}
}

func TestAPriceChangeWithTheSameStartIsACorrection(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-01T12:00:00Z", row("0.5", "2026-01-01", ""))
	w.is(w.one(w.sees("2026-01-02T12:00:00Z", row("0.6", "2026-01-01", ""))), flags{Kind: PriceChanged, Correction: true}, span("0.6", "2026-01-01", ""))
}

func TestAPriceChangeThatStartsMoreThan72HoursBeforeItIsSeenIsBackdated(t *testing.T) {
	for when, backdated := range map[string]bool{"2026-02-04T00:00:00Z": false, "2026-02-04T00:00:00.000000001Z": true, "2026-02-01T00:00:00Z": false} {
		w := watch(t)
		w.sees("2026-01-10", row("0.5", "2026-01-01", ""))
		w.is(w.one(w.sees(when, row("0.6", "2026-02-01", ""))), flags{Kind: PriceChanged, Backdated: backdated}, span("0.6", "2026-02-01", ""))
	}
}

func TestAPriceChangeMayBeCorrectionAndBackdatedBoth(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-10", row("0.5", "2025-01-01", ""))
	w.is(w.one(w.sees("2026-01-11", row("0.6", "2025-01-01", ""))), flags{Kind: PriceChanged, Correction: true, Backdated: true}, span("0.6", "2025-01-01", ""))
}

func TestOnlyPriceChangesAreBackdated(t *testing.T) {
	w := watch(t)
	w.is(w.one(w.sees("2026-01-10", row("0.5", "2025-01-01", ""))), flags{Kind: Added}, span("0.5", "2025-01-01", ""))
	w.is(w.one(w.sees("2026-01-11", row("0.5", "2025-02-01", ""))), flags{Kind: Rescheduled}, span("0.5", "2025-02-01", ""))
}

func TestOtherSavingsPlansAloneAreAPriceChangeOfTheirField(t *testing.T) {
	plan := func(p string) func(*Row) { return planned(SavingsPlan{"1 Year", price(p)}) }
	w := watch(t)
	w.sees("2026-01-02", row("0.5", "2026-01-01", ""))
	w.is(w.one(w.sees("2026-01-03", with(row("0.5", "2026-01-01", ""), plan("0.3")))), flags{Kind: PriceChanged, Correction: true, Field: FieldSavingsPlan})
	c := w.one(w.sees("2026-02-02", with(row("0.5", "2026-02-01", ""), plan("0.2"))))
	w.is(c, flags{Kind: PriceChanged, Field: FieldSavingsPlan}, span("0.5", "2026-02-01", ""))
	if c.Before.SavingsPlans[0].Price != price("0.3") || c.After.SavingsPlans[0].Price != price("0.2") {
		t.Errorf("%+v", c)
	}
	w.is(w.one(w.sees("2026-02-03", with(row("0.6", "2026-02-01", ""), plan("0.1")))), flags{Kind: PriceChanged, Correction: true}, span("0.6", "2026-02-01", ""))
}

func TestTheOrderOfSavingsPlansMeansNothing(t *testing.T) {
	one, three := SavingsPlanFields{"1 Year", "0.4"}, SavingsPlanFields{"3 Years", "0.3"}
	w := watch(t)
	w.sees("2026-01-02", valid(t, func(f *Fields) { f.SavingsPlans = []SavingsPlanFields{one, three} }))
	w.none(w.sees("2026-01-03", valid(t, func(f *Fields) { f.SavingsPlans = []SavingsPlanFields{three, one} })))
}

func TestTheSamePriceWithOtherTimesIsRescheduled(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-10", row("0.5", "2026-01-01", "2026-06-01"))
	w.is(w.one(w.sees("2026-01-11", row("0.5", "2026-01-01", "2026-05-01"))), flags{Kind: Rescheduled}, span("", "2026-05-01", "2026-06-01"))
	w.is(w.one(w.sees("2026-01-12", row("0.5", "2026-01-01", ""))), flags{Kind: Rescheduled}, spanOf("0.5", "2026-01-01", "2026-05-01", ""))
	w.is(w.one(w.sees("2026-01-13", row("0.5", "2025-12-01", ""))), flags{Kind: Rescheduled}, span("0.5", "2025-12-01", ""))
}

func TestAnEndWhereThereWasNoneIsExpiring(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-10", row("0.5", "2026-01-01", ""))
	w.is(w.one(w.sees("2026-01-11", row("0.5", "2026-01-01", "2026-02-01"))), flags{Kind: Rescheduled, Expiring: true}, span("", "2026-02-01", ""))
	w.is(w.one(w.sees("2026-01-12", row("0.5", "2026-01-01", "2026-03-01"))), flags{Kind: Rescheduled}, spanOf("0.5", "2026-01-01", "2026-02-01", "2026-03-01"))
}

func TestTheSamePriceAndTimesWithOtherAttributesIsRenamed(t *testing.T) {
	for i := range attributeCount {
		w := watch(t)
		w.sees("2026-01-10", row("0.5", "2026-01-01", ""))
		c := w.one(w.sees("2026-01-11", with(row("0.5", "2026-01-01", ""), func(r *Row) { *r.Attributes.list()[i] = "other" })))
		w.is(c, flags{Kind: Renamed})
		if *c.Before.Attributes.list()[i] == "other" || *c.After.Attributes.list()[i] != "other" || c.Region != "westeurope" {
			t.Errorf("attribute %d: %+v", i, c)
		}
	}
}

func TestAnAbsentAttributeIsEmpty(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-10", with(row("0.5", "2026-01-01", ""), func(r *Row) { r.Attributes = Attributes{} }))
	w.none(w.sees("2026-01-11", valid(t, func(f *Fields) { f.Attributes = Attributes{MeterName: "  "} })))
}

func TestARateWithoutARegionIsGlobalForEver(t *testing.T) {
	w := watch(t)
	if c := w.one(w.sees("2026-01-10", with(row("0.5", "2026-01-01", ""), func(r *Row) { r.ARMRegionName = "" }))); c.Region != GlobalRegion {
		t.Errorf("region %q", c.Region)
	}
	if c := w.one(w.sees("2026-01-11", row("0.5", "2026-01-01", ""))); c.Kind != Renamed || c.Region != GlobalRegion {
		t.Errorf("%s, region %q", c.Kind, c.Region)
	}
}

func TestAnAnnouncedPriceIsRestatedUpcomingAndChangesWhenItStarts(t *testing.T) {
	now, then := row("0.5", "2026-01-01", "2026-03-01"), row("0.6", "2026-03-01", "")
	w := watch(t)
	w.sees("2026-02-01", now)
	c := w.one(w.sees("2026-02-02", now, then))
	w.is(c, flags{Kind: Restated, Upcoming: true}, span("0.6", "2026-03-01", ""))
	if c.Before == nil || c.After == nil || c.After.Price != price("0.5") {
		t.Errorf("%+v", c)
	}
	w.is(w.one(w.sees("2026-03-01T12:00:00Z", now, then)), flags{Kind: PriceChanged})
	w.answers("2026-02-15", "0.5")
	w.answers("2026-03-15", "0.6")
}

func TestOtherPastTimesAreRestatedButNotUpcoming(t *testing.T) {
	w := watch(t)
	w.sees("2026-02-10", row("0.5", "2026-02-01", ""))
	w.is(w.one(w.sees("2026-02-11", row("0.4", "2026-01-01", "2026-02-01"), row("0.5", "2026-02-01", ""))), flags{Kind: Restated}, span("0.4", "2026-01-01", "2026-02-01"))
}

func TestAnIdentityWithFutureRowsOnlyIsRestatedThenAdded(t *testing.T) {
	w := watch(t)
	c := w.one(w.sees("2026-01-10", row("0.5", "2026-02-01", "")))
	w.is(c, flags{Kind: Restated, Upcoming: true}, span("0.5", "2026-02-01", ""))
	if c.Before != nil || c.After != nil || c.Region != "westeurope" {
		t.Errorf("%+v", c)
	}
	w.is(w.one(w.sees("2026-02-01", row("0.5", "2026-02-01", ""))), flags{Kind: Added})
}

func TestAnExpiredRowIsNotCurrent(t *testing.T) {
	w := watch(t)
	w.is(w.one(w.sees("2026-03-01", row("0.5", "2026-01-01", "2026-03-01"))), flags{Kind: Restated}, span("0.5", "2026-01-01", "2026-03-01"))
	w.none(w.sees("2026-03-02", row("0.5", "2026-01-01", "2026-03-01")))
	w.answers("2026-02-01", "0.5")
	w.answers("2026-03-01", "")
	w.is(w.one(w.sees("2026-03-03", row("0.7", "2026-03-01", ""))), flags{Kind: Added}, span("0.7", "2026-03-01", ""))
}

func TestThePriceOfAnExpiredRateIsStillTheLastKnownOne(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-10", row("0.5", "2026-01-01", "2026-02-01"))
	w.none(w.sees("2026-02-02", row("0.5", "2026-01-01", "2026-02-01")))
	w.is(w.one(w.sees("2026-02-03", row("0.6", "2026-02-01", ""))), flags{Kind: PriceChanged}, span("0.6", "2026-02-01", ""))
}

func TestAnOldPriceNeverComesBackToLifeByItself(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-10", row("0.5", "2026-01-01", ""))
	w.sees("2026-02-10", row("0.6", "2026-02-01", "2026-03-01"))
	w.answers("2026-01-20", "0.5") // before the earliest start of what was seen later, belief stays
	w.answers("2026-02-20", "0.6")
	w.answers("2026-03-20", "")
}

func TestAStartThatMovesEarlierOverrides(t *testing.T) {
	w := watch(t)
	w.sees("2026-02-10", row("0.5", "2026-02-01", ""))
	w.is(w.one(w.sees("2026-02-11", row("0.6", "2026-01-01", ""))), flags{Kind: PriceChanged, Backdated: true}, span("0.6", "2026-01-01", ""))
	w.answers("2026-02-10", "0.6")
	w.answers("2026-01-10", "0.6")
}

func TestAStartThatMovesLaterLeavesBeliefBeforeIt(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-10", row("0.5", "2026-01-01", ""))
	w.sees("2026-03-02", row("0.6", "2026-03-01", ""))
	w.answers("2026-02-28T23:59:59Z", "0.5")
	w.answers("2026-03-01", "0.6")
}

func TestARowInsideALongerOneAnswersForItsTime(t *testing.T) {
	w := watch(t)
	w.is(w.one(w.sees("2026-01-15", row("1", "2026-01-01", ""), row("2", "2026-02-01", "2026-03-01"))), flags{Kind: Added},
		span("1", "2026-01-01", "2026-02-01"), span("2", "2026-02-01", "2026-03-01"), spanOf("1", "2026-01-01", "2026-03-01", ""))
}

func TestWhatMakesAChangeIsDecidedInOrder(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-10", with(row("0.5", "2026-01-01", ""), planned(SavingsPlan{"1 Year", price("0.3")})))
	all := with(with(row("0.6", "2026-01-01", "2026-02-01"), named("other")), planned())
	w.is(w.one(w.sees("2026-01-11", all)), flags{Kind: PriceChanged, Correction: true, Backdated: true},
		spanOf("0.6", "2026-01-01", "2026-01-01", "2026-02-01"), span("", "2026-02-01", ""))
	timed := with(row("0.6", "2026-01-01", "2026-03-01"), named("third"))
	w.is(w.one(w.sees("2026-01-12", timed)), flags{Kind: Rescheduled}, spanOf("0.6", "2026-01-01", "2026-02-01", "2026-03-01"))
	w.is(w.one(w.sees("2026-01-13", row("0.6", "2026-01-01", "2026-03-01"), row("0.7", "2026-03-01", ""))), flags{Kind: Renamed}, span("0.7", "2026-03-01", ""))
}

func TestRetirementNeedsThreeCompleteCrawlsAnd72Hours(t *testing.T) {
	other := rowOf("n", "1", "2026-01-01", "")
	for _, c := range []struct {
		what  string
		times []string // of crawls without it; the last retires it
	}{
		{"three crawls a day apart are only 48 hours", []string{"2026-01-11", "2026-01-12", "2026-01-13", "2026-01-14"}},
		{"two crawls 96 hours apart are only two", []string{"2026-01-11", "2026-01-15", "2026-01-15T00:00:01Z"}},
		{"both at once", []string{"2026-01-11", "2026-01-12", "2026-01-14"}},
	} {
		w := watch(t)
		w.policy.Shrink = 1
		w.crawls("2026-01-10", row("0.5", "2026-01-01", ""), other)
		for _, when := range c.times[:len(c.times)-1] {
			w.none(w.crawls(when, other))
		}
		last := c.times[len(c.times)-1]
		got := w.one(w.crawls(last, other))
		w.is(got, flags{Kind: Retired}, span("", "2026-01-11", ""))
		if got.After != nil || got.Before == nil || !got.KnownAt.Equal(at(last)) {
			t.Errorf("%s: %+v", c.what, got)
		}
		w.answers("2026-01-10T23:59:59Z", "0.5")
		w.answers("2026-01-11", "")
		w.none(w.crawls("2026-02-01", other))
	}
}

func TestPartialAndRefusedCrawlsNeitherCountNorReset(t *testing.T) {
	var others []Row
	for _, m := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		others = append(others, rowOf(m, "1", "2026-01-01", ""))
	}
	w := watch(t)
	w.crawls("2026-01-10", append(others, row("0.5", "2026-01-01", ""))...)
	w.none(w.crawls("2026-01-11", others...))
	if o := w.crawls("2026-01-11T12:00:00Z", row("0.5", "2026-01-01", "")); o.Record.Refused == "" {
		t.Fatal("a crawl of one in eight must be refused")
	}
	w.none(w.sees("2026-01-12", others...))
	w.none(w.crawls("2026-01-13", others...))
	w.none(w.sees("2026-01-15", others...))
	w.is(w.one(w.crawls("2026-01-16", others...)), flags{Kind: Retired}, span("", "2026-01-11", ""))
}

func TestBeingSeenEndsAnAbsence(t *testing.T) {
	other := rowOf("n", "1", "2026-01-01", "")
	_, bad := NewRow(fields(func(f *Fields) { f.Price = "x" }))
	for what, seen := range map[string]Observation{
		"by a crawl":            crawl("2026-01-13", row("0.5", "2026-01-01", ""), other),
		"by a window":           window("2026-01-13", row("0.5", "2026-01-01", ""), other),
		"by a quarantined row":  {Scope: "azure-usd", Currency: "USD", At: at("2026-01-13"), Complete: true, Rows: []Row{other}, Quarantined: []Quarantined{*bad}},
		"by rows that disagree": crawl("2026-01-13", row("0.5", "2026-01-01", ""), row("0.6", "2026-01-01", ""), other),
	} {
		w := watch(t)
		w.policy.Shrink = 1
		w.crawls("2026-01-10", row("0.5", "2026-01-01", ""), other)
		w.none(w.crawls("2026-01-11", other))
		w.none(w.crawls("2026-01-12", other))
		w.none(w.take(seen))
		w.none(w.crawls("2026-01-20", other))
		w.none(w.crawls("2026-01-21", other))
		c := w.one(w.crawls("2026-01-23", other))
		if c.Kind != Retired || !c.Periods[0].From.Equal(at("2026-01-20")) {
			t.Errorf("%s: %+v", what, c)
		}
	}
}

func TestARetiredRateThatComesBackIsAddedAndReturned(t *testing.T) {
	other := rowOf("n", "1", "2026-01-01", "")
	w := watch(t)
	w.policy = Policy{Shrink: 1, RetireCrawls: 1, RetireAfter: 0}
	w.crawls("2026-01-10", row("0.5", "2026-01-01", ""), other)
	w.is(w.one(w.crawls("2026-01-11", other)), flags{Kind: Retired}, span("", "2026-01-11", ""))
	c := w.one(w.crawls("2026-01-20", row("0.5", "2026-01-01", ""), other))
	w.is(c, flags{Kind: Added, Returned: true}, spanOf("0.5", "2026-01-01", "2026-01-11", ""))
	if c.Before != nil {
		t.Errorf("%+v", c.Before)
	}
	w.is(w.one(w.crawls("2026-01-21", other)), flags{Kind: Retired}, span("", "2026-01-21", ""))
}

func TestARetiredRateThatIsAnnouncedAgainIsRetiredAgainWhenItVanishes(t *testing.T) {
	other := rowOf("n", "1", "2026-01-01", "")
	w := watch(t)
	w.policy = Policy{Shrink: 1, RetireCrawls: 1, RetireAfter: 0}
	w.crawls("2026-01-10", row("0.5", "2026-01-01", ""), other)
	w.crawls("2026-01-11", other)
	w.is(w.one(w.crawls("2026-01-12", row("0.7", "2026-03-01", ""), other)), flags{Kind: Restated, Upcoming: true}, span("0.7", "2026-03-01", ""))
	w.is(w.one(w.crawls("2026-01-13", other)), flags{Kind: Retired}, span("", "2026-03-01", ""))
	w.none(w.crawls("2026-01-14", other))
	w.is(w.one(w.crawls("2026-01-15", row("0.7", "2026-01-15", ""), other)), flags{Kind: Added, Returned: true}, span("0.7", "2026-01-15", ""))
}

func TestAnExpiredRateThatVanishesIsRetiredWithoutPeriods(t *testing.T) {
	other := rowOf("n", "1", "2026-01-01", "")
	w := watch(t)
	w.policy = Policy{Shrink: 1, RetireCrawls: 1, RetireAfter: time.Hour}
	w.crawls("2026-01-10", row("0.5", "2026-01-01", "2026-02-01"), other)
	w.none(w.crawls("2026-02-02", other))
	w.is(w.one(w.crawls("2026-02-03", other)), flags{Kind: Retired})
}
