package releasetest

import (
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
)

// Instant is when the fixtures are made: long before they are due.
var Instant = time.Date(2026, 9, 20, 8, 30, 0, 0, time.UTC)

// Draft returns a draft by alice for the first of a month, such as "2026-12", with every field set that a draft has.
func Draft(t testing.TB, market, month string, revision int) release.Release {
	t.Helper()
	m, err := effective.ParseMonth(month)
	if err != nil {
		t.Fatal(err)
	}
	r, err := release.New(release.Sheet{
		Slot: release.Slot{List: release.License, Market: market, Month: m}, Revision: revision, Kind: release.Full,
		EffectiveAt: m.Start(), Policy: effective.Days(30), Digest: strings.Repeat("ab", 32),
		Review: release.Review{
			Lines: 3, Content: strings.Repeat("ab", 32), Diff: listing.Counts{Added: 2, Unchanged: 1}, Acknowledged: []string{"erp-below-unit-price"},
			Problems: []listing.Problem{{
				Severity: listing.Warning, Rule: "erp-below-unit-price", Sheet: "Sheet1", Row: 7, Column: "ERP Price", Value: "1", Text: "swapped?",
			}},
		},
	}, release.Act{Who: "alice", At: Instant, Reason: "the monthly list"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// InReview returns Draft after its author has submitted it.
func InReview(t testing.TB, market, month string, revision int) release.Release {
	t.Helper()
	r := Draft(t, market, month, revision)
	r, err := r.Submit(release.Act{Who: "alice", At: Instant.Add(time.Hour)}, Same(r))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Same returns the review that a record already holds.
func Same(r release.Release) release.Review {
	return release.Review{Predecessor: r.Predecessor, Lines: r.Lines, Content: r.Content, Diff: r.Diff, Problems: r.Problems}
}
