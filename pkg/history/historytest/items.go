package historytest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/history"
)

// entry is an answer in short: what the item says, since and until when, when it became known, and both releases.
func entry(a history.ItemAnswer) string {
	var said []string
	for _, v := range a.Item.Values {
		said = append(said, v.Name+"="+v.Text)
	}
	text := a.Key + "(" + strings.Join(said, " ") + ")"
	for _, f := range []struct{ name, value string }{
		{"since", date(a.Valid.From)}, {"until", date(a.Valid.To)}, {"known", date(a.KnownAt)}, {"by", a.Release}, {"in", a.InForce},
	} {
		if f.value != "" {
			text += " " + f.name + " " + f.value
		}
	}
	return text
}

func askItems(t *testing.T, s Store, at, knownAt string, want ...string) {
	t.Helper()
	page, err := s.Items(t.Context(), history.ItemList{List: Offers, Market: "US", AsOf: asOf(at, knownAt)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range page.Items {
		got = append(got, entry(a))
		if a.Key != a.Item.Key || a.InForce != page.InForce {
			t.Errorf("%+v in %q", a, page.InForce)
		}
		one := must[history.ItemPage](t)(s.Items(t.Context(), history.ItemList{List: Offers, Market: "US", Key: a.Key, AsOf: asOf(at, knownAt)}))
		if diff := Diff([]history.ItemAnswer{a}, one.Items); diff != "" {
			t.Errorf("asked for alone: %s", diff)
		}
	}
	if diff := Diff(want, got); diff != "" {
		t.Errorf("valid at %s, known at %s: %s", at, knownAt, diff)
	}
}

const (
	offersDecember = "offers-us-2026-12-r1"
	offersJanuary  = "offers-us-2027-01-r1"
)

// matrix has two offers from December on; in January the first says less and the second is gone.
func matrix() history.Rows {
	full := Item("A/0001", "title", "Business; \"Basic\"", "product", "A", "sku", "0001")
	return history.Rows{
		ItemChanges: []history.ItemChange{
			ItemChange(1, offersDecember, "2026-11-01", 1, 2, "A/0001", full, "2026-12-01", ""),
			ItemChange(2, offersDecember, "2026-11-01", 2, 2, "B/0002", Item("B/0002", "product", "B"), "2026-12-01", ""),
			ItemChange(4, offersJanuary, "2026-12-01", 1, 2, "A/0001", Item("A/0001", "product", "A"), "2027-01-01", ""),
			ItemChange(5, offersJanuary, "2026-12-01", 2, 2, "B/0002", nil, "2027-01-01", ""),
		},
		Releases: []history.Release{
			ItemManifest(3, offersDecember, "2026-11-01", "2026-12-01", 1, 2), ItemManifest(6, offersJanuary, "2026-12-01", "2027-01-01", 1, 2),
		},
	}
}

func itemsAsOf(t *testing.T, s Store) {
	rows := matrix()
	Put(t, s, "1", history.Rows{ItemChanges: rows.ItemChanges[:1], Releases: rows.Releases[:1]})
	askItems(t, s, "2026-12-05", "2026-12-05")
	Put(t, s, "2", history.Rows{ItemChanges: rows.ItemChanges[1:3]})
	whole := "A/0001(title=Business; \"Basic\" product=A sku=0001) since 2026-12-01"
	askItems(t, s, "2026-12-05", "2026-12-05", whole+" known 2026-11-01 by "+offersDecember+" in "+offersDecember,
		"B/0002(product=B) since 2026-12-01 known 2026-11-01 by "+offersDecember+" in "+offersDecember)
	Put(t, s, "3", history.Rows{ItemChanges: rows.ItemChanges[3:], Releases: rows.Releases[1:]})
	askItems(t, s, "2026-12-05", "2026-12-05", whole+" until 2027-01-01 known 2026-11-01 by "+offersDecember+" in "+offersDecember,
		"B/0002(product=B) since 2026-12-01 until 2027-01-01 known 2026-11-01 by "+offersDecember+" in "+offersDecember)
	askItems(t, s, "2027-01-05", "2026-12-05", "A/0001(product=A) since 2027-01-01 known 2026-12-01 by "+offersJanuary+" in "+offersJanuary)
	askItems(t, s, "2026-11-30", "2026-12-05")
	askItems(t, s, "2026-12-05", "2026-10-31")
	for _, q := range []history.ItemList{{List: "services", Market: "US"}, {List: Offers, Market: "DE"}} {
		q.AsOf = asOf("2027-01-05", "2026-12-05")
		if page := must[history.ItemPage](t)(s.Items(t.Context(), q)); len(page.Items) > 0 || page.InForce != "" {
			t.Errorf("%s of %s: %+v", q.List, q.Market, page)
		}
	}
}

func itemWithdrawn(t *testing.T, s Store) {
	rows := matrix()
	back := rows.ItemChanges[1]
	back.Sequence, back.Release, back.Withdrawal, back.N, back.Of, back.KnownAt = 7, offersJanuary, 1, 1, 1, Day("2027-01-10")
	back.Spans[0].From = Day("2027-01-15")
	rows.ItemChanges = append(rows.ItemChanges, back)
	w := Withdrawn(8, offersJanuary, "2027-01-10", "2027-01-15", 1, 1, true)
	w.List = Offers
	rows.Withdrawals = []history.Withdrawal{w}
	Put(t, s, "1", rows)
	askItems(t, s, "2027-01-14", "2027-01-10", "A/0001(product=A) since 2027-01-01 known 2026-12-01 by "+offersJanuary+" in "+offersJanuary)
	askItems(t, s, "2027-01-15", "2027-01-10", "A/0001(product=A) since 2027-01-01 known 2026-12-01 by "+offersJanuary+" in "+offersDecember,
		"B/0002(product=B) since 2027-01-15 known 2027-01-10 by "+offersDecember+" in "+offersDecember)
	askItems(t, s, "2027-01-15", "2027-01-09", "A/0001(product=A) since 2027-01-01 known 2026-12-01 by "+offersJanuary+" in "+offersJanuary)
}

func itemPages(t *testing.T, s Store) {
	var rows history.Rows
	for i := range 25 {
		key := fmt.Sprintf("K%02d/%s", i, []string{"é", "'", `\`, "%"}[i%4])
		rows.ItemChanges = append(rows.ItemChanges, ItemChange(uint64(i+1), "r1", "2026-11-01", i+1, 25, key, Item(key, "name", "\n\t'\"\\"), "2026-12-01", ""))
	}
	rows.Releases = []history.Release{ItemManifest(26, "r1", "2026-11-01", "2026-12-01", 1, 25)}
	Put(t, s, "1", rows)
	q := history.ItemList{List: Offers, Market: "US", AsOf: asOf("2026-12-05", "2026-12-05"), Page: history.Page{Limit: 10}}
	var got []string
	for {
		page := must[history.ItemPage](t)(s.Items(t.Context(), q))
		for _, a := range page.Items {
			got = append(got, a.Key)
			if a.Item.Get("name") != "\n\t'\"\\" {
				t.Errorf("%q", a.Item.Get("name"))
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	var want []string
	for _, c := range rows.ItemChanges {
		want = append(want, c.Key)
	}
	if diff := Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
