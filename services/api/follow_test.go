package api

import (
	"net/http"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pricewire/pricewire/pkg/trace"
)

const aTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestAnAnswerTellsTheTraceThatItsRequestBelongsTo(t *testing.T) {
	b := setup(t)
	given := trace.Parse(aTrace)
	for _, path := range []string{"/v1/status", "/v1/releases/none", "/nowhere", "/livez", "/openapi.json", "/v1/releases?limit=x"} {
		answer, _ := b.raw(t, "GET", path, "", trace.Header, aTrace)
		if got := trace.Received(answer.header.Values(trace.Header)); got.TraceID != given.TraceID || got.SpanID == given.SpanID || got.Flags != given.Flags {
			t.Errorf("%s: it belongs to %s, the answer says %s", path, aTrace, got)
		}
		answer, _ = b.raw(t, "GET", path, "")
		if got := trace.Received(answer.header.Values(trace.Header)); got.IsZero() || got.TraceID == given.TraceID {
			t.Errorf("%s: it belongs to none, the answer says %s", path, got)
		}
	}
}

func TestATraceThatIsNoneIsIgnoredAndNotRepeated(t *testing.T) {
	b := setup(t)
	for name, header := range map[string]string{
		"wrong": "00-secret", "of no trace": "00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01", "too long": "cc" + aTrace[2:] + "-secret" + strings.Repeat("x", 20_000),
		"large": strings.ToUpper(aTrace), "more than one": aTrace + "," + aTrace, "of version 00 that says more": aTrace + "-secret",
	} {
		answer, body := b.raw(t, "POST", "/v1/webhooks", aHook, trace.Header, header, "tracestate", "secret=1")
		got := answer.header.Get(trace.Header)
		if trace.Parse(got).IsZero() || strings.Contains(strings.ToLower(got), aTrace[3:35]) || answer.status != http.StatusBadRequest {
			t.Errorf("%s: %d, %q", name, answer.status, got)
		}
		if all := string(body) + strings.Join(headers(answer.header), "\n"); strings.Contains(all, "secret") {
			t.Errorf("%s: it is repeated: %s", name, all)
		}
	}
}

func headers(all http.Header) []string {
	var lines []string
	for name, values := range all {
		lines = append(lines, name+": "+strings.Join(values, ", "))
	}
	return lines
}

func TestWhatARequestCausesIsKeptAsItsStep(t *testing.T) {
	b := setup(t)
	draft := b.good(t, "POST", "/v1/releases?list=license&market=US&effective=2026-12-01", december("US"), "alice")
	id := draft["id"].(string)
	b.good(t, "POST", "/v1/releases/"+id+"/submit", `{"acknowledge":"`+warnedOf(draft)+`"}`, "alice")
	answer, body := b.raw(t, "POST", "/v1/releases/"+id+"/approve", `{"short_notice":"late"}`, "X-Pricewire-User", "bob", trace.Header, aTrace, "Idempotency-Key", "once")
	if answer.status != http.StatusOK {
		t.Fatalf("%d %s", answer.status, body)
	}
	told := trace.Parse(answer.header.Get(trace.Header))
	r, err := b.releases.Get(t.Context(), id)
	if err != nil || r.Trace != told || told.TraceID != trace.Parse(aTrace).TraceID {
		t.Errorf("kept is %s, told was %s: %v", r.Trace, told, err)
	}
	again, _ := b.raw(t, "POST", "/v1/releases/"+id+"/approve", `{"short_notice":"late"}`, "X-Pricewire-User", "bob", "Idempotency-Key", "once")
	if got := trace.Parse(again.header.Get(trace.Header)); again.header.Get("Idempotency-Replayed") != "true" || got.IsZero() || got.TraceID == told.TraceID {
		t.Errorf("the second request is told the trace of the first: %d %s", again.status, got)
	}
	answer, _ = b.raw(t, "POST", "/v1/releases/"+id+"/withdraw?reason=wrong", "", "X-Pricewire-User", "bob")
	r, err = b.releases.Get(t.Context(), id)
	if err != nil || answer.status != http.StatusOK || r.Withdrawals[0].Trace.String() != answer.header.Get(trace.Header) || r.Trace != told {
		t.Errorf("%d: %+v, %v", answer.status, r.Withdrawals, err)
	}
}

func TestALineOfTheLogNamesTheTraceOfAWrite(t *testing.T) {
	for level, lines := range map[zapcore.Level]int{zapcore.InfoLevel: 2, zapcore.DebugLevel: 3} {
		b := setup(t)
		core, seen := observer.New(level)
		b.server.log = zap.New(core)
		b.raw(t, "GET", "/v1/webhooks", "", trace.Header, aTrace)
		b.raw(t, "POST", "/v1/webhooks", aHook, trace.Header, aTrace, "X-Pricewire-User", "alice")
		b.raw(t, "DELETE", "/v1/webhooks/none", "", trace.Header, aTrace, "X-Pricewire-User", "alice")
		told := seen.FilterMessage("request answered").All()
		if len(told) != lines {
			t.Fatalf("at %s there are %d lines, want %d", level, len(told), lines)
		}
		for _, line := range told {
			if line.ContextMap()["trace_id"] != aTrace[3:35] {
				t.Errorf("%v", line.ContextMap())
			}
		}
		last := told[lines-1].ContextMap()
		if last["operation"] != "delete-webhook" || last["status"] != int64(404) || last["path"] != "/v1/webhooks/none" || last["method"] != "DELETE" {
			t.Errorf("%v", last)
		}
	}
}

// A client is told that the log says why a request failed, and it does.
func TestTheLogSaysWhyARequestFailed(t *testing.T) {
	b := setup(t)
	core, seen := observer.New(zapcore.ErrorLevel)
	b.server.log = zap.New(core)
	answer, body := b.raw(t, "POST", "/v1/audits", `{"stream":"BROKEN"}`, trace.Header, aTrace, "X-Pricewire-User", "alice", "Content-Type", "application/json")
	if answer.status != http.StatusInternalServerError || strings.Contains(string(body), "scratch") {
		t.Errorf("%d: %s", answer.status, body)
	}
	told := seen.FilterMessage("request failed").All()
	if len(told) != 1 || told[0].ContextMap()["error"] != "the scratch table is gone" || told[0].ContextMap()["trace_id"] != aTrace[3:35] {
		t.Errorf("%+v", told)
	}
}
