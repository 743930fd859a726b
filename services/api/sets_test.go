package api

import (
	"fmt"
	"strings"
	"testing"
)

func markets(change func(market, list string) string) map[string]string {
	files := map[string]string{}
	for _, market := range []string{"US", "DE", "GB", "JP"} {
		list := november(market)
		if change != nil {
			list = change(market, list)
		}
		files["lists/pricelist_"+market+".csv"] = list
	}
	return files
}

func TestASetIsMadeReviewedAndApprovedAsOne(t *testing.T) {
	b := setup(t)
	path := "/v1/sets/november?effective=2026-11-01"
	made := b.good(t, "POST", path, zipped(t, markets(nil)), "alice")
	if len(made["releases"].([]any)) != 4 || made["name"] != "november" {
		t.Fatalf("%v", made)
	}
	b.good(t, "POST", path, zipped(t, markets(nil)), "alice") // again: what is there stays
	b.bad(t, 422, "no release of set november was approved|a draft", "POST", "/v1/sets/november/approve", `{}`, "bob")
	b.good(t, "POST", "/v1/sets/november/submit", `{"reason":"look"}`, "alice")
	b.bad(t, 409, "waits to be submitted", "POST", "/v1/sets/november/submit", `{}`, "alice")
	b.bad(t, 422, "another person", "POST", "/v1/sets/november/approve", `{"short_notice":"x"}`, "alice")
	done := b.good(t, "POST", "/v1/sets/november/approve", `{"short_notice":"a trial"}`, "bob")
	for _, r := range done["releases"].([]any) {
		if v := r.(map[string]any); v["state"] != "effective" || v["set"] != "november" {
			t.Errorf("%v", v)
		}
	}
	for _, market := range []string{"US", "DE", "GB", "JP"} {
		if prices := items(t, b.good(t, "GET", "/v1/prices?market="+market, "", "")); len(prices) != 4 {
			t.Errorf("%s has %d prices", market, len(prices))
		}
	}
	december := markets(func(market, list string) string {
		by := map[string]string{"GB": ",12.00,"}[market]
		if by == "" {
			by = ",6.60,"
		}
		return strings.ReplaceAll(strings.Replace(list, ",6.00,", by, 1), ",7.50,", map[bool]string{true: ",15,", false: ",8.25,"}[market == "GB"])
	})
	b.good(t, "POST", "/v1/sets/december?effective=2026-12-01&acknowledge=price-moved", zipped(t, december), "alice")
	review := b.good(t, "GET", "/v1/sets/december/review", "", "")
	odd := review["odd"].([]any)
	if len(review["releases"].([]any)) != 4 || len(odd) != 1 {
		t.Fatalf("%v", review)
	}
	if o := odd[0].(map[string]any); o["release"] != "license-gb-2026-12-r1" || o["percent"] != "100" || o["usual_percent"] != "10" || o["others"] != 3.0 || o["of"] != 4.0 {
		t.Errorf("%v", o)
	}
	if all := items(t, b.good(t, "GET", "/v1/releases?set=december", "", "")); len(all) != 4 {
		t.Errorf("%d releases of the set", len(all))
	}
	b.bad(t, 400, "reason is missing", "POST", "/v1/sets/december/reject", `{}`, "bob")
	b.good(t, "POST", "/v1/sets/december/reject", `{"reason":"exchange rates"}`, "bob")
	b.bad(t, 404, "no set", "GET", "/v1/sets/january", "", "")
	b.bad(t, 404, "no set", "GET", "/v1/sets/january/review", "", "")
	b.bad(t, 404, "no set", "POST", "/v1/sets/january/approve", `{}`, "bob")
}

func TestASetThatCannotBeMadeNamesEveryFile(t *testing.T) {
	b := setup(t)
	path := "/v1/sets/november?effective=2026-11-01"
	b.bad(t, 400, "query.effective", "POST", "/v1/sets/november", zipped(t, markets(nil)), "alice")
	b.bad(t, 400, "one file", "POST", path, november("US"), "alice")
	b.bad(t, 400, "query.list", "POST", path+"&list=documents", zipped(t, markets(nil)), "alice")
	b.bad(t, 400, "not the name of a set", "POST", "/v1/sets/November!?effective=2026-11-01", zipped(t, markets(nil)), "alice")
	wrong := markets(func(market, list string) string {
		if market == "DE" {
			return strings.ReplaceAll(list, ",6.00,", ",six,")
		}
		return list
	})
	wrong["lists/empty.csv"] = "nothing"
	wrong["lists/pricelist_JP.csv"] = strings.ReplaceAll(strings.ReplaceAll(november("JP"), ",Market,", ",Markt,"), ",JP,", ",,")
	b.bad(t, 400, "empty.csv|no draft", "POST", path, zipped(t, wrong), "alice")
	delete(wrong, "lists/empty.csv")
	b.bad(t, 400, "pricelist_DE.csv|row 2|no draft", "POST", path, zipped(t, wrong), "alice")
	wrong["lists/pricelist_DE.csv"] = november("DE")
	wrong["lists/noname.csv"] = wrong["lists/pricelist_JP.csv"]
	b.bad(t, 400, "noname.csv|two capitals|Market", "POST", path, zipped(t, wrong), "alice")
	wrong["lists/noname.csv"] = november("US")
	b.bad(t, 400, "for license-us-2026-11 too", "POST", path, zipped(t, wrong), "alice")
	if all := items(t, b.good(t, "GET", "/v1/releases", "", "")); len(all) != 0 {
		t.Errorf("something was stored: %v", all)
	}
	delete(wrong, "lists/noname.csv")
	b.bad(t, 400, "not a warning", "POST", path+"&acknowledge=nothing", zipped(t, wrong), "alice")
	b.good(t, "POST", path, zipped(t, wrong), "alice") // the name says JP where no column does
}

func TestLintOfASetNamesTheProblemsOfEverySheet(t *testing.T) {
	b := setup(t)
	files := markets(nil)
	files["lists/pricelist_DE.csv"] = strings.ReplaceAll(november("DE"), ",6.00,", ",six,")
	files["lists/garbage.bin"] = "\x00\x01"
	files["lists/us-again.csv"] = november("US")
	lint := b.good(t, "POST", "/v1/sets:lint?effective=2026-11-01", zipped(t, files), "")
	said := map[string]map[string]any{}
	for _, f := range lint["files"].([]any) {
		v := f.(map[string]any)
		said[v["file"].(string)] = v
	}
	if len(said) != 6 || lint["errors"] == 0.0 {
		t.Fatalf("%v", lint)
	}
	for file, want := range map[string]string{"lists/pricelist_DE.csv": "not-a-number", "lists/garbage.bin": "unreadable-file", "lists/us-again.csv": "market-twice"} {
		if v := said[file]; v["errors"] == 0.0 || !strings.Contains(fmt.Sprint(v["problems"]), want) {
			t.Errorf("%s: %v", file, v)
		}
	}
	if v := said["lists/pricelist_GB.csv"]; v["market"] != "GB" || v["lines"] != 4.0 || v["errors"] != 0.0 {
		t.Errorf("%v", v)
	}
	b.bad(t, 400, "query.kind", "POST", "/v1/sets:lint?kind=x", zipped(t, files), "")
	b.bad(t, 400, "one file", "POST", "/v1/sets:lint", "x", "")
	offers := map[string]string{"matrix-US.csv": aMatrix, "matrix.csv": aMatrix}
	if lint := b.good(t, "POST", "/v1/sets:lint?list=offers", zipped(t, offers), ""); lint["errors"] != 0.0 || !strings.Contains(fmt.Sprint(lint), "market:WW") {
		t.Errorf("%v", lint)
	}
}

func TestAMarketInAFilesNameIsTwoCapitals(t *testing.T) {
	for name, want := range map[string]string{
		"list_US.csv": "US", "pricelist-DE.xlsx": "DE", "JP.csv": "JP", "Nov_NCE_LicenseBasedPL_GA_US.csv": "US", "DE-or-AT-list.csv": "", "pricelist.csv": "", "us.csv": "", "USA.csv": "", "US-US.csv": "US", "list QQ.csv": "",
		"AX-July-2026.csv": "AX",
	} {
		if got := marketIn(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
