package cli

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestAnErrorNamesTheFlagAsItIsTyped(t *testing.T) {
	busy := file(t, t.TempDir(), "taken", "a file, not a folder")
	for line, want := range map[string]string{
		"up --log-level x":                          `"--log-level" flag: use debug, info, warn, error`,
		"up --log-format x":                         `"--log-format" flag: use text, json`,
		"up --crawl-traversals 0":                   `"--crawl-traversals" flag: must be from 1 to 100`,
		"up --crawl-traversals 101":                 `"--crawl-traversals" flag: must be from 1 to 100`,
		"up --source none --data " + busy:           "error: --data: make data folder",
		"crawl run --source ftp://x":                "error: --source: read source URL \"ftp://x\": it is no http or https URL",
		"crawl run --source http://u:p@x/":          "error: --source: read source URL: it holds a user name or password",
		"crawl run --source http://x/?$top=5":       "$top breaks the paging",
		"crawl run --source http://x/#y":            "it has a fragment",
		"crawl run --source azurre":                 "hint: use sample, azure, none or a URL",
		"crawl run --source 127.0.0.1:18555":        "hint: put http:// before it: http://127.0.0.1:18555",
		"crawl run --source localhost:18555/prices": "hint: put http:// before it: http://localhost:18555/prices",
		"rate get --meter= --sku S":                 "--meter must not be empty",
	} {
		out, errs, code := invoke(t, strings.Fields(line)...)
		if code != exitUsage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d: %s", line, code, errs)
		}
	}
	_, errs, code := invoke(t, "up", "--source", "none", "--http", "0.0.0.0:0")
	if code != exitRefused || !strings.Contains(errs, "--http: not a loopback address") || strings.Contains(errs, "flag.") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestAProblemOfTheServerNamesTheFlagAsItIsTyped(t *testing.T) {
	for place, line := range map[string]string{
		"query.observed_at --at":        "rate backfill SHEET --at x",
		"query.operating_system --os":   "rate list --os BeOS",
		"query.meter_id --meter":        "rate list --meter x",
		"body.currency --currency":      "crawl run --currency ZZZ",
		"query.known_at --known-at":     "rate list --known-at x",
		"query.price_list --price-list": "rate list --price-list x",
	} {
		where, flag, _ := strings.Cut(place, " ")
		f := serve(t, `{"type":"https://pricewire.dev/problems/invalid","detail":"`+where+`: it is wrong","errors":[{"location":"`+where+`","message":"it is wrong"}]}`)
		f.status = http.StatusBadRequest
		_, errs, code := f.run(t, words(t, line)...)
		if code != exitUsage || !strings.Contains(errs, flag+": it is wrong\n") || strings.Contains(errs, where) {
			t.Errorf("%s: exit %d: %s", line, code, errs)
		}
	}
}

func TestAWordThatNoRateHasIsTold(t *testing.T) {
	const none, some = `{"items":[],"next":null}`, `{"items":[{"meter_id":"M"}],"next":null}`
	for _, c := range []struct{ line, answer, want string }{
		{"rate list --price-list nope", none, "no rate then has --price-list nope; usual are retail, ratecard, price-sheet, fx\n"},
		{"rate list --type Foo -o ndjson", none, "no rate then has --type Foo; usual are Consumption, DevTestConsumption, Reservation, ExchangeRate\n"},
		{"rate export --price-list nope", none, "no rate then has --price-list nope; usual are retail, ratecard, price-sheet, fx\n"},
		{"rate list --price-list fx --type Consumption", none, ""},
		{"rate list --price-list mine", some, ""},
	} {
		_, errs, code := serve(t, c.answer).run(t, strings.Fields(c.line)...)
		if code != exitOK || errs != c.want {
			t.Errorf("%s: exit %d: %q", c.line, code, errs)
		}
	}
	f := serve(t, `{"detail":"nothing is known"}`)
	f.status, f.others["/v1/rates"] = http.StatusNotFound, none
	if _, errs, code := f.run(t, "rate", "history", "--meter", "m", "--sku", "s", "--type", "Foo"); code != exitNotFound || !strings.Contains(errs, "no rate then has --type Foo") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestAFileThatCannotBeTakenIsNotSent(t *testing.T) {
	f := serve(t, `{}`)
	dir := t.TempDir()
	_, errs, code := f.run(t, "rate", "backfill", file(t, dir, "2026-10-01.csv", ""))
	if code != exitFailure || errs != "error: backfill: 2026-10-01.csv is empty\nhint: get the file again\n" {
		t.Errorf("exit %d: %s", code, errs)
	}
	large := file(t, dir, "2026-10-02.csv", "x")
	if err := os.Truncate(large, 300<<20); err != nil {
		t.Fatal(err)
	}
	_, errs, code = f.run(t, "rate", "backfill", large)
	if code != exitFailure || !strings.Contains(errs, "2026-10-02.csv has 300 MiB, and less than 256 MiB can be taken\nhint: split it, or compress it with gzip") || len(f.asked) != 0 {
		t.Errorf("exit %d: %s", code, errs)
	}
}
