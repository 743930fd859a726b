package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// runningCrawls are two crawls that run.
const runningCrawls = `{"items":[
{"scope":"azure-eur","source":"azure","currency":"EUR","started":"2026-11-22T06:00:00Z","pages":0,"rows":0,"expected_rows":null,"shards":0,"shards_read":0,"seconds_left":null},
{"scope":"azure-usd","source":"azure","currency":"USD","started":"2026-11-22T06:00:00Z","pages":412,"rows":411873,"expected_rows":612044,"shards":96,"shards_read":61,"seconds_left":95}],"next":null}`

func TestARunningCrawlIsOneLine(t *testing.T) {
	expected, left := 612_044, int64(95)
	for want, r := range map[string]runningCrawl{
		"s: 0 pages, 0 rows": {Scope: "s"},
		"s: 412 pages, 411873 rows of about 612044, 61 of 96 shards, 1m35s left": {Scope: "s", Pages: 412, Rows: 411_873, ExpectedRows: &expected, Shards: 96, ShardsRead: 61, SecondsLeft: &left},
		"s: 9 pages, 9000 rows, 2 of 2 shards, judging and publishing":           {Scope: "s", Pages: 9, Rows: 9000, Shards: 2, ShardsRead: 2, SecondsLeft: &left},
		"s: 9 pages, 9000 rows of about 612044":                                  {Scope: "s", Pages: 9, Rows: 9000, Shards: 1, ExpectedRows: &expected},
		"s: 10 pages, 10000 rows, judging and publishing":                        {Scope: "s", Pages: 10, Rows: 10_000, Shards: 1, ShardsRead: 1},
	} {
		if got := r.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// crawling is a server whose crawl lasts until somebody has asked twice how far it is.
func crawling(t *testing.T) *httptest.Server {
	t.Helper()
	asked := make(chan struct{}, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, runningCrawls)
			asked <- struct{}{}
			return
		}
		for range 2 {
			<-asked
		}
		_, _ = io.WriteString(w, aCrawl)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestACrawlShowsItsProgressOnATerminalAndThenItsRecord(t *testing.T) {
	f := &fake{Server: crawling(t)}
	out, errs, code := f.onTerminal(t, "crawl", "run", "--currency", "usd")
	if code != exitOK || !strings.Contains(out, "c-1") || !strings.Contains(out, "compute/westeurope") {
		t.Errorf("exit %d: %s", code, out)
	}
	if !strings.Contains(errs, "\r\x1b[Kazure-usd: 412 pages, 411873 rows of about 612044, 61 of 96 shards, 1m35s left") || !strings.HasSuffix(errs, "\r\x1b[K") || strings.Contains(errs, "azure-eur") {
		t.Errorf("%q", errs)
	}
}

func TestWhereNobodyLooksACrawlIsNotFollowed(t *testing.T) {
	f := serve(t, aCrawl)
	_, errs, code := f.run(t, "crawl", "run", "--source", "azure", "--currency", "EUR", "--scope", "mine")
	if code != exitOK || errs != "crawling …\n" {
		t.Errorf("exit %d: %q", code, errs)
	}
	if request := f.only(t); request.line != "POST /v1/crawls" || string(request.body) != `{"currency":"EUR","scope":"mine","source":"azure"}` {
		t.Errorf("%s %s", request.line, request.body)
	}
}

func TestAFileIsLoadedWithTheTimeThatItOrThePersonGives(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, at, want string }{
		{"2026-10-01.csv", "", "name=2026-10-01.csv&partial=false&wait=true"},
		{"2026-10-01.csv.gz", "", "name=2026-10-01.csv.gz&partial=false&wait=true"},
		{"fx.csv", "2026-10-01", "name=fx.csv&observed_at=2026-10-01&partial=false&wait=true"},
		{"2026-10-01.json", "2026-10-02T03:00:00Z", "name=2026-10-01.json&observed_at=2026-10-02T03%3A00%3A00Z&partial=false&wait=true"},
	} {
		f := serve(t, `{"id":"c-1","rows":3,"counts":{"added":3,"periods":3}}`)
		args := []string{"rate", "backfill", file(t, dir, c.name, "a file"), "-o", "json"}
		if c.at != "" {
			args = append(args, "--at", c.at)
		}
		out, errs, code := f.run(t, args...)
		request := f.only(t)
		if code != exitOK || !strings.Contains(out, `"added": 3`) || request.line != "POST /v1/observations?currency=USD&"+c.want || string(request.body) != "a file" || request.sends != octets {
			t.Errorf("%s: exit %d: %s%s %s", c.name, code, out, errs, request.line)
		}
	}
	for name, hint := range map[string]string{"list.csv": "give --at TIME", "2026-13-01.csv": "give --at TIME", "2026-01-01.txt": "YYYY-MM-DD.csv"} {
		_, errs, code := invoke(t, "rate", "backfill", file(t, dir, name, "a file"))
		if code != exitUsage || !strings.Contains(errs, "does not say when it was observed") || !strings.Contains(errs, hint) {
			t.Errorf("%s: exit %d: %s", name, code, errs)
		}
	}
}
