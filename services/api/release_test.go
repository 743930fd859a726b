package api

import (
	"fmt"
	"strings"
	"testing"
)

func TestAReleaseGoesFromSheetToPriceWithTwoPeople(t *testing.T) {
	b := setup(t)
	lint := b.good(t, "POST", "/v1/releases:lint?market=US&effective=2026-11-01&filename=november.csv", november("US"), "")
	if lint["lines"] != 4.0 || lint["errors"] != 0.0 {
		t.Errorf("lint: %v", lint)
	}
	draft := b.good(t, "POST", "/v1/releases?effective=2026-11-01", november("US"), "alice") // the sheet says the market
	if draft["id"] != "license-us-2026-11-r1" || draft["state"] != "draft" || draft["created_by"] != "alice" {
		t.Fatalf("draft: %v", draft)
	}
	b.bad(t, 409, "is open", "POST", "/v1/releases?effective=2026-11-01&market=US", november("US"), "alice")
	b.bad(t, 422, "a draft", "POST", "/v1/releases/license-us-2026-11-r1/approve", `{}`, "bob")
	b.good(t, "POST", "/v1/releases/license-us-2026-11-r1/submit", `{"reason":"please look"}`, "alice")
	b.bad(t, 422, "another person", "POST", "/v1/releases/license-us-2026-11-r1/approve", `{"short_notice":"x"}`, "alice")
	b.bad(t, 422, "short-notice", "POST", "/v1/releases/license-us-2026-11-r1/approve", `{}`, "bob")
	b.bad(t, 400, "nobody is named", "POST", "/v1/releases/license-us-2026-11-r1/approve", `{"short_notice":"x"}`, "")
	r := b.good(t, "POST", "/v1/releases/license-us-2026-11-r1/approve", `{"short_notice":"the trial begins"}`, "bob")
	if r["state"] != "effective" || r["notice"].(map[string]any)["short"] != true || r["approved_by"] != "bob" {
		t.Errorf("approved: %v", r)
	}
	if prices := items(t, b.good(t, "GET", "/v1/prices?market=us&product=CFQ7TTC0LH18&sku=1&term=P1M&billing=Monthly", "", "")); len(prices) != 1 || prices[0]["unit_price"] != "6.00" {
		t.Errorf("prices: %v", prices)
	}
	log := items(t, b.good(t, "GET", "/v1/releases/license-us-2026-11-r1/log", "", ""))
	if len(log) < 5 || log[0]["what"] != "created" || log[0]["who"] != "alice" {
		t.Errorf("log: %v", log)
	}
	b.good(t, "POST", "/v1/releases?effective=2026-12-01&market=US", december("US"), "alice")
	b.bad(t, 400, "reason is missing", "POST", "/v1/releases/license-us-2026-12-r1/reject", `{}`, "bob")
	b.good(t, "POST", "/v1/releases/license-us-2026-12-r1/reject", `{"reason":"rates of last month"}`, "bob")
	if all := items(t, b.good(t, "GET", "/v1/releases?market=us&state=rejected&month=2026-12", "", "")); len(all) != 1 {
		t.Errorf("rejected: %v", all)
	}
	b.bad(t, 409, "rejected", "POST", "/v1/releases/license-us-2026-12-r1/reject", `{"reason":"again"}`, "bob")
}

func TestARecordThatChangedSinceItWasReadIsAConflict(t *testing.T) {
	b := setup(t)
	b.good(t, "POST", "/v1/releases?effective=2026-11-01", november("US"), "alice")
	response, _ := b.raw(t, "GET", "/v1/releases/license-us-2026-11-r1", "")
	tag := response.header.Get("ETag")
	if tag == "" {
		t.Fatal("a release has no ETag")
	}
	const submit = "/v1/releases/license-us-2026-11-r1/submit"
	if status, answer := b.ask(t, "POST", submit, `{}`, "X-Pricewire-User", "alice", "If-Match", tag); status != 200 {
		t.Errorf("as it was read: %d %v", status, answer)
	}
	if status, answer := b.ask(t, "POST", "/v1/releases/license-us-2026-11-r1/reject", `{"reason":"x"}`, "X-Pricewire-User", "bob", "If-Match", tag); status != 409 {
		t.Errorf("changed since: %d %v", status, answer)
	}
	if status, answer := b.ask(t, "POST", submit, `{}`, "X-Pricewire-User", "alice", "If-Match", "W/x"); status != 400 || !strings.Contains(fmt.Sprint(answer), "If-Match") {
		t.Errorf("no ETag: %d %v", status, answer)
	}
}

func TestAListOfThePastIsBackfilled(t *testing.T) {
	b := setup(t)
	path := "/v1/releases?effective=2026-03-01&market=US"
	b.bad(t, 400, "query.reason", "POST", path+"&published=2026-01-29T08:00:00Z", november("US"), "alice")
	b.bad(t, 400, "query.publish_at", "POST", path+"&published=2026-01-29T08:00:00Z&reason=r&publish_at=2026-01-01", november("US"), "alice")
	b.bad(t, 400, "query.published", "POST", path+"&published=yesterday&reason=r", november("US"), "alice")
	b.bad(t, 400, "query.published|not past", "POST", path+"&published=2027-01-01&reason=r", november("US"), "alice")
	r := b.approved(t, b.good(t, "POST", path+"&published=2026-01-29T08:00:00Z&reason=history", november("US"), "alice"))
	if r["published_at"] != "2026-01-29T08:00:00Z" || r["backfilled"] != true || r["reason"] != "history" {
		t.Errorf("backfilled: %v", r)
	}
	for known, want := range map[string]int{"2026-01-29T08:00:00Z": 4, "2026-01-29T07:59:59Z": 0} {
		if prices := items(t, b.good(t, "GET", "/v1/prices?market=US&at=2026-11-10&known_at="+known, "", "")); len(prices) != want {
			t.Errorf("known at %s: %d prices", known, len(prices))
		}
	}
}

func TestWhatAReleaseIsMadeOfIsChecked(t *testing.T) {
	b := setup(t)
	two := november("US") + strings.Join(strings.SplitAfter(november("CA"), "\n")[1:], "")
	for _, c := range []struct {
		query, body, says string
	}{
		{"market=US", november("US"), "query.effective|required"},
		{"market=US&effective=soon", november("US"), "query.effective|soon"},
		{"market=US&effective=2026-12-01&kind=half", november("US"), "query.kind"},
		{"market=US&effective=2026-12-01&list=prices", november("US"), "query.list"},
		{"market=QQ&effective=2026-12-01", november("US"), "QQ"},
		{"market=DE&effective=2026-12-01", november("US"), "errors|row 2"},
		{"effective=2026-12-01", two, "several markets: CA, US|query.market"},
		{"effective=2026-12-01", "ProductId\n", "sheet"},
		{"market=US&effective=2026-12-01&filename=x.csv", strings.ReplaceAll(november("US"), "6.00", "six"), "row 2|six|UnitPrice"},
		{"market=US&effective=2026-12-01&acknowledge=all", november("US"), "query.acknowledge|all"},
		{"market=US&effective=2026-12-01", "PK\x03\x04 no archive", "sheet"},
		{"list=offers&effective=2026-12-01", "ProductId,SkuId\nCFQ7TTC0LH18,\n", "row 2"},
		{"list=services&effective=2026-12-01", "Category\nx\n", "Service"},
		{"list=documents&effective=2026-12-01", "- {kind: program-guide}", "row 1|Title"},
		{"list=documents&effective=2026-12-01&filename=d.csv", "Kind,Title\nprogram-guide,x\n", "Version"},
	} {
		path := "/v1/releases?" + c.query
		answer := b.bad(t, 400, c.says, "POST", path, c.body, "alice")
		if kind, _ := answer["type"].(string); !strings.HasSuffix(kind, "/invalid") {
			t.Errorf("%s: %v", path, kind)
		}
	}
	if all := items(t, b.good(t, "GET", "/v1/releases", "", "")); len(all) != 0 {
		t.Errorf("something was stored: %v", all)
	}
	b.bad(t, 422, "unknown query parameter|query.efective", "POST", "/v1/releases?efective=2026-12-01", november("US"), "alice")
	b.bad(t, 422, "later than", "POST", "/v1/releases?effective=2027-01-01&publish_at=2026-12-20", november("US"), "alice")
	b.bad(t, 400, "body is required", "POST", "/v1/releases?effective=2026-12-01", "", "alice")
}

func TestASheetWithoutMarketOrDateIsLintedByItself(t *testing.T) {
	b := setup(t)
	lint := b.good(t, "POST", "/v1/releases:lint", strings.ReplaceAll(november("US"), "7.50", "5.50"), "")
	if lint["warnings"] == 0.0 || lint["predecessor"] != "" {
		t.Errorf("lint: %v", lint)
	}
	lint = b.good(t, "POST", "/v1/releases:lint?list=offers", strings.ReplaceAll(aMatrix, ",US\n", ",\n"), "")
	if !strings.Contains(fmt.Sprint(lint), "no-allowed-country") {
		t.Errorf("lint of a matrix: %v", lint)
	}
	b.bad(t, 400, "query.kind", "POST", "/v1/releases:lint?kind=x", november("US"), "")
	if all := items(t, b.good(t, "GET", "/v1/releases", "", "")); len(all) != 0 {
		t.Errorf("something was stored: %v", all)
	}
}

func TestAReleaseIsCorrectedAndWithdrawn(t *testing.T) {
	b := world(t)
	const id = "license-us-2026-11-r1"
	mended := listOfPrices("US", "USD", "CFQ7TTC0LH18 0002 P1M Monthly 8.40 9.40 Commercial Office")
	b.bad(t, 400, "query.reason", "POST", "/v1/releases/"+id+"/correct?kind=delta", mended, "alice")
	b.bad(t, 404, "no release", "POST", "/v1/releases/license-us-2026-10-r1/correct?reason=r", mended, "alice")
	b.bad(t, 400, "query.from", "POST", "/v1/releases/"+id+"/correct?kind=delta&reason=r&from=2026-11-02", mended, "alice")
	draft := b.good(t, "POST", "/v1/releases/"+id+"/correct?kind=delta&reason=typo&filename=fixed.csv", mended, "alice")
	if draft["id"] != "license-us-2026-11-r2" || draft["corrects"] != id || draft["follows_publication"] != true || draft["reason"] != "typo" {
		t.Fatalf("correction: %v", draft)
	}
	b.bad(t, 400, "not a warning", "POST", "/v1/releases/license-us-2026-11-r2/submit", `{"acknowledge":"anything"}`, "alice")
	r := b.approved(t, draft)
	if r["published_at"] == nil || fmt.Sprint(r["acknowledged"]) == "[]" && warnedOf(draft) != "" {
		t.Errorf("approved correction: %v", r)
	}
	price := func(sku string) string {
		t.Helper()
		found := items(t, b.good(t, "GET", "/v1/prices?market=US&product=CFQ7TTC0LH18&sku="+sku, "", ""))
		if len(found) != 1 {
			t.Fatalf("prices of %s: %v", sku, found)
		}
		return found[0]["unit_price"].(string)
	}
	if got := price("0002"); got != "8.40" {
		t.Errorf("corrected price: %s", got)
	}

	path := "/v1/releases/license-us-2026-11-r2/withdraw"
	b.bad(t, 400, "query.reason", "POST", path, "", "bob")
	b.bad(t, 422, "cannot withdraw", "POST", path+"?reason=r", "", "alice")
	b.bad(t, 400, "row 2", "POST", path+"?reason=r&filename=lines.csv", "ProductId\nCFQ7TTC0NONE\n", "carol")
	b.bad(t, 400, "is not known", "POST", path+"?reason=r", "PoductId,SkuId\nCFQ7TTC0LH18,1\n", "carol")
	b.bad(t, 400, "chooses no line", "POST", path+"?reason=r", "ProductId\n", "carol")
	b.bad(t, 400, "header", "POST", path+"?reason=r&filename=empty.csv", "", "carol")
	b.bad(t, 404, "no release", "POST", "/v1/releases/license-us-2026-10-r1/withdraw?reason=r", "", "carol")
	part := b.good(t, "POST", path+"?reason=right+after+all&filename=lines.csv", "ProductId,SkuId\nCFQ7TTC0LH18,2\n", "carol")
	w := part["withdrawals"].([]any)[0].(map[string]any)
	if w["n"] != 1.0 || w["by"] != "carol" || w["lines"] != 1.0 || w["pending"] != false || w["known_at"] == nil || w["reason"] != "right after all" {
		t.Errorf("withdrawal: %v", w)
	}
	if got := price("0002"); got != "8.00" {
		t.Errorf("price after a line was withdrawn: %s", got)
	}
	whole := b.good(t, "POST", path+"?reason=all+of+it&retroactive=true", "", "carol")
	if whole["state"] != "withdrawn" || len(whole["withdrawals"].([]any)) != 2 {
		t.Errorf("withdrawn: %v", whole)
	}
	b.bad(t, 409, "withdrawn", "POST", path+"?reason=again", "", "carol")
	if state := b.good(t, "GET", "/v1/releases/"+id, "", "")["state"]; state != "effective" {
		t.Errorf("what it had replaced is %v", state)
	}
}

func TestItemsAreWithdrawnByTheirKeys(t *testing.T) {
	b := world(t)
	path := "/v1/releases/services-ww-2026-11-r1/withdraw?reason=r&filename=keys.csv"
	b.bad(t, 400, "no such item", "POST", path, "key\nnothing\n", "carol")
	b.bad(t, 400, "chooses no line", "POST", path, "\ufeffKey,Title\n,x\n", "carol")
	b.bad(t, 400, "keys.csv", "POST", path, "x\ny\n", "carol")
	b.good(t, "POST", path, "key,title\nvirtual machines,x\n", "carol")
	if left := items(t, b.good(t, "GET", "/v1/services", "", "")); len(left) != 1 || left[0]["key"] != "storage" {
		t.Errorf("left: %v", left)
	}
	b.good(t, "POST", "/v1/releases/offers-ww-2026-11-r1/withdraw?reason=r", "ProductId,SkuId\nCFQ7TTC0LH20,0001\n", "carol") // a sheet of the list will do
	if left := items(t, b.good(t, "GET", "/v1/offers", "", "")); len(left) != 2 {
		t.Errorf("left: %v", left)
	}
}

func TestADraftIsWithdrawnWithoutTellingAnybody(t *testing.T) {
	b := setup(t)
	b.good(t, "POST", "/v1/releases?effective=2027-01-01", november("US"), "alice")
	if r := b.good(t, "POST", "/v1/releases/license-us-2027-01-r1/withdraw?reason=r", "", "bob"); r["state"] != "withdrawn" || len(r["withdrawals"].([]any)) != 0 {
		t.Errorf("%v", r)
	}
}
