package release_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
)

// correct drafts and submits a correction.
func (o *office) correct(id string, in release.CreateInput, more ...func(*release.CorrectInput)) release.Release {
	o.Helper()
	c := release.CorrectInput{CreateInput: in}
	for _, set := range more {
		set(&c)
	}
	r := must(o.T)(o.Correct(o.Context(), id, c, o.late("alice", "it was wrong")))
	return must(o.T)(o.Submit(o.Context(), r.ID, o.as("alice")))
}

func (o *office) approving(id string) error {
	_, err := o.Approve(o.Context(), id, o.late("bob", "late"))
	return err
}

func TestWhatWasAnsweredStaysThoughARevisionWasMadeBefore(t *testing.T) {
	for name, make := range map[string]func(o *office, december release.Release) string{
		"a correction": func(o *office, december release.Release) string {
			return o.correct(december.ID, list("US", "2026-12", "a=12")).ID
		},
		"a new revision": func(o *office, _ release.Release) string { return o.review(list("US", "2026-12", "a=12")).ID },
		"from an instant": func(o *office, december release.Release) string {
			o.now = at(o.T, "2026-12-02")
			o.settle(december.ID)
			return o.correct(december.ID, list("US", "2026-12", "a=12"), func(c *release.CorrectInput) { c.From = at(o.T, "2026-12-03") }).ID
		},
	} {
		o := newOffice(t, release.DeskConfig{})
		december := o.public(list("US", "2026-12", "a=11"))
		o.now = at(t, "2026-11-20")
		id := make(o, december)
		o.now = at(t, "2026-12-05")
		o.settle(december.ID)
		if err := o.approving(id); !fault.Is(err, fault.Refused) || !strings.Contains(fault.HintOf(err), "reject "+id) {
			t.Errorf("%s, approved after it was to take effect: %v", name, err)
		}
	}
	o := newOffice(t, release.DeskConfig{})
	december := o.public(list("US", "2026-12", "a=11"))
	o.now = at(t, "2026-11-20")
	id := o.correct(december.ID, list("US", "2026-12", "a=12"), func(c *release.CorrectInput) { c.Retroactive = true }).ID
	o.now = at(t, "2026-12-05")
	o.settle(december.ID)
	if err := o.approving(id); err != nil {
		t.Errorf("what is made to be retroactive: %v", err)
	}
}

func TestACorrectionDoesNotTakeThePlaceOfTheMonthAfter(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	november := o.public(list("US", "2026-11", "a=10"))
	december := o.public(list("US", "2026-12", "a=20"))
	o.now = at(t, "2026-11-28")
	o.settle(november.ID)
	id := o.correct(november.ID, list("US", "2026-11", "a=11")).ID
	o.now = at(t, "2026-12-02")
	o.settle(december.ID)
	if _, err := o.Submit(t.Context(), id, o.as("alice")); !fault.Is(err, fault.Refused) || !strings.Contains(fault.HintOf(err), "correct "+december.ID) {
		t.Errorf("submitted again: %v", err)
	}
	if err := o.approving(id); !fault.Is(err, fault.Refused) {
		t.Errorf("approved: %v", err)
	}
}

func TestAReviewAgainstWhatWasTakenBackIsAConflict(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	november := o.public(list("US", "2026-11", "a=10"))
	december := o.review(list("US", "2026-12", "a=11"))
	o.withdraw(november.ID, release.Taken{Retroactive: true})
	if err := o.approving(december.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("approved against nothing: %v", err)
	}
	if r := must(t)(o.Submit(t.Context(), december.ID, o.as("alice"))); !r.Baseline {
		t.Errorf("submitted again it follows %q", r.Predecessor)
	}
}

func TestALineThatWasTakenBackDoesNotComeBackUnnoticed(t *testing.T) {
	o := newOffice(t, release.DeskConfig{MovePercent: 20})
	o.public(list("US", "2026-11", "a=10 b=20"))
	december := o.review(list("US", "2026-12", "a=10 b=999"))
	december = o.publish(must(t)(o.Approve(t.Context(), december.ID, o.late("bob", "late"), pricelist.RulePriceMoved)))
	o.withdraw(december.ID, release.Taken{Lines: []pricelist.Selector{{Product: "b"}}, Retroactive: true})

	january := o.review(delta(list("US", "2027-01", "a=11")))
	contents, err := o.Contents(t.Context(), january.ID)
	if err != nil {
		t.Fatal(err)
	}
	var told string
	for _, l := range contents.Lines {
		told += " " + l.Product + "=" + l.UnitPrice.String()
	}
	if told != " a=11 b=20" {
		t.Errorf("absent means as it is answered, not as it was withdrawn:%s", told)
	}
	whole := must(t)(o.Create(t.Context(), list("US", "2027-02", "a=10 b=999"), o.as("alice")))
	if whole.Diff.PriceChanged != 1 || !warns(whole, pricelist.RulePriceMoved) {
		t.Errorf("the price that was withdrawn comes as %+v, %v", whole.Diff, whole.Problems)
	}
	same := must(t)(o.Create(t.Context(), list("US", "2027-03", "a=10 b=20"), o.as("alice")))
	if same.Diff.Unchanged != 2 {
		t.Errorf("what is answered already comes as %+v", same.Diff)
	}
}

func warns(r release.Release, rule string) bool {
	for _, p := range r.Problems {
		if p.Rule == rule && p.Severity == listing.Warning {
			return true
		}
	}
	return false
}

func TestWhatIsAcknowledgedOfOneComparisonIsNotOfAnother(t *testing.T) {
	o := newOffice(t, release.DeskConfig{MovePercent: 20})
	o.public(list("US", "2026-11", "a=10 b=10"))
	january := must(t)(o.Create(t.Context(), list("US", "2027-01", "a=20 b=10"), o.as("alice")))
	january = must(t)(o.Submit(t.Context(), january.ID, o.as("alice"), pricelist.RulePriceMoved))
	o.public(list("US", "2026-12", "a=10 b=11"))
	january = must(t)(o.Submit(t.Context(), january.ID, o.as("alice")))
	if len(january.Acknowledged) > 0 {
		t.Errorf("compared with another list %v is acknowledged", january.Acknowledged)
	}
	if err := o.approving(january.ID); !fault.Is(err, fault.Refused) {
		t.Errorf("approved: %v", err)
	}
}

func TestAHeldReleaseThatChangedSinceItWasReadIsAConflict(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	o.public(list("US", "2026-11", "a=10"))
	december := o.review(list("US", "2026-12", "a=11"))
	december = must(t)(o.Approve(t.Context(), december.ID, o.as("bob")))
	held := must(t)(o.store.Update(t.Context(), must(t)(december.Hold(o.now, "another predecessor"))))
	act := o.late("bob", "late")
	act.Version = held.Version - 1
	if _, err := o.Approve(t.Context(), held.ID, act); !fault.Is(err, fault.Conflict) {
		t.Errorf("approved as it was: %v", err)
	}
	act.Version = held.Version
	if _, err := o.Approve(t.Context(), held.ID, act); err != nil {
		t.Errorf("approved as it is: %v", err)
	}
}

func TestASetIsNotMadeAgainOfOtherSheets(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	if _, err := o.CreateSet(t.Context(), "december", members("2026-12", "US: a b", "FR: a b"), o.as("alice")); err != nil {
		t.Fatal(err)
	}
	_, err := o.CreateSet(t.Context(), "december", members("2026-12", "US: a b", "FR: a=99 b"), o.as("alice"))
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "FR.csv") || !strings.Contains(err.Error(), "license-fr-2026-12-r1") {
		t.Errorf("a sheet that was mended: %v", err)
	}
}

func TestAReleaseThatIsBeingTakenBackTakesNoEffect(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	december := o.public(list("US", "2026-12", "a=11"))
	asked := must(t)(o.Withdraw(t.Context(), december.ID, release.Taken{}, o.late("bob", "wrong list")))
	frozen, _, err := asked.BeginWithdrawal(o.now, release.Circumstances{})
	if err != nil {
		t.Fatal(err)
	}
	plan := release.Due(december.EffectiveAt, []release.Release{frozen})
	if len(plan.Steps) != 1 || plan.Steps[0].Do != release.DoWithdraw {
		t.Errorf("the stream may say already that it is withdrawn, and to be done is %v", plan.Steps)
	}
}

func span(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestManyThatAreDueAtOnceWaitTheirTurnAndAreOnTime(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	r := o.approve(o.review(list("US", "2026-12", "a=11")).ID)
	for _, c := range []struct {
		after, found string
		on           bool
	}{{"12s", "0.5s", true}, {"12s", "", false}, {"12s", "2s", false}, {"61s", "0s", false}, {"0.9s", "", true}} {
		circumstances := release.Circumstances{Tolerance: span(t, "1s")}
		if c.found != "" {
			circumstances.Found = r.PublishAt.Add(span(t, c.found))
		}
		begun := must(t)(r.BeginPublishing(r.PublishAt.Add(span(t, c.after)), circumstances))
		if begun.PublishedAt.Equal(r.PublishAt) != c.on || begun.Notice.Short == c.on {
			t.Errorf("begun %s after, found due %s after: published at %s, %+v", c.after, c.found, begun.PublishedAt, begun.Notice)
		}
	}
}

// offers is a list of items "name=text".
func offers(t *testing.T, month, items string) release.CreateInput {
	t.Helper()
	in := list("US", month, "")
	in.List = release.Offers
	for _, word := range strings.Fields(items) {
		key, text, _ := strings.Cut(word, "=")
		in.Items = append(in.Items, item.Row{Item: item.Item{Key: key, Values: []item.Value{{Name: "says", Text: text}}}})
	}
	return in
}

func TestAnItemThatWasTakenBackDoesNotComeBackUnnoticed(t *testing.T) {
	nothing := func([]item.Row, item.Check) []listing.Problem { return nil }
	o := newOffice(t, release.DeskConfig{Policies: release.Policies{release.Offers: {Monthly: true, Check: nothing}}})
	o.now = at(t, "2026-11-10")
	o.public(offers(t, "2026-11", "a=x b=old"))
	o.now = at(t, "2026-12-10")
	december := o.public(offers(t, "2026-12", "a=x b=wrong"))
	o.withdraw(december.ID, release.Taken{Keys: []item.Row{{Item: item.Item{Key: "b"}}}, Retroactive: true})
	again := o.review(offers(t, "2027-01", "a=x b=wrong"))
	if again.Diff.Changed != 1 || again.Diff.Unchanged != 1 {
		t.Errorf("what was withdrawn comes as %+v", again.Diff)
	}
	o.approve(again.ID)
	absent := o.review(delta(offers(t, "2027-02", "a=y")))
	contents, err := o.Contents(t.Context(), absent.ID)
	if err != nil || len(contents.Items) != 2 || contents.Items[1].Values[0].Text != "wrong" {
		t.Errorf("after January says it anew it stands: %v, %v", contents.Items, err)
	}
}

func TestTheTimeBeforeACorrectionCanStillBeMended(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	december := o.public(list("US", "2026-12", "a=11"))
	o.now = at(t, "2026-12-10")
	o.settle(december.ID)
	second := o.publish(o.approve(o.correct(december.ID, list("US", "2026-12", "a=12")).ID))
	if _, err := o.Correct(t.Context(), december.ID, release.CorrectInput{CreateInput: list("US", "2026-12", "a=13")}, o.late("alice", "again")); !fault.Is(err, fault.Conflict) ||
		!strings.Contains(fault.HintOf(err), second.ID) || !strings.Contains(fault.HintOf(err), "--retroactive") {
		t.Errorf("from now on: %v, %s", err, fault.HintOf(err))
	}
	o.now = at(t, "2026-12-12")
	third := o.publish(o.approve(o.correct(december.ID, list("US", "2026-12", "a=13"), func(c *release.CorrectInput) { c.Retroactive = true }).ID))
	all, err := o.store.List(t.Context(), release.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	known := release.Known(december.Slot, all)
	for v, want := range map[string]string{"2026-12-05": third.ID, "2026-12-09T23:59:59Z": third.ID, "2026-12-10": second.ID, "2027-03-01": second.ID} {
		if got, _ := release.InForce(at(t, v), known); got.ID != want {
			t.Errorf("in force at %s is %q, want %s", v, got.ID, want)
		}
	}
	for id, want := range map[string]release.State{december.ID: release.Superseded, second.ID: release.Effective, third.ID: release.Superseded} {
		if got := must(t)(o.Show(t.Context(), id)); got.State != want {
			t.Errorf("%s is %s, want %s", id, got.State, want)
		}
	}
}

func TestALaterListOfItemsThatStillSaysWhatIsMendedIsNamed(t *testing.T) {
	nothing := func([]item.Row, item.Check) []listing.Problem { return nil }
	o := newOffice(t, release.DeskConfig{Policies: release.Policies{release.Offers: {Monthly: true, Check: nothing}}})
	o.now = at(t, "2026-11-10")
	november := o.public(offers(t, "2026-11", "a=x b=wrong"))
	o.approve(o.review(offers(t, "2026-12", "a=x b=wrong")).ID)
	o.approve(o.review(offers(t, "2027-01", "a=x b=right")).ID)
	r := o.correct(november.ID, offers(t, "2026-11", "a=x b=right"))
	var named []string
	for _, p := range r.Problems {
		if p.Rule == release.RuleLaterList {
			named = append(named, p.Value)
		}
	}
	if len(named) != 1 || named[0] != "offers-us-2026-12-r1" {
		t.Errorf("lists that carry it on: %v", named)
	}
}
