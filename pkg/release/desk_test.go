package release_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/memory"
	"github.com/pricewire/pricewire/pkg/release/releasetest"
	"github.com/pricewire/pricewire/pkg/sheet"
)

var codec = release.Codec{Encode: sheet.Encode, Decode: sheet.Decode, EncodeItems: sheet.EncodeItems, DecodeItems: sheet.DecodeItems}

// office is a desk and what it works on. Now is the instant at which everybody acts.
type office struct {
	*testing.T
	*release.Desk
	store *memory.Store
	lists *release.Lists
	now   time.Time

	sequence uint64 // of the last event the world was told
}

func newOffice(t *testing.T, cfg release.DeskConfig) *office {
	t.Helper()
	if cfg.Policies == nil {
		cfg.Policies = release.Policies{release.License: {Notice: effective.Days(30), Monthly: true}}
	}
	if cfg.BatchLimit == 0 {
		cfg.BatchLimit = 1000
	}
	lists, err := release.NewLists(memory.NewContent(), codec)
	if err != nil {
		t.Fatal(err)
	}
	store := memory.NewStore()
	desk, err := release.NewDesk(cfg, store, lists)
	if err != nil {
		t.Fatal(err)
	}
	return &office{T: t, Desk: desk, store: store, lists: lists, now: releasetest.Instant}
}

func (o *office) as(who string) release.Act { return release.Act{Who: who, At: o.now} }

func (o *office) late(who, reason string) release.Act {
	return release.Act{Who: who, At: o.now, Reason: reason}
}

// list is a sheet of the products given, at price 1 to n in their order unless a price is written behind: "a b=20".
func list(market, month, products string) release.CreateInput {
	m, err := effective.ParseMonth(month)
	if err != nil {
		panic(err)
	}
	in := release.CreateInput{List: release.License, Market: market, EffectiveAt: m.Start(), Kind: release.Full}
	for i, p := range strings.Fields(products) {
		name, price := p, int64(i+1)
		if before, after, ok := strings.Cut(p, "="); ok {
			name = before
			if _, err := fmt.Sscan(after, &price); err != nil {
				panic(err)
			}
		}
		in.Rows = append(in.Rows, pricelist.Row{Number: i + 2, Line: pricelist.Line{
			Identity:  pricelist.Identity{Market: market, Currency: "USD", Product: name, SKU: "0001", Term: "P1M", Billing: "Monthly"},
			UnitPrice: money.Int(price), ERPPrice: money.Int(2 * price), Basis: pricelist.PerTerm,
		}})
	}
	return in
}

func delta(in release.CreateInput) release.CreateInput {
	in.Kind = release.Delta
	return in
}

func (o *office) review(in release.CreateInput) release.Release {
	o.Helper()
	r := must(o.T)(o.Create(o.Context(), in, o.late("alice", "the list")))
	return must(o.T)(o.Submit(o.Context(), r.ID, o.as("alice")))
}

// published makes a public release as the scheduler would, at the present instant.
func (o *office) published(in release.CreateInput, sequence uint64) release.Release {
	o.Helper()
	r := o.review(in)
	ok := must(o.T)
	r = ok(o.Approve(o.Context(), r.ID, o.late("bob", "at once")))
	return o.out(r, sequence)
}

func (o *office) out(r release.Release, sequence uint64) release.Release {
	o.Helper()
	ok := must(o.T)
	now := o.now
	if r.PublishAt.After(now) {
		now = r.PublishAt
	}
	r = ok(r.BeginPublishing(now, release.Circumstances{Predecessor: r.Predecessor}))
	r = ok(r.Publish(now, r.Manifest(sequence)))
	return ok(o.store.Update(o.Context(), r))
}

func TestADraftKnowsWhatItFollowsAndWhatChanges(t *testing.T) {
	o := newOffice(t, release.DeskConfig{MovePercent: 50})
	first := o.review(list("US", "2026-11", "a b c"))
	if !first.Baseline || first.Predecessor != "" || first.Diff != (listing.Counts{Added: 3}) || first.Lines != 3 {
		t.Errorf("%+v follows %q, baseline %t, %d lines", first.Diff, first.Predecessor, first.Baseline, first.Lines)
	}
	o.now = at(t, "2026-10-10")
	o.out(must(t)(o.Approve(t.Context(), first.ID, o.late("bob", "late"))), 4)
	r := must(t)(o.Create(t.Context(), list("US", "2026-12", "a b=5 d"), o.as("alice")))
	if r.ID != "license-us-2026-12-r1" || r.Predecessor != first.ID || r.Baseline {
		t.Errorf("%s follows %q", r.ID, r.Predecessor)
	}
	if want := (listing.Counts{Added: 1, PriceChanged: 1, Removed: 1, Unchanged: 1}); r.Diff != want {
		t.Errorf("diff %+v, want %+v", r.Diff, want)
	}
	rules := map[string]int{}
	for _, p := range r.Problems {
		rules[p.Rule]++
	}
	if rules[pricelist.RuleLinesGone] == 0 || rules[pricelist.RulePriceMoved] != 2 {
		t.Errorf("problems %v", rules)
	}
	log, err := o.Log(t.Context(), r.ID)
	if err != nil || len(log) != 1 || log[0] != (release.Entry{At: o.now, Who: "alice", What: release.DidCreate}) {
		t.Errorf("log %+v, %v", log, err)
	}
}

func TestASheetWithErrorsNamesThemAndStoresNothing(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	in := list("US", "2026-12", "a b")
	in.Rows[1].Currency = "QQQ"
	in.Problems = []listing.Problem{{Severity: listing.Error, Rule: "not-a-number", Row: 4, Column: "UnitPrice", Text: "not a number"}}
	_, err := o.Create(t.Context(), in, o.as("alice"))
	if !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 2 {
		t.Errorf("got %v with places %v", err, fault.PlacesOf(err))
	}
	if all, err := o.List(t.Context(), release.Filter{}); err != nil || len(all) != 0 {
		t.Errorf("%d releases, %v", len(all), err)
	}
	report, err := o.Lint(t.Context(), in, o.now)
	if err != nil || len(report.Problems) < 2 {
		t.Errorf("lint: %+v, %v", report, err)
	}
	in.Market, in.EffectiveAt = "", time.Time{}
	if report, err = o.Lint(t.Context(), in, o.now); err != nil || len(report.Problems) < 2 {
		t.Errorf("lint of the sheet alone: %+v, %v", report, err)
	}
}

func TestCommandsThatCannotBeRightAreInvalid(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	good := list("US", "2026-12", "a")
	for name, spoil := range map[string]func(*release.CreateInput, *release.Act){
		"list":        func(in *release.CreateInput, _ *release.Act) { in.List = "offers" },
		"market":      func(in *release.CreateInput, _ *release.Act) { in.Market = "usa" },
		"kind":        func(in *release.CreateInput, _ *release.Act) { in.Kind = "some" },
		"no instant":  func(in *release.CreateInput, _ *release.Act) { in.EffectiveAt = time.Time{} },
		"no lines":    func(in *release.CreateInput, _ *release.Act) { in.Rows = nil },
		"no name":     func(_ *release.CreateInput, act *release.Act) { act.Who = "" },
		"acknowledge": func(in *release.CreateInput, _ *release.Act) { in.Acknowledged = []string{"everything"} },
	} {
		in, act := good, o.as("alice")
		spoil(&in, &act)
		if _, err := o.Create(t.Context(), in, act); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := o.Create(t.Context(), delta(good), o.as("alice")); !fault.Is(err, fault.Refused) {
		t.Errorf("a delta of nothing: %v", err)
	}
	good.PublishAt = at(t, "2026-11-02")
	if _, err := o.Create(t.Context(), good, o.as("alice")); !fault.Is(err, fault.Refused) {
		t.Errorf("a publication that is too late: %v", err)
	}
	for _, do := range []func(context.Context, string, release.Act) (release.Release, error){
		o.Reject,
		func(ctx context.Context, id string, act release.Act) (release.Release, error) {
			return o.Submit(ctx, id, act)
		},
		func(ctx context.Context, id string, act release.Act) (release.Release, error) {
			return o.Approve(ctx, id, act)
		},
	} {
		if _, err := do(t.Context(), "license-us-2030-01-r1", o.as("bob")); !fault.Is(err, fault.NotFound) {
			t.Errorf("what is not there: %v", err)
		}
		if _, err := do(t.Context(), "a release", o.as("bob")); !fault.Is(err, fault.Invalid) {
			t.Errorf("what is no id: %v", err)
		}
	}
}

func TestASecondDraftOfAMonthIsAConflictUntilTheFirstIsClosed(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	first := must(t)(o.Create(t.Context(), list("US", "2026-12", "a"), o.as("alice")))
	if _, err := o.Create(t.Context(), list("US", "2026-12", "a b"), o.as("carol")); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	must(t)(o.Reject(t.Context(), first.ID, o.late("alice", "not mine")))
	if second := must(t)(o.Create(t.Context(), list("US", "2026-12", "a b"), o.as("carol"))); second.ID != "license-us-2026-12-r2" {
		t.Errorf("got %s", second.ID)
	}
}

func TestALostSheetIsRefusedUntilSomebodyAcknowledgesIt(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	o.published(list("US", "2026-11", "a b c d"), 5)
	r := o.review(list("US", "2026-12", "a"))
	if _, err := o.Approve(t.Context(), r.ID, o.as("bob")); !fault.Is(err, fault.Refused) || !strings.Contains(fault.HintOf(err), "--acknowledge lines-gone") {
		t.Errorf("got %v, hint %q", err, fault.HintOf(err))
	}
	if _, err := o.Approve(t.Context(), r.ID, o.as("bob"), "everything"); !fault.Is(err, fault.Invalid) {
		t.Errorf("another rule: %v", err)
	}
	must(t)(o.Approve(t.Context(), r.ID, o.as("bob"), pricelist.RuleLinesGone))
}

func TestAReviewThatAPublicationOvertookIsAConflictUntilItIsSubmittedAgain(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	january := o.review(list("US", "2027-01", "a b=7"))
	december := o.published(list("US", "2026-12", "a b c"), 4)
	before, _ := o.store.Get(t.Context(), january.ID)
	if _, err := o.Approve(t.Context(), january.ID, o.as("bob")); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.HintOf(err), "release submit") {
		t.Errorf("got %v, hint %q", err, fault.HintOf(err))
	}
	if after, _ := o.store.Get(t.Context(), january.ID); !cmp.Equal(before, after) {
		t.Error("a refused approval changed the record")
	}
	january = must(t)(o.Submit(t.Context(), january.ID, o.as("alice")))
	if january.Predecessor != december.ID || january.Diff != (listing.Counts{PriceChanged: 1, Unchanged: 1, Removed: 1}) {
		t.Errorf("follows %q, %+v", january.Predecessor, january.Diff)
	}
	if _, err := o.Submit(t.Context(), january.ID, o.as("alice")); !fault.Is(err, fault.Conflict) {
		t.Errorf("submitted for nothing: %v", err)
	}
	must(t)(o.Approve(t.Context(), january.ID, o.as("bob"), pricelist.RuleLinesGone))
}

func TestAListFollowsTheOneThatIsApprovedAndWillBeOutBeforeIt(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	december := o.review(list("US", "2026-12", "a b"))
	march := o.review(list("US", "2027-03", "a b=3"))
	if march.Predecessor != "" {
		t.Errorf("a list in review counts: follows %q", march.Predecessor)
	}
	must(t)(o.Approve(t.Context(), december.ID, o.as("bob")))
	c, err := o.Diff(t.Context(), march.ID, "", o.now)
	if err != nil || c.Against != december.ID || !c.Planned || c.Summary != (listing.Counts{PriceChanged: 1, Unchanged: 1}) || len(c.Lines) != 1 {
		t.Errorf("diff against %q, planned %t, %+v, %v", c.Against, c.Planned, c.Summary, err)
	}
	march = must(t)(o.Approve(t.Context(), march.ID, o.as("bob")))
	if march.Predecessor != december.ID || march.Baseline || march.Diff.PriceChanged != 1 {
		t.Errorf("follows %q, %+v", march.Predecessor, march.Diff)
	}
}

func TestADeltaIsMadeWholeAgainWhenItFollowsAnotherList(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	o.published(list("US", "2026-11", "a b"), 3)
	r := o.review(delta(list("US", "2027-01", "b=9")))
	if r.Lines != 2 || r.Sheet == r.Content || r.Diff != (listing.Counts{PriceChanged: 1, Unchanged: 1}) {
		t.Errorf("%d lines, %+v", r.Lines, r.Diff)
	}
	o.published(list("US", "2026-12", "a=4 b c"), 6)
	again := must(t)(o.Submit(t.Context(), r.ID, o.as("alice")))
	if again.Lines != 3 || again.Content == r.Content || again.Sheet != r.Sheet || again.Diff != (listing.Counts{PriceChanged: 1, Unchanged: 2}) {
		t.Errorf("%d lines, %+v", again.Lines, again.Diff)
	}
	lines, err := o.lists.Lines(t.Context(), again.Content)
	if err != nil || len(lines) != 3 || lines[0].UnitPrice != money.Int(4) || lines[1].UnitPrice != money.Int(9) {
		t.Errorf("%d lines, %v", len(lines), err)
	}
}

func TestAReleaseTooLargeForOnePublicationIsRefusedAtApproval(t *testing.T) {
	o := newOffice(t, release.DeskConfig{BatchLimit: 3})
	r := o.review(list("US", "2026-12", "a b c"))
	if _, err := o.Approve(t.Context(), r.ID, o.as("bob")); !fault.Is(err, fault.Refused) {
		t.Errorf("got %v", err)
	}
	o = newOffice(t, release.DeskConfig{BatchLimit: 4})
	must(t)(o.Approve(t.Context(), o.review(list("US", "2026-12", "a b c")).ID, o.as("bob")))
}

func TestAListWhoseContentIsLostIsNotApprovedAgainstAnother(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	december := o.review(list("US", "2026-12", "a"))
	december = must(t)(o.Approve(t.Context(), december.ID, o.as("bob")))
	december.Content = strings.Repeat("0", 64)
	must(t)(o.store.Update(t.Context(), december))
	if _, err := o.Create(t.Context(), list("US", "2027-01", "a"), o.as("alice")); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
}

func TestAPublicReleaseIsComparedWithWhatItFollowedThen(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	november := o.published(list("US", "2026-11", "a b"), 3)
	january := o.published(list("US", "2027-01", "a b=5"), 5)
	december := o.published(list("US", "2026-12", "a b=9"), 7)
	c, err := o.Diff(t.Context(), january.ID, "", o.now)
	if err != nil || c.Against != november.ID || c.Planned || c.Summary.PriceChanged != 1 || *c.Lines[0].Before != list("US", "2026-11", "a b").Rows[1].Line {
		t.Errorf("against %q, %+v, %v", c.Against, c.Summary, err)
	}
	c, err = o.Diff(t.Context(), january.ID, december.ID, o.now)
	if err != nil || c.Against != december.ID || c.Lines[0].Before.UnitPrice != money.Int(9) || c.Lines[0].After.UnitPrice != money.Int(5) {
		t.Errorf("against %q, %+v, %v", c.Against, c.Summary, err)
	}
	c, err = o.Diff(t.Context(), november.ID, january.ID, o.now)
	if err != nil || c.Against != january.ID || c.Lines[0].Before.UnitPrice != money.Int(5) || c.Lines[0].After.UnitPrice != money.Int(2) {
		t.Errorf("back in time: against %q, %+v, %v", c.Against, c.Summary, err)
	}
	if _, err := o.Diff(t.Context(), november.ID, "license-us-2030-01-r1", o.now); !fault.Is(err, fault.NotFound) {
		t.Errorf("against nothing: %v", err)
	}
	canada := o.review(list("CA", "2026-12", "a"))
	if _, err := o.Diff(t.Context(), november.ID, canada.ID, o.now); !fault.Is(err, fault.Invalid) {
		t.Errorf("against another market: %v", err)
	}
}

func TestACommandBasedOnAnOldVersionIsAConflict(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	draft := must(t)(o.Create(t.Context(), list("US", "2026-12", "a"), o.as("alice")))
	act := o.as("alice")
	act.Version = draft.Version
	must(t)(o.Submit(t.Context(), draft.ID, act))
	act = o.late("bob", "why not")
	act.Version = draft.Version
	for _, do := range []func() (release.Release, error){
		func() (release.Release, error) { return o.Approve(t.Context(), draft.ID, act) },
		func() (release.Release, error) { return o.Reject(t.Context(), draft.ID, act) },
	} {
		if _, err := do(); !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v", err)
		}
	}
}

func TestADeskThatCannotWorkIsNotMade(t *testing.T) {
	lists, err := release.NewLists(memory.NewContent(), codec)
	if err != nil {
		t.Fatal(err)
	}
	policies := release.Policies{release.License: {Notice: effective.Days(30)}}
	for name, cfg := range map[string]release.DeskConfig{
		"no policies": {BatchLimit: 10}, "no batches": {Policies: policies}, "negative moves": {Policies: policies, BatchLimit: 10, MovePercent: -1},
	} {
		if _, err := release.NewDesk(cfg, memory.NewStore(), lists); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := release.NewDesk(release.DeskConfig{Policies: policies, BatchLimit: 10}, nil, lists); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a store: %v", err)
	}
	if _, err := release.NewLists(nil, release.Codec{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("lists of nothing: %v", err)
	}
}

func TestWhoeverWaitsForAReleaseIsToldWhatBecameOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		then func(o *office, r release.Release)
		kind fault.Kind
	}{
		"published": {func(o *office, r release.Release) { o.out(r, 9) }, fault.Internal},
		"held": {func(o *office, r release.Release) {
			must(o.T)(o.store.Update(o.Context(), must(o.T)(r.Hold(o.now, "another predecessor"))))
		}, fault.Conflict},
		"rejected": {func(o *office, r release.Release) { must(o.T)(o.Reject(o.Context(), r.ID, o.late("carol", "wrong"))) }, fault.Conflict},
	} {
		o := newOffice(t, release.DeskConfig{})
		o.now = at(t, "2026-11-05")
		r := o.review(list("US", "2026-12", "a"))
		r = must(t)(o.Approve(t.Context(), r.ID, o.late("bob", "forgotten")))
		if !r.AtOnce(o.now) {
			t.Errorf("%s: it does not go out at once", name)
		}
		type outcome struct {
			r   release.Release
			err error
		}
		told := make(chan outcome)
		go func() {
			r, err := o.Settled(t.Context(), r.ID)
			told <- outcome{r, err}
		}()
		c.then(o, r)
		if got := <-told; c.kind == fault.Internal && (got.err != nil || got.r.State != release.Published) || c.kind != fault.Internal && !fault.Is(got.err, c.kind) {
			t.Errorf("%s: %s, %v", name, got.r.State, got.err)
		}
	}
	o := newOffice(t, release.DeskConfig{})
	r := must(t)(o.Approve(t.Context(), o.review(list("US", "2026-12", "a")).ID, o.as("bob")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.Settled(ctx, r.ID); !fault.Is(err, fault.Unavailable) || r.AtOnce(o.now) {
		t.Errorf("when nobody waits any longer: %v", err)
	}
	unwatched := releasetest.NewFlaky(o.store, func(call string) releasetest.Fate {
		if call == "watch" {
			return releasetest.FailsBefore
		}
		return releasetest.Works
	})
	desk, err := release.NewDesk(release.DeskConfig{Policies: release.Policies{release.License: {Notice: effective.Days(30)}}, BatchLimit: 1000}, unwatched, o.lists)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := desk.Settled(t.Context(), r.ID); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "failed on purpose") || fault.HintOf(err) == "" {
		t.Errorf("when it cannot be watched: %v", err)
	}
}
