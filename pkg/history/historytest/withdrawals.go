package historytest

import (
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/history"
)

const (
	december = "license-us-2026-12-r1"
	january  = "license-us-2027-01-r1"
)

// secondRelease changes 0001 and leaves 0002 as it is.
func secondRelease() history.Rows {
	return history.Rows{
		PriceChanges: []history.PriceChange{
			PriceChange(4, january, "2026-12-02", 1, 1, SKU("0001"), Line(SKU("0001"), "8", "9"), "2027-01-01", ""),
		},
		Releases: []history.Release{Manifest(5, january, "2026-12-02", "2027-01-01", 1, 1)},
	}
}

// fallback is the change by which 0001 falls back to the first release.
func fallback(sequence uint64, knownAt, from string, n int) history.PriceChange {
	c := PriceChange(sequence, january, knownAt, 1, 1, SKU("0001"), Line(SKU("0001"), "6", "7.5"), from, "")
	c.Withdrawal, c.Spans[0].Release = n, december
	return c
}

func withdrawalVisibility(t *testing.T, s Store) {
	rows := firstRelease()
	rows.Append(secondRelease())
	Put(t, s, "1", rows)
	changed := "8/9 since 2027-01-01 known 2026-12-02 by " + january + " in " + january
	listed := func(want int) {
		t.Helper()
		if page := must[history.WithdrawalPage](t)(s.Withdrawals(t.Context(), history.WithdrawalList{})); len(page.Items) != want {
			t.Errorf("%d withdrawals are listed, want %d: %+v", len(page.Items), want, page.Items)
		}
	}
	askPrice(t, s, "0001", "2027-02-01", "2027-02-01", changed)
	Put(t, s, "2", history.Rows{PriceChanges: []history.PriceChange{fallback(6, "2027-01-15", "2027-01-20", 1)}})
	askPrice(t, s, "0001", "2027-02-01", "2027-02-01", changed)
	listed(0)
	Put(t, s, "3", history.Rows{Withdrawals: []history.Withdrawal{Withdrawn(8, january, "2027-01-15", "2027-01-20", 1, 2, true)}})
	askPrice(t, s, "0001", "2027-02-01", "2027-02-01", changed)
	listed(0)
	other := PriceChange(7, january, "2027-01-15", 2, 2, SKU("0002"), Line(SKU("0002"), "10", "12"), "2027-01-20", "")
	other.Withdrawal = 1
	Put(t, s, "4", history.Rows{PriceChanges: []history.PriceChange{other}})
	askPrice(t, s, "0001", "2027-02-01", "2027-02-01", "6/7.5 since 2027-01-20 known 2027-01-15 by "+december+" in "+december)
	askPrice(t, s, "0001", "2027-01-19", "2027-02-01", "8/9 since 2027-01-01 until 2027-01-20 known 2026-12-02 by "+january+" in "+january)
	askPrice(t, s, "0001", "2027-02-01", "2027-01-14", changed)
	listed(1)
	releases := must[history.ReleasePage](t)(s.Releases(t.Context(), history.ReleaseList{}))
	if len(releases.Items) != 2 {
		t.Errorf("the withdrawn release is not listed any more: %+v", releases.Items)
	}
}

func withdrawnLines(t *testing.T, s Store) {
	rows := firstRelease()
	rows.Append(secondRelease())
	rows.PriceChanges = append(rows.PriceChanges, fallback(6, "2027-01-15", "2027-01-15", 1))
	again := PriceChange(8, january, "2027-01-16", 1, 1, SKU("0002"), nil, "2027-01-16", "")
	again.Withdrawal = 2
	rows.PriceChanges = append(rows.PriceChanges, again)
	rows.Withdrawals = []history.Withdrawal{
		Withdrawn(7, january, "2027-01-15", "2027-01-15", 1, 1, false),
		Withdrawn(9, january, "2027-01-16", "2027-01-16", 2, 1, false),
		Withdrawn(10, january, "2027-01-17", "2027-01-17", 3, 0, true), // changes nothing more, and yet counts
	}
	Put(t, s, "1", rows)
	askPrice(t, s, "0001", "2027-01-15", "2027-01-15", "6/7.5 since 2027-01-15 known 2027-01-15 by "+december+" in "+january)
	askPrice(t, s, "0002", "2027-01-16", "2027-01-16", "none since 2027-01-01 known 2027-01-16 by "+january+" in "+january)
	askPrice(t, s, "0001", "2027-01-17", "2027-01-16", "6/7.5 since 2027-01-15 known 2027-01-15 by "+december+" in "+january)
	askPrice(t, s, "0001", "2027-01-17", "2027-01-17", "6/7.5 since 2027-01-15 known 2027-01-15 by "+december+" in "+december)
	askPrice(t, s, "0001", "2027-01-16", "2027-01-17", "6/7.5 since 2027-01-15 known 2027-01-15 by "+december+" in "+january)
}

// latePast is a list of the past: it stands behind others in the stream and is known before them.
func latePast(t *testing.T, s Store) {
	const november = "license-us-2026-11-r1"
	rows := firstRelease()
	rows.Append(secondRelease())
	id := SKU("0001")
	first := PriceChange(6, november, "2026-10-02", 1, 2, id, Line(id, "5", "6"), "2026-11-01", "")
	again := PriceChange(7, november, "2026-11-01", 2, 2, id, Line(id, "6", "7.5"), "2026-12-01", "2026-12-15")
	again.Spans[0].Release = december
	rows.PriceChanges = append(rows.PriceChanges, first, again)
	past := Manifest(8, november, "2026-10-02", "2026-11-01", 1, 2)
	past.Backfilled, past.Reason = true, "history begins before day one"
	rows.Releases = append(rows.Releases, past)
	Put(t, s, "1", rows)
	askPrice(t, s, "0001", "2026-11-15", "2026-10-02", "5/6 since 2026-11-01 known 2026-10-02 by "+november+" in "+november)
	askPrice(t, s, "0001", "2026-12-05", "2026-10-31", "5/6 since 2026-11-01 known 2026-10-02 by "+november+" in "+november)
	askPrice(t, s, "0001", "2026-12-05", "2026-11-01", "6/7.5 since 2026-12-01 known 2026-11-01 by "+december+" in "+december)
	askPrice(t, s, "0001", "2026-11-15", "2026-12-02", "5/6 since 2026-11-01 until 2026-12-01 known 2026-10-02 by "+november+" in "+november)
	page := must[history.ReleasePage](t)(s.Releases(t.Context(), history.ReleaseList{}))
	if diff := Diff([]history.Release{rows.Releases[1], rows.Releases[0], past}, page.Items); diff != "" {
		t.Error(diff)
	}
}

func familiesAndSegments(t *testing.T, s Store) {
	var rows history.Rows
	for i, c := range []struct{ title, segment string }{
		{"Office 365 E3", "Commercial"}, {"Office 365 A3", "Education"}, {"Microsoft Intune", "Commercial"}, {"Dynamics 365 Sales", ""}, {"Power BI Pro", "Commercial"},
	} {
		id := SKU(string(rune('A' + i)))
		line := Line(id, "1", "2")
		line.ProductTitle, line.SKUTitle, line.Segment = c.title, c.title, c.segment
		rows.PriceChanges = append(rows.PriceChanges, PriceChange(uint64(i+1), "r1", "2026-11-01", i+1, 6, id, line, "2026-12-01", ""))
	}
	// From January on A is of another segment and family.
	moved := Line(SKU("A"), "1", "2")
	moved.ProductTitle, moved.SKUTitle, moved.Segment = "EMS E3", "EMS E3", "Charity"
	rows.PriceChanges = append(rows.PriceChanges, PriceChange(6, "r1", "2026-11-01", 6, 6, SKU("A"), moved, "2027-01-01", ""))
	rows.Releases = []history.Release{Manifest(7, "r1", "2026-11-01", "2026-12-01", 1, 6)}
	Put(t, s, "1", rows)
	for _, c := range []struct{ at, family, segment, want string }{
		{"2026-12-05", "", "", "A Office 365, B Office 365, C EMS, D Dynamics CRM, E other"},
		{"2026-12-05", "Office 365", "", "A Office 365, B Office 365"},
		{"2026-12-05", "Office 365", "Commercial", "A Office 365"},
		{"2026-12-05", "", "Commercial", "A Office 365, C EMS, E other"},
		{"2026-12-05", "EMS", "", "C EMS"},
		{"2027-01-05", "EMS", "", "A EMS, C EMS"},
		{"2027-01-05", "EMS", "Charity", "A EMS"},
		{"2027-01-05", "it's", "", ""},
	} {
		q := history.PriceList{Market: "US", Family: c.family, Segment: c.segment, AsOf: asOf(c.at, c.at), Page: history.Page{Limit: 2}}
		got := ""
		for {
			page := must[history.PricePage](t)(s.Prices(t.Context(), q))
			for _, a := range page.Items {
				if got != "" {
					got += ", "
				}
				got += a.Identity.SKU + " " + a.Family
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	for words, want := range map[string]string{"office": "A B", "365 OFFICE": "A B", "intune commercial": "C", "ems e3": "", "it's": "", "%": ""} {
		got := []string{}
		for _, a := range must[history.PricePage](t)(s.Prices(t.Context(), history.PriceList{Market: "US", Words: strings.Fields(words), AsOf: asOf("2026-12-05", "2026-12-05")})).Items {
			got = append(got, a.Identity.SKU)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", words, got, want)
		}
	}
	one := must[history.PriceAnswer](t)(s.Price(t.Context(), history.PricePoint{Identity: SKU("A"), AsOf: asOf("2026-11-30", "2026-11-30")}))
	if !one.None || one.Family != "" {
		t.Errorf("no price is of family %q", one.Family)
	}
}
