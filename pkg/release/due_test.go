package release_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/release"
)

// rec returns a record as Due needs it: "license-us-2026-12-r1".
func rec(t testing.TB, id string, state release.State) release.Release {
	t.Helper()
	slot, revision, err := release.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	r := release.Release{
		ID: id, Slot: slot, Revision: revision, State: state, EffectiveAt: slot.Month.Start(), PublishAt: effective.Days(30).PublishAt(slot.Month.Start()),
	}
	r.ApprovedAt = r.PublishAt.AddDate(0, 0, -5)
	if state.Public() {
		r.PublishedAt, r.Sequence = r.PublishAt, 1
	}
	return r
}

func following(r release.Release, predecessor string) release.Release {
	r.Predecessor = predecessor
	return r
}

// say returns a plan's steps as text, which reads better than records.
func say(p release.Plan) []string {
	var steps []string
	for _, s := range p.Steps {
		text := fmt.Sprintf("%s %s", s.Do, s.Release.ID)
		if s.Other != "" {
			text += " (" + s.Other + ")"
		}
		steps = append(steps, text)
	}
	return steps
}

func TestDueSaysWhatIsToBeDoneInOrder(t *testing.T) {
	const (
		nov, dec, jan = "license-us-2026-11-r1", "license-us-2026-12-r1", "license-us-2027-01-r1"
		decCA         = "license-ca-2026-12-r1"
	)
	for _, c := range []struct {
		name     string
		now      string
		releases []release.Release
		want     []string
		next     string
	}{
		{"nothing is known", "2026-10-01", nil, nil, ""},
		{"drafts and reviews are nobody's business", "2026-12-15", []release.Release{
			rec(t, nov, release.Draft), rec(t, dec, release.InReview), rec(t, jan, release.Rejected),
		}, nil, ""},
		{"an approved release waits until it is due", "2026-10-31T23:59:59.999Z", []release.Release{rec(t, dec, release.Approved)}, nil, "2026-11-01"},
		{"and is due at that instant", "2026-11-01", []release.Release{rec(t, dec, release.Approved)}, []string{"publish " + dec}, ""},
		{"a published release takes effect at its instant", "2026-12-01", []release.Release{rec(t, dec, release.Published)}, []string{"take effect " + dec}, ""},
		{"and not before", "2026-11-30T23:59:59.999Z", []release.Release{rec(t, dec, release.Published)}, nil, "2026-12-01"},
		{"effective moments come before publications of the same instant", "2026-12-02", []release.Release{
			following(rec(t, jan, release.Approved), dec), rec(t, nov, release.Effective), following(moved(rec(t, dec, release.Published), "2026-12-02"), nov),
		}, []string{"take effect " + dec + " (" + nov + ")", "publish " + jan}, ""},
		{"what was begun is finished before anything else is published", "2026-11-01", []release.Release{
			rec(t, decCA, release.Approved), rec(t, dec, release.Publishing),
		}, []string{"finish " + dec, "publish " + decCA}, ""},
		{
			"the one in force is superseded", "2026-12-01",
			[]release.Release{rec(t, nov, release.Effective), rec(t, dec, release.Effective)},
			[]string{"supersede " + nov + " (" + dec + ")"},
			"",
		},
		{"a published revision is superseded by the next of the same instant and never takes effect", "2026-12-01", []release.Release{
			rec(t, dec, release.Published), rec(t, "license-us-2026-12-r2", release.Published),
		}, []string{"take effect license-us-2026-12-r2", "supersede " + dec + " (license-us-2026-12-r2)"}, ""},
		{"what is published after a later list is in force is superseded at once", "2027-01-05", []release.Release{
			rec(t, jan, release.Effective), rec(t, dec, release.Published),
		}, []string{"take effect " + dec}, ""},
		{"the next thing is the earliest", "2026-10-10", []release.Release{
			rec(t, dec, release.Approved), following(rec(t, jan, release.Approved), dec), moved(rec(t, nov, release.Published), "2026-10-20"),
		}, []string{"hold " + dec}, "2026-10-20"},
		{"a held release is left alone", "2026-11-02", []release.Release{held(rec(t, dec, release.Approved))}, nil, ""},
		{
			"markets do not mind each other", "2026-11-01",
			[]release.Release{rec(t, dec, release.Approved), rec(t, decCA, release.Approved)},
			[]string{"publish " + decCA, "publish " + dec},
			"",
		},
		{"what follows something planned is not held", "2026-10-27", []release.Release{
			rec(t, dec, release.Approved), following(rec(t, jan, release.Approved), dec),
		}, nil, "2026-11-01"},
		{"what no longer follows what it was approved against is held early", "2026-10-27", []release.Release{
			rec(t, dec, release.Approved), rec(t, jan, release.Approved),
		}, []string{"hold " + jan}, "2026-11-01"},
	} {
		plan := release.Due(at(t, c.now), c.releases)
		if d := cmp.Diff(c.want, say(plan)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		var next time.Time
		if c.next != "" {
			next = at(t, c.next)
		}
		if !plan.Next.Equal(next) {
			t.Errorf("%s: next at %s, want %s", c.name, plan.Next, next)
		}
	}
}

func moved(r release.Release, effectiveAt string) release.Release {
	at, err := time.Parse(time.DateOnly, effectiveAt)
	if err == nil {
		r.EffectiveAt = at
	}
	return r
}

func held(r release.Release) release.Release {
	r.Held = "why"
	return r
}

func TestWhatWasApprovedBeforeItsEffectiveTimeAndNotPublishedByThenIsHeld(t *testing.T) {
	r := rec(t, "license-us-2026-12-r1", release.Approved)
	for now, want := range map[string]string{"2026-11-30T23:59:59.999Z": "publish", "2026-12-01": "hold", "2027-05-01": "hold"} {
		plan := release.Due(at(t, now), []release.Release{r})
		if len(plan.Steps) != 1 || string(plan.Steps[0].Do) != want {
			t.Errorf("at %s: %v, want %s", now, say(plan), want)
		}
	}
	r.ApprovedAt = at(t, "2026-12-01")
	if plan := release.Due(at(t, "2026-12-02"), []release.Release{r}); len(plan.Steps) != 1 || plan.Steps[0].Do != release.DoPublish {
		t.Errorf("approved after its effective time: %v, want it published", say(plan))
	}
}

func TestAPlanDoesNotDependOnTheOrderOfRecords(t *testing.T) {
	all := []release.State{release.Approved, release.Publishing, release.Published, release.Effective, release.Superseded, release.Draft}
	rapid.Check(t, func(rt *rapid.T) {
		var releases []release.Release
		for i, market := range []string{"us", "ca"} {
			for month := 10; month <= 12; month++ {
				id := fmt.Sprintf("license-%s-2026-%02d-r%d", market, month, 1+rapid.IntRange(0, 1).Draw(rt, "revision"))
				releases = append(releases, rec(t, id, rapid.SampledFrom(all).Draw(rt, fmt.Sprint(i, month))))
			}
		}
		now := at(t, "2026-09-01").Add(time.Duration(rapid.IntRange(0, 120).Draw(rt, "days")) * 24 * time.Hour)
		want := release.Due(now, releases)
		shuffled := append([]release.Release(nil), releases...)
		seed := rapid.Uint64().Draw(rt, "seed")
		rand.New(rand.NewPCG(seed, seed)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if d := cmp.Diff(want, release.Due(now, shuffled)); d != "" {
			rt.Fatalf("another order, another plan:\n%s", d)
		}
		if !want.Next.IsZero() && !want.Next.After(now) {
			rt.Fatalf("at %s the next instant is %s", now, want.Next)
		}
	})
}

func TestThePredecessorIsInForceJustBefore(t *testing.T) {
	known := release.Known(rec(t, "license-us-2026-12-r2", release.Draft).Slot, []release.Release{
		rec(t, "license-us-2026-12-r1", release.Published), rec(t, "license-us-2026-10-r1", release.Superseded),
		rec(t, "license-us-2026-11-r1", release.Superseded), rec(t, "license-us-2026-11-r2", release.Effective),
		rec(t, "license-us-2026-09-r1", release.Withdrawn), rec(t, "license-ca-2026-11-r3", release.Effective), rec(t, "license-us-2026-11-r4", release.Rejected),
	})
	for when, want := range map[string]string{
		"2026-12-01": "license-us-2026-11-r2", "2026-12-02": "license-us-2026-12-r1", "2026-11-01": "license-us-2026-10-r1", "2026-10-01": "",
	} {
		if got, found := release.Predecessor(at(t, when), known); got.ID != want || found != (want != "") {
			t.Errorf("before %s: %q, %t; want %q", when, got.ID, found, want)
		}
	}
}

func TestPeopleAreRemindedOfWhatWaitsForThem(t *testing.T) {
	releases := []release.Release{
		rec(t, "license-us-2027-01-r1", release.InReview), rec(t, "license-us-2026-12-r1", release.Draft), rec(t, "license-ca-2026-12-r1", release.Approved),
		held(rec(t, "license-de-2027-06-r1", release.Approved)), rec(t, "license-fr-2026-12-r1", release.Published),
	}
	var ids []string
	for _, r := range release.Waiting(at(t, "2026-10-25"), releases) {
		ids = append(ids, r.ID)
	}
	if d := cmp.Diff([]string{"license-us-2026-12-r1", "license-de-2027-06-r1"}, ids); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
