package cli

import (
	"net/http"
	"strings"
	"testing"
)

const aLookup = `{"items":[{"rates":[{"meter_id":"M","tier":"0","price":"2.00","currency":"USD"},{"meter_id":"M","tier":"5","price":"1.00","currency":"USD"}]},{"rates":[]}]}`

func TestALookupAsksForEveryLineOfItsFile(t *testing.T) {
	for _, c := range []struct{ name, content, args, want string }{
		{"bill.csv", "\xef\xbb\xbfMeter_ID,sku_id,all_tiers,tier,at\nM,S,TRUE,,2026-01-10\n\"N\",S,,5,\n", "", `{"all_tiers":true,"at":"2026-01-10","meter_id":"M","sku_id":"S"}
{"meter_id":"N","sku_id":"S","tier":"5"}
`},
		{"bill.ndjson", "{\"meter_id\":\"M\",\"tier\":5}\n\n{\"meter_id\":\"N\",\"at\":\"2026-01-10\"}", "--at 2026-02-01 --known-at 2026-03-01", `{"at":"2026-02-01","known_at":"2026-03-01","meter_id":"M","tier":5}
{"at":"2026-01-10","known_at":"2026-03-01","meter_id":"N"}
`},
	} {
		f := serve(t, aLookup)
		path := file(t, t.TempDir(), c.name, c.content)
		for _, form := range []string{"table", "json", "ndjson", "csv"} {
			out, errs, code := f.run(t, append([]string{"rate", "lookup", path, "-o", form}, strings.Fields(c.args)...)...)
			if code != exitOK {
				t.Fatalf("%s: exit %d: %s", c.name, code, errs)
			}
			checkForm(t, form, out)
			request := f.only(t)
			if string(request.body) != c.want || request.line != "POST /v1/rates:lookup" || request.sends != "application/x-ndjson" {
				t.Errorf("%s: %s %s\n%s\nwant\n%s", c.name, request.line, request.sends, request.body, c.want)
			}
			const last = "3"
			switch form {
			case "table":
				if got, want := len(strings.Split(strings.TrimSpace(out), "\n")), 4; got != want || !strings.Contains(out, "\n"+last+" ") {
					t.Errorf("%d lines: %s", got, out)
				}
			case "ndjson":
				if !strings.HasSuffix(out, `{"line":`+last+`,"rates":[]}`+"\n") {
					t.Error(out)
				}
			}
		}
	}
}

func TestALookupOfALongFileAsksAgainAndAgain(t *testing.T) {
	content := "market,product,sku,term,billing\n" + strings.Repeat("US,P,1,P1M,Monthly\n", lookupLines+1)
	f := serve(t, `{"items":[`+strings.Repeat(`{"prices":[]},`, lookupLines-1)+`{"prices":[]}]}`)
	_, errs, code := f.run(t, "price", "lookup", file(t, t.TempDir(), "orders.csv", content))
	if code != exitFailure || !strings.Contains(errs, "gave 10000 answers to 1 lines") || len(f.asked) != 2 {
		t.Errorf("exit %d after %d requests: %s", code, len(f.asked), errs)
	}
}

func TestWhatIsWrongWithALookupIsNamedByItsLine(t *testing.T) {
	f := serve(t, `{"type":"https://pricewire.dev/problems/invalid","detail":"items[1].tier: it is wrong; and 1 other places are wrong","errors":[
		{"location":"items[1].tier","message":"it is wrong"},{"location":"items[2]","message":"it is not JSON"}]}`)
	f.status = http.StatusBadRequest
	path := file(t, t.TempDir(), "bill.csv", "meter_id,name\nM,\"a\nb\"\nN,x\nO,y\n")
	_, errs, code := f.run(t, "rate", "lookup", path)
	if code != exitFailure || !strings.Contains(errs, "line 4, tier: it is wrong") || !strings.Contains(errs, "line 5: it is not JSON") {
		t.Errorf("exit %d: %s", code, errs)
	}
	for content, says := range map[string]string{
		"meter_id\n\"M\n":                         "line 2",
		"meter_id,sku_id\nM\n":                    "line 2: wrong number of fields",
		"{\"a\":1}\n{":                            "line 2: it is not a JSON object",
		"{}" + strings.Repeat(" ", longestLine+1): "line 1: it is longer than 1 MiB",
	} {
		_, errs, code := f.run(t, "rate", "lookup", file(t, t.TempDir(), "bad", content))
		if code != exitFailure || !strings.Contains(errs, says) || len(f.asked) != 0 {
			t.Errorf("%.40q: exit %d: %s", content, code, errs)
		}
	}
	if _, errs, code := f.run(t, "rate", "lookup", "/does/not/exist.csv"); code != exitUsage {
		t.Errorf("exit %d: %s", code, errs)
	}
}
