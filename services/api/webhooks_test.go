package api

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/webhook"
)

const aHook = `{"name":"billing","url":"https://example.com/hook","subject":"pw.release.>","type":"pricewire.release.effective.v1","market":"US"}`

func TestAWebhookIsMadeAndItsSecretToldOnce(t *testing.T) {
	b := setup(t)
	b.publish(t, "US 1", "GB 2")
	status, made := b.ask(t, "POST", "/v1/webhooks", aHook, "X-Pricewire-User", "alice")
	secret, _ := made["secret"].(string)
	if status != 201 || !strings.HasPrefix(secret, "whsec_") || made["state"] != "active" || made["cost"] != true || made["created_by"] != "alice" || made["secrets"] != 1.0 {
		t.Fatalf("%d %v", status, made)
	}
	for _, path := range []string{"/v1/webhooks", "/v1/webhooks/billing", "/v1/webhooks/billing/deliveries", "/v1/status"} {
		if _, raw := b.raw(t, "GET", path, ""); strings.Contains(string(raw), "whsec_") {
			t.Errorf("%s tells a secret: %s", path, raw)
		}
	}
	e, err := b.webhooks.Get(t.Context(), "billing")
	if err != nil || e.Secrets[0].Reveal() != secret || !strings.HasSuffix(e.Requests[0].Position, ":2") {
		t.Errorf("kept %+v, %v", e.Requests, err)
	}
	b.bad(t, 409, "webhook billing", "POST", "/v1/webhooks", aHook, "alice")
	b.bad(t, 400, "X-Pricewire-User", "POST", "/v1/webhooks", strings.Replace(aHook, "billing", "other", 1), "")
	rotated := b.good(t, "POST", "/v1/webhooks/billing/rotate", `{"overlap_hours":1}`, "alice")
	if rotated["secret"] == secret || rotated["secrets"] != 2.0 {
		t.Errorf("rotated %v", rotated)
	}
	if deleted := b.good(t, "DELETE", "/v1/webhooks/billing", "", "alice"); deleted["name"] != "billing" || deleted["secret"] != nil {
		t.Errorf("deleted %v", deleted)
	}
	b.bad(t, 404, "no webhook", "GET", "/v1/webhooks/billing", "", "alice")
}

func TestAWebhookThatCannotBeNamesEveryField(t *testing.T) {
	b := setup(t)
	b.bad(t, 400, "body.name|body.url|body.subject|body.type|body.market|body.currency|body.from", "POST", "/v1/webhooks",
		`{"name":"X","url":"http://u:p@h","subject":"pw..x","type":"t","market":"USA","currency":"dollar","from":"noon"}`, "alice")
	b.bad(t, 404, "no watchlist", "POST", "/v1/webhooks", `{"name":"x","url":"https://example.com","watchlist":"none"}`, "alice")
}

func TestAWebhookThatWouldNeverBeReachedIsRefusedWithTheWayOut(t *testing.T) {
	b := setup(t)
	hook := func(name, url string) string { return fmt.Sprintf(`{"name":%q,"url":%q}`, name, url) }
	for _, url := range []string{"http://example.com/hook", "http://127.0.0.1:9000/hook", "http://localhost/hook", "https://10.1.2.3/hook", "https://[::1]/hook", "http://8.8.8.8/"} {
		p := b.bad(t, 400, "body.url|--webhook-allow", "POST", "/v1/webhooks", hook("x", url), "alice")
		if wrong := p["errors"].([]any); len(wrong) != 1 {
			t.Errorf("%s: %v", url, wrong)
		}
	}
	if all := items(t, b.good(t, "GET", "/v1/webhooks", "", "")); len(all) != 0 {
		t.Errorf("one was made: %v", all)
	}
	b.good(t, "POST", "/v1/webhooks", hook("name", "https://receiver.inside/hook"), "alice") // what it means is seen when it is dialled
	b.server.cfg.Reach = webhook.NewReach(netip.MustParsePrefix("127.0.0.0/8"))
	b.good(t, "POST", "/v1/webhooks", hook("near", "http://127.0.0.1:9000/hook"), "alice")
	b.good(t, "POST", "/v1/webhooks", hook("host", "http://localhost/hook"), "alice")
	b.good(t, "POST", "/v1/webhooks", hook("plain", "http://receiver.inside/hook"), "alice")
	b.bad(t, 400, "body.url|10.1.2.3", "POST", "/v1/webhooks", hook("far", "http://10.1.2.3/hook"), "alice")
}

func TestAWatchlistThatAWebhookNeedsIsNotDeleted(t *testing.T) {
	b := setup(t)
	b.good(t, "PUT", "/v1/watchlists/ours", `{}`, "alice")
	b.good(t, "POST", "/v1/webhooks", `{"name":"x","url":"https://example.com","watchlist":"ours"}`, "alice")
	b.bad(t, 422, "webhook x", "DELETE", "/v1/watchlists/ours", "", "alice")
	b.good(t, "DELETE", "/v1/webhooks/x", "", "alice")
	b.good(t, "DELETE", "/v1/watchlists/ours", "", "alice")
}

func TestRequestsReachTheSender(t *testing.T) {
	b := setup(t)
	b.publish(t, "US 1", "GB 2")
	b.good(t, "POST", "/v1/webhooks", aHook, "alice")
	b.good(t, "POST", "/v1/webhooks/billing/redeliver", `{"from":"start"}`, "alice")
	b.good(t, "POST", "/v1/webhooks/billing/redeliver", `{"from":"2026-11-01"}`, "alice")
	b.good(t, "POST", "/v1/webhooks/billing/redeliver", `{"stream":"PRICES","sequence":2}`, "alice")
	b.bad(t, 404, "no event 3", "POST", "/v1/webhooks/billing/redeliver", `{"stream":"PRICES","sequence":3}`, "alice")
	b.bad(t, 400, "body.from", "POST", "/v1/webhooks/billing/redeliver", `{"from":"start","sequence":3}`, "alice")
	b.bad(t, 400, "body.from", "POST", "/v1/webhooks/billing/redeliver", `{}`, "alice")
	b.bad(t, 400, "body.stream", "POST", "/v1/webhooks/billing/redeliver", `{"sequence":1}`, "alice")
	if v := b.good(t, "POST", "/v1/webhooks/billing/disable", "", "bob"); v["state"] != "disabled" || v["reason"] != "by bob" {
		t.Errorf("disabled %v", v)
	}
	b.bad(t, 422, "webhook enable", "POST", "/v1/webhooks/billing/test", "", "alice")
	b.good(t, "POST", "/v1/webhooks/billing/enable", "", "bob")
	e, err := b.webhooks.Get(t.Context(), "billing")
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, r := range e.Requests {
		asked = append(asked, fmt.Sprint(r.Number, r.Kind, r.Sequence))
	}
	if got := strings.Join(asked, ", "); got != "1begin0, 2begin0, 3begin0, 4resend2, 5revive0" {
		t.Error(got)
	}
}

func TestATestTellsWhatCameOfIt(t *testing.T) {
	b := setup(t)
	b.good(t, "POST", "/v1/webhooks", aHook, "alice")
	changed, err := b.webhooks.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var sending sync.WaitGroup
	sending.Go(func() {
		<-changed
		e, err := b.webhooks.Get(t.Context(), "billing")
		if err == nil {
			_, err = b.webhooks.PutProgress(t.Context(), webhook.Progress{Name: "billing", Made: e.CreatedAt, Log: []webhook.Delivery{{At: today, Event: "e", Status: 500, Verdict: webhook.Waits, Test: 2, Took: time.Second}}})
		}
		if err != nil {
			t.Error(err)
		}
	})
	if v := b.good(t, "POST", "/v1/webhooks/billing/test", "", "alice"); v["status"] != 500.0 || v["verdict"] != "waits" || v["millis"] != 1000.0 {
		t.Errorf("%v", v)
	}
	sending.Wait()
	if log := items(t, b.good(t, "GET", "/v1/webhooks/billing/deliveries", "", "")); len(log) != 1 || log[0]["event"] != "e" {
		t.Errorf("%v", log)
	}
}

func TestAWebhookThatTakesNothingIsAnAlarm(t *testing.T) {
	b := setup(t)
	b.good(t, "POST", "/v1/webhooks", aHook, "alice")
	e, err := b.webhooks.Get(t.Context(), "billing")
	if err != nil {
		t.Fatal(err)
	}
	failing := webhook.Progress{Name: "billing", Made: e.CreatedAt, Failing: webhook.Failing{Failures: 3, Problem: "no route"}}
	if _, err := b.webhooks.PutProgress(t.Context(), failing); err != nil {
		t.Fatal(err)
	}
	says := func(word string) {
		t.Helper()
		if v := b.good(t, "GET", "/v1/status", "", ""); !strings.Contains(fmt.Sprint(v["alarms"]), word) {
			t.Errorf("no alarm of %q: %v", word, v["alarms"])
		}
	}
	says("no route")
	_, err = b.webhooks.Put(t.Context(), e.Turned(webhook.Disabled, "it has failed for days", today))
	if err != nil {
		t.Fatal(err)
	}
	says("pricewire webhook enable billing")
}

func TestAWebhookIsItsMakersAndHasHisRightToSeeCost(t *testing.T) {
	p := populate(t)
	as := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	alice, bob, op := p.token(t, "alice", "reader"), p.token(t, "bob", "editor", "cost"), p.token(t, "olga", "operator")
	if status, v := p.ask(t, "POST", "/v1/webhooks", aHook, as(alice)...); status != 201 || v["cost"] != false || v["created_by"] != "alice" {
		t.Fatalf("%d %v", status, v)
	}
	if status, v := p.ask(t, "POST", "/v1/webhooks", strings.Replace(aHook, "billing", "bobs", 1), as(bob)...); status != 201 || v["cost"] != true {
		t.Errorf("%d %v", status, v)
	}
	for who, want := range map[string]string{alice: "https://example.com/hook", op: "https://example.com/hook", bob: "https://example.com/…"} { // some addresses are secrets
		if _, v := p.ask(t, "GET", "/v1/webhooks/billing", "", as(who)...); v["url"] != want {
			t.Errorf("its address is shown as %v instead of %s", v["url"], want)
		}
		if _, all := p.ask(t, "GET", "/v1/webhooks", "", as(who)...); items(t, all)[0]["url"] != want {
			t.Errorf("its address is shown as %v instead of %s", items(t, all)[0]["url"], want)
		}
	}
	for _, verb := range []string{"rotate", "disable", "enable", "redeliver", "test"} {
		if status, v := p.ask(t, "POST", "/v1/webhooks/billing/"+verb, map[string]string{"rotate": "{}", "redeliver": `{"from":"now"}`}[verb], as(bob)...); status != 403 {
			t.Errorf("%s by another: %d %v", verb, status, v)
		}
	}
	if status, _ := p.ask(t, "DELETE", "/v1/webhooks/billing", "", as(bob)...); status != 403 {
		t.Errorf("deleted by another: %d", status)
	}
	if status, _ := p.ask(t, "POST", "/v1/webhooks/billing/disable", "", as(op)...); status != 200 {
		t.Errorf("disabled by an operator: %d", status)
	}
	if status, _ := p.ask(t, "DELETE", "/v1/webhooks/billing", "", as(alice)...); status != 200 {
		t.Errorf("deleted by its maker: %d", status)
	}
}
