package cli

import (
	"strings"
	"testing"
)

const (
	aWatchlist = `{"name":"sold","description":"d","line_count":1,"meter_count":0,"updated_by":"alice","updated_at":"2026-11-22T09:00:00Z","lines":[{"product":"P"}],"meters":[]}`
	aWebhook   = `{"name":"billing","url":"https://example.com","state":"active","sent":3,"held":0,"failures":0,"problem":"","reason":"","next_at":null,"created_by":"alice"}`
	aDelivery  = `{"at":"2026-11-22T09:00:00Z","verdict":"delivered","status":200,"problem":"","attempt":1,"millis":12,"subject":"s","stream":"PRICES@1","sequence":7,"event":"e"}`
)

// subscriptionJourneys are what the commands about watchlists and webhooks ask for.
func subscriptionJourneys() []journey {
	aPage := func(item string) string { return `{"items":[` + item + `],"next":null}` }
	withSecret := strings.Replace(aWebhook, `"sent"`, `"secret":"whsec_x","secrets":1,"sent"`, 1)
	return []journey{
		{"watchlist list", "GET /v1/watchlists?limit=5000", "", aPage(aWatchlist)},
		{"watchlist show sold", "GET /v1/watchlists/sold", "", aWatchlist},
		{"watchlist delete sold", "DELETE /v1/watchlists/sold", "", aWatchlist},
		{
			"webhook create billing --url https://example.com --subject pw.price.> --watchlist sold --from start", "POST /v1/webhooks",
			`{"from":"start","name":"billing","subject":"pw.price.\u003e","url":"https://example.com","watchlist":"sold"}`, withSecret,
		},
		{"webhook list", "GET /v1/webhooks?limit=5000", "", aPage(aWebhook)},
		{"webhook show billing", "GET /v1/webhooks/billing", "", aWebhook},
		{"webhook rotate billing --overlap-hours 0", "POST /v1/webhooks/billing/rotate", `{"overlap_hours":0}`, withSecret},
		{"webhook disable billing", "POST /v1/webhooks/billing/disable", "", aWebhook},
		{"webhook enable billing", "POST /v1/webhooks/billing/enable", "", aWebhook},
		{"webhook redeliver billing --from 2026-11-01", "POST /v1/webhooks/billing/redeliver", `{"from":"2026-11-01"}`, aWebhook},
		{"webhook redeliver billing --event PRICES@1:42", "POST /v1/webhooks/billing/redeliver", `{"sequence":42,"stream":"PRICES@1"}`, aWebhook},
		{"webhook deliveries billing", "GET /v1/webhooks/billing/deliveries", "", aPage(aDelivery)},
		{"webhook test billing", "POST /v1/webhooks/billing/test", "", aDelivery},
		{"webhook delete billing", "DELETE /v1/webhooks/billing", "", aWebhook},
		{"rate list --watchlist sold", "GET /v1/rates?limit=5000&price_list=retail&watchlist=sold", "", aPage(`{"meter_id":"M"}`)},
		{"rate diff --from 2026-01-01 --to 2026-02-01 --watchlist sold", "GET /v1/rates/diff?from=2026-01-01&limit=5000&price_list=retail&to=2026-02-01&watchlist=sold", "", rateDiffs},
		{"price diff --market US --from 2026-11-01 --to 2026-12-01 --watchlist sold", "GET /v1/prices/diff?from=2026-11-01&limit=5000&market=US&to=2026-12-01&watchlist=sold", "", priceDiffs},
	}
}

func TestAWatchlistIsImportedAsCSV(t *testing.T) {
	f := serve(t, aWatchlist)
	out, errs, code := f.run(t, append(words(t, "watchlist import sold SHEET --new --description d"), "--as", "alice")...)
	if code != exitOK || !strings.Contains(out, "sold") {
		t.Fatalf("exit %d, %q, %s", code, out, errs)
	}
	if r := f.only(t); r.line != "PUT /v1/watchlists/sold/entries?description=d" || r.sends != "text/csv" || string(r.body) != "a sheet" || r.user != "alice" {
		t.Errorf("asked %+v", r)
	}
}

func TestATestThatWasNotTakenFails(t *testing.T) {
	f := serve(t, strings.Replace(aDelivery, "delivered", "paused", 1))
	if out, errs, code := f.run(t, "webhook", "test", "billing"); code != exitFailure || !strings.Contains(out, "paused") || !strings.Contains(errs, "billing") {
		t.Errorf("exit %d, %q, %s", code, out, errs)
	}
}

func TestAnEventIsNamedByItsStreamAndSequence(t *testing.T) {
	f := serve(t, aWebhook)
	for _, wrong := range []string{"PRICES", "PRICES:x", ":1"} {
		if _, errs, code := f.run(t, "webhook", "redeliver", "billing", "--event", wrong); code != exitUsage || !strings.Contains(errs, "STREAM:SEQUENCE") {
			t.Errorf("%s: exit %d, %s", wrong, code, errs)
		}
	}
}
