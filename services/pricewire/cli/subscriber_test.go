package cli

import (
	"strings"
	"testing"
)

const aSubscriber = `{"name":"billing","cost":true,"url":"nats://billing:SECRET@127.0.0.1:4222","created_by":"alice","created_at":"2026-11-01T00:00:00Z"}`

func TestTheAddressOfANewSubscriberIsTheOnlyData(t *testing.T) {
	f := serve(t, aSubscriber)
	out, errs, code := f.run(t, "subscriber", "create", "billing", "--cost", "--as", "alice")
	if code != exitOK || out != "nats://billing:SECRET@127.0.0.1:4222\n" || strings.Contains(errs, "SECRET") || !strings.Contains(errs, "billing_") {
		t.Errorf("exit %d: %q, %q", code, out, errs)
	}
	if got := f.asked[0]; got.line != "POST /v1/subscribers" || got.user != "alice" || string(got.body) != `{"cost":true,"name":"billing"}` {
		t.Errorf("asked %+v %s", got, got.body)
	}
	if out, _, code := f.run(t, "subscriber", "create", "billing", "-o", "json"); code != exitOK || !strings.Contains(out, `"url": "nats://billing:SECRET@`) {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestSubscribersAreListedAndRevoked(t *testing.T) {
	f := serve(t, `{"items":[`+aSubscriber+`],"next":null}`)
	f.others["/v1/subscribers/billing/revoke"] = aSubscriber
	if out, _, code := f.run(t, "subscriber", "list"); code != exitOK || !strings.Contains(out, "billing") || strings.Contains(out, "SECRET") {
		t.Errorf("exit %d: %s", code, out)
	}
	if _, _, code := f.run(t, "subscriber", "revoke", "billing"); code != exitOK || f.asked[len(f.asked)-1].line != "POST /v1/subscribers/billing/revoke" {
		t.Errorf("exit %d: %+v", code, f.asked)
	}
	for _, wrong := range [][]string{{"subscriber"}, {"subscriber", "create"}, {"subscriber", "revoke"}, {"subscriber", "drop", "x"}} {
		if _, _, code := f.run(t, wrong...); code != exitUsage {
			t.Errorf("%v: exit %d", wrong, code)
		}
	}
}
