package part

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/ingester"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// busy is an ingester with a crawl under way and a bad day behind it.
func busy() ingester.Status {
	return ingester.Status{
		Running: []ingester.Progress{{
			Source: "azure", Scope: "azure-usd", Currency: "USD", Started: noon, Pages: 8, Rows: 7000, Shards: 4, ShardsRead: 1, Expected: 12_000, First: 6000,
			Since: noon.Add(-time.Minute),
		}},
		Scopes: []ingester.Health{
			{Scope: "azure-eur", Currency: "EUR", Failed: "gone", Failing: 2},
			{Scope: "azure-usd", Currency: "USD", Since: noon.Add(-6 * time.Hour), Last: rate.Record{
				ID: "azure-usd-1", Pages: 9, Rows: 8000, Identities: 7900, Traversals: 2,
				Shards: []rate.ShardRecord{{Name: "a"}, {Name: "b", Refused: "shrunk: 9 of 20"}, {Name: "c", Refused: "incomplete"}, {Name: "d", Refused: "incomplete: x"}},
			}},
			{Scope: "mine", Currency: "USD", Refused: 3, Last: rate.Record{ID: "mine-1", Refused: "shrunk: 3 identities where the crawl of 2026 had 9"}},
		},
		Quarantined: map[string]int{"end-before-start": 12},
	}
}

func TestMetricsSayWhatWasRefusedAndHowFarCrawlsAre(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newCrawlGauges(busy, func() time.Time { return noon }, func() time.Time { return noon }))
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var got []string
	for line := range strings.Lines(answer.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			got = append(got, strings.TrimPrefix(strings.TrimSpace(line), "pricewire_"))
		}
	}
	slices.Sort(got)
	const usd, mine = `{currency="USD",scope="azure-usd"} `, `{currency="USD",scope="mine"} `
	want := []string{
		`crawls_failing{currency="EUR",scope="azure-eur"} 2`, `crawls_refused{currency="EUR",scope="azure-eur"} 0`,
		"crawls_failing" + usd + "0", "crawls_refused" + usd + "0", "crawls_failing" + mine + "0", "crawls_refused" + mine + "3",
		`crawl_refusal{currency="USD",reason="shrunk",scope="mine"} 1`, "crawl_taken_age_seconds" + usd + "21600",
		"crawl_pages" + usd + "9", "crawl_rows" + usd + "8000", "crawl_identities" + usd + "7900", "crawl_traversals" + usd + "2", "crawl_shards" + usd + "4",
		"crawl_pages" + mine + "0", "crawl_rows" + mine + "0", "crawl_identities" + mine + "0", "crawl_traversals" + mine + "0",
		`crawl_shards_refused{currency="USD",reason="incomplete",scope="azure-usd"} 2`, `crawl_shards_refused{currency="USD",reason="shrunk",scope="azure-usd"} 1`,
		`quarantined_rows_total{reason="end-before-start"} 12`,
		"crawl_running_pages" + usd + "8", "crawl_running_rows" + usd + "7000", "crawl_running_expected_rows" + usd + "12000", "crawl_running_shards" + usd + "4",
		"crawl_running_shards_read" + usd + "1", "crawl_running_left_seconds" + usd + "60",
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEveryReasonForRefusalHasAClass(t *testing.T) {
	for reason, want := range map[string]string{
		"empty": classEmpty, "empty: none of its 3 rows can be read": classEmpty, "shrunk: 1 of 2": classShrunk, "incomplete": classIncomplete,
		"incomplete: page 3": classIncomplete, "every shard was refused, the first because it shrunk: 1 of 2": classShards, "emptyish": classOther,
	} {
		if got := refusalClass(reason); got != want {
			t.Errorf("%q is of class %s, want %s", reason, got, want)
		}
	}
}

func TestTheAPIIsToldWhatTheIngesterDoes(t *testing.T) {
	got := watching(busy(), noon)
	running := []api.Running{{
		Source: "azure", Scope: "azure-usd", Currency: "USD", Started: noon, Pages: 8, Rows: 7000, Shards: 4, ShardsRead: 1, Expected: 12_000, Left: time.Minute,
	}}
	if diff := cmp.Diff(running, got.Running); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(got.Scopes) != 3 || got.Scopes[0].Failed != "gone" || !got.Scopes[1].Taken.Equal(noon.Add(-6*time.Hour)) || got.Scopes[2].Last.ID != "mine-1" || got.Scopes[2].Refused != 3 {
		t.Errorf("%+v", got.Scopes)
	}
}
