package release_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/release"
)

var policies = release.Policies{
	release.License: {Notice: effective.Days(30), Monthly: true}, release.Offers: {Monthly: true}, release.Documents: {},
}

func TestTheCalendarShowsTheMonthsOfEveryListAndMarketFromItsFirstOn(t *testing.T) {
	releases := []release.Release{
		rec(t, "license-us-2026-12-r1", release.Published), rec(t, "license-us-2027-01-r1", release.Approved), rec(t, "license-us-2027-02-r1", release.InReview),
		rec(t, "license-us-2027-03-r1", release.Draft), held(rec(t, "license-us-2027-04-r1", release.Approved)), rec(t, "license-us-2027-05-r1", release.Rejected),
		rec(t, "documents-ww-2027-01-r1", release.Approved),
	}
	months := release.Calendar(at(t, "2026-11-28T12:00:00Z"), releases, policies)
	var said []string
	for _, m := range months {
		said = append(said, fmt.Sprintf("%s %s %d", m.Slot, m.Stage, m.DaysLeft))
	}
	want := []string{
		"documents-ww-2027-01 due 3",
		"license-us-2026-12 out 0", "license-us-2027-01 due 3", "license-us-2027-02 in_review 34", "license-us-2027-03 draft 62",
		"license-us-2027-04 held 93", "license-us-2027-05 awaited 123", "license-us-2027-06 awaited 154", "license-us-2027-07 awaited 184",
		"license-us-2027-08 awaited 215", "license-us-2027-09 awaited 246", "license-us-2027-10 awaited 276",
	}
	if d := cmp.Diff(want, said); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestAMonthIsMissingFromSevenDaysBeforeItsPublicationUntilSomethingIsApproved(t *testing.T) {
	december, review := rec(t, "license-us-2026-12-r1", release.Published), rec(t, "license-us-2027-01-r1", release.InReview)
	for _, c := range []struct {
		now      string
		releases []release.Release
		missing  string
		next     string
	}{
		{"2026-11-24T23:59:59Z", []release.Release{december}, "", "2026-11-25"},
		{"2026-11-25", []release.Release{december}, "license-us-2027-01 missing", "2026-12-26"},
		{"2026-11-25", []release.Release{december, review}, "license-us-2027-01 in_review", "2026-12-26"},
		{"2026-11-25", []release.Release{december, rec(t, "license-us-2027-01-r1", release.Approved)}, "", "2026-12-26"},
		{"2026-11-25", []release.Release{rec(t, "license-us-2026-12-r1", release.Draft)}, "", ""},
		{"2026-11-25", []release.Release{rec(t, "documents-ww-2026-10-r1", release.Published)}, "", ""},
		{"2026-12-24T23:59:59Z", []release.Release{rec(t, "offers-ww-2026-12-r1", release.Published)}, "", "2026-12-25"},
		{"2026-12-25", []release.Release{rec(t, "offers-ww-2026-12-r1", release.Published)}, "offers-ww-2027-01 missing", "2027-01-25"},
	} {
		gaps, next := release.Gaps(at(t, c.now), c.releases, policies)
		said := ""
		if len(gaps) > 0 {
			said = fmt.Sprintf("%s %s", gaps[0].Slot, gaps[0].Stage)
		}
		if said != c.missing || len(gaps) > 1 {
			t.Errorf("at %s: %v, want %q", c.now, gaps, c.missing)
		}
		if c.next == "" && !next.IsZero() || c.next != "" && !next.Equal(at(t, c.next)) {
			t.Errorf("at %s: next at %s, want %s", c.now, next, c.next)
		}
	}
}
