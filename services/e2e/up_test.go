package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOneProcessAFolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "var")
	first := start(t, data, "--source", "none")
	info, err := os.Stat(filepath.Join(data, "endpoints.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("endpoints.json holds passwords: mode %v, %v", info.Mode(), err)
	}
	before, err := os.ReadFile(filepath.Join(data, "endpoints.json"))
	if err != nil {
		t.Fatal(err)
	}

	second := launch(t, data, "--source", "none")
	if code := second.wait(t, patience); code != 4 || !strings.Contains(second.log.String(), "in use by another process") {
		t.Fatalf("second process: exit %d\n%s", code, second.log)
	}
	after, err := os.ReadFile(filepath.Join(data, "endpoints.json"))
	if err != nil || string(after) != string(before) {
		t.Fatalf("the refused process touched endpoints.json: %q, %v", after, err)
	}
	if status, _ := first.get(t, "/readyz"); status != http.StatusOK {
		t.Fatalf("the first process answers %d", status)
	}

	began := time.Now()
	if code := first.stop(t); code != 0 {
		t.Fatalf("stopped with %d", code)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Fatalf("stopping took %s", took)
	}
	if _, err := os.Stat(filepath.Join(data, "endpoints.json")); !os.IsNotExist(err) {
		t.Fatalf("endpoints.json is still there: %v", err)
	}
}

func TestStoppingDuringTheStartIsNoFailure(t *testing.T) {
	data := t.TempDir()
	start(t, data, "--source", "none").stop(t)
	for _, after := range []time.Duration{60 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond} {
		i := launch(t, data, "--source", "none")
		eventually(t, "the start has begun", func() error {
			if i.log.String() == "" {
				return fmt.Errorf("nothing was said")
			}
			return nil
		})
		time.Sleep(after)
		if code := i.stop(t); code != 0 {
			t.Errorf("stopped %s into its start: exit %d\n%s", after, code, i.log)
		}
	}
}

func TestWrongFlagsAreNamedAndTouchNothing(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--http", "0.0.0.0:0"}, 5, "authentication"},
		{[]string{"--nats", "0.0.0.0:0"}, 5, "passwords could be read on their way"},
		{[]string{"--http", "nonsense"}, 2, "--http"},
		{[]string{"--http", "127.0.0.1:99999"}, 2, "--http"},
		{[]string{"--source", "ftp://x"}, 2, "--source"},
		{[]string{"--clock-start", "yesterday"}, 2, "--clock-start"},
		{[]string{"--clock-rate", "-1"}, 2, "--clock-rate"},
		{[]string{"--clock-rate", "fast"}, 2, "clock-rate"},
		{[]string{"--clock-rate", "60", "--nats", "nats://127.0.0.1:4222"}, 2, "--clock-rate"},
		{[]string{"--log-level", "loud"}, 2, "loud"},
		{[]string{"--no-such-flag"}, 2, "no-such-flag"},
		{[]string{"--engine", "/nowhere/libchdb.so"}, 6, "/nowhere/libchdb.so"},
		{[]string{"surplus"}, 2, "surplus"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "var")
			i := launch(t, data, c.args...)
			if code := i.wait(t, patience); code != c.code || !strings.Contains(i.log.String(), c.says) {
				t.Fatalf("exit %d, want %d saying %q:\n%s", code, c.code, c.says, i.log)
			}
			if _, err := os.Stat(filepath.Join(data, "endpoints.json")); !os.IsNotExist(err) {
				t.Error("endpoints.json was written")
			}
			if c.code != 6 {
				if _, err := os.Stat(data); !os.IsNotExist(err) {
					t.Error("the data folder was made")
				}
			}
		})
	}
}

func TestTheSampleShowsBothKindsOfPrice(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(here, t.TempDir()) // as the default, ./var, is
	if err != nil {
		t.Fatal(err)
	}
	i := start(t, relative)
	eventually(t, "the sample's rates can be queried", func() error {
		if len(i.object(t, "crawl", "list")["items"].([]any)) == 0 {
			return fmt.Errorf("no crawl yet")
		}
		return nil
	})
	rates := i.object(t, "rate", "list")["items"].([]any)
	if len(rates) < 1000 {
		t.Errorf("%d rates, want some thousand", len(rates))
	}
	eventually(t, "the sample's price list is published", func() error {
		r := i.run(t, "release", "list", "--market", "NZ", "--state", "published", "-o", "csv")
		if r.code != 0 || strings.Count(r.out, "\n") < 2 {
			return fmt.Errorf("exit %d: %s%s", r.code, r.out, r.err)
		}
		return nil
	})
	next := time.Now().UTC().AddDate(0, 0, 40-time.Now().UTC().Day()).Format("2006-01") + "-02"
	prices := i.object(t, "price", "list", "--market", "NZ", "--at", next)["items"].([]any)
	if len(prices) < 4000 {
		t.Errorf("%d licence prices at %s, want about 5,000", len(prices), next)
	}
	response, err := http.Get(i.HTTP + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		t.Errorf("status page: %s, %s", response.Status, response.Header.Get("Content-Type"))
	}
	checkTables(t, i.ClickHouse)
	metrics, err := http.Get(i.HTTP + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = metrics.Body.Close() }()
	text, err := io.ReadAll(metrics.Body)
	for _, name := range []string{"pricewire_stream_written_sequence{stream=\"RATES_USD", "pricewire_crawls_refused{currency=\"USD\",scope=\"sample-usd\"} 0", "go_goroutines"} {
		if err != nil || !strings.Contains(string(text), name) {
			t.Errorf("metrics lack %s: %v", name, err)
		}
	}
}

func TestClientCommandsSayWhatIsWrong(t *testing.T) {
	i := start(t, t.TempDir(), "--source", "none")
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	header := "ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment\n"
	badPrice := file("list.csv", header+"P,CFQ7TTC0LH18,0001,S,Microsoft,D,1,P1M,Monthly,US,USD,12;50,,,2026-12-01T00:00:00Z,9999-12-31T00:00:00Z,License,15,Commercial\n"+
		"P,CFQ7TTC0LH18,0002,S,Microsoft,D,1,P1M,Monthly,US,USD,12.50,,,2026-12-01T00:00:00Z,9999-12-31T00:00:00Z,License,15,Commercial\n")
	snapshots := filepath.Dir(file("2026-01-01.json", `{"Items":[{"currencyCode":"USD",`))
	for _, c := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{"rate", "get", "--meter", "m", "--sku", "s", "--at", "tomorrow"}, 2, []string{"--at", "tomorrow"}},
		{[]string{"rate", "get", "--meter", "m", "--sku", "s"}, 3, nil},
		{[]string{"rate", "get", "--meter", "m"}, 2, []string{"sku"}},
		{[]string{"rate", "get", "--meter", "m", "--sku", "s", "--tier", "many"}, 2, []string{"--tier", "many"}},
		{[]string{"rate", "list", "--currency", "XXQ"}, 2, []string{"--currency"}},
		{[]string{"rate", "backfill", "/nowhere"}, 2, []string{"/nowhere"}},
		{[]string{"rate", "backfill", snapshots}, 1, []string{"2026-01-01.json"}},
		{[]string{"price", "get", "--market", "US", "--product", "p", "--sku", "1", "--term", "P1M", "--billing", "Monthly"}, 3, []string{"no release was in force"}},
		{[]string{"release", "show", "license-us-2026-12-r1"}, 3, []string{"license-us-2026-12-r1"}},
		{[]string{"release", "approve", "license-us-2026-12-r1", "--as", "bob"}, 3, nil},
		{[]string{"release", "create", badPrice, "--market", "US", "--effective", "2026-12-01", "--as", "alice"}, 1, []string{"row 2", "UnitPrice", "12;50"}},
		{[]string{"release", "lint", badPrice}, 1, []string{"1 errors"}},
		{[]string{"release", "create", badPrice, "--market", "US", "--effective", "soon", "--as", "alice"}, 2, []string{"--effective"}},
		{[]string{"release", "create", "/nowhere.csv", "--market", "US", "--effective", "2026-12-01", "--as", "alice"}, 2, []string{"/nowhere.csv"}},
		{[]string{"crawl", "show", "nothing"}, 3, nil},
		{[]string{"release", "submit", "license-us-2026-12-r1"}, 3, nil},
		{[]string{"release", "show", "foo"}, 2, []string{"foo"}},
		{[]string{"release", "create", file("empty.csv", ""), "--market", "US", "--effective", "2026-12-01", "--as", "alice"}, 1, []string{"empty.csv"}},
		{[]string{"release", "create", badPrice, "--list", "groceries", "--market", "US", "--effective", "2026-12-01", "--as", "alice"}, 2, []string{"groceries"}},
		{[]string{"rate", "get", "--meter", "m", "--sku", "s", "--at", "1600-01-01"}, 2, []string{"1900"}},
		{[]string{"rate", "get", "--meter", "", "--sku", "s"}, 2, []string{"--meter"}},
		{[]string{"crawl", "run"}, 2, []string{"source"}},
		{[]string{"crawl", "run", "--source", "http://127.0.0.1:1/x"}, 6, nil},
		{[]string{"events", "tail", "--subject", "pw..x"}, 2, []string{"--subject"}},
		{[]string{"events", "tail", "--from", "7"}, 2, nil},
		{[]string{"status", "-o", "xml"}, 2, []string{"xml"}},
		{[]string{"relase", "list"}, 2, []string{"relase"}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			r := i.run(t, c.args...)
			if r.code != c.code {
				t.Fatalf("exit %d, want %d: %s%s", r.code, c.code, r.out, r.err)
			}
			for _, s := range append(c.says, "error: ") {
				if !strings.Contains(r.err+r.out, s) {
					t.Errorf("does not say %q: %s%s", s, r.out, r.err)
				}
			}
		})
	}
	if r := command(t, "status", "--server", "http://127.0.0.1:1"); r.code != 6 || !strings.Contains(r.err, "pricewire up") {
		t.Errorf("no server: exit %d: %s", r.code, r.err)
	}
	status, problem := i.get(t, "/v1/rates?nonsense=1")
	if status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
		t.Errorf("unknown parameter: %d", status)
	}
	if kind, _ := problem["type"].(string); !strings.HasSuffix(kind, "/invalid") || !strings.Contains(fmt.Sprint(problem["errors"]), "nonsense") {
		t.Errorf("unknown parameter: %v", problem)
	}
}
