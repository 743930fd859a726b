package stream

import (
	"fmt"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestFiltersMatchSubjects(t *testing.T) {
	cases := []struct {
		filter, subject string
		want            bool
	}{
		{"pw.rate.usd", "pw.rate.usd", true},
		{"pw.rate.usd", "pw.rate", false},
		{"pw.rate", "pw.rate.usd", false},
		{"pw.*.usd", "pw.rate.usd", true},
		{"pw.*.usd", "pw.rate.eur", false},
		{"pw.*", "pw.rate.usd", false},
		{"pw.>", "pw.rate.usd", true},
		{"pw.>", "pw", false},
		{">", "pw", true},
		{"*.*.*", "pw.rate.usd", true},
		{"pw.rate.*", "pw.rate", false},
	}
	for _, c := range cases {
		if got := Matches(c.filter, c.subject); got != c.want {
			t.Errorf("Matches(%q, %q) = %v", c.filter, c.subject, got)
		}
	}
}

func TestSubjectsAndFiltersAreValidated(t *testing.T) {
	for _, s := range []string{"a", "a.b", "a.b-c_d", "pw.rate.usd.0123"} {
		if !ValidSubject(s) || !ValidFilter(s) {
			t.Errorf("%q must be valid", s)
		}
	}
	for _, s := range []string{"", ".", "a.", ".a", "a..b", "a b", "a\n", "é", "a.>.b", "a*"} {
		if ValidSubject(s) || ValidFilter(s) {
			t.Errorf("%q must be invalid", s)
		}
	}
	for _, s := range []string{"a.*", "*", ">", "a.>", "a.*.b"} {
		if ValidSubject(s) || !ValidFilter(s) {
			t.Errorf("%q must be a filter only", s)
		}
	}
}

func TestABatchThatCanNeverBeStoredIsInvalid(t *testing.T) {
	subjects := []string{"pw.rate.usd.>", "pw.crawl.usd.>"}
	rate, crawl := Message{Subject: "pw.rate.usd.1", ID: "1"}, Message{Subject: "pw.crawl.usd.retail", ID: "2"}
	cases := map[string]struct {
		batch  []Message
		expect Expectation
		ok     bool
	}{
		"wildcard expectation":               {[]Message{rate, crawl}, Expectation{Subject: "pw.crawl.usd.>"}, true},
		"expectation on the last":            {[]Message{rate, crawl}, Expectation{Subject: crawl.Subject}, true},
		"no expectation":                     {[]Message{rate}, Expectation{}, true},
		"the same subject twice":             {[]Message{rate, rate, crawl}, Expectation{Subject: crawl.Subject}, true},
		"empty":                              {nil, Expectation{}, false},
		"expectation on an earlier message":  {[]Message{rate, crawl}, Expectation{Subject: rate.Subject}, false},
		"malformed expectation":              {[]Message{rate}, Expectation{Subject: "a..b"}, false},
		"subject of another stream":          {[]Message{{Subject: "pw.rate.eur.1"}}, Expectation{}, false},
		"wildcard subject":                   {[]Message{{Subject: "pw.rate.usd.*"}}, Expectation{}, false},
		"id with a line break":               {[]Message{{Subject: rate.Subject, ID: "a\r\nb"}}, Expectation{}, false},
		fmt.Sprint("more than ", BatchLimit): {make([]Message, BatchLimit+1), Expectation{}, false},
	}
	for name, c := range cases {
		if err := Check(c.batch, c.expect, subjects); (err == nil) != c.ok || (err != nil && !fault.Is(err, fault.Invalid)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAQueryWithOverlappingSubjectsIsInvalid(t *testing.T) {
	cases := []struct {
		subjects []string
		ok       bool
	}{
		{nil, true},
		{[]string{"a.>"}, true},
		{[]string{"a.b", "a.c"}, true},
		{[]string{"a.*", "b.*"}, true},
		{[]string{"a.*", "a.b.c"}, true},
		{[]string{"a.b", "a.b"}, false},
		{[]string{"a.*", "a.b"}, false},
		{[]string{"a.*.c", "a.b.*"}, false},
		{[]string{"a.>", "a.b.c"}, false},
		{[]string{"a..b"}, false},
	}
	for _, c := range cases {
		if err := (Query{Subjects: c.subjects}).Validate(); (err == nil) != c.ok || (err != nil && !fault.Is(err, fault.Invalid)) {
			t.Errorf("%v: %v", c.subjects, err)
		}
	}
}

func TestAStreamWithoutCostHasTheSameSubjectsBehindAPrefix(t *testing.T) {
	for _, name := range []string{Prices, Rates("EUR")} {
		d := WithoutCostDeclaration(name)
		if d.Name != "ERP_"+name || !IsWithoutCost(d.Name) || IsOurs(d.Name) || IsWithoutCost(name) {
			t.Errorf("%s: %+v", name, d)
		}
		of := PricesDeclaration()
		if IsRates(name) {
			of = RatesDeclaration("EUR")
		}
		for i, s := range of.Subjects {
			if d.Subjects[i] != "erp."+s {
				t.Errorf("%s: %s", name, d.Subjects[i])
			}
		}
	}
	if IsWithoutCost("ERP_OTHER") {
		t.Error("a stream of nobody's is one of ours")
	}
}
