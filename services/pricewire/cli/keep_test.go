package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

const (
	aCleanAudit = `{"id":"audit-3","state":"done","phase":"","on":"","done":0,"total":0,"failure":"","stream":"","deep":true,"repair":false,"wrong":0,"repaired":0,"outdated":0,"restored":0,"findings":[]}`
	aDirtyAudit = `{"id":"audit-4","state":"done","wrong":1,"repaired":0,"outdated":0,"restored":0,"findings":[{"kind":"altered","table":"rates","stream":"RATES_USD@x",
"first":7,"last":7,"row":0,"rows":1,"columns":["price"],"detail":"the row is not what its message says","repaired":false,"cure":"pricewire rebuild --list usage"}]}`
	aRebuild = `{"id":"rebuild-2","state":"done","list":"usage","tables":["rates"],"streams":["RATES_USD@x"]}`
)

func TestAnAuditThatFindsSomethingIsRefusedAndSaysWhatHeals(t *testing.T) {
	f := serve(t, aDirtyAudit)
	out, errs, code := f.run(t, "audit", "--deep")
	if code != exitRefused || !strings.Contains(out, "pricewire rebuild --list usage") || !strings.Contains(out, "price") || errs != "error: audit-4 found something wrong, 1 in all\nhint: do what stands under cure\n" {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	out, _, code = f.run(t, "audit", "-o", "json")
	if code != exitRefused || !strings.Contains(out, `"columns": [`) {
		t.Errorf("exit %d: %s", code, out)
	}
}

// lasting is a server whose job runs until it has been asked twice how it goes, and then ends.
func lasting(t *testing.T, end string) *httptest.Server {
	t.Helper()
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := `{"id":"rebuild-2","state":"waiting"}`
		if r.Method == http.MethodGet {
			answer = `{"id":"rebuild-2","state":"running","phase":"filling","on":"RATES_USD@x","done":7,"total":9}`
			if asked.Add(1) > 1 {
				answer = end
			}
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestARebuildShowsItsProgressOnATerminalUntilItIsOver(t *testing.T) {
	f := &fake{Server: lasting(t, aRebuild)}
	out, errs, code := f.onTerminal(t, "rebuild", "--list", "usage")
	if code != exitOK || !strings.Contains(out, "rebuild-2") {
		t.Errorf("exit %d: %s", code, out)
	}
	for _, said := range []string{"rebuild-2 waits for what was ordered before", "7 of 9 messages; rebuild-2: filling, RATES_USD@x"} {
		if !strings.Contains(errs, said) {
			t.Errorf("it does not say %q: %q", said, errs)
		}
	}
	if !strings.HasSuffix(errs, "\r\x1b[K") {
		t.Errorf("the line stays: %q", errs)
	}
	f = &fake{Server: lasting(t, `{"id":"rebuild-2","state":"failed","failure":"the stream is gone"}`)}
	out, errs, code = f.run(t, "rebuild")
	if code != exitFailure || out != "" || !strings.Contains(errs, "rebuild-2 failed: the stream is gone") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
