package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// busy is a watcher with two crawls under way, and a bad day behind it.
func busy() Watching {
	return Watching{
		Running: []Running{
			{Source: "azure", Scope: "azure-eur", Currency: "EUR", Started: today},
			{
				Source: "azure", Scope: "azure-usd", Currency: "USD", Started: today, Pages: 412, Rows: 411_873, Shards: 96, ShardsRead: 61, Expected: 612_044,
				Left: 94*time.Second + time.Millisecond,
			},
		},
		Scopes: []ScopeHealth{
			{Scope: "azure-eur", Currency: "EUR", Failing: 2, Failed: "the source is gone"},
			{
				Scope: "azure-usd", Currency: "USD", Taken: today.Add(-6 * time.Hour),
				Last: rate.Record{ID: "azure-usd-1", Scope: "azure-usd", Currency: "USD", Quarantined: 3, Shards: []rate.ShardRecord{
					{Name: "compute/westeurope"},
					{Name: "storage", Refused: "shrunk: 9 of the 30 identities of the last accepted crawl are missing"},
					{Name: "web", Refused: "incomplete: page 3 broke off"},
					{Name: "data", Refused: "incomplete"},
					{Name: "iot", Refused: "incomplete"},
				}},
			},
			{
				Scope: "mine", Currency: "USD", Refused: 2, Last: rate.Record{ID: "mine-7", Scope: "mine", Currency: "USD", Refused: "empty"},
			},
		},
		Quarantined: map[string]int{rate.ReasonEndBeforeStart: 12, rate.ReasonDisagreement: 2},
	}
}

func TestRunningCrawlsSayHowFarTheyAre(t *testing.T) {
	b := setup(t)
	b.watcher.watching = busy()
	_, raw := b.raw(t, "GET", "/v1/crawls/running", "")
	want := `{"items":[
		{"source":"azure","scope":"azure-eur","currency":"EUR","started":"2026-11-22T09:00:00Z","pages":0,"rows":0,"expected_rows":null,"shards":0,"shards_read":0,"seconds_left":null},
		{"source":"azure","scope":"azure-usd","currency":"USD","started":"2026-11-22T09:00:00Z","pages":412,"rows":411873,"expected_rows":612044,"shards":96,"shards_read":61,"seconds_left":95}
	],"next":null}`
	if diff := cmp.Diff(decoded(t, want), decoded(t, string(raw))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func TestStatusSaysWhatWasRefusedAndWhyAndHowToTakeItAfterAll(t *testing.T) {
	b := setup(t)
	b.watcher.watching = busy()
	at := history.Position{Stream: historytest.Stream, Sequence: 1}
	rows := history.Rows{Quarantine: []history.Quarantined{{
		Position: at, Crawl: "azure-usd-1", Scope: "azure-usd", Currency: "USD", KnownAt: today,
		Quarantined: rate.Quarantined{Reason: rate.ReasonDisagreement, Detail: "several rows start at one time", Identity: historytest.Meter("m-1")},
	}}}
	if err := b.history.Insert(t.Context(), history.TableQuarantine, rows, "quarantine"); err != nil {
		t.Fatal(err)
	}
	status := b.good(t, "GET", "/v1/status", "", "")
	want := decoded(t, `{
		"alarms": [
			"crawls of azure-eur fail, 2 in a row: the source is gone",
			"4 of 5 shards of azure-usd-1 were refused: storage is shrunk: 9 of the 30 identities of the last accepted crawl are missing; web is incomplete: page 3 broke off; data is incomplete; and 1 more; to take them after all: pricewire crawl accept azure-usd-1",
			"rows of azure-usd-1 contradict each other, for example of meter m-1, SKU DZH318Z0BPVW/00QZ: several rows start at one time; see pricewire quarantine list --crawl azure-usd-1 --reason disagreement",
			"crawls of mine are refused, 2 in a row: empty; to take the last after all: pricewire crawl accept mine-7"
		],
		"quarantined": [{"reason": "disagreement", "rows": 2}, {"reason": "end-before-start", "rows": 12}],
		"scopes": [
			{"scope": "azure-eur", "currency": "EUR", "last": "", "taken": null, "refused_in_a_row": 0, "refused": "", "refused_shards": [], "failing_in_a_row": 2, "failed": "the source is gone"},
			{"scope": "azure-usd", "currency": "USD", "last": "azure-usd-1", "taken": "2026-11-22T03:00:00Z", "refused_in_a_row": 0, "refused": "", "refused_shards": [
				{"name": "storage", "reason": "shrunk: 9 of the 30 identities of the last accepted crawl are missing"}, {"name": "web", "reason": "incomplete: page 3 broke off"},
				{"name": "data", "reason": "incomplete"}, {"name": "iot", "reason": "incomplete"}], "failing_in_a_row": 0, "failed": ""},
			{"scope": "mine", "currency": "USD", "last": "mine-7", "taken": null, "refused_in_a_row": 2, "refused": "empty", "refused_shards": [], "failing_in_a_row": 0, "failed": ""}
		]}`).(map[string]any)
	for field, v := range want {
		if diff := cmp.Diff(v, status[field]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", field, diff)
		}
	}
	_, page := b.raw(t, "GET", "/status.html", "")
	for _, says := range []string{"Crawls that run now", "61 of 96", "411873", "1m35s", "not known", "end-before-start", "storage is shrunk", "pricewire crawl accept mine-7"} {
		if !strings.Contains(string(page), says) {
			t.Errorf("the page does not say %q", says)
		}
	}
}

func TestARecordNamesItsRefusedShardsOnThePage(t *testing.T) {
	b := setup(t)
	rows := history.Rows{Crawls: []history.Crawl{{Position: history.Position{Stream: historytest.Stream, Sequence: 1}, Record: rate.Record{
		ID: "c-1", Scope: "azure-usd", Currency: "USD", At: today, Finished: today, Complete: true, Accepted: true,
		Shards: []rate.ShardRecord{{Name: "compute"}, {Name: "storage", Refused: "incomplete: <cut off>"}},
	}}}}
	if err := b.history.Insert(t.Context(), history.TableCrawls, rows, "crawls"); err != nil {
		t.Fatal(err)
	}
	_, page := b.raw(t, "GET", "/status.html", "")
	for _, says := range []string{"let through by a person", "but for 1 shards", "storage is incomplete: &lt;cut off&gt;"} {
		if !strings.Contains(string(page), says) {
			t.Errorf("the page does not say %q", says)
		}
	}
}

func TestQuarantineIsListedByReason(t *testing.T) {
	b := setup(t)
	var rows history.Rows
	for i, reason := range []string{rate.ReasonDisagreement, rate.ReasonInvalidTime} {
		rows.Quarantine = append(rows.Quarantine, history.Quarantined{
			Position: history.Position{Stream: historytest.Stream, Sequence: uint64(i + 1)}, Crawl: "c-1", Currency: "USD", Quarantined: rate.Quarantined{Reason: reason},
		})
	}
	if err := b.history.Insert(t.Context(), history.TableQuarantine, rows, "quarantine"); err != nil {
		t.Fatal(err)
	}
	if found := items(t, b.good(t, "GET", "/v1/quarantine?reason=invalid-time", "", "")); len(found) != 1 || found[0]["reason"] != rate.ReasonInvalidTime {
		t.Errorf("%v", found)
	}
}
