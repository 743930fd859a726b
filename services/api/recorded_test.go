package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
)

func (p *people) records(t *testing.T) []access.Record {
	t.Helper()
	all, err := p.log.List(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryWriteIsRecordedBeforeAndAfter(t *testing.T) {
	p := populate(t)
	id, text := p.made(t, "alice", today.AddDate(0, 1, 0), "editor", "cost")
	status, draft := p.ask(t, "POST", "/v1/releases?"+query("list", "license", "market", "US", "effective", "2026-11-01"), november("US"), "Authorization", "Bearer "+text)
	if status != http.StatusCreated {
		t.Fatalf("%d %v", status, draft)
	}
	all := p.records(t)
	if len(all) != 2 || all[0].Request != all[1].Request || all[0].Outcome != access.Done || all[0].Status != http.StatusCreated || all[1].Outcome != access.Begun || all[1].Status != 0 {
		t.Fatalf("%+v", all)
	}
	if all[0].Object != "license-us-2026-11-r1" || !strings.Contains(all[1].Object, "market=US") {
		t.Errorf("objects %q and %q", all[1].Object, all[0].Object)
	}
	for _, r := range all {
		if r.Who != "alice" || r.Via != access.ViaToken || r.Token != id || r.Operation != "create-release" || r.Address != "127.0.0.1" || !r.At.Equal(today) {
			t.Errorf("%+v", r)
		}
	}
}

func TestWhatBecameOfAWriteIsRecorded(t *testing.T) {
	p := populate(t)
	all := "reader+editor+approver+operator+cost"
	for _, c := range []struct{ who, path, body, outcome, object string }{
		{"alice/" + all, "/v1/releases/license-us-2026-12-r1/submit", "{}", "not-found", "license-us-2026-12-r1"},
		{"alice/" + all, "/v1/releases/x/approve", "{", "invalid", "x"},
		{"alice/" + all, "/v1/crawls/c/accept", "", "conflict", "c"},
		{"alice/" + all, "/v1/crawls", "{}", "unavailable", ""},
		{"alice/reader", "/v1/crawls/c/accept", "", "forbidden", "c"},
		{"alice/reader", "/v1/tokens/" + strings.Repeat("x", 300) + "/revoke", "", "not-found", strings.Repeat("x", 100)},
	} {
		p.raw(t, "POST", c.path, c.body, "Authorization", "Bearer "+c.who)
		last := p.records(t)[0]
		if last.Outcome != c.outcome || last.Who != "alice" || last.Object != c.object || last.Status < 400 {
			t.Errorf("%s: %+v", c.path, last)
		}
	}
	before := len(p.records(t))
	p.raw(t, "POST", "/v1/crawls", "{}")                                               // by nobody
	p.raw(t, "POST", "/v1/crawls", "{}", "Authorization", "Bearer no-signature")       // neither
	p.raw(t, "GET", "/v1/releases", "", "Authorization", "Bearer alice/reader")        // no write
	p.raw(t, "POST", "/v1/rates:lookup", "{}", "Authorization", "Bearer alice/reader") // neither
	if after := len(p.records(t)); after != before {
		t.Errorf("%d records of what is no write by anybody", after-before)
	}
}

// full is a log that takes nothing.
type fullLog struct{ access.Log }

func (fullLog) Append(context.Context, access.Record) error {
	return fault.New(fault.Unavailable, "no room")
}

func TestWhatCannotBeRecordedIsNotDone(t *testing.T) {
	p := populate(t)
	p.server.gatekeeper.Log = fullLog{}
	status, answer := p.ask(t, "POST", "/v1/releases?"+query("list", "license", "market", "US", "effective", "2026-11-01"), november("US"), "Authorization", "Bearer alice/editor+cost")
	if status != http.StatusServiceUnavailable || !strings.Contains(answer["detail"].(string), "nothing was done") {
		t.Errorf("%d %v", status, answer)
	}
	if _, page := p.ask(t, "GET", "/v1/releases", "", "Authorization", "Bearer alice/editor"); len(items(t, page)) != 0 {
		t.Errorf("%v", page)
	}
}

func TestOperatorsReadTheLogPageByPage(t *testing.T) {
	p := populate(t)
	for range 5 {
		p.raw(t, "POST", "/v1/crawls/c/accept", "", "Authorization", "Bearer alice/operator")
	}
	path, seen := "/v1/audit-log?limit=3", 0
	for path != "" {
		status, page := p.ask(t, "GET", path, "", "Authorization", "Bearer bob/operator")
		if status != http.StatusOK {
			t.Fatalf("%d %v", status, page)
		}
		for _, r := range items(t, page) {
			if seen++; r["who"] != "alice" || r["operation"] != "accept-crawl" {
				t.Errorf("%v", r)
			}
		}
		path = ""
		if next, more := page["next"].(string); more {
			path = "/v1/audit-log?limit=3&cursor=" + next
		}
	}
	if seen != 10 {
		t.Errorf("%d of 10 records", seen)
	}
	if status, _ := p.ask(t, "GET", "/v1/audit-log?limit=1001", "", "Authorization", "Bearer bob/operator"); status != http.StatusBadRequest {
		t.Errorf("%d", status)
	}
}

func TestATokenIsMadeUsedAndRevokedOverHTTP(t *testing.T) {
	p := populate(t)
	admin := "root/reader+editor+operator"
	body := `{"name":"nightly","owner":"alice","roles":["reader","editor"],"expires_at":"2027-01-01"}`
	answer, raw := p.raw(t, "POST", "/v1/tokens", body, "Authorization", "Bearer "+admin)
	if answer.status != http.StatusCreated || answer.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", answer.status, raw)
	}
	text := string(raw[strings.Index(string(raw), `"pw_`)+1:])
	text = text[:strings.IndexByte(text, '"')]
	id, secret, err := access.SplitToken(text)
	if err != nil {
		t.Fatal(err)
	}
	if status, who := p.ask(t, "GET", "/v1/whoami", "", "Authorization", "Bearer "+text); status != http.StatusOK || who["name"] != "alice" || who["token"] != id {
		t.Errorf("%d %v", status, who)
	}
	for _, path := range []string{"/v1/tokens", "/v1/tokens/" + id, "/v1/audit-log", "/metrics"} {
		if _, raw := p.raw(t, "GET", path, "", "Authorization", "Bearer "+admin); strings.Contains(string(raw), secret) {
			t.Errorf("%s tells the secret", path)
		}
	}
	for _, wrong := range []string{
		`{"name":"x","roles":["approver"],"expires_at":"2027-01-01"}`, `{"name":"x","roles":["reader"],"cost":true,"expires_at":"2027-01-01"}`,
	} {
		if status, answer := p.ask(t, "POST", "/v1/tokens", wrong, "Authorization", "Bearer "+admin); status != http.StatusForbidden {
			t.Errorf("%s: %d %v", wrong, status, answer)
		}
	}
	if status, answer := p.ask(t, "POST", "/v1/tokens/"+id+"/revoke", "", "Authorization", "Bearer "+text); status != http.StatusOK || answer["state"] != "revoked" {
		t.Errorf("%d %v", status, answer)
	}
	if status, _ := p.ask(t, "GET", "/v1/whoami", "", "Authorization", "Bearer "+text); status != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", status)
	}
}
