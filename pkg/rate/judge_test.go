package rate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func many(n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = rowOf(fmt.Sprintf("m%d", i), "1", "2026-01-01", "")
	}
	return rows
}

func TestACrawlWithMoreThan15PercentFewerIdentitiesIsRefused(t *testing.T) {
	for n, refused := range map[int]bool{100: false, 86: false, 85: false, 84: true, 1: true, 101: false} {
		w := watch(t)
		w.crawls("2026-01-10", many(100)...)
		o := w.crawls("2026-01-11", append(many(n), many(1)...)...)
		if (o.Record.Refused != "") != refused {
			t.Errorf("%d of 100: %q", n, o.Record.Refused)
		}
		if refused && (len(o.Changes)+len(o.Quarantined) > 0 || !strings.Contains(o.Record.Refused, "had 100") || o.Record.Identities != n || o.Record.Rows != n+1) {
			t.Errorf("%d of 100: %+v", n, o)
		}
	}
}

func TestTheShrinkBoundaryIsExactForEveryNumber(t *testing.T) {
	p := DefaultPolicy()
	for base := 1; base <= 4000; base++ {
		limit := base * 85 // in hundredths
		for _, n := range []int{limit / 100, limit/100 + 1} {
			if p.shrinks(n, base) != (n*100 < limit) {
				t.Fatalf("%d of %d", n, base)
			}
		}
	}
}

func TestTheGuardComparesWithTheLastCompleteAcceptedCrawl(t *testing.T) {
	w := watch(t)
	w.crawls("2026-01-10", many(100)...)
	w.sees("2026-01-11", many(5)...) // a window is no measure
	if o := w.crawls("2026-01-12", many(80)...); o.Record.Refused == "" {
		t.Error("80 after 100 must be refused")
	}
	if o := w.crawls("2026-01-13", many(80)...); o.Record.Refused == "" {
		t.Error("a refused crawl is no measure for the next")
	}
	accepted := crawl("2026-01-13", many(80)...)
	accepted.Accepted = true
	if o := w.take(accepted); !o.Taken() || !o.Record.Accepted {
		t.Errorf("a person's acceptance overrides: %+v", o.Record)
	}
	if o := w.crawls("2026-01-14", many(70)...); !o.Taken() {
		t.Errorf("70 after 80 is within 15 %%: %q", o.Record.Refused)
	}
}

func TestWindowsHaveNoShrinkGuard(t *testing.T) {
	w := watch(t)
	w.crawls("2026-01-10", many(100)...)
	if o := w.sees("2026-01-11", many(1)...); !o.Taken() {
		t.Error(o.Record.Refused)
	}
}

func TestAnEmptyOrBrokenCrawlIsRefusedUnlessAccepted(t *testing.T) {
	broken := crawl("2026-01-10", many(3)...)
	broken.Complete, broken.Broken = false, "page 7: timeout"
	partial := broken
	partial.Partial = true
	unreadable := crawl("2026-01-10")
	_, bad := NewRow(fields(func(f *Fields) { f.MeterID = "" }))
	unreadable.Quarantined = []Quarantined{*bad}
	for want, o := range map[string]Observation{"incomplete: page 7: timeout": broken, "incomplete": partial, "empty": window("2026-01-10")} {
		w := watch(t)
		if got := w.take(o); !strings.HasPrefix(got.Record.Refused, want) || len(got.Changes) > 0 {
			t.Errorf("want %q: %+v", want, got.Record)
		}
		if _, ok := w.l.Last("azure-usd"); ok {
			t.Error("a refused crawl is no observation")
		}
		o.Accepted = true
		if got := w.take(o); !got.Taken() {
			t.Errorf("accepted: %+v", got.Record)
		}
	}
	if got := watch(t).take(unreadable); !strings.HasPrefix(got.Record.Refused, "empty: none of its") {
		t.Errorf("a crawl that names no identity is empty: %+v", got.Record)
	}
}

func TestAnObservationAlreadyMadeIsRepeatedWhateverItsOrderAndEnvelope(t *testing.T) {
	rows := many(20)
	_, bad := NewRow(fields(func(f *Fields) { f.Price = "x" }))
	_, indented := NewRow(fields(func(f *Fields) { f.Price, f.Raw = "x", []byte("{\n}") }))
	w := watch(t)
	first := crawl("2026-01-10", rows...)
	first.Quarantined = []Quarantined{*bad}
	w.take(first)
	w.crawls("2026-01-11", rows...)
	again := crawl("2026-01-10", append(slices.Clone(rows[1:]), rows[0], rows[3])...)
	again.Quarantined, again.Pages, again.Source, again.Finished = []Quarantined{*indented, *indented}, 3, "elsewhere", at("2026-01-20")
	if o := w.take(again); !o.Repeated || len(o.Changes)+len(o.Quarantined) > 0 || o.Record.ID != "azure-usd-20260110T000000Z-"+o.Record.Content[:12] {
		t.Errorf("%+v", o)
	}
	if n := len(w.l.scopes["azure-usd"].pasts); n != 2 {
		t.Errorf("%d observations, want 2", n)
	}
}

func TestAnotherObservationNotLaterThanTheLastIsRefusedNamingIt(t *testing.T) {
	w := watch(t)
	w.crawls("2026-01-10", many(5)...)
	w.crawls("2026-01-11T12:00:00Z", many(5)...)
	for _, when := range []string{"2026-01-09", "2026-01-10", "2026-01-11", "2026-01-11T12:00:00Z"} {
		o := crawl(when, many(6)...)
		_, err := w.l.Judge(o, w.policy)
		if !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), "2026-01-11T12:00:00Z") {
			t.Errorf("%s: %v", when, err)
		}
		o.Accepted = true
		if _, err := w.l.Judge(o, w.policy); !fault.Is(err, fault.Conflict) {
			t.Errorf("accepting too late: %v", err)
		}
	}
	other := crawl("2026-01-09", many(6)[5])
	other.Scope = "other"
	if o := w.take(other); !o.Taken() {
		t.Error("other scopes have their own time")
	}
}

func TestRefusalIsJudgedFirstAndARefusedCrawlIsRefusedAgain(t *testing.T) {
	w := watch(t)
	w.crawls("2026-01-10", many(100)...)
	small := crawl("2026-01-11", many(60)...)
	first := w.take(small)
	w.crawls("2026-01-12", many(100)...)
	accepted := crawl("2026-01-13", many(65)...)
	accepted.Accepted = true
	w.take(accepted)
	again := w.take(small) // not later than the last, and not so small any more beside the last: refused all the same
	if first.Record.Refused == "" {
		t.Fatal("60 after 100 must be refused")
	}
	same(t, "a refused crawl again", first, again)
}

func TestAGrowingCatalogueRepeatsAsItWasMade(t *testing.T) {
	w := watch(t)
	w.crawls("2026-01-10", many(10)...)
	w.crawls("2026-01-11", many(100)...)
	if o := w.crawls("2026-01-10", many(10)...); !o.Repeated {
		t.Errorf("%+v", o.Record)
	}
	accepted := crawl("2026-01-12", many(10)...)
	accepted.Accepted = true
	w.take(accepted)
	if o := w.crawls("2026-01-12", many(10)...); !o.Repeated {
		t.Errorf("an acceptance stands: %+v", o.Record)
	}
}

func TestARowOfAnIdentityThatAnotherScopeOwnsIsForeign(t *testing.T) {
	w := watch(t)
	w.crawls("2026-01-10", row("0.5", "2026-01-01", ""))
	_, bad := NewRow(fields(func(f *Fields) { f.Price = "x" }))
	o := crawl("2026-01-11", row("0.7", "2026-01-01", ""), row("0.7", "2026-01-01", ""), row("0.8", "2026-02-01", ""), rowOf("n", "1", "2026-01-01", ""))
	o.Scope, o.Quarantined = "other", []Quarantined{*bad}
	got := w.take(o)
	if got.Record.Foreign != 3 || got.Record.Identities != 1 || got.Record.Rows != 5 || got.Record.Quarantined != 0 || w.one(got).Identity.MeterID != "n" {
		t.Errorf("%+v", got.Record)
	}
	w.answers("2026-01-12", "0.5")
	all := crawl("2026-01-12", row("0.7", "2026-01-01", ""))
	all.Scope = "third"
	if got := w.take(all); !got.Taken() || got.Record.Foreign != 1 || got.Record.Identities != 0 {
		t.Errorf("a crawl of foreign rows only is not empty: %+v", got.Record)
	}
}

func TestOnlyTheOwningScopeCountsAbsences(t *testing.T) {
	w := watch(t)
	w.policy = Policy{Shrink: 1, RetireCrawls: 1}
	w.crawls("2026-01-10", row("0.5", "2026-01-01", ""))
	o := crawl("2026-01-11", rowOf("n", "1", "2026-01-01", ""))
	o.Scope = "other"
	if c := w.one(w.take(o)); c.Kind != Added || c.Scope != "other" {
		t.Errorf("%+v", c)
	}
}

func TestRowsThatDisagreeOnPriceOrEndAreAllQuarantined(t *testing.T) {
	for what, rows := range map[string][]Row{
		"price": {row("1", "2026-01-01", ""), row("2", "2026-01-01", "")},
		"end":   {row("1", "2026-01-01", ""), row("1", "2026-01-01", "2026-02-01")},
		"one of three": {
			row("1", "2026-01-01", ""), row("2", "2026-01-01", ""), with(row("1", "2026-01-01", ""), named("other")),
		},
	} {
		w := watch(t)
		o := window("2026-01-10", append(rows, row("3", "2026-01-05", ""), rows[0])...)
		o.RowBytes = func(i int) []byte { return []byte{byte('0' + i)} }
		got := w.take(o)
		if len(got.Quarantined) != len(rows) || got.Record.Quarantined != len(rows) {
			t.Fatalf("%s: %+v", what, got)
		}
		for _, q := range got.Quarantined {
			if q.Reason != ReasonDisagreement || !q.HasIdentity || q.Identity != identity("m") || !strings.Contains(q.Detail, "2026-01-01") || len(q.Raw) != 1 || q.Raw[0] > '2' {
				t.Errorf("%s: %+v", what, q)
			}
		}
		w.is(w.one(got), flags{Kind: Added}, span("3", "2026-01-05", ""))
	}
}

func TestAQuarantinedRowTakesNoPartInDisagreement(t *testing.T) {
	_, inverted := NewRow(fields(func(f *Fields) { f.Price, f.End = "0.01", "2025-06-01" }))
	w := watch(t)
	o := window("2026-01-10", row("0.5", "2026-01-01", ""))
	o.Quarantined = []Quarantined{*inverted}
	got := w.take(o)
	if got.Record.Quarantined != 1 || got.Record.Identities != 1 || w.one(got).Kind != Added {
		t.Errorf("%+v", got)
	}
}

func TestRowsThatDifferInAttributesAloneCountAsTheSmallest(t *testing.T) {
	base := row("1", "2026-01-01", "")
	cheap, dear := planned(SavingsPlan{"1 Year", price("0.1")}), planned(SavingsPlan{"1 Year", price("0.2")})
	w := watch(t)
	got := w.one(w.sees("2026-01-10", with(with(base, named("b")), cheap), with(with(base, named("a")), dear), with(with(base, named("a")), cheap)))
	if got.After.MeterName != "a" || got.After.SavingsPlans[0].Price != price("0.1") {
		t.Errorf("%+v", got.After)
	}
	// The twelve are compared in order: a smaller product id does not outweigh a greater meter name.
	later := w.sees("2026-01-11", with(with(with(base, named("b")), cheap), func(r *Row) { r.ProductID = "" }), with(with(with(base, named("a")), cheap), func(r *Row) { r.ProductID = "z" }))
	if c := w.one(later); c.Kind != Renamed || c.After.MeterName != "a" || c.After.ProductID != "z" {
		t.Errorf("%+v", c)
	}
}

func TestAnIdentityWithOnlyQuarantinedRowsIsPresent(t *testing.T) {
	_, bad := NewRow(fields(func(f *Fields) { f.Price = "x" }))
	w := watch(t)
	w.crawls("2026-01-10", row("0.5", "2026-01-01", ""))
	o := crawl("2026-01-11")
	o.Quarantined = []Quarantined{*bad}
	got := w.take(o)
	if !got.Taken() || got.Record.Identities != 1 || got.Record.Rows != 1 || got.Record.Quarantined != 1 || len(got.Changes) > 0 {
		t.Errorf("%+v", got)
	}
	// One never seen otherwise is counted, but nothing is known of it.
	fresh := watch(t)
	if got := fresh.take(o); got.Record.Identities != 1 || fresh.l.Len() != 0 {
		t.Errorf("%+v", got)
	}
}

func TestTwoIdentitiesWithOneKeyAreAnErrorAndNeverMixed(t *testing.T) {
	same := func(Identity) Key { return 7 }
	w := watch(t)
	w.l.keyOf = same
	if _, err := w.l.Judge(crawl("2026-01-10", many(2)...), w.policy); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "0000000000000007") {
		t.Errorf("in one crawl: %v", err)
	}
	w.take(crawl("2026-01-10", rowOf("m0", "1", "2026-01-01", "")))
	if _, err := w.l.Judge(crawl("2026-01-11", rowOf("m1", "1", "2026-01-01", "")), w.policy); err == nil {
		t.Error("with a known one: no error")
	}
	o := crawl("2026-01-11", rowOf("m0", "1", "2026-01-01", ""))
	_, bad := NewRow(fields(func(f *Fields) { f.Price = "x" }))
	o.Quarantined = []Quarantined{*bad}
	if _, err := w.l.Judge(o, w.policy); err == nil {
		t.Error("with a quarantined one: no error")
	}
}

func TestJudgeModifiesNothingAndAnOutcomeIsOfItsState(t *testing.T) {
	w := watch(t)
	w.crawls("2026-01-10", many(3)...)
	before := shelved(w.l)
	o := crawl("2026-01-11", with(many(1)[0], named("other")), row("1", "2026-01-01", ""))
	o.Accepted = true
	first, err := w.l.Judge(o, w.policy)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.l.Judge(o, w.policy)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "judged twice", first, second)
	if before != shelved(w.l) {
		t.Error("Judge modified the ledger")
	}
	if err := w.l.Apply(first); err != nil {
		t.Fatal(err)
	}
	if err := w.l.Apply(second); !fault.Is(err, fault.Conflict) {
		t.Errorf("an outcome of an older state: %v", err)
	}
}

func TestAnObservationThatCannotBeIsInvalid(t *testing.T) {
	euro := crawl("2026-01-10", with(row("1", "2026-01-01", ""), func(r *Row) { r.Currency = "EUR" }))
	other, nameless, timeless, inverted := crawl("2026-01-10"), crawl("2026-01-10"), crawl(""), crawl("2026-01-10", row("1", "2026-01-01", "2025-01-01"))
	other.Currency, nameless.Scope = "EUR", ""
	for what, o := range map[string]Observation{"row in euro": euro, "in euro": other, "no scope": nameless, "no time": timeless, "inverted row": inverted} {
		if _, err := watch(t).l.Judge(o, DefaultPolicy()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, p := range []Policy{{Shrink: -1, RetireCrawls: 1}, {Shrink: 0.1}, {RetireCrawls: 1, RetireAfter: -1}} {
		if _, err := watch(t).l.Judge(crawl("2026-01-10", many(1)...), p); !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 1 {
			t.Errorf("%+v: %v", p, err)
		}
	}
	if _, err := NewLedger("XQQ"); !fault.Is(err, fault.Invalid) {
		t.Errorf("ledger: %v", err)
	}
}

func TestChangesAreInOrderOfTheirKeysAndCounted(t *testing.T) {
	w := watch(t)
	o := w.sees("2026-01-10", many(50)...)
	if !slices.IsSortedFunc(o.Changes, func(a, b Change) int { return strings.Compare(a.Key.String(), b.Key.String()) }) {
		t.Error("changes are not in order")
	}
	if want := (Counts{Added: 50, Periods: 50}); o.Record.Counts != want || o.Record.Rows != 50 || o.Record.Identities != 50 {
		t.Errorf("%+v", o.Record)
	}
}

func TestTheQuickWayToAnIdentityIsNeverBelievedBlindly(t *testing.T) {
	w := watch(t)
	w.crawls("2026-01-10", many(20)...)
	o := crawl("2026-01-11", append(many(19), rowOf("m19", "2", "2026-01-11", ""), rowOf("new", "1", "2026-01-01", ""))...)
	want, err := w.l.Judge(o, w.policy)
	if err != nil {
		t.Fatal(err)
	}
	for h := range w.l.index.byRaw {
		w.l.index.byRaw[h] = 3 // as if all rows had the bytes of the third
	}
	got, err := w.l.Judge(o, w.policy)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "with useless hashes", want, got)
	if len(got.Changes) != 2 {
		t.Errorf("%d changes, want 2", len(got.Changes))
	}
}
