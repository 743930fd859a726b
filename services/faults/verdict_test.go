package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// said are the events of a release that adds two lines, is mended by another one, and loses one line.
func said(extra ...string) []stored {
	price := func(release, sku, withdrawal string, of int) string {
		return fmt.Sprintf(`{"type":"pricewire.price.changed.v1","data":{"release":%q,"withdrawal":%s,"of":%d,"identity":{"market":"US","currency":"USD",
			"product":"P","sku":%q,"term":"P1M","billing":"Monthly","tier":"0"}}}`, release, withdrawal, of, sku)
	}
	release := func(kind, data string) string {
		return `{"type":"pricewire.release.` + kind + `.v1","data":{` + data + `}}`
	}
	texts := append([]string{
		price("r1", "1", "0", 2), price("r1", "2", "0", 2), release("published", `"release":"r1","lines":2,"changed":2`),
		price("r2", "1", "0", 2), price("r2", "2", "0", 2), release("published", `"release":"r2","lines":2,"changed":2`),
		release("corrected", `"release":"r1","by":"r2"`),
		price("r2", "2", "1", 1), release("withdrawn", `"release":"r2","lines":1,"changed":1`),
		release("missing", `"list":"license","market":"US","month":"2026-12"`),
	}, extra...)
	messages := make([]stored, len(texts))
	for i, text := range texts {
		messages[i] = stored{stream: "PRICES@1", sequence: uint64(i + 1), data: []byte(text)}
	}
	return messages
}

func uploaded() map[string]*upload {
	line := func(sku string) string { return "US|USD|P|" + sku + "|P1M|Monthly|0" }
	both := map[string]bool{line("1"): true, line("2"): true}
	return map[string]*upload{
		"r1": {lines: 2, changed: both, mends: both},
		"r2": {lines: 2, changed: both, mends: map[string]bool{line("2"): true}, corrects: "r1", withdrawn: map[string]bool{line("2"): true}},
	}
}

func TestAReleaseIsPublishedAsItWasUploadedAndOnce(t *testing.T) {
	if wrong := judgeUploads(uploaded(), said()); len(wrong) > 0 {
		t.Fatalf("%v", wrong)
	}
	whole := said()
	for i := range whole[:len(whole)-1] { // the last says that a list is missing
		if len(judgeUploads(uploaded(), append(append([]stored{}, whole[:i]...), whole[i+1:]...))) == 0 {
			t.Errorf("without %s nothing is wrong", whole[i].data)
		}
	}
	for i := range whole {
		if len(judgeUploads(uploaded(), append(said(), whole[i]))) == 0 {
			t.Errorf("with %s twice nothing is wrong", whole[i].data)
		}
	}
	planted := append(said(), whole[0])
	planted[len(planted)-1].planted = plantPrices
	if wrong := judgeUploads(uploaded(), planted); len(wrong) > 0 {
		t.Errorf("what was planted is judged: %v", wrong)
	}
	for name, spoil := range map[string]func(map[string]*upload){
		"lines":                func(u map[string]*upload) { u["r1"].lines++ },
		"a change too many":    func(u map[string]*upload) { u["r2"].changed = map[string]bool{} },
		"another was mended":   func(u map[string]*upload) { u["r2"].corrects = "r0" },
		"nothing taken back":   func(u map[string]*upload) { u["r2"].withdrawn = nil },
		"all of it taken back": func(u map[string]*upload) { u["r2"].whole = true },
		"nobody uploaded it":   func(u map[string]*upload) { delete(u, "r1") },
	} {
		u := uploaded()
		spoil(u)
		if len(judgeUploads(u, said())) == 0 {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
}

func TestADoubledCrawlExplainsWhatAnAuditCounts(t *testing.T) {
	twice, err := doubled([]stored{
		{data: []byte(`{"data":{"crawl":"mine"}}`)},
		{planted: plantTwice, data: []byte(`{"data":{"crawl":"theirs","known_at":"2026-11-01T00:00:00Z"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range map[findingView]bool{
		{Kind: "count", Detail: "the record of crawl theirs says 3 changes"}:            true,
		{Kind: "count", Detail: "crawls of 2026-11-01T00:00:00Z say 3 periods"}:         true,
		{Kind: "count", Detail: "the record of crawl mine says 3 changes"}:              false,
		{Kind: "hole", Detail: "the rows of crawl theirs", Table: "rates"}:              false,
		{Kind: "double", Detail: "the record of crawl theirs is there", Table: "rates"}: false,
	} {
		if f.explained(twice) != want {
			t.Errorf("%v is explained: %t", f, !want)
		}
	}
}

func TestOnlyAFullDiskMayMakeTheEngineAnswerWithFailures(t *testing.T) {
	failure := error(&clickhouse.Exception{Code: 60, Message: "no such table"})
	for name, c := range map[string]struct {
		err   error
		full  bool
		wrong int
	}{
		"an exception": {failure, false, 1}, "wrapped": {fmt.Errorf("look: %w", failure), false, 1}, "a full disk": {failure, true, 0},
		"a lost connection": {errors.New("connection reset"), false, 0}, "none": {nil, false, 0},
	} {
		r := newReader()
		if c.full {
			r.excuse()
		}
		r.failed(c.err)
		if wrong := r.judge(model{}); len(wrong) != c.wrong || r.unreadable() != "" {
			t.Errorf("%s: %v %s", name, wrong, r.unreadable())
		}
	}
}

func TestAPartThatCannotBeReadIsNamedWithWhatBecameOfItsInsertion(t *testing.T) {
	folder := t.TempDir()
	part := filepath.Join(folder, "all_1_1_0")
	if err := os.Mkdir(part, 0o700); err != nil {
		t.Fatal(err)
	}
	file, log := filepath.Join(part, "checksums.txt"), filepath.Join(folder, "product.log")
	at := time.Date(2026, 11, 27, 5, 20, 45, 600_000_000, time.UTC)
	if err := errors.Join(os.WriteFile(file, []byte("1"), 0o600), os.Chtimes(file, at, at)); err != nil {
		t.Fatal(err)
	}
	text := "Cannot read all data. Bytes read: 1. Bytes expected: 25: (while reading from part " + part + "/ in table pricewire.rates_store (uuid) located on disk"
	for want, line := range map[string]string{
		"acknowledged": "05:20:44.000\tWARN\tmaterializer\tinsert rows failed\t{\"error\": \"insert into rates: refused\"}\n",
		"refused":      "05:20:45.650\tWARN\tmaterializer\tinsert rows failed\t{\"error\": \"insert into rates: refused\"}\n",
	} {
		if err := os.WriteFile(log, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		r := &round{reader: newReader(), products: []*product{{name: "product", folder: folder}}}
		if got := r.unreadablePart(); got != "" {
			t.Errorf("before anybody noted it: %s", got)
		}
		r.reader.failed(&clickhouse.Exception{Code: 33, Message: text})
		if got := r.unreadablePart(); !strings.Contains(got, want) || !strings.Contains(got, part) || !strings.Contains(got, "05:20:45.600") {
			t.Errorf("not %s: %s", want, got)
		}
	}
	line := "05:20:46.000\tWARN\tcurrent\tsettle changes failed\t{\"error\": \"code: 33, message: " + text + "\"}\n"
	if err := os.WriteFile(log, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &round{reader: newReader(), products: []*product{{name: "product", folder: folder}}}
	if got := r.unreadablePart(); !strings.Contains(got, part) {
		t.Errorf("a product noted it: %q", got)
	}
}

func TestARunFailsForItsRoundsAndForTrapsThatCaughtNothing(t *testing.T) {
	round := func(traps, missed int, part string, wrong ...string) *outcome {
		return &outcome{counts: counts{traps: traps, missed: missed}, part: part, wrong: wrong}
	}
	for name, c := range map[string]struct {
		all  []*outcome
		want string
	}{
		"well":        {[]*outcome{round(3, 1, ""), round(3, 2, "")}, ""},
		"few":         {[]*outcome{round(fewTraps-1, fewTraps-1, "")}, ""},
		"missed":      {[]*outcome{round(3, 2, ""), round(3, 2, "")}, "4 of 6 traps were missed"},
		"wrong":       {[]*outcome{round(0, 0, "", "lost"), round(0, 0, "")}, "wrong in 1 of 2"},
		"unreadable":  {[]*outcome{round(0, 0, "all_1_1_0", "cannot read")}, "cannot read in 1 of 1"},
		"both of two": {[]*outcome{round(0, 0, "all_1_1_0", "cannot read"), round(0, 0, "", "lost")}, "wrong in 1 of 2"},
	} {
		var t1 totals
		for _, o := range c.all {
			t1.add(o)
		}
		err := t1.verdict()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	verdicts := []string{round(0, 0, "").verdict(), round(0, 0, "", "lost").verdict(), round(0, 0, "all_1_1_0", "cannot read").verdict()}
	if strings.Join(verdicts, ", ") != "ok, FAILED, unreadable part" {
		t.Errorf("%v", verdicts)
	}
}

func TestOnlyFaultsOfServersExplainThatAProductEnds(t *testing.T) {
	p := plan{Faults: []disturbance{
		{Deed: deedPlant, Whom: "garbage"},
		{Deed: deedKill, Whom: "product"},
		{Deed: deedFreeze, Whom: "writer"},
		{Deed: deedKill, Whom: "nats"},
		{Deed: deedKillAt, Whom: "product", At: insertData},
	}}
	if p.serverFaults() != 2 {
		t.Errorf("%d", p.serverFaults())
	}
}

func TestRepairsAreFoundInTheLogsOfWhatHasEnded(t *testing.T) {
	p := &product{name: "writer", folder: t.TempDir()}
	if told := repairsIn(p); len(told) > 0 {
		t.Errorf("no log: %v", told)
	}
	line := "05:00:00.000\tWARN\tmaterializer\taudit repaired\t{\"kind\": \"hole\"}\n"
	if err := os.WriteFile(p.logFile(), []byte("05:00:00.000\tINFO\tready\n"+strings.Repeat(line, 5)), 0o600); err != nil {
		t.Fatal(err)
	}
	if told := repairsIn(p); len(told) != mostDifferences+1 || !strings.Contains(told[0], "hole") || !strings.Contains(told[mostDifferences], "5 repairs in all") {
		t.Errorf("%v", told)
	}
}
