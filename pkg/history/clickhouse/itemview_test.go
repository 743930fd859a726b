package clickhouse_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/offer"
	"github.com/pricewire/pricewire/pkg/service"
)

// none is what stands for a number that is not said.
func none(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func TestTheViewsOfItemsAnswerLikeTheStore(t *testing.T) {
	s, conn := filled(t)
	found := 0
	for v := 1; v < 12; v += 2 {
		for k := 1; k < 12; k += 3 {
			at, known := fmt.Sprintf("2026-01-%02d", v), fmt.Sprintf("2026-01-%02d", k)
			q := history.ItemList{List: historytest.Offers, Market: "US", AsOf: history.AsOf{At: historytest.Day(at), KnownAt: historytest.Day(known)}}
			page, err := s.Items(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, a := range page.Items {
				said := a.Item.Get
				want = append(want, fmt.Sprintf("%s %s %s %s %s %s %s %s %s %s", a.Key, said("product"), none(said("min_licenses")), said("allowed_countries"), said("terms"),
					history.StoredFrom(a.Valid.From).Format("2006-01-02"), history.StoredTo(a.Valid.To).Format("2006-01-02"), a.KnownAt.Format("2006-01-02"), a.Release, a.InForce))
			}
			got := texts(t, conn, "SELECT concat(key, ' ', product, ' ', ifNull(toString(min_licenses), 'none'), ' ', arrayStringConcat(allowed_countries, ';'), ' ', arrayStringConcat(terms, ';'), ' ', "+
				"toString(toDate32(valid_from)), ' ', toString(toDate32(valid_to)), ' ', toString(toDate32(known_at)), ' ', release, ' ', in_force) "+
				fmt.Sprintf("FROM offers_at(valid_at = '%s', known_at = '%s')", at, known))
			found += len(want)
			if diff := historytest.Diff(sorted(want), sorted(got)); diff != "" {
				t.Fatalf("valid at %s, known at %s: %s", at, known, diff)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d answers were compared", found)
	}
}

func TestTheViewsOfAListHaveItsColumns(t *testing.T) {
	dsn := clickhousetest.Start(t)
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	conn := connect(t, dsn)
	common := []string{
		"market", "key", "present", "valid_from", "valid_to", "known_at", "change", "release", "published_in", "withdrawal", "stream", "seq", "row",
	}
	for _, schema := range []item.Schema{offer.Schema(), service.Schema(), document.Schema()} {
		want := slices.Clone(common)
		for _, c := range schema.Columns {
			want = append(want, c.Name)
		}
		texts(t, conn, "SELECT toString(("+strings.Join(want[len(common):], ", ")+")) FROM "+schema.List+"_at(valid_at = '2026-01-01', known_at = '2026-01-01')")
		got := texts(t, conn, "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = ?", schema.List)
		if diff := historytest.Diff(sorted(want), sorted(got)); diff != "" {
			t.Errorf("%s: %s", schema.List, diff)
		}
	}
}

func TestItemsHaveTypedColumns(t *testing.T) {
	dsn := clickhousetest.Start(t)
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var rows history.Rows
	for n, lists := range []struct{ list, said string }{
		{offer.List, "product=A|sku=0001|min_licenses=1|max_licenses=300|asset_ownership_limit=5|prerequisites=B/0001;C/0002|conversions=D/0001|allowed_countries=DE;US|billing_frequency=Annual;Monthly|terms=P1M;P1Y|included=Exchange;Teams"},
		{service.List, "service=Virtual Machines|category=Compute|usage_names=microsoft.compute;Virtual Machines Licenses"},
		{document.List, "kind=program-guide|title=Guide|version=2026-10|language=en|file=guide.pdf|size=12345|markets=emea;JP"},
	} {
		i := historytest.Item("K")
		for said := range strings.SplitSeq(lists.said, "|") {
			name, text, _ := strings.Cut(said, "=")
			i.Values = append(i.Values, item.Value{Name: name, Text: text})
		}
		release, sequence := lists.list+"-us-2026-12-r1", uint64(n*10+1)
		c := historytest.ItemChange(sequence, release, "2026-11-01", 1, 1, "K", i, "2026-12-01", "")
		c.List = lists.list
		m := historytest.ItemManifest(sequence+1, release, "2026-11-01", "2026-12-01", 1, 1)
		m.List = lists.list
		rows.ItemChanges, rows.Releases = append(rows.ItemChanges, c), append(rows.Releases, m)
	}
	historytest.Put(t, s, "1", rows)
	conn := connect(t, dsn)
	const now = "(valid_at = '2026-12-05', known_at = '2026-12-05')"
	for question, want := range map[string]string{
		"toString((product, sku, min_licenses, max_licenses, asset_ownership_limit)) FROM offers":                                           "('A','0001',1,300,5)",
		"toString((prerequisites, conversions, allowed_countries, billing_frequency)) FROM offers":                                          "(['B/0001','C/0002'],['D/0001'],['DE','US'],['Annual','Monthly'])",
		"toString((terms, included)) FROM offers_at" + now:                                                                                  "(['P1M','P1Y'],['Exchange','Teams'])",
		"toString((product_title, offer)) FROM offers":                                                                                      "('','')",
		"toString((service, category, subcategory, usage_names)) FROM services":                                                             "('Virtual Machines','Compute','',['microsoft.compute','Virtual Machines Licenses'])",
		"toString((kind, title, version, language, file, link, size, markets)) FROM documents_at" + now:                                     "('program-guide','Guide','2026-10','en','guide.pdf','',12345,['emea','JP'])",
		"toString((present, change, release, published_in, withdrawal, seq)) FROM documents":                                                "(true,'changed','documents-us-2026-12-r1','documents-us-2026-12-r1',0,21)",
		"toString((change, mapKeys(before), mapKeys(after), n, of)) FROM item_changes WHERE list = 'services'":                              "('changed',[],['service','category','usage_names'],1,1)",
		"toString(`values`) FROM items WHERE list = 'services'":                                                                             "{'service':'Virtual Machines','category':'Compute','usage_names':'microsoft.compute;Virtual Machines Licenses'}",
		"toString((market, key, valid_from, valid_to, in_force)) FROM services_at" + now:                                                    "('US','K','2026-12-01 00:00:00.000','2262-01-01 00:00:00.000','services-us-2026-12-r1')",
		"toTypeName((min_licenses, prerequisites)) FROM offers":                                                                             "Tuple(Nullable(Int64), Array(String))",
		"toString(count()) FROM items_at(list = 'documents', valid_at = '2026-12-05', known_at = '2026-12-05') WHERE `values`['size'] > ''": "1",
	} {
		if got := texts(t, conn, "SELECT "+question); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, want %s", question, got, want)
		}
	}
}
