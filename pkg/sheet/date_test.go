package sheet

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/pricelist"
)

func TestDatesAreReadInEverySpellingSeen(t *testing.T) {
	for in, want := range map[string]string{
		"2025-11-01T00:00:00.0000000Z": "2025-11-01T00:00:00Z", "2025-11-01T00:00:00Z": "2025-11-01T00:00:00Z",
		"2021-11-03T06:57:00.1234567Z": "2021-11-03T06:57:00.1234567Z", "2025-11-01T02:00:00+02:00": "2025-11-01T00:00:00Z",
		"2025-11-01T00:00:00": "2025-11-01T00:00:00Z", "2025-11-01": "2025-11-01T00:00:00Z", "2025-11-01 12:30:00": "2025-11-01T12:30:00Z",
		"3/1/2018 12:00:00 AM": "2018-03-01T00:00:00Z", "12/31/2018 11:59:59 PM": "2018-12-31T23:59:59Z", "11/1/2025": "2025-11-01T00:00:00Z",
		"11/1/2025 0:00": "2025-11-01T00:00:00Z", "11/1/2025 13:05:06": "2025-11-01T13:05:06Z", "": "", "1753-01-01T00:00:00Z": "", "1/1/1753 12:00:00 AM": "",
		"1.11.2025": "2025-11-01T00:00:00Z", "01.11.2025 06:57": "2025-11-01T06:57:00Z", "2025/11/01": "2025-11-01T00:00:00Z", "2025/11/1 6:57": "2025-11-01T06:57:00Z",
		"45962": "2025-11-01T00:00:00Z", "45962.5": "2025-11-01T12:00:00Z", "46357": "2026-12-01T00:00:00Z",
	} {
		s := read(t, withCells(map[string]string{"EffectiveStartDate": in}))
		if found(s.Problems) != "" || !s.Rows[0].Effective.From.Equal(at(want)) {
			t.Errorf("%q: %s, %v", in, found(s.Problems), s.Rows)
		}
	}
	for _, in := range []string{"soon", "2025-13-01", "31/12/2025", "2025-02-30T00:00:00Z", "9999-11-30T23:59:59Z", "4596", "202511", "1.2.26", "0"} {
		if got := found(read(t, withCells(map[string]string{"EffectiveStartDate": in})).Problems); got != "error not-a-date 2 EffectiveStartDate "+in {
			t.Errorf("%q: %s", in, got)
		}
	}
}

func TestEndsAreMadeHalfOpen(t *testing.T) {
	for in, want := range map[string]string{
		"2026-07-31T23:59:59.0000000Z": "2026-08-01T00:00:00Z", "2026-07-31T23:59:00Z": "2026-08-01T00:00:00Z", "7/31/2026 11:59:59 PM": "2026-08-01T00:00:00Z",
		"2021-11-03T06:57:00Z": "2021-11-03T06:57:00Z", "2026-08-01": "2026-08-01T00:00:00Z", "": "", "9999-11-30T23:59:59.0000000Z": "", "11/30/9999 11:59:59 PM": "",
		"31.07.2026 23:59": "2026-08-01T00:00:00Z", "46234.99998843": "2026-08-01T00:00:00Z", "2958434.99998843": "", "30.11.9999": "",
	} {
		s := read(t, withCells(map[string]string{"EffectiveEndDate": in}))
		if found(s.Problems) != "" || !s.Rows[0].Effective.To.Equal(at(want)) {
			t.Errorf("%q: %s, %v", in, found(s.Problems), s.Rows)
		}
	}
}

func TestDatesAreWrittenWithSevenDigits(t *testing.T) {
	for in, want := range map[string]string{
		"2025-11-01T00:00:00Z": "2025-11-01T00:00:00.0000000Z", "2025-11-01T00:00:00.123456789Z": "2025-11-01T00:00:00.123456789Z",
	} {
		if got := formatDate(at(in)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := formatDate(time.Date(2025, 11, 1, 1, 0, 0, 0, time.FixedZone("", 3600))); got != "2025-11-01T00:00:00.0000000Z" {
		t.Error(got)
	}
}

func TestPreviousValuesAreReadLeniently(t *testing.T) {
	for in, want := range map[string][]pricelist.Claim{
		"{}": nil,
		"{'ERP Price': '1440', 'UnitPrice': '1008'}":                    {{Column: "ERP Price", Value: "1440"}, {Column: "UnitPrice", Value: "1008"}},
		`{"UnitPrice": "1008"}`:                                         {{Column: "UnitPrice", Value: "1008"}},
		`{ 'unitprice':12.5,'SkuTitle':None }`:                          {{Column: "UnitPrice", Value: "12.5"}, {Column: "SkuTitle"}},
		`{'SkuTitle': "Contoso's \"Plan\"", 'Colour': 'r\xe9d\n\'x\''}`: {{Column: "SkuTitle", Value: `Contoso's "Plan"`}, {Column: "Colour", Value: "réd\n'x'"}},
	} {
		got, ok := parsePrevious(in)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: %v (-want +got):\n%s", in, ok, diff)
		}
		if again, ok := parsePrevious(formatPrevious(got)); len(got) > 0 && (!ok || !cmp.Equal(got, again)) {
			t.Errorf("%s is written as %s", in, formatPrevious(got))
		}
	}
	for _, in := range []string{"", "x", "{", "{'a'", "{'a':", "{'a': 'b'", "{'a' 'b'}", "{'a': {'b': 'c'}}", `{'a': '\q'}`, "{'a': 'b'} x", "{,}", "{'a': ''b''}"} {
		if claims, ok := parsePrevious(in); ok {
			t.Errorf("%s reads as %v", in, claims)
		}
	}
}
